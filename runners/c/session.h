/* SPDX-License-Identifier: Apache-2.0 */
/* One user's HTTP: what a request says, cookies, redirects, authentication and
 * responses. How it travels is a transport's business, which the test cannot
 * tell but by speed. */
#ifndef C_RUNNER_SESSION_H
#define C_RUNNER_SESSION_H

#include <stdbool.h>

#include <loads/test.h>

#include "base/err.h"
#include "event.h"
#include "loop.h"

struct session;
struct resolver;

/* What the sessions of one loop share. */
struct network {
    struct loop *loop;
    struct resolver *resolver;
    bool needs_libcurl; /* for plain http:// too: a proxy, or asked for */
};

/* Before the first session, and after the last. */
int network_open(struct network *network, bool needs_libcurl, struct err *err);
void network_close(struct network *network);

/* `hit` is called for each request that was made. `network`, `server_url` (may be
 * NULL) and `context` are borrowed. */
struct session *session_new(const struct network *network, const char *server_url,
                            void (*hit)(void *context, const struct hit *hit), void *context);
void session_free(struct session *session); /* NULL is allowed */

/* Sends the request and waits in the task that calls. -1: there is no answer,
 * `problem` says why, and *response is the same as for an answer (NULL when it
 * was not even sent). */
int session_send(struct session *session, const struct loads_request *request,
                 const struct loads_response **response, struct problem *problem);
void session_release(struct session *session, const struct loads_response *response);
void session_release_all(struct session *session);
void session_clear_cookies(struct session *session);

#endif
