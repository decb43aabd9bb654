/* SPDX-License-Identifier: Apache-2.0 */
/* One user's HTTP: what a request says, cookies, redirects, authentication and
 * responses. How it travels is a transport's business, which the test cannot
 * tell but by speed. */
#ifndef C_RUNNER_SESSION_H
#define C_RUNNER_SESSION_H

#include <stdbool.h>

#include <loads/test.h>

#include "base/buffer.h"
#include "base/err.h"
#include "cookies.h"
#include "event.h"
#include "form.h"
#include "http1.h"
#include "network.h"
#include "response.h"

struct transfer;

#define SESSION_TIMEOUT_LIMIT_S 86400.0

/* What the test has set for all requests to come. */
struct session_settings {
    double timeout_s;  /* of requests that do not say */
    char *bearer;      /* a token, one line; NULL: none */
    char *proxy;       /* NULL: what the environment names; "": none. To be set by session_set_proxy */
    bool wants_http2, wants_gzip;
};

/* To be touched by session.c alone; what every request touches comes first. */
struct session {
    const struct network *network;
    const char *server_url;
    void (*hit)(void *context, const struct hit *hit);
    void *context;
    struct session_settings settings;
    struct response_pool pool;
    struct cookies cookies;
    struct http1 http1;
    struct transfer *transfers[2]; /* one for HTTP/1.1 and one for 2, made when they are needed: each keeps
                                    * connections of its own */
    struct buffer form;            /* the request's body, encoded */
    char form_type[FORM_TYPE_SIZE];
};

/* `hit` is called for each request that was made. `network`, `server_url` (may be
 * NULL) and `context` are borrowed. */
void session_init(struct session *session, const struct network *network, const char *server_url,
                  void (*hit)(void *context, const struct hit *hit), void *context);
void session_clear(struct session *session);

/* To be read and changed; the texts are free()d with the session. */
struct session_settings *session_settings(struct session *session);
void session_set_proxy(struct session *session, const char *url);

/* Sends the request and waits in the task that calls. -1: there is no answer,
 * `problem` says why, and *response is the same as for an answer (NULL when it
 * was not even sent). What is missing in the request is filled in. */
int session_send(struct session *session, struct loads_request *request,
                 const struct loads_response **response, struct problem *problem);
void session_release(struct session *session, const struct loads_response *response);
void session_release_all(struct session *session);
void session_clear_cookies(struct session *session);
/* Adds the header line with this user's cookies for the URL, if there are any. */
void session_add_cookies(struct session *session, const struct url_parts *url, struct buffer *out);

#endif
