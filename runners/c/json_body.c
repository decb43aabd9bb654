/* SPDX-License-Identifier: Apache-2.0 */
/* Members of JSON by their path, for <loads/test.h>. */
#include "json_body.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/memory.h"
#include "response.h"

enum { DIGITS = 15, STEPS_LIMIT = 64, STEP_SIZE = 256 };

struct json_body {
    json_t *root;  /* NULL: it is not JSON */
    json_t *texts; /* that were handed out: an array of strings */
};

void
json_body_free(struct json_body *body)
{
    if (body == NULL)
        return;
    json_decref(body->root);
    json_decref(body->texts);
    free(body);
}

/* The first member of a response that is ours, and not const. */
static struct json_body *
body_of(const struct loads_response *shown)
{
    struct response *response = (struct response *)(uintptr_t)shown;

    if (response->json == NULL) {
        response->json = xcalloc(1, sizeof *response->json);
        response->json->root = json_loadb(shown->body, shown->body_length, JSON_DECODE_ANY, NULL);
        response->json->texts = json_array();
    }
    return response->json;
}

/* "name" in an object, "3" in an array. */
static json_t *
step_into(const json_t *value, const char *step)
{
    char *end;
    unsigned long index;

    if (json_is_object(value))
        return json_object_get(value, step);
    if (!json_is_array(value) || *step < '0' || *step > '9')
        return NULL;
    index = strtoul(step, &end, 10);
    return *end == '\0' ? json_array_get(value, index) : NULL;
}

/* "items.0.price"; the empty path is the whole. */
static json_t *
find(const struct loads_response *shown, const char *path)
{
    json_t *value = body_of(shown)->root;
    char step[STEP_SIZE];

    for (int steps = 0; value != NULL && *path != '\0'; steps++) {
        size_t length = strcspn(path, ".");

        if (length >= sizeof step || steps == STEPS_LIMIT)
            return NULL;
        memcpy(step, path, length);
        step[length] = '\0';
        value = step_into(value, step);
        path += length + (path[length] == '.');
    }
    return value;
}

/* Keeps what is no string in the source as text, for as long as the response. */
static const char *
write_text(struct json_body *body, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
    json_t *kept = text != NULL ? json_string(text) : NULL;

    free(text);
    return json_array_append_new(body->texts, kept) == 0 ? json_string_value(kept) : NULL;
}

const char *
loads_json_text(const struct loads_response *response, const char *path)
{
    const json_t *value = find(response, path);

    if (value == NULL)
        return NULL;
    return json_is_string(value) ? json_string_value(value) : write_text(body_of(response), value);
}

double
loads_json_number(const struct loads_response *response, const char *path)
{
    const json_t *value = find(response, path);

    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}
