/* SPDX-License-Identifier: Apache-2.0 */
/* The short way for plain http:// : one user's connections, one for each site,
 * kept open from request to request. */
#ifndef C_RUNNER_HTTP1_H
#define C_RUNNER_HTTP1_H

#include "loop.h"
#include "resolver.h"
#include "transport.h"

struct http1;

struct http1 *http1_new(struct loop *loop, struct resolver *resolver);
void http1_free(struct http1 *http1); /* NULL is allowed */

/* Sends and receives, and waits in the task that calls. 0, or -1 with
 * exchange->failure. */
int http1_perform(struct http1 *http1, struct exchange *exchange);

#endif
