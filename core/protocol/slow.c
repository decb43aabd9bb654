/* SPDX-License-Identifier: Apache-2.0 */
/* The slow decoder: takes everything, says what is wrong with it, and is the
 * measure for the fast one. Limits are checked before jansson builds anything. */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "base/utf8.h"
#include "protocol/parts.h"
#include "protocol/text.h"
#include "protocol/values.h"

/* One frame on its way. */
struct slow {
    struct decoder *decoder;
    const struct decoder_sink *sink;
    bool mixed; /* each message is tried on the fast path first */
};

/* A batch: what it tells about all of its messages. A `seq` of its own would
 * number a frame, and not messages: theirs are taken. */
struct batch {
    struct draft envelope;
    struct members members;
    struct slice type;   /* the key in `counts` that the current messages stand under */
    uint64_t overridden; /* members that its messages do not keep */
};
static const uint64_t batch_envelope = MEMBERS_ENVELOPE & ~(MEMBER_BIT(DATA_TYPE) | MEMBER_BIT(SEQ));

static void
rejected(struct slow *slow, const struct refusal *refusal, struct slice text)
{
    slow->decoder->stats.slow++;
    slow->sink->rejected(slow->sink->context, refusal->reason, refusal->why, text);
}

/* What a string says that is `written` with quotes and perhaps escapes, if it is
 * as short as the names that we know; else nothing. */
static struct slice
short_text(struct slice written, char room[static 6 * NAMES_LENGTH_LIMIT])
{
    struct slice text = { .data = room };

    if (written.length < 2 || written.data[0] != '"' || written.length - 2 > 6 * NAMES_LENGTH_LIMIT)
        return text;
    written = (struct slice){ .data = written.data + 1, .length = written.length - 2 };
    if (!text_unescape(written, room, &text.length))
        text.length = 0;
    return text;
}

static int
member_of_key(const struct slow *slow, struct slice key)
{
    char room[6 * NAMES_LENGTH_LIMIT];
    struct slice text = short_text(key, room);

    return names_find(&slow->decoder->rules.members, text, room + text.length);
}

static void
find_members(const struct slow *slow, struct slice object, struct members *members)
{
    struct scan_parts parts = scan_parts_of(object);
    struct slice key, value;

    *members = (struct members){ 0 };
    while (scan_next_member(&parts, &key, &value)) {
        int member = member_of_key(slow, key);

        if (member < 0) {
            members->unknown_keys++;
            continue;
        }
        members->sources[member] = value;
        members->keys |= UINT64_C(1) << member;
    }
}

static bool
is_batch(const struct members *members)
{
    char room[6 * NAMES_LENGTH_LIMIT];

    return slice_equal(short_text(members->sources[MEMBER_DATA_TYPE], room), SLICE("batch"));
}

/* Limits first, then jansson. */

static bool
check_limits(struct slow *slow, struct slice text, struct refusal *refusal)
{
    struct scan scan;

    scan_json(&scan, slow->decoder->nesting, text);
    if (scan.string_bytes > MESSAGE_STRING_LIMIT)
        return refuse(refusal, REJECT_TOO_BIG, "a string has %zu bytes, at most %d are allowed",
                      scan.string_bytes, MESSAGE_STRING_LIMIT);
    if (scan.depth > MESSAGE_DEPTH_LIMIT)
        return refuse(refusal, REJECT_DEPTH, "%zu arrays and objects in one another, at most %d are allowed",
                      scan.depth, MESSAGE_DEPTH_LIMIT);
    if (scan.values > MESSAGE_VALUES_LIMIT)
        return refuse(refusal, REJECT_VALUES, "%zu values, at most %d are allowed", scan.values,
                      MESSAGE_VALUES_LIMIT);
    if (scan.keys > MESSAGE_KEYS_LIMIT)
        return refuse(refusal, REJECT_VALUES, "an object has %zu keys, at most %d are allowed", scan.keys,
                      MESSAGE_KEYS_LIMIT);
    if (scan.has_bad_text)
        return refuse(refusal, REJECT_UTF8,
                      "a string is not UTF-8, or holds \\u0000 or half of a surrogate pair");
    if (scan.bad_number.length > 0)
        return refuse(refusal, REJECT_RANGE, "the number %.*s%s is too large",
                      (int)(scan.bad_number.length < 40 ? scan.bad_number.length : 40), scan.bad_number.data,
                      scan.bad_number.length < 40 ? "" : "...");
    return true;
}

/* The caller frees it; NULL: refused. */
static json_t *
load_object(struct slow *slow, struct slice text, struct refusal *refusal)
{
    json_error_t error;
    json_t *object;

    if (!check_limits(slow, text, refusal))
        return NULL;
    object = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, &error);
    if (object == NULL && json_error_code(&error) == json_error_duplicate_key)
        refuse(refusal, REJECT_JSON, "a key is twice in one object");
    else if (object == NULL)
        refuse(refusal, REJECT_JSON, "not JSON: %s", error.text);
    return object;
}

/* What the batch tells goes before what its message tells. */
static void
override_envelope(struct draft *draft, const struct batch *batch)
{
    for (int member = 0; member < MEMBER_COUNT; member++) {
        if ((batch->envelope.told & UINT64_C(1) << member) != 0)
            draft_set_text(draft, (enum member)member, draft_text(&batch->envelope, (enum member)member));
    }
    draft->keys |= batch->envelope.told;
}

/* Whether a message's data_type, or a counter's test, can be read at all is
 * known before its type is. */
static bool
read_type(struct slow *slow, const struct members *members, const json_t *object, struct draft *draft,
          int *type, struct refusal *refusal)
{
    static const enum member tests[] = { MEMBER_TEST, MEMBER_TEST_NAME };
    uint64_t type_bit = MEMBER_BIT(DATA_TYPE) & ~draft->told;

    if (!values_read(members, object, type_bit, draft, refusal))
        return false;
    if ((draft->told & MEMBER_BIT(DATA_TYPE)) == 0)
        return refuse(refusal, REJECT_TYPE, "a message needs data_type");
    for (size_t i = 0; i < 2; i++) {
        const json_t *test = json_object_get(object, member_rules[tests[i]].name);

        if (json_is_string(test))
            draft_set_text(draft, tests[i], string_slice(test));
    }
    *type = draft_type(&slow->decoder->rules, draft, draft->data_type.data + draft->data_type.length);
    return true;
}

/* A line break can only stand between values. */
static struct slice
one_line(struct buffer *out, struct slice text)
{
    if (memchr(text.data, '\n', text.length) == NULL && memchr(text.data, '\r', text.length) == NULL)
        return text;
    if (text.data != out->data) {
        buffer_reset(out);
        buffer_add_slice(out, text);
    }
    for (size_t i = 0; i < out->length; i++)
        if (out->data[i] == '\n' || out->data[i] == '\r')
            out->data[i] = ' ';
    return (struct slice){ .data = out->data, .length = out->length };
}

/* A batch's message as if it had come alone. */
static struct slice
rewrite(struct slow *slow, struct slice text, const struct batch *batch)
{
    struct buffer *out = &slow->decoder->rewritten;
    struct scan_parts parts = scan_parts_of(text);
    struct slice key, value;

    buffer_reset(out);
    buffer_add_text(out, "{\"data_type\":");
    buffer_add_slice(out, batch->type);
    for (int member = 0; member < MEMBER_COUNT; member++) {
        if ((batch->envelope.told & UINT64_C(1) << member) == 0)
            continue;
        buffer_printf(out, ",\"%s\":", member_rules[member].name);
        buffer_add_slice(out, batch->members.sources[member]);
    }
    while (scan_next_member(&parts, &key, &value)) {
        int member = member_of_key(slow, key);

        if (member >= 0 && (batch->overridden & UINT64_C(1) << member) != 0)
            continue;
        buffer_add_char(out, ',');
        buffer_add_slice(out, key);
        buffer_add_char(out, ':');
        buffer_add_slice(out, value);
    }
    buffer_add_char(out, '}');
    return (struct slice){ .data = out->data, .length = out->length };
}

/* One message, parsed: `batch` is NULL when it came alone. */
static bool
slow_draft(struct slow *slow, struct slice text, const struct members *members, const json_t *object,
           const struct batch *batch, struct draft *draft, struct refusal *refusal)
{
    struct message message = { 0 };
    struct slice raw;
    int type = -1;

    draft->keys = members->keys | MEMBER_BIT(DATA_TYPE);
    draft->unknown_keys = members->unknown_keys;
    if (!read_type(slow, members, object, draft, &type, refusal))
        return false;
    if (type >= 0) {
        uint64_t wanted = draft_type_members(type) & ~(batch != NULL ? batch->overridden : 0)
                        & ~MEMBER_BIT(DATA_TYPE);

        if (!values_read(members, object, wanted, draft, refusal))
            return false;
        if (batch != NULL)
            override_envelope(draft, batch);
        if (!draft_finish(draft, type, &message, refusal))
            return false;
        if (batch == NULL && !complete_envelope(slow->decoder, members->keys, &message))
            return refuse(refusal, REJECT_RANGE, "seq would be %" PRIu64 ", as the frame's first message counts",
                          message.seq);
    }
    raw = one_line(&slow->decoder->rewritten, batch != NULL ? rewrite(slow, text, batch) : text);
    slow->decoder->stats.slow++;
    if (type < 0) {
        slow->sink->unknown(slow->sink->context, draft->data_type, raw);
    } else {
        message.raw = raw;
        slow->sink->message(slow->sink->context, &message);
    }
    return true;
}

/* The first of an array tells who sends them all, also where the rest of it is wrong. */
static void
keep_envelope(struct slow *slow, const struct members *members, const json_t *object)
{
    const uint64_t told = MEMBERS_ENVELOPE & ~MEMBER_BIT(DATA_TYPE);
    struct draft draft = draft_empty;
    struct message message;
    struct refusal refusal;

    if (!values_read(members, object, told, &draft, &refusal))
        return;
    draft_envelope(&draft, &message);
    complete_envelope(slow->decoder, members->keys, &message);
}

static void
slow_message(struct slow *slow, struct slice text, const struct members *members, const struct batch *batch)
{
    struct draft draft = draft_empty;
    struct refusal refusal;
    json_t *object = load_object(slow, text, &refusal);

    if (batch != NULL)
        draft_set_text(&draft, MEMBER_DATA_TYPE, batch->envelope.data_type);
    else if (object != NULL && slow->decoder->place == 0)
        keep_envelope(slow, members, object);
    if (object == NULL || !slow_draft(slow, text, members, object, batch, &draft, &refusal))
        rejected(slow, &refusal, text);
    json_decref(object);
}

/* An object, or what should be one. */
static bool
check_is_object(struct slow *slow, struct slice text)
{
    struct refusal refusal;

    if (text.data[0] == '{')
        return true;
    refuse(&refusal, REJECT_TYPE, "a message must be an object");
    rejected(slow, &refusal, text);
    return false;
}

/* Batches. */

/* Opens a key of `counts`; the caller frees it. NULL: refused. */
static json_t *
load_type(struct slice key, struct refusal *refusal)
{
    enum { ROOM = 6 * MESSAGE_COUNTER_NAME_LIMIT + 2 }; /* all escapes, and the quotes */
    json_t *type;

    if (key.length > ROOM) {
        refuse(refusal, REJECT_RANGE, "a type in counts has more than %d bytes", MESSAGE_COUNTER_NAME_LIMIT);
        return NULL;
    }
    type = json_loadb(key.data, key.length, JSON_DECODE_ANY, NULL);
    if (type == NULL) {
        refuse(refusal, REJECT_UTF8,
               "a type in counts is not UTF-8, or holds \\u0000 or half of a surrogate pair");
        return NULL;
    }
    if (json_string_length(type) > 0 && json_string_length(type) <= MESSAGE_COUNTER_NAME_LIMIT)
        return type;
    refuse(refusal, REJECT_RANGE, "a type in counts has %zu bytes, must be 1 to %d", json_string_length(type),
           MESSAGE_COUNTER_NAME_LIMIT);
    json_decref(type);
    return NULL;
}

/* One type and its messages; `seen` keeps the types before. */
static bool
check_type(struct slice key, struct slice messages, json_t *seen, struct refusal *refusal)
{
    json_t *type = load_type(key, refusal);
    bool is_good = type != NULL;

    if (is_good && messages.data[0] != '[')
        is_good = refuse(refusal, REJECT_TYPE, "the values of counts must be arrays");
    else if (is_good && json_object_get(seen, json_string_value(type)) != NULL)
        is_good = refuse(refusal, REJECT_JSON, "a type is twice in counts");
    else if (is_good)
        json_object_set(seen, json_string_value(type), type);
    json_decref(type);
    return is_good;
}

/* Whether `counts` is in order, before any of its messages is handed on. */
static bool
check_counts(struct slice counts, struct refusal *refusal)
{
    json_t *seen = json_object();
    struct scan_parts parts;
    struct slice key, messages;
    bool is_good = true;
    size_t keys = 0;

    if (counts.length == 0 || counts.data[0] != '{') {
        json_decref(seen);
        return refuse(refusal, REJECT_TYPE, "batch needs counts, an object");
    }
    parts = scan_parts_of(counts);
    while (is_good && scan_next_member(&parts, &key, &messages)) {
        if (++keys > MESSAGE_KEYS_LIMIT)
            is_good = refuse(refusal, REJECT_VALUES, "counts has more than %d keys", MESSAGE_KEYS_LIMIT);
        else
            is_good = check_type(key, messages, seen, refusal);
    }
    json_decref(seen);
    return is_good;
}

/* The batch itself without its messages; the caller frees it. NULL: refused. */
static json_t *
load_envelope(struct slow *slow, struct slice text, struct batch *batch, struct refusal *refusal)
{
    struct slice counts = batch->members.sources[MEMBER_COUNTS];
    struct buffer *out = &slow->decoder->rewritten;
    size_t before = (size_t)(counts.data - text.data);
    json_t *object;

    buffer_reset(out);
    buffer_add(out, text.data, before);
    buffer_add_text(out, "null");
    buffer_add(out, counts.data + counts.length, text.length - before - counts.length);
    object = load_object(slow, (struct slice){ .data = out->data, .length = out->length }, refusal);
    if (object == NULL || values_read(&batch->members, object, batch_envelope, &batch->envelope, refusal))
        return object;
    json_decref(object);
    return NULL;
}

/* All messages of one type. */
static void
slow_batch_type(struct slow *slow, struct batch *batch, struct slice key, struct slice messages)
{
    json_t *type = load_type(key, &(struct refusal){ 0 }); /* check_counts found it good */
    struct scan_parts parts = scan_parts_of(messages);
    struct slice message;

    batch->type = key;
    batch->envelope.data_type = string_slice(type);
    while (scan_next_item(&parts, &message)) {
        struct members members;

        if (!check_is_object(slow, message))
            continue;
        find_members(slow, message, &members);
        slow_message(slow, message, &members, batch);
    }
    json_decref(type);
}

static void
slow_batch(struct slow *slow, struct slice text, const struct members *members)
{
    const uint64_t agent = MEMBER_BIT(AGENT_ID) | MEMBER_BIT(WORKER_ID);
    struct batch batch = { .envelope = draft_empty, .members = *members };
    struct slice counts = members->sources[MEMBER_COUNTS], key, messages;
    struct scan_parts parts;
    struct refusal refusal;
    json_t *envelope = NULL;

    if (!check_counts(counts, &refusal)
        || (envelope = load_envelope(slow, text, &batch, &refusal)) == NULL) {
        rejected(slow, &refusal, text);
        return;
    }
    batch.overridden = batch.envelope.told | MEMBER_BIT(DATA_TYPE);
    if ((batch.envelope.told & agent) != 0)
        batch.overridden |= agent;
    parts = scan_parts_of(counts);
    while (scan_next_member(&parts, &key, &messages))
        slow_batch_type(slow, &batch, key, messages);
    json_decref(envelope);
}

/* Frames. */

static void
slow_object(struct slow *slow, struct slice text)
{
    struct members members;
    struct message message;

    if (slow->mixed && fast_object(slow->decoder, text, &message)) {
        slow->decoder->stats.fast++;
        slow->sink->message(slow->sink->context, &message);
        return;
    }
    find_members(slow, text, &members);
    if (is_batch(&members))
        slow_batch(slow, text, &members);
    else
        slow_message(slow, text, &members, NULL);
}

static size_t
count_items(struct slice array)
{
    struct scan_parts parts = scan_parts_of(array);
    struct slice item;
    size_t count = 0;

    while (scan_next_item(&parts, &item))
        count++;
    return count;
}

static size_t
count_batch(const struct slow *slow, struct slice text)
{
    struct slice counts, key, messages;
    struct scan_parts parts;
    struct members members;
    size_t count = 0;

    find_members(slow, text, &members);
    counts = members.sources[MEMBER_COUNTS];
    if (!is_batch(&members) || counts.length == 0 || counts.data[0] != '{')
        return 1;
    parts = scan_parts_of(counts);
    while (scan_next_member(&parts, &key, &messages))
        count += messages.data[0] == '[' ? count_items(messages) : 1;
    return count;
}

static size_t
count_messages(const struct slow *slow, struct slice text)
{
    struct scan_parts parts;
    struct slice item;
    size_t count = 0;

    if (text.data[0] == '{')
        return count_batch(slow, text);
    if (text.data[0] != '[')
        return 1;
    parts = scan_parts_of(text);
    while (scan_next_item(&parts, &item))
        count += item.data[0] == '{' ? count_batch(slow, item) : 1;
    return count;
}

/* Where it is not JSON, and what stands there. */
static bool
refuse_syntax(struct refusal *refusal, struct slice text, const char *stopped)
{
    size_t offset = (size_t)(stopped - text.data), left = text.length - offset, width;
    struct buffer visible;

    if (left == 0)
        return refuse(refusal, REJECT_JSON, "not JSON: ends too early, after %zu bytes", text.length);
    width = utf8_width(stopped, left);
    buffer_init(&visible, 16);
    utf8_add_visible(&visible, (struct slice){ .data = stopped, .length = width > 0 ? width : 1 }, false);
    refuse(refusal, REJECT_JSON, "not JSON: unexpected '%s' at byte %zu", visible.data, offset);
    buffer_clear(&visible);
    return false;
}

static bool
check_frame(struct slow *slow, struct slice frame, struct refusal *refusal)
{
    struct slice text = scan_trim(frame);
    struct scan scan;
    size_t count;

    if (frame.length > MESSAGE_FRAME_LIMIT)
        return refuse(refusal, REJECT_TOO_BIG, "a frame has %zu bytes, at most %d are allowed", frame.length,
                      MESSAGE_FRAME_LIMIT);
    if (text.length == 0)
        return refuse(refusal, REJECT_JSON, "not JSON: the frame is empty");
    scan_json(&scan, slow->decoder->nesting, frame);
    if (scan.stopped != NULL)
        return refuse_syntax(refusal, frame, scan.stopped);
    count = count_messages(slow, text);
    if (count > MESSAGE_BATCH_LIMIT)
        return refuse(refusal, REJECT_TOO_BIG, "a frame has %zu messages, at most %d are allowed", count,
                      MESSAGE_BATCH_LIMIT);
    return true;
}

void
slow_frame(struct decoder *decoder, struct slice frame, const struct decoder_sink *sink, bool mixed)
{
    struct slow slow = { .decoder = decoder, .sink = sink };
    struct slice text, item;
    struct scan_parts parts;
    struct refusal refusal;

    if (!check_frame(&slow, frame, &refusal)) {
        rejected(&slow, &refusal, frame);
        return;
    }
    text = scan_trim(frame);
    decoder->is_array = text.data[0] == '[';
    decoder->place = 0;
    frame_envelope_forget(&decoder->envelope);
    if (!decoder->is_array) {
        if (check_is_object(&slow, text))
            slow_object(&slow, text);
        return;
    }
    slow.mixed = mixed;
    parts = scan_parts_of(text);
    for (; scan_next_item(&parts, &item); decoder->place++)
        if (check_is_object(&slow, item))
            slow_object(&slow, item);
}
