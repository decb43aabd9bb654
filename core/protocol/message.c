/* SPDX-License-Identifier: Apache-2.0 */
/* A message as text again, and the names of rejections. */
#include "protocol/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const reject_names[REJECT_COUNT] = {
    [REJECT_JSON] = "json",       [REJECT_UTF8] = "utf8",   [REJECT_TYPE] = "type",
    [REJECT_RANGE] = "range",     [REJECT_TOO_BIG] = "too_big", [REJECT_DEPTH] = "depth",
    [REJECT_VALUES] = "values",   [REJECT_MULTIPART] = "multipart", [REJECT_STALE] = "stale",
};

enum { SEQ_ROOM = sizeof "\"seq\":18446744073709551615," };

/* The number that it has from the frame. */
static size_t
write_seq(const struct message *message, char text[SEQ_ROOM])
{
    if (message->seq == 0)
        return 0;
    return (size_t)snprintf(text, SEQ_ROOM, "\"seq\":%" PRIu64 ",", message->seq);
}

size_t
message_text_length(const struct message *message)
{
    char seq[SEQ_ROOM];

    if (message->envelope.length == 0)
        return message->raw.length;
    return message->raw.length + message->envelope.length + write_seq(message, seq);
}

void
message_text(const struct message *message, char *out)
{
    struct slice rest = message->raw;
    char seq[SEQ_ROOM];

    if (message->envelope.length > 0) {
        size_t length = write_seq(message, seq);

        *out++ = '{';
        memcpy(out, message->envelope.data, message->envelope.length);
        memcpy(out + message->envelope.length, seq, length);
        out += message->envelope.length + length;
        rest.data++;
        rest.length--;
    }
    memcpy(out, rest.data, rest.length);
}
