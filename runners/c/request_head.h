/* SPDX-License-Identifier: Apache-2.0 */
/* The headers of a request: the test's own, and what is said unless it says it. */
#ifndef C_RUNNER_REQUEST_HEAD_H
#define C_RUNNER_REQUEST_HEAD_H

#include <stdbool.h>

#include "base/buffer.h"
#include "cookies.h"
#include "url.h"

struct request_head {
    const char *const *lines;      /* of the test, checked; ends with NULL, may be NULL */
    const struct url_parts *parts; /* NULL: not known; whoever sends says Host */
    struct cookies *cookies;
    struct slice credentials;      /* "user:password", as in a URL; or empty */
    const char *bearer;            /* a token; NULL: none */
    const char *content_type;      /* NULL: there is no body */
    bool is_same_site;             /* as the first of a chain of redirects: may be told secrets */
    bool wants_gzip;
};

/* What is remarkable about them. */
enum {
    HEAD_HAS_FRAMING = 1 << 0, /* the test says how the message is sent */
    HEAD_ASKS_GZIP = 1 << 1,   /* it was us who asked */
};

/* Adds lines that end with CR LF, all but Content-Length. */
unsigned request_head_write(const struct request_head *head, struct buffer *out);

#endif
