/* SPDX-License-Identifier: Apache-2.0 */
/* Reads an HTTP/1 answer: bytes in as they come, events out. Knows no socket
 * and keeps nothing but a line that is not complete yet. */
#ifndef C_RUNNER_HTTP1_PARSER_H
#define C_RUNNER_HTTP1_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/slice.h"

enum {
    HTTP1_HEAD_LIMIT = 256 * 1024, /* bytes, with the lines between chunks' data */
    HTTP1_LINES_LIMIT = 1000,      /* of the head and the trailer */
    HTTP1_CHUNK_LINE_LIMIT = 4096,
};

enum http1_event {
    HTTP1_MORE,   /* the input is used up */
    HTTP1_STATUS, /* a head begins, and what an earlier one said is void; head.status is set */
    HTTP1_HEADER, /* `out` are lines of the head, with their ends; only the first may be a folded one */
    HTTP1_BODY,   /* `out` is a part of the body */
    HTTP1_END,    /* the answer is complete; what is left of the input is not part of it */
    HTTP1_ERROR,  /* `error` says why; there will be nothing else */
};

enum http1_state {
    HTTP1_IN_STATUS_LINE,
    HTTP1_IN_HEADERS,
    HTTP1_IN_LENGTH,
    HTTP1_IN_REST, /* until the connection is closed */
    HTTP1_IN_CHUNK_SIZE,
    HTTP1_IN_CHUNK,
    HTTP1_IN_CHUNK_END,
    HTTP1_IN_TRAILER,
    HTTP1_IS_COMPLETE,
    HTTP1_IS_BROKEN,
};

/* What a head says, as far as it is read. */
struct http1_head {
    enum http1_state state;
    int status;
    bool has_no_body;  /* the request was HEAD */
    bool has_cookies;  /* there is a Set-Cookie */
    bool is_chunked, is_coded, has_length, is_closing, is_staying, is_old;
    unsigned lines;
    uint64_t left; /* of the body or chunk */
};

/* The lines that followed a status line, and what they said: a server repeats
 * itself, and what it said before need not be read again. The caller's, who gives
 * `lines` a limit. */
struct http1_known {
    struct buffer lines; /* with the empty one */
    size_t told;         /* bytes of them that are no empty line */
    struct http1_head head;
};

struct http1_parser {
    struct http1_head head;
    const char *error;
    size_t head_bytes; /* of all heads, and of what frames the chunks */
    struct http1_known *known; /* NULL: nothing is */
    struct buffer line; /* what came of it so far */
    bool is_line_used;
};

void http1_parser_init(struct http1_parser *parser);
void http1_parser_clear(struct http1_parser *parser);
/* Makes ready for the answer to the next request. `known` (NULL: none) is used until
 * the answer is complete, and learns. */
void http1_parser_begin(struct http1_parser *parser, bool has_no_body, struct http1_known *known);

/* Takes some bytes off the front of `in`. `out` is valid until the next call. */
enum http1_event http1_next(struct http1_parser *parser, struct slice *in, struct slice *out);
/* The other side has closed: HTTP1_END or HTTP1_ERROR. */
enum http1_event http1_finish(struct http1_parser *parser);

/* After HTTP1_END: whether the connection may carry another request. */
bool http1_may_stay(const struct http1_parser *parser);

#endif
