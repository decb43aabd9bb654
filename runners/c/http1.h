/* SPDX-License-Identifier: Apache-2.0 */
/* The short way, HTTP/1.1 with TLS or without: one user's connections, one for
 * each site, kept open from request to request. */
#ifndef C_RUNNER_HTTP1_H
#define C_RUNNER_HTTP1_H

#include "base/err.h"
#include "http1_parser.h"
#include "loop.h"
#include "resolver.h"
#include "tls.h"
#include "transport.h"

struct connection;

/* To be touched by http1.c alone. What every request touches comes first: with a
 * thousand users the lines that the processor has to fetch are what counts. */
struct http1 {
    struct loop *loop;
    struct connection *connections; /* the latest first */
    struct http1_parser parser;
    struct err why;                 /* of the call to a stream; too big to be wiped each time */
    struct resolver *resolver;
    struct tls *tls;
    struct tls_sessions sessions;
};

/* All are borrowed. */
void http1_init(struct http1 *http1, struct loop *loop, struct resolver *resolver, struct tls *tls);
void http1_clear(struct http1 *http1);

/* Sends and receives, and waits in the task that calls. 0, or -1 with
 * exchange->failure. */
int http1_perform(struct http1 *http1, struct exchange *exchange);

#endif
