/* SPDX-License-Identifier: Apache-2.0 */
/* Strict reading of JSON values, and the places of those that are wrong. */
#include "results/json_node.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/utf8.h"

enum { KEY_SHOWN = 60, PLACE_LIMIT = 1024 };

static void
add_place(struct buffer *out, const struct json_node *node)
{
    if (node->parent == NULL)
        return;
    add_place(out, node->parent);
    if (node->key == NULL) {
        buffer_printf(out, "[%zu]", node->index);
        return;
    }
    if (out->length > 0)
        buffer_add_char(out, '.');
    utf8_add_visible(out, utf8_prefix(slice_of(node->key), KEY_SHOWN), false);
}

static int fail(const struct json_node *node, const char *fmt, va_list args) PRINTF_LIKE(2, 0);

static int
fail(const struct json_node *node, const char *fmt, va_list args)
{
    struct buffer place;
    char text[512];

    vsnprintf(text, sizeof text, fmt, args);
    buffer_init(&place, PLACE_LIMIT);
    add_place(&place, node);
    err_set(node->err, "%s%s%s", place.length > 0 ? place.data : "", place.length > 0 ? ": " : "", text);
    buffer_clear(&place);
    return -1;
}

int
json_node_fail(const struct json_node *node, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    fail(node, fmt, args);
    va_end(args);
    return -1;
}

int
json_member_fail(const struct json_node *object, const char *key, const char *fmt, ...)
{
    struct json_node member = json_node_at(object, key, NULL);
    va_list args;

    va_start(args, fmt);
    fail(&member, fmt, args);
    va_end(args);
    return -1;
}

struct json_node
json_node_at(const struct json_node *object, const char *key, json_t *json)
{
    return (struct json_node){ .parent = object, .key = key, .json = json, .err = object->err };
}

static int
find(struct json_node *node, const struct json_node *object, const char *key)
{
    *node = json_node_at(object, key, json_object_get(object->json, key));
    return node->json != NULL ? 0 : json_node_fail(node, "is missing");
}

int
json_node_object(struct json_node *node, const struct json_node *object, const char *key)
{
    if (find(node, object, key) != 0)
        return -1;
    return json_is_object(node->json) ? 0 : json_node_fail(node, "expected an object");
}

int
json_node_array(struct json_node *node, const struct json_node *object, const char *key, size_t limit)
{
    if (find(node, object, key) != 0)
        return -1;
    if (!json_is_array(node->json))
        return json_node_fail(node, "expected an array");
    if (json_array_size(node->json) > limit)
        return json_node_fail(node, "has %zu items, at most %zu are read", json_array_size(node->json), limit);
    return 0;
}

int
json_node_item(struct json_node *node, const struct json_node *array, size_t index)
{
    *node = (struct json_node){ .parent = array, .index = index, .err = array->err,
                                .json = json_array_get(array->json, index) };
    return json_is_object(node->json) ? 0 : json_node_fail(node, "expected an object");
}

int
json_node_count(const struct json_node *node, uint64_t limit, uint64_t *value)
{
    json_int_t number = json_integer_value(node->json);

    if (!json_is_integer(node->json) || number < 0 || (uint64_t)number > limit)
        return json_node_fail(node, "expected a whole number from 0 to %" PRIu64, limit);
    *value = (uint64_t)number;
    return 0;
}

int
json_node_number(const struct json_node *node, double low, double high, double *value)
{
    *value = json_number_value(node->json);
    if (!json_is_number(node->json))
        return json_node_fail(node, "expected a number");
    if (!(*value >= low && *value <= high))
        return json_node_fail(node, "expected a number from %.15g to %.15g", low, high);
    return 0;
}

int
json_member_count(const struct json_node *object, const char *key, uint64_t limit, uint64_t *value)
{
    struct json_node node;

    return find(&node, object, key) == 0 ? json_node_count(&node, limit, value) : -1;
}

int
json_member_number(const struct json_node *object, const char *key, double low, double high, double *value)
{
    struct json_node node;

    return find(&node, object, key) == 0 ? json_node_number(&node, low, high, value) : -1;
}

int
json_member_text_or_null(const struct json_node *object, const char *key, size_t limit, const char **text)
{
    struct json_node node;

    *text = NULL;
    if (find(&node, object, key) != 0)
        return -1;
    if (json_is_null(node.json))
        return 0;
    if (!json_is_string(node.json))
        return json_node_fail(&node, "expected a text");
    if (json_string_length(node.json) > limit)
        return json_node_fail(&node, "has %zu bytes, at most %zu are read", json_string_length(node.json), limit);
    *text = json_string_value(node.json);
    return 0;
}

int
json_member_text(const struct json_node *object, const char *key, size_t limit, const char **text)
{
    if (json_member_text_or_null(object, key, limit, text) != 0)
        return -1;
    return *text != NULL ? 0 : json_member_fail(object, key, "expected a text");
}
