/* SPDX-License-Identifier: Apache-2.0 */
/* The responses that a test holds, and the memory that is used again for the
 * next ones. */
#ifndef C_RUNNER_RESPONSE_H
#define C_RUNNER_RESPONSE_H

#include <stddef.h>

#include <loads/test.h>

#include "base/buffer.h"
#include "json_body.h"

enum {
    RESPONSE_BODY_LIMIT = 16 * 1024 * 1024,
    RESPONSE_HEADERS_LIMIT = 256 * 1024,
    RESPONSE_HELD_LIMIT = 1000,
    RESPONSE_HELD_BYTES_LIMIT = 64 * 1024 * 1024,
};

struct prepared;

struct response {
    struct loads_response shown; /* first: what the test sees is this */
    struct prepared *asked;      /* the request; NULL: it is not written yet */
    struct response *next;
    struct buffer headers;       /* lines as they came, or name NUL value NUL ... */
    struct buffer body;
    struct json_body *json;      /* NULL: nobody has asked */
    bool has_split_headers;
    char error[192];
};

struct response_pool {
    struct response *held;   /* by the test, the latest first */
    struct response *oldest; /* of those */
    struct response *spare;
    size_t held_count, held_bytes, spare_count;
};

/* An empty response that the test will hold, or NULL: it holds too much. */
struct response *response_take(struct response_pool *pool);
/* Its body is complete: from now on it counts. */
void response_account(struct response_pool *pool, const struct response *response);
void response_release(struct response_pool *pool, const struct loads_response *shown);
void response_release_all(struct response_pool *pool);
void response_pool_clear(struct response_pool *pool);

/* The processor fetches what an answer will touch, and what response_take will. */
void response_expect_answer(const struct response *response);
void response_expect_take(const struct response_pool *pool);
/* A new head forgets the one before. */
void response_begin_head(struct response *response);
/* Takes in lines of the head as they came, with their ends; only the first may be
 * a folded one. False: there is no room. */
bool response_add_header(struct response *response, struct slice lines);
/* The values of all headers of this name, in turn: NULL begins, NULL ends. */
const char *response_next_header(struct response *response, const char *name, const char *before);

#endif
