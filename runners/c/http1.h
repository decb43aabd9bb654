/* SPDX-License-Identifier: Apache-2.0 */
/* The short way, HTTP/1.1 with TLS or without: one user's connections, one for
 * each site, kept open from request to request. */
#ifndef C_RUNNER_HTTP1_H
#define C_RUNNER_HTTP1_H

#include "loop.h"
#include "resolver.h"
#include "tls.h"
#include "transport.h"

struct http1;

/* All are borrowed. */
struct http1 *http1_new(struct loop *loop, struct resolver *resolver, struct tls *tls);
void http1_free(struct http1 *http1); /* NULL is allowed */

/* Sends and receives, and waits in the task that calls. 0, or -1 with
 * exchange->failure. */
int http1_perform(struct http1 *http1, struct exchange *exchange);

#endif
