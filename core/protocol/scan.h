/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as bytes: whether it is well-formed, how much is in it, and where its
 * parts are. Allocates nothing, so that limits hold before anything is built. */
#ifndef PROTOCOL_SCAN_H
#define PROTOCOL_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "protocol/message.h"

/* Which of the open brackets are objects, a bit each. */
struct scan_nesting {
    unsigned char bits[MESSAGE_FRAME_LIMIT / 8];
};

/* What was found in one value. */
struct scan {
    size_t values, depth;
    size_t keys;         /* of the object that has most */
    size_t string_bytes; /* of the longest string or key, without escapes */
    bool has_bad_text;   /* a string that is not UTF-8, or holds NUL or a lone surrogate */
    struct slice bad_number; /* the first that is past 64 bits, a double or MESSAGE_NUMBER_LIMIT */
    const char *stopped; /* where it is not JSON; NULL: it is */
};

/* Scans `text`, which should be one value and spaces, of at most
 * MESSAGE_FRAME_LIMIT bytes. */
void scan_json(struct scan *scan, struct scan_nesting *nesting, struct slice text);

struct slice scan_trim(struct slice text);

/* Walks over the parts of a value that was scanned and is well-formed. */
struct scan_parts {
    const char *at, *end;
};
/* `container` begins with its bracket. */
struct scan_parts scan_parts_of(struct slice container);
/* False: there are no more. */
bool scan_next_item(struct scan_parts *parts, struct slice *value);
/* `key` comes with its quotes and escapes. */
bool scan_next_member(struct scan_parts *parts, struct slice *key, struct slice *value);

#endif
