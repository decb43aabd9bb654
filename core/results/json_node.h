/* SPDX-License-Identifier: Apache-2.0 */
/* A value of a JSON text, and where in it it stands. Reading is strict: what is
 * missing, of another type or out of its range is an error that names the place, as
 * in "names[3].latency.count: expected a whole number from 0 to 9007199254740992". */
#ifndef RESULTS_JSON_NODE_H
#define RESULTS_JSON_NODE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

#define JSON_COUNT_LIMIT (UINT64_C(1) << 53) /* what every reader can count to */

struct json_node {
    const struct json_node *parent; /* NULL: the whole text */
    const char *key;                /* in the parent; NULL: it is an array */
    size_t index;
    json_t *json;                   /* borrowed */
    struct err *err;
};

/* Fails with "PLACE: TEXT"; always -1. */
int json_node_fail(const struct json_node *node, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same for a member of the object. */
int json_member_fail(const struct json_node *object, const char *key, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* A member that is an object or an array; item `index` of an array that is an object. */
int json_node_object(struct json_node *node, const struct json_node *object, const char *key);
int json_node_array(struct json_node *node, const struct json_node *object, const char *key, size_t limit);
int json_node_item(struct json_node *node, const struct json_node *array, size_t index);
/* A value of any type that is known to be there. */
struct json_node json_node_at(const struct json_node *object, const char *key, json_t *json);

/* Members of an object, and a node's own value; they return -1 on failure. A text is
 * NUL-terminated and has at most `limit` bytes. */
int json_member_count(const struct json_node *object, const char *key, uint64_t limit, uint64_t *value);
int json_member_number(const struct json_node *object, const char *key, double low, double high, double *value);
int json_member_text(const struct json_node *object, const char *key, size_t limit, const char **text);
int json_member_text_or_null(const struct json_node *object, const char *key, size_t limit, const char **text);
int json_node_count(const struct json_node *node, uint64_t limit, uint64_t *value);
int json_node_number(const struct json_node *node, double low, double high, double *value);

#endif
