/* SPDX-License-Identifier: Apache-2.0 */
/* What the sessions of one loop share: where names are looked up, whom TLS trusts,
 * requests that are written once for all, and whether there is a proxy. */
#ifndef C_RUNNER_NETWORK_H
#define C_RUNNER_NETWORK_H

#include <stdbool.h>

#include "base/err.h"
#include "loop.h"
#include "tls.h"

struct prepared_cache;
struct resolver;

struct network {
    struct loop *loop;
    struct resolver *resolver;
    struct tls *tls;
    struct prepared_cache *prepared;
    struct tls_settings trust;
    bool needs_libcurl; /* for whatever the own path can do too */
    bool has_proxy, has_tls_proxy; /* the environment names one for http, for https */
};

/* Before the first session, and after the last. The text in `trust` is borrowed;
 * a file that it names must hold certificates. */
int network_open(struct network *network, const struct tls_settings *trust, bool needs_libcurl, struct err *err);
void network_close(struct network *network);

#endif
