/* SPDX-License-Identifier: Apache-2.0 */
/* A line is a message when it is a JSON object with the member "data_type". The
 * envelope is the bridge's, so that every message is in its account. */
#include "line.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

enum { DEPTH_LIMIT = 32 }; /* jansson's parser calls itself, on a small stack */

static const char *const envelope_keys[] = { "agent_id", "worker_id", "run_id", "hostname", "seq" };

/* What the bridge knows of a type; the others are the host's business. */
static const struct type {
    const char *name;
    bool has_test; /* says which test it belongs to */
    bool is_hit, is_test, is_outcome, is_trouble;
} types[] = {
    { .name = "add_hit", .has_test = true, .is_hit = true },
    { .name = "startTest", .has_test = true, .is_test = true },
    { .name = "stopTest", .has_test = true, .is_test = true },
    { .name = "addSuccess", .has_test = true, .is_outcome = true },
    { .name = "addFailure", .has_test = true, .is_outcome = true, .is_trouble = true },
    { .name = "addError", .has_test = true, .is_outcome = true, .is_trouble = true },
    { .name = "incr_counter", .has_test = true },
    { .name = "metric", .has_test = true },
    { .name = "socket_open", .has_test = true },
    { .name = "socket_close", .has_test = true },
    { .name = "socket_message", .has_test = true },
    { .name = "startTestRun" },
    { .name = "stopTestRun" },
};

static const struct type *
find_type(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

static struct slice
trim(struct slice text)
{
    while (text.length > 0 && strchr(" \t\r", text.data[0]) != NULL && text.data[0] != '\0') {
        text.data++;
        text.length--;
    }
    return text;
}

bool
line_looks_like_message(struct slice text)
{
    static const char mark[] = "\"data_type\"";

    text = trim(text);
    return text.length > 0 && (text.data[0] == '{' || text.data[0] == '[') &&
           memmem(text.data, text.length, mark, sizeof mark - 1) != NULL;
}

static bool
is_too_deep(struct slice text)
{
    bool is_in_string = false;
    int depth = 0;

    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];

        if (is_in_string && c == '\\')
            i++;
        else if (c == '"')
            is_in_string = !is_in_string;
        else if (!is_in_string && (c == '{' || c == '[') && ++depth > DEPTH_LIMIT)
            return true;
        else if (!is_in_string && (c == '}' || c == ']'))
            depth--;
    }
    return false;
}

static void
note(struct line *line, const struct type *type)
{
    line->tells_hit |= type->is_hit;
    line->tells_test |= type->is_test;
    line->tells_outcome |= type->is_outcome;
    line->tells_trouble |= type->is_trouble;
}

static void
note_batch(struct line *line, json_t *message)
{
    json_t *messages;
    const char *name;

    json_object_foreach (json_object_get(message, "counts"), name, messages) {
        const struct type *type = find_type(name);

        if (type != NULL && json_array_size(messages) > 0)
            note(line, type);
    }
}

static bool
has(json_t *message, const char *key)
{
    return json_object_get(message, key) != NULL;
}

static void
break_line(struct line *line, const char *problem)
{
    line->kind = LINE_BROKEN;
    line->problem = problem;
}

/* `{...}` without the braces is what stands in the message that is sent. */
static void
take_members(struct line *line, json_t *message)
{
    size_t length;

    for (size_t i = 0; i < sizeof envelope_keys / sizeof envelope_keys[0]; i++)
        json_object_del(message, envelope_keys[i]);
    line->members = json_dumps(message, JSON_COMPACT);
    length = line->members != NULL ? strlen(line->members) : 0;
    if (length < 2 || length > MESSAGE_FOREIGN_LIMIT) {
        break_line(line, "is too long");
        return;
    }
    line->message.members = line->members + 1;
    line->message.length = length - 2;
}

static void
read_message(struct line *line, json_t *message, const char *name)
{
    const struct type *type = find_type(name);

    line->kind = LINE_MESSAGE;
    /* An unknown type stays as it is: with what we would add it became a counter. */
    line->message.has_test = type == NULL || !type->has_test || has(message, "test") || has(message, "test_name");
    line->message.has_status = type == NULL || has(message, "loads_status");
    if (type != NULL)
        note(line, type);
    else if (strcmp(name, "batch") == 0)
        note_batch(line, message);
    take_members(line, message);
}

static void
read_object(struct line *line, json_t *message)
{
    const char *name = json_string_value(json_object_get(message, "data_type"));

    if (name != NULL && strcmp(name, "runnerEnd") == 0)
        line->kind = LINE_ENDING;
    else if (name != NULL)
        read_message(line, message, name);
    else if (has(message, "data_type"))
        break_line(line, "has a data_type that is no string");
}

void
line_read(struct line *line, struct slice text)
{
    json_t *message;

    *line = (struct line){ .kind = LINE_TEXT };
    text = trim(text);
    if (text.length == 0 || (text.data[0] != '{' && text.data[0] != '['))
        return;
    message = is_too_deep(text) ? NULL : json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(message))
        read_object(line, message);
    else if (line_looks_like_message(text))
        break_line(line, message != NULL ? "is not one JSON object" : "is not valid JSON");
    json_decref(message);
}

void
line_clear(struct line *line)
{
    free(line->members);
    *line = (struct line){ .kind = LINE_TEXT };
}
