/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope of a message is the bridge's, so that all are in its account; the
 * host's own decoder then says whether the rest will do. */
#include "line.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

static const char *const envelope_keys[] = { "agent_id", "worker_id", "run_id", "hostname", "seq" };

/* They are given a test when they name none. Any other type is left as it is: with
 * a test and a status it would become a counter. */
static const char *const types_of_tests[] = {
    "add_hit",      "startTest", "stopTest",    "addSuccess",   "addFailure",     "addError",
    "incr_counter", "metric",    "socket_open", "socket_close", "socket_message",
};

/* What became of the messages of one line. */
struct reading {
    const struct line_reader *reader;
    enum line_kind kind;
    struct err *err;
    enum loads_event_type type; /* of the message that was looked at last; 0: the host would not count it */
};

static bool
is_in(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

static struct slice
trim(struct slice text)
{
    while (text.length > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.length--;
    }
    return text;
}

static bool
may_be_json(struct slice text)
{
    return text.length > 0 && (text.data[0] == '{' || text.data[0] == '[');
}

bool
line_looks_like_message(struct slice text)
{
    static const char mark[] = "\"data_type\"";

    return may_be_json(trim(text)) && memmem(text.data, text.length, mark, sizeof mark - 1) != NULL;
}

/* jansson's parser calls itself, and our stack is small. */
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
        else if (!is_in_string && (c == '{' || c == '[') && ++depth > 2 * MESSAGE_DEPTH_LIMIT)
            return true;
        else if (!is_in_string && (c == '}' || c == ']'))
            depth--;
    }
    return false;
}

static void
on_message(void *context, const struct message *message)
{
    struct reading *reading = context;

    reading->type = message->type;
    if (reading->kind == LINE_TEXT)
        reading->kind = LINE_MESSAGE;
}

static void
on_rejected(void *context, enum reject reason, const char *why, struct slice text)
{
    struct reading *reading = context;

    (void)reason;
    (void)text;
    err_set(reading->err, "%s", why);
    reading->kind = LINE_BROKEN;
}

/* Some programs log in JSON, and data_type is a word as others. */
static void
on_unknown(void *context, struct slice data_type, struct slice text)
{
    (void)context;
    (void)data_type;
    (void)text;
}

/* The listener may let other tasks run, which read lines too: by then the decoder
 * is free. */
static void
check_and_tell(struct reading *reading, struct slice text, bool has_status)
{
    const struct decoder_sink sink = {
        .context = reading, .message = on_message, .rejected = on_rejected, .unknown = on_unknown
    };
    /* What is inside of the braces stands in the message that is sent. */
    const struct foreign_message message = { .members = text.data + 1,
                                             .length = text.length - 2,
                                             .has_status = has_status };

    reading->type = 0;
    decoder_decode(reading->reader->decoder, text, &sink);
    if (reading->type != 0 && reading->type != LOADS_RUNNER_END)
        reading->reader->message(reading->reader->context, reading->type, &message);
}

static void
read_message(struct reading *reading, json_t *object)
{
    const char *type = json_string_value(json_object_get(object, "data_type"));
    bool has_status = json_object_get(object, "loads_status") != NULL;
    struct slice text;

    for (size_t i = 0; i < sizeof envelope_keys / sizeof envelope_keys[0]; i++)
        json_object_del(object, envelope_keys[i]);
    if (type != NULL && is_in(type, types_of_tests, sizeof types_of_tests / sizeof types_of_tests[0]) &&
        json_object_get(object, "test") == NULL && json_object_get(object, "test_name") == NULL)
        json_object_set_new(object, "test", json_string(reading->reader->test));
    text = slice_of(json_dumps(object, JSON_COMPACT));
    if (text.length > 0 && text.length <= MESSAGE_FOREIGN_LIMIT)
        check_and_tell(reading, text, has_status);
    else
        on_rejected(reading, REJECT_TOO_BIG, "it is too long", (struct slice){ 0 });
    free((char *)text.data);
}

static void read_value(struct reading *reading, json_t *value);

/* Each by itself: the account is kept per message. */
static void
read_batch(struct reading *reading, json_t *counts)
{
    const char *type;
    json_t *messages, *message;
    size_t i;

    if (!json_is_object(counts))
        on_rejected(reading, REJECT_TYPE, "counts is needed, an object", (struct slice){ 0 });
    json_object_foreach(counts, type, messages) {
        if (!json_is_array(messages))
            on_rejected(reading, REJECT_TYPE, "counts holds something that is no array", (struct slice){ 0 });
        json_array_foreach(messages, i, message) {
            json_object_set_new(message, "data_type", json_string(type));
            read_value(reading, message);
        }
    }
}

static void
read_value(struct reading *reading, json_t *value)
{
    json_t *type = json_object_get(value, "data_type");

    if (type == NULL)
        return;
    if (json_is_string(type) && strcmp(json_string_value(type), "batch") == 0 &&
        json_object_get(value, "counts") != NULL)
        read_batch(reading, json_object_get(value, "counts"));
    else
        read_message(reading, value);
}

static void
read_line(struct reading *reading, json_t *value)
{
    json_t *message;
    size_t i;

    if (!json_is_array(value))
        read_value(reading, value);
    json_array_foreach(value, i, message)
        read_value(reading, message);
}

enum line_kind
line_read(const struct line_reader *reader, struct slice text, struct err *err)
{
    struct reading reading = { .reader = reader, .kind = LINE_TEXT, .err = err };
    json_t *value;

    if (!line_looks_like_message(text))
        return LINE_TEXT;
    value = is_too_deep(text) ? NULL : json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, NULL);
    if (value == NULL)
        on_rejected(&reading, REJECT_JSON, "it is no valid JSON, or too deep", (struct slice){ 0 });
    else
        read_line(&reading, value);
    json_decref(value);
    return reading.kind;
}
