/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge's: what a program prints, cut into lines, and the messages among them. The
 * first byte says how the bytes come in. */
#include <string.h>

#include <jansson.h>

#include "base/buffer.h"
#include "line.h"
#include "reader.h"
#include "splitter.h"

/* The members of a message can stand in an object. */
static void
check_message(void *context, enum loads_event_type type, const struct foreign_message *message)
{
    struct buffer text;
    json_t *value;

    (void)context;
    READER_CHECK(type != 0);
    buffer_init(&text, 1 << 20);
    buffer_add_char(&text, '{');
    buffer_add(&text, message->members, message->length);
    buffer_add_char(&text, '}');
    value = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, NULL);
    READER_CHECK(json_is_object(value));
    READER_CHECK(memchr(text.data, '\n', text.length) == NULL);
    READER_CHECK(json_object_get(value, "agent_id") == NULL && json_object_get(value, "seq") == NULL);
    READER_CHECK(message->has_status == (json_object_get(value, "loads_status") != NULL));
    json_decref(value);
    buffer_clear(&text);
}

static void
take_lines(const struct line_reader *reader, struct splitter *splitter, bool is_end)
{
    enum splitter_piece kind;
    struct slice piece;

    while ((kind = splitter_next(splitter, is_end, &piece)) != SPLITTER_NONE) {
        struct err err = { 0 };

        if (kind == SPLITTER_LINE)
            READER_CHECK((line_read(reader, piece, &err) == LINE_BROKEN) == (err.text[0] != '\0'));
        else if (kind == SPLITTER_LONG_LINE)
            line_looks_like_message(piece);
    }
}

static void
run(const char *data, size_t length)
{
    struct decoder *decoder = decoder_new();
    const struct line_reader reader = { .decoder = decoder, .test = "t", .message = check_message };
    struct splitter splitter;
    size_t at = 1, step = length > 0 ? 1 + (unsigned char)data[0] : 1;

    splitter_init(&splitter);
    while (at < length) {
        size_t size;
        char *space = splitter_space(&splitter, &size);

        size = size < step ? size : step;
        size = size < length - at ? size : length - at;
        READER_CHECK(size > 0);
        memcpy(space, data + at, size);
        splitter_add(&splitter, size);
        at += size;
        take_lines(&reader, &splitter, at == length);
    }
    splitter_clear(&splitter);
    decoder_free(decoder);
}

const struct reader reader_bridge = { .name = "bridge", .run = run };
