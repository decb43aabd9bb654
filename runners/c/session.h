/* SPDX-License-Identifier: Apache-2.0 */
/* One user's HTTP: its connections, cookies and responses. The only part that
 * knows libcurl. */
#ifndef C_RUNNER_SESSION_H
#define C_RUNNER_SESSION_H

#include <stdbool.h>

#include <loads/test.h>

#include "base/err.h"
#include "event.h"

struct session;

/* Before the first session, and after the last. */
int session_library_open(struct err *err);
void session_library_close(void);

/* `hit` is called for each request that was made. `server_url` (may be NULL) and
 * `context` are borrowed. NULL on failure. */
struct session *session_new(const char *server_url, void (*hit)(void *context, const struct hit *hit),
                            void *context);
void session_free(struct session *session);

/* Sends the request. -1: there is no answer, `problem` says why, and *response
 * is the same as for an answer (NULL when it was not even sent). */
int session_send(struct session *session, const struct loads_request *request,
                 const struct loads_response **response, struct problem *problem);
void session_release(struct session *session, const struct loads_response *response);
void session_release_all(struct session *session);
void session_clear_cookies(struct session *session);

#endif
