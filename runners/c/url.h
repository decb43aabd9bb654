/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about URLs. */
#ifndef C_RUNNER_URL_H
#define C_RUNNER_URL_H

#include <stdbool.h>

#include "base/slice.h"

bool url_is_http(const char *url); /* absolute, and http or https */

/* The parts of a URL that is written plainly: no dot segments, blanks or anything
 * else that has to be put right before it is sent. */
struct url_parts {
    bool is_https;
    struct slice site;   /* host:port as written */
    struct slice host;   /* an IPv6 address has brackets */
    struct slice name;   /* and here it has none */
    unsigned port;
    struct slice path;   /* may be empty */
    struct slice target; /* path and query */
};
/* False: it is not written plainly, or not at all a URL without credentials. */
bool url_split(const char *url, struct url_parts *parts);

/* "user:password@", or empty. */
struct slice url_credentials(const char *url);

/* Where a redirect from `base` to `location` leads. NULL: nowhere. free() it. */
char *url_join(const char *base, const char *location);

/* Whether scheme, host and port are the same, as far as they are written. */
bool url_is_same_site(const char *a, const char *b);

#endif
