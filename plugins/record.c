/* SPDX-License-Identifier: Apache-2.0 */
/* From a message, whose strings are slices, to an event with C strings. */
#include "plugins/record.h"

#include <string.h>

enum { TEXT_COUNT = 4 };

/* The strings of the message's own kind, in the order of loads_event's members. */
static void
message_texts(const struct message *message, struct slice texts[TEXT_COUNT])
{
    static const struct slice none;

    texts[0] = texts[1] = texts[2] = texts[3] = none;
    switch (message->type) {
    case LOADS_TEST_START:
    case LOADS_TEST_STOP:
    case LOADS_TEST_SUCCESS:
    case LOADS_TEST_FAILURE:
    case LOADS_TEST_ERROR:
        texts[0] = message->as.test.name;
        texts[1] = message->as.test.message;
        texts[2] = message->as.test.class_name;
        texts[3] = message->as.test.traceback;
        break;
    case LOADS_HIT:
        texts[0] = message->as.hit.url;
        texts[1] = message->as.hit.name;
        texts[2] = message->as.hit.method;
        texts[3] = message->as.hit.error;
        break;
    case LOADS_COUNTER:
    case LOADS_METRIC:
        texts[0] = message->as.metric.test;
        texts[1] = message->as.metric.name;
        break;
    default:
        break;
    }
}

size_t
record_size(const struct message *message, const char *run_id)
{
    struct slice texts[TEXT_COUNT];
    size_t size = sizeof(struct record) + strlen(run_id) + message->agent_id.length + message_text_length(message);

    message_texts(message, texts);
    for (size_t i = 0; i < TEXT_COUNT; i++)
        size += texts[i].length;
    return size + TEXT_COUNT + 3; /* the NULs */
}

/* Copies a text to `*at`, which moves behind it. */
static const char *
put(char **at, struct slice text)
{
    char *copy = *at;

    if (text.length == 0)
        return "";
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    *at += text.length + 1;
    return copy;
}

static void
write_kind(struct loads_event *event, const struct message *message, char **at)
{
    struct slice texts[TEXT_COUNT];
    const char *copies[TEXT_COUNT];

    message_texts(message, texts);
    for (size_t i = 0; i < TEXT_COUNT; i++)
        copies[i] = put(at, texts[i]);

    switch (message->type) {
    case LOADS_TEST_START:
    case LOADS_TEST_STOP:
    case LOADS_TEST_SUCCESS:
    case LOADS_TEST_FAILURE:
    case LOADS_TEST_ERROR:
        event->as.test.name = copies[0];
        event->as.test.message = copies[1];
        event->as.test.class_name = copies[2];
        event->as.test.traceback = copies[3];
        break;
    case LOADS_HIT:
        event->as.hit.url = copies[0];
        event->as.hit.name = copies[1];
        event->as.hit.method = copies[2];
        event->as.hit.error = copies[3];
        event->as.hit.status = message->as.hit.status;
        event->as.hit.started_unix_us = message->as.hit.started_unix_us;
        event->as.hit.elapsed_us = message->as.hit.elapsed_us;
        event->as.hit.dns_us = message->as.hit.dns_us;
        event->as.hit.connect_us = message->as.hit.connect_us;
        event->as.hit.tls_us = message->as.hit.tls_us;
        event->as.hit.ttfb_us = message->as.hit.ttfb_us;
        event->as.hit.bytes_in = message->as.hit.bytes_in;
        event->as.hit.bytes_out = message->as.hit.bytes_out;
        break;
    case LOADS_SOCKET_MESSAGE:
        event->as.socket.bytes = message->as.socket.bytes;
        break;
    case LOADS_COUNTER:
    case LOADS_METRIC:
        event->as.metric.test = copies[0];
        event->as.metric.name = copies[1];
        event->as.metric.value = message->as.metric.value;
        event->as.metric.kind = message->as.metric.kind;
        break;
    default:
        break;
    }
}

void
record_write(struct record *record, const struct message *message, uint32_t target, int64_t received_us,
             const char *run_id)
{
    struct loads_event *event = &record->event;
    char *at = record->strings;

    *event = (struct loads_event){
        .size = sizeof *event,
        .type = message->type,
        .target = target,
        .received_us = received_us,
        .cycle = { message->cycle.hits, message->cycle.users, message->cycle.hit, message->cycle.user },
        .raw_length = message_text_length(message),
    };
    event->run_id = put(&at, slice_of(run_id));
    event->agent_id = put(&at, message->agent_id);
    write_kind(event, message, &at);
    message_text(message, at);
    at[event->raw_length] = '\0';
    event->raw = at;
}
