/* SPDX-License-Identifier: Apache-2.0 */
/* One user's cookies, RFC 6265, in memory. */
#ifndef C_RUNNER_COOKIES_H
#define C_RUNNER_COOKIES_H

#include <stdint.h>
#include <time.h>

#include "base/buffer.h"
#include "url.h"

enum {
    COOKIES_LIMIT = 300,      /* of a user; the oldest goes */
    COOKIE_SIZE_LIMIT = 4096, /* name and value */
};

struct cookie;

struct cookies {
    struct cookie *first; /* the latest set is the last */
    unsigned count;
};

void cookies_clear(struct cookies *cookies);

/* Takes in the value of a Set-Cookie that came with the answer from this URL;
 * one that is not for it is left out. */
void cookies_set(struct cookies *cookies, const struct url_parts *url, const char *value, time_t now);

/* Adds "Cookie: a=1; b=2\r\n", if there is one for this URL. */
void cookies_add_header(struct cookies *cookies, const struct url_parts *url, time_t now, struct buffer *out);

#endif
