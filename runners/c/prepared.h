/* SPDX-License-Identifier: Apache-2.0 */
/* Requests as they travel. Users send the same ones again and again: what does not
 * depend on the user is written once and shared by all who send it. That saves the
 * writing, and memory that each user would touch. */
#ifndef C_RUNNER_PREPARED_H
#define C_RUNNER_PREPARED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "http1_parser.h"
#include "request_head.h"
#include "url.h"

/* What to write. */
struct order {
    const char *base;         /* stands before `url`; NULL: that is absolute */
    const char *url;
    const char *method;
    struct request_head head; /* `parts` follow from the URL, and so do `credentials` where it has them */
    struct slice body;
    bool has_body;            /* its length is told, be it 0 */
};

struct prepared {
    unsigned holders;
    bool is_shared;            /* by all who order the same */
    bool is_plain;             /* `parts` are known; if not, there is no `text` */
    bool is_too_big;           /* the head: nobody can send it */
    bool has_whole_body;       /* in `text`, as it is short */
    unsigned remarks;          /* of request_head_write */
    const char *url;           /* absolute, without user and password */
    struct slice text;         /* the head and a short body */
    struct slice body;         /* borrowed from who ordered */
    bool has_body;
    struct url_parts parts;
    struct http1_known answer; /* what the last answer began with */
    struct slice headers;      /* lines that end with CR LF, all but Content-Length */
    struct slice credentials;
    /* Of the order, to know it again. */
    const char *base, *method;
    struct slice ordered_url;
    bool wants_gzip;
    size_t size;
    char bytes[];
};

struct prepared_cache; /* of the sessions of one loop */

struct prepared_cache *prepared_cache_new(void);
void prepared_cache_free(struct prepared_cache *cache); /* NULL is allowed */

/* The caller holds it until prepared_release. */
struct prepared *prepared_take(struct prepared_cache *cache, const struct order *order);
void prepared_release(struct prepared *prepared); /* NULL is allowed */

#endif
