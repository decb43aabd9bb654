/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/frame_envelope.h"

#include <string.h>

#include "base/json_writer.h"

enum { TEXT_LIMIT = 8 * 1024 }; /* three ids with all their escapes fit */

void
frame_envelope_init(struct frame_envelope *envelope)
{
    envelope->is_there = false;
    buffer_init(&envelope->text, TEXT_LIMIT);
}

void
frame_envelope_clear(struct frame_envelope *envelope)
{
    buffer_clear(&envelope->text);
}

static struct slice
keep(char **at, struct slice id, struct json_writer *json, const char *key)
{
    struct slice kept = { .data = *at, .length = id.length };

    if (id.length == 0)
        return kept;
    memcpy(*at, id.data, id.length);
    *at += id.length;
    json_put_slice(json, key, kept);
    return kept;
}

void
frame_envelope_keep(struct frame_envelope *envelope, const struct message *first)
{
    struct json_writer json = { .out = &envelope->text };
    char *at = envelope->ids;

    buffer_reset(&envelope->text);
    envelope->agent_id = keep(&at, first->agent_id, &json, "agent_id");
    envelope->run_id = keep(&at, first->run_id, &json, "run_id");
    envelope->hostname = keep(&at, first->hostname, &json, "hostname");
    envelope->is_there = envelope->text.length > 0;
    if (envelope->is_there)
        buffer_add_char(&envelope->text, ',');
    envelope->seq = first->seq;
}

bool
frame_envelope_lend(const struct frame_envelope *envelope, struct message *message, size_t place)
{
    if (!envelope->is_there)
        return true;
    message->agent_id = envelope->agent_id;
    message->run_id = envelope->run_id;
    message->hostname = envelope->hostname;
    message->envelope = (struct slice){ .data = envelope->text.data, .length = envelope->text.length };
    if (envelope->seq > 0)
        message->seq = envelope->seq + place;
    return message->seq <= MESSAGE_COUNT_LIMIT;
}
