/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a JSON body by their path: the first line is the path, the rest the body. */
#include "json_body.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "reader.h"
#include "response.h"

static void
run(const char *data, size_t length)
{
    const char *newline = length > 0 ? memchr(data, '\n', length) : NULL;
    size_t path_length = newline != NULL ? (size_t)(newline - data) : length;
    size_t body_at = newline != NULL ? path_length + 1 : length;
    char *path = xstrndup(data, path_length);
    struct response response = { 0 };
    const char *text;

    response.shown.body = data + body_at;
    response.shown.body_length = length - body_at;
    text = loads_json_text(&response.shown, path);
    READER_CHECK(text == NULL || strlen(text) <= 16 * length + 64);
    loads_json_number(&response.shown, path);
    json_body_free(response.json);
    free(path);
}

const struct reader reader_json_body = { .name = "json_body", .run = run };
