/* SPDX-License-Identifier: Apache-2.0 */
/* One request and its answer, as the session hands it to whoever carries it:
 * http1.h on its own connections, or transfer.h on libcurl's. Redirects, cookies
 * and authentication are the session's. */
#ifndef C_RUNNER_TRANSPORT_H
#define C_RUNNER_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "http1_parser.h"
#include "response.h"
#include "url.h"

enum failure {
    FAILURE_NONE,
    FAILURE_URL,
    FAILURE_RESOLVE,
    FAILURE_CONNECT,
    FAILURE_SEND,
    FAILURE_RECEIVE,
    FAILURE_EMPTY,     /* closed before the first byte */
    FAILURE_PARTIAL,   /* closed before the last byte */
    FAILURE_TIMEOUT,
    FAILURE_TLS,
    FAILURE_MALFORMED,
    FAILURE_TOO_BIG,   /* the body */
    FAILURE_OTHER,
};

struct exchange {
    /* What to send. */
    const char *method;
    const char *url;             /* absolute, without user and password */
    const struct url_parts *parts;
    struct slice headers;        /* lines that end with CR LF, Host among them */
    struct slice body;
    bool has_body;               /* its length is sent, be it 0 */
    struct slice text, rest;     /* the same as HTTP/1.1 says it: the head and a short body, and a long one */
    struct http1_known *known;   /* what the last answer began with; may be NULL */
    bool discard_body;
    int64_t started_ns, started_unix_ns, deadline_ns;

    /* What came. */
    struct response *response;
    enum failure failure;
    int status;
    int http_version;            /* 10, 11, 20; 0: not known */
    bool has_cookies;
    int64_t ended_ns;
    int64_t dns_us, connect_us, tls_us, ttfb_us; /* -1: there was none */
    int64_t bytes_in, bytes_out;
    char reason[128]; /* of the failure, where there is more to say; last, as it is not wiped each time */
};

/* Takes in a part of the body; false: it is too big, and `failure` says so. */
static inline bool
exchange_add_body(struct exchange *exchange, const char *data, size_t length)
{
    if (exchange->discard_body)
        return true;
    buffer_add(&exchange->response->body, data, length);
    if (exchange->response->body.is_full)
        exchange->failure = FAILURE_TOO_BIG;
    return !exchange->response->body.is_full;
}

#endif
