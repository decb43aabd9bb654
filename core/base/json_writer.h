/* SPDX-License-Identifier: Apache-2.0 */
/* Writes JSON into a buffer, value by value, with commas and escapes in the
 * right places. Reading JSON is core/protocol's business. */
#ifndef BASE_JSON_WRITER_H
#define BASE_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/slice.h"

/* Initialise with { .out = buffer }. Inside an object give each value its
 * `key`; inside an array and at the top the key is NULL. */
struct json_writer {
    struct buffer *out;
    bool needs_comma;
};

void json_begin_object(struct json_writer *json, const char *key);
void json_end_object(struct json_writer *json);
void json_begin_array(struct json_writer *json, const char *key);
void json_end_array(struct json_writer *json);

void json_put_int(struct json_writer *json, const char *key, int64_t value);
void json_put_uint(struct json_writer *json, const char *key, uint64_t value);
/* The shortest text that reads back as the same double; NaN and infinities,
 * which JSON does not have, become null. */
void json_put_real(struct json_writer *json, const char *key, double value);
void json_put_bool(struct json_writer *json, const char *key, bool value);
void json_put_null(struct json_writer *json, const char *key);
void json_put_text(struct json_writer *json, const char *key, const char *text);
/* `text` should be UTF-8: each byte that is not part of a valid character
 * becomes U+FFFD. */
void json_put_slice(struct json_writer *json, const char *key, struct slice text);
/* As the other functions, for a key that comes from outside. */
void json_put_key(struct json_writer *json, struct slice key);

#endif
