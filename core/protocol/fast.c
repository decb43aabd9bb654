/* SPDX-License-Identifier: Apache-2.0 */
/* The fast decoder: one pass over what real runners send. It knows only good
 * messages; whatever else it meets, it gives up, and the slow decoder finds out
 * what is wrong with it.
 *
 * Each step takes the place in the text and returns the place behind what it
 * read, or NULL to give up. A text ends with a closing bracket, which no step but
 * a string runs over: only strings, and what follows a bracket, check for the end. */
#include "protocol/parts.h"

#include <string.h>

#include "base/utf8.h"
#include "protocol/decimal.h"
#include "protocol/text.h"

enum {
    UNKNOWN_LIMIT = 8, /* keys that we do not know, in one message */
    TAGS_LIMIT = 16,
    DIGITS_LIMIT = 18, /* of an integer */
};

struct fast {
    struct decoder *decoder;
    const char *end;
    struct draft *draft;
    struct slice unknown[UNKNOWN_LIMIT];
};

static const char *
skip_spaces(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* A string with escapes; `at` is behind the opening quote, `escape` at the first
 * backslash. */
static __attribute__((noinline)) const char *
escaped_text(struct fast *fast, const char *at, const char *escape, struct slice *text)
{
    struct decoder *decoder = fast->decoder;
    const char *close = escape;

    while (close < fast->end && *close != '"') {
        close += *close == '\\' ? 2 : 1;
        close = text_plain_end(close, fast->end);
    }
    if (close >= fast->end || close - at > MESSAGE_STRING_LIMIT)
        return NULL;
    text->data = decoder->texts + decoder->texts_length;
    if (!text_unescape((struct slice){ at, (size_t)(close - at) },
                       decoder->texts + decoder->texts_length, &text->length))
        return NULL;
    decoder->texts_length += text->length;
    return close + 1;
}

/* `at` is behind the opening quote. */
static inline const char *
read_text(struct fast *fast, const char *at, struct slice *text)
{
    const char *stop = text_plain_end(at, fast->end);

    while (__builtin_expect(stop < fast->end && (unsigned char)*stop >= 0x80, 0)) {
        size_t width = utf8_width(stop, (size_t)(fast->end - stop));

        if (width == 0)
            return NULL;
        stop = text_plain_end(stop + width, fast->end);
    }
    if (stop >= fast->end)
        return NULL;
    if (*stop == '\\')
        return escaped_text(fast, at, stop, text);
    if (*stop != '"' || stop - at > MESSAGE_STRING_LIMIT)
        return NULL;
    text->data = at;
    text->length = (size_t)(stop - at);
    return stop + 1;
}

static inline const char *
read_count(const char *at, int64_t *count)
{
    uint64_t value = 0;
    const char *start = at;

    if (!is_digit(*at) || (*at == '0' && is_digit(at[1])))
        return NULL;
    for (; is_digit(*at); at++) {
        if (at - start == DIGITS_LIMIT)
            return NULL;
        value = value * 10 + (uint64_t)(*at - '0');
    }
    if (*at == '.' || *at == 'e' || *at == 'E')
        return NULL;
    *count = (int64_t)value;
    return at;
}

/* A count, or digits in quotes. */
static const char *
read_loose_count(struct fast *fast, const char *at, int64_t *count)
{
    struct slice text;

    if (*at != '"')
        return read_count(at, count);
    at = read_text(fast, at + 1, &text);
    return at != NULL && count_parse(text, count) ? at : NULL;
}

static const char *
read_literal(const struct fast *fast, const char *at)
{
    if (fast->end - at > 4 && (memcmp(at, "null", 4) == 0 || memcmp(at, "true", 4) == 0))
        return at + 4;
    if (fast->end - at > 5 && memcmp(at, "false", 5) == 0)
        return at + 5;
    return NULL;
}

static const char *
read_null(const struct fast *fast, const char *at)
{
    return *at == 'n' ? read_literal(fast, at) : NULL;
}

/* A string, number or literal that says nothing to us. */
static const char *
skip_scalar(struct fast *fast, const char *at)
{
    struct decimal decimal;
    struct slice text;

    if (*at == '"')
        return read_text(fast, at + 1, &text);
    if (*at == '-' || is_digit(*at))
        return decimal_read(at, fast->end, &decimal);
    return read_literal(fast, at);
}

/* After an item: to the next one, or behind the closing bracket. */
static inline const char *
read_comma(const struct fast *fast, const char *at, char bracket, bool *is_last)
{
    if (at >= fast->end)
        return NULL;
    at = skip_spaces(at);
    *is_last = *at == bracket;
    if (*at != ',' && !*is_last)
        return NULL;
    return *is_last ? at + 1 : skip_spaces(at + 1);
}

static const char *
read_cycle(struct fast *fast, const char *at)
{
    struct draft *draft = fast->draft;
    bool is_last = false;

    if (*at != '[')
        return read_null(fast, at);
    at = skip_spaces(at + 1);
    for (size_t i = 0; i < 4; i++) {
        int64_t count = 0;

        if (is_last)
            return NULL;
        at = *at == 'n' ? read_null(fast, at) : read_loose_count(fast, at, &count);
        if (at == NULL || !draft_set_cycle(draft, MEMBER_LOADS_STATUS, i, count))
            return NULL;
        at = read_comma(fast, at, ']', &is_last);
        if (at == NULL)
            return NULL;
    }
    if (!is_last)
        return NULL;
    draft->told |= MEMBER_BIT(LOADS_STATUS);
    return at;
}

static const char *
read_exc(struct fast *fast, const char *at, enum member member)
{
    struct slice *exc = draft_at(fast->draft, member);
    bool is_last = false;

    if (*at != '[')
        return read_null(fast, at);
    at = skip_spaces(at + 1);
    for (size_t i = 0; i < 3 && !is_last; i++) {
        at = *at == '"' ? read_text(fast, at + 1, &exc[i]) : read_null(fast, at);
        if (at == NULL)
            return NULL;
        at = read_comma(fast, at, ']', &is_last);
        if (at == NULL)
            return NULL;
    }
    fast->draft->told |= UINT64_C(1) << member;
    return is_last ? at : NULL;
}

/* A key of plain ASCII and its colon. */
static inline const char *
read_key(const struct fast *fast, const char *at, struct slice *key)
{
    const char *close;

    if (*at != '"')
        return NULL;
    close = text_plain_end(at + 1, fast->end);
    if (close == fast->end || *close != '"' || close - at > MESSAGE_STRING_LIMIT)
        return NULL;
    *key = (struct slice){ .data = at + 1, .length = (size_t)(close - at - 1) };
    at = skip_spaces(close + 1);
    return *at == ':' ? skip_spaces(at + 1) : NULL;
}

static bool
is_new_key(const struct slice *keys, size_t count, struct slice key)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(keys[i], key))
            return false;
    return true;
}

/* A flat object. */
static const char *
skip_object(struct fast *fast, const char *at)
{
    struct slice keys[TAGS_LIMIT];
    bool is_last = false;

    if (*at != '{')
        return read_null(fast, at);
    at = skip_spaces(at + 1);
    if (*at == '}')
        return at + 1;
    for (size_t i = 0; !is_last; i++) {
        if (i == TAGS_LIMIT)
            return NULL;
        at = read_key(fast, at, &keys[i]);
        if (at == NULL || !is_new_key(keys, i, keys[i]))
            return NULL;
        at = skip_scalar(fast, at);
        if (at == NULL)
            return NULL;
        at = read_comma(fast, at, '}', &is_last);
        if (at == NULL)
            return NULL;
    }
    return at;
}

static const char *
read_string_member(struct fast *fast, const char *at, enum member member, enum member_form form)
{
    struct slice text;

    at = read_text(fast, at + 1, &text);
    if (at == NULL)
        return NULL;
    switch (form) {
    case FORM_TEXT:
        return draft_set_text(fast->draft, member, text) ? at : NULL;
    case FORM_ID:
        return draft_set_id(fast->draft, member, text) ? at : NULL;
    case FORM_DATE:
        return draft_set_date(fast->draft, member, text) ? at : NULL;
    case FORM_STATUS: {
        int64_t count;

        return count_parse(text, &count) && draft_set_count(fast->draft, member, count) ? at : NULL;
    }
    default:
        return NULL;
    }
}

static const char *
read_number_member(struct fast *fast, const char *at, enum member member, enum member_form form)
{
    struct draft *draft = fast->draft;
    struct decimal decimal;
    const char *start = at;
    int64_t number;

    switch (form) {
    case FORM_SECONDS:
        at = decimal_read(at, fast->end, &decimal);
        return at != NULL && decimal_us(&decimal, &number) && draft_set_us(draft, member, number) ? at : NULL;
    case FORM_REAL:
        at = decimal_read(at, fast->end, &decimal);
        return at != NULL && draft_set_real(draft, member, decimal_real(&decimal)) ? at : NULL;
    case FORM_COUNT:
    case FORM_STATUS:
        at = read_count(at, &number);
        return at != NULL && draft_set_count(draft, member, number) ? at : NULL;
    case FORM_ID:
        at = read_count(at, &number);
        if (at == NULL || !draft_set_id(draft, member, (struct slice){ start, (size_t)(at - start) }))
            return NULL;
        return at;
    default:
        return NULL;
    }
}

static inline const char *
read_member(struct fast *fast, const char *at, enum member member)
{
    enum member_form form = member_rules[member].form;

    if (*at == '"')
        return read_string_member(fast, at, member, form);
    if (is_digit(*at) || *at == '-')
        return read_number_member(fast, at, member, form);
    if (form == FORM_CYCLE)
        return read_cycle(fast, at);
    if (form == FORM_EXC)
        return read_exc(fast, at, member);
    if (form == FORM_OBJECT)
        return skip_object(fast, at);
    return read_null(fast, at);
}

/* Any value of a key that we do not know, unless the key is there twice. */
static const char *
read_unknown(struct fast *fast, const char *at, struct slice key)
{
    uint32_t count = fast->draft->unknown_keys;

    if (count == UNKNOWN_LIMIT || !is_new_key(fast->unknown, count, key))
        return NULL;
    fast->unknown[count] = key;
    fast->draft->unknown_keys++;
    return skip_scalar(fast, at);
}

/* All members up to the closing bracket. */
static const char *
read_members(struct fast *fast, const char *at)
{
    const struct names *names = &fast->decoder->rules.members;
    bool is_last = false;

    at = skip_spaces(at);
    while (!is_last) {
        struct slice key;
        int member;

        at = read_key(fast, at, &key);
        if (at == NULL)
            return NULL;
        member = names_find(names, key, fast->end);
        if (member < 0) {
            at = read_unknown(fast, at, key);
        } else {
            uint64_t bit = UINT64_C(1) << member;

            if ((fast->draft->keys & bit) != 0)
                return NULL;
            fast->draft->keys |= bit;
            at = read_member(fast, at, (enum member)member);
        }
        if (at == NULL)
            return NULL;
        at = read_comma(fast, at, '}', &is_last);
        if (at == NULL)
            return NULL;
    }
    return at;
}

/* One message that begins at `at`. */
static const char *
read_message(struct decoder *decoder, const char *at, const char *end, struct message *message)
{
    struct draft draft;
    struct fast fast;
    size_t texts_length = decoder->texts_length;
    const char *start = at, *readable_end = end;
    struct refusal refusal;
    int type;

    if (*at != '{')
        return NULL;
    draft_init(&draft);
    fast.decoder = decoder;
    fast.end = end;
    fast.draft = &draft;
    at = read_members(&fast, at + 1);
    if (at == NULL || draft.data_type.length == 0)
        return NULL;
    if (decoder->texts_length != texts_length) /* it may have had escapes, and be elsewhere */
        readable_end = draft.data_type.data + draft.data_type.length;
    type = draft_type(&decoder->rules, &draft, readable_end);
    if (type < 0 || !draft_finish(&draft, type, message, &refusal))
        return NULL;
    if (!complete_envelope(decoder, draft.keys, message))
        return NULL;
    message->raw = (struct slice){ .data = start, .length = (size_t)(at - start) };
    return at;
}

/* The messages of an array; 0: gave up. */
static size_t
read_array(struct decoder *decoder, const char *at, const char *end)
{
    const struct fast frame = { .end = end };
    bool is_last = false;
    size_t count = 0;

    at = skip_spaces(at);
    while (!is_last) {
        if (count == DECODER_ARRAY_LIMIT)
            return 0;
        decoder->place = count;
        at = read_message(decoder, at, end, &decoder->messages[count++]);
        if (at == NULL)
            return 0;
        at = read_comma(&frame, at, ']', &is_last);
        if (at == NULL)
            return 0;
    }
    return at == end ? count : 0;
}

bool
fast_object(struct decoder *decoder, struct slice text, struct message *message)
{
    const char *end = text.data + text.length;

    if (end[-1] != '}')
        return false;
    decoder->texts_length = 0;
    return read_message(decoder, text.data, end, message) == end;
}

bool
decoder_fast(struct decoder *decoder, struct slice frame, const struct decoder_sink *sink)
{
    size_t count;

    if (frame.length > MESSAGE_FRAME_LIMIT)
        return false;
    frame = scan_trim(frame);
    if (frame.length < 2)
        return false;
    if (frame.data[0] == '{') {
        decoder->is_array = false;
        count = fast_object(decoder, frame, decoder->messages);
    } else {
        const char *end = frame.data + frame.length;

        if (frame.data[0] != '[' || end[-1] != ']')
            return false;
        decoder->texts_length = 0;
        decoder->is_array = true;
        count = read_array(decoder, frame.data + 1, end);
    }
    if (count == 0)
        return false;
    for (size_t i = 0; i < count; i++)
        sink->message(sink->context, &decoder->messages[i]);
    decoder->stats.fast += count;
    return true;
}
