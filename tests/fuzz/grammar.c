/* SPDX-License-Identifier: Apache-2.0 */
/* A grammar of the runner protocol with chances on its branches. */
#include "grammar.h"

#include <inttypes.h>
#include <string.h>

#define COUNT_OF(list) (sizeof (list) / sizeof (list)[0])

uint64_t
chance_next(struct chance *chance)
{
    /* splitmix64's step and mixing, with constants of the 64-bit golden ratio. */
    uint64_t mixed = chance->state += UINT64_C(0x9E3779B97F4A7C15);

    mixed = (mixed ^ mixed >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    mixed = (mixed ^ mixed >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    return mixed ^ mixed >> 32;
}

static uint32_t
below(struct chance *chance, uint32_t limit)
{
    return (uint32_t)((chance_next(chance) >> 32) * limit >> 32);
}

static bool
one_in(struct chance *chance, uint32_t n)
{
    return below(chance, n) == 0;
}

#define PICK(chance, list) ((list)[below((chance), COUNT_OF(list))])

/* How one runner writes: its spaces. */
struct style {
    const char *comma, *colon;
};

static void
add_digits(struct chance *chance, struct buffer *out, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        buffer_add_char(out, (char)('0' + below(chance, 10)));
}

static void
add_seconds(struct chance *chance, struct buffer *out)
{
    static const char *const edges[] = { "0", "-0.0", "-0", "86400", "86400.0000001", "86400.0000005", "1e-05",
                                         "5e-07", "4.5e-6", "0.0000005", "1E+2", "9.5367431640625e-07", "5e-324",
                                         "864e2", "0.00e9", "1.5e01" };

    if (one_in(chance, 12)) {
        buffer_add_text(out, PICK(chance, edges));
        return;
    }
    buffer_printf(out, "%" PRIu32 ".", one_in(chance, 4) ? below(chance, 86400) : below(chance, 2));
    add_digits(chance, out, one_in(chance, 20) ? 1 + below(chance, 40) : 1 + below(chance, 17));
    if (one_in(chance, 8)) /* near half a microsecond */
        buffer_printf(out, "%s%s", out->data[out->length - 1] == '.' ? "000000" : "",
                      below(chance, 2) ? "5" : "49999999999");
    if (one_in(chance, 10))
        buffer_printf(out, "e-%02" PRIu32, below(chance, 30));
}

static void
add_count(struct chance *chance, struct buffer *out)
{
    static const char *const edges[] = { "0", "1", "9007199254740992", "2147483648", "999", "-0" };

    if (one_in(chance, 15))
        buffer_add_text(out, PICK(chance, edges));
    else
        buffer_printf(out, "%" PRIu64, chance_next(chance) >> (20 + below(chance, 44)));
}

static void
add_real(struct chance *chance, struct buffer *out)
{
    if (one_in(chance, 3)) {
        add_count(chance, out);
        return;
    }
    buffer_printf(out, "%s%" PRIu32, one_in(chance, 4) ? "-" : "", 1 + below(chance, 100000));
    if (one_in(chance, 30)) /* near the end of what a double holds */
        add_digits(chance, out, 150 + below(chance, 100));
    buffer_add_char(out, '.');
    add_digits(chance, out, 1 + below(chance, 22));
    if (one_in(chance, 4))
        buffer_printf(out, "%s%" PRIu32, one_in(chance, 2) ? "e" : "E-", below(chance, 120));
}

/* The inside of a string. */
static void
add_characters(struct chance *chance, struct buffer *out)
{
    static const char *const words[] = { "test", "a b", "http://h/p?q=1&r=2", "x", "None", "10", "\xC3\xA9",
                                         "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "1 < 2", "GET", "{[,:]}", "Error",
                                         "example.TestWebSite.test_es", "(", "<class 'A'>", ".", ":", "\x7F" };
    static const char *const escapes[] = { "\\n", "\\\"", "\\\\", "\\/", "\\t", "\\u00e9", "\\u20AC",
                                           "\\ud83d\\ude00", "\\u0001", "\\b\\f\\r", "\\u007f" };

    for (uint32_t i = one_in(chance, 30) ? 40 : 1 + below(chance, 3); i > 0; i--)
        buffer_add_text(out, one_in(chance, 8) ? PICK(chance, escapes) : PICK(chance, words));
}

static void
add_string(struct chance *chance, struct buffer *out)
{
    buffer_add_char(out, '"');
    add_characters(chance, out);
    buffer_add_char(out, '"');
}

static void
add_id(struct chance *chance, struct buffer *out)
{
    static const char *const edges[] = { "null", "\"None\"", "\"\"", "7", "1234567890", "\"17\"" };

    if (one_in(chance, 3))
        buffer_add_text(out, PICK(chance, edges));
    else
        buffer_printf(out, "\"agent-%" PRIu32 ".%" PRIu32 "\"", below(chance, 10), below(chance, 100));
}

static void
add_date(struct chance *chance, struct buffer *out)
{
    static const char *const zones[] = { "", "", "Z", "+02:00", "-0730", "+01", " +0000", " UTC" };

    buffer_printf(out, "\"%04" PRIu32 "-%02" PRIu32 "-%02" PRIu32 "%c%02" PRIu32 ":%02" PRIu32 ":%02" PRIu32,
                  1971 + below(chance, 200), 1 + below(chance, 12), 1 + below(chance, one_in(chance, 20) ? 31 : 28),
                  one_in(chance, 4) ? ' ' : 'T', below(chance, 24), below(chance, 60), below(chance, 61));
    if (!one_in(chance, 4)) {
        buffer_add_char(out, '.');
        add_digits(chance, out, 1 + below(chance, 9));
    }
    buffer_printf(out, "%s\"", PICK(chance, zones));
}

/* Any JSON, not very deep. */
static void
add_anything(struct chance *chance, struct buffer *out, uint32_t depth)
{
    static const char *const scalars[] = { "null", "true", "false", "\"\"", "-1", "1.5", "1e400", "0", "[]", "{}",
                                           "9223372036854775807", "9223372036854775808", "\"\\ud800\"",
                                           "\"\\u0000\"", "1e99", "-12.5e-3", "12345678901234567890.5" };

    if (depth > 3 || !one_in(chance, 4)) {
        if (one_in(chance, 3))
            add_string(chance, out);
        else
            buffer_add_text(out, PICK(chance, scalars));
        return;
    }
    if (one_in(chance, 2)) {
        buffer_add_text(out, "[");
        add_anything(chance, out, depth + 1);
        buffer_add_text(out, ", ");
        add_anything(chance, out, depth + 1);
        buffer_add_text(out, "]");
    } else {
        buffer_printf(out, "{\"k%" PRIu32 "\":", below(chance, 2));
        add_anything(chance, out, depth + 1);
        buffer_printf(out, ",\"k%" PRIu32 "\":", 1 + below(chance, 3));
        add_anything(chance, out, depth + 1);
        buffer_add_text(out, "}");
    }
}

static void
add_cycle(struct chance *chance, struct buffer *out)
{
    const char *quote = one_in(chance, 4) ? "\"" : "";

    if (one_in(chance, 12)) {
        buffer_add_text(out, one_in(chance, 2) ? "null" : "[null, 5, 1, 1]");
        return;
    }
    buffer_add_char(out, '[');
    for (int i = 0; i < 4; i++)
        buffer_printf(out, "%s%s%" PRIu32 "%s", i > 0 ? (one_in(chance, 2) ? "," : ", ") : "", quote,
                      below(chance, 1000), quote);
    buffer_add_char(out, ']');
}

static void
add_exc(struct chance *chance, struct buffer *out)
{
    uint32_t count = one_in(chance, 10) ? below(chance, 4) : 3;

    if (one_in(chance, 12)) {
        buffer_add_text(out, "null");
        return;
    }
    buffer_add_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        buffer_add_text(out, i > 0 ? ", " : "");
        if (one_in(chance, 6))
            buffer_add_text(out, "null");
        else if (one_in(chance, 20))
            add_anything(chance, out, 2);
        else
            add_string(chance, out);
    }
    buffer_add_char(out, ']');
}

static void
add_tags(struct chance *chance, struct buffer *out)
{
    uint32_t count = below(chance, 4);

    buffer_add_char(out, '{');
    for (uint32_t i = 0; i < count; i++) {
        buffer_printf(out, "%s\"tag%" PRIu32 "\":", i > 0 ? "," : "", one_in(chance, 20) ? 0 : i);
        add_string(chance, out);
    }
    buffer_add_char(out, '}');
}

static void
add_kind(struct chance *chance, struct buffer *out)
{
    static const char *const kinds[] = { "\"counter\"", "\"gauge\"", "\"rate\"", "\"trend\"" };

    buffer_add_text(out, PICK(chance, kinds));
}

static void
add_status(struct chance *chance, struct buffer *out)
{
    const char *quote = one_in(chance, 10) ? "\"" : "";

    buffer_printf(out, "%s%" PRIu32 "%s", quote, below(chance, 1000), quote);
}

static void
add_positive(struct chance *chance, struct buffer *out)
{
    buffer_printf(out, "%" PRIu64, 1 + (chance_next(chance) >> (20 + below(chance, 44))));
}

static void
add_unknown(struct chance *chance, struct buffer *out)
{
    add_anything(chance, out, one_in(chance, 4) ? 0 : 4);
}

/* The members of a message. */
struct part {
    const char *key;
    void (*add)(struct chance *chance, struct buffer *out);
    uint32_t one_in; /* 1: always there */
};
static const struct part envelope_parts[] = {
    { "agent_id", add_id, 2 },          { "worker_id", add_id, 3 },   { "run_id", add_id, 2 },
    { "hostname", add_string, 2 },      { "seq", add_positive, 3 },   { "loads_status", add_cycle, 2 },
    { "x-unknown", add_unknown, 12 },   { "else", add_string, 12 },   { "\\u0065scaped", add_unknown, 200 },
};
static const struct part test_parts[] = { { "test", add_string, 1 }, { "test_name", add_string, 9 } };
static const struct part stop_parts[] = { { "test_name", add_string, 1 }, { "elapsed", add_seconds, 2 } };
static const struct part error_parts[] = { { "test", add_string, 1 }, { "exc_info", add_exc, 2 },
                                           { "exc", add_exc, 3 } };
static const struct part hit_parts[] = {
    { "url", add_string, 1 },      { "method", add_string, 1 },   { "status", add_status, 1 },
    { "started", add_date, 2 },    { "elapsed", add_seconds, 1 }, { "name", add_string, 4 },
    { "error", add_string, 9 },    { "dns", add_seconds, 5 },     { "connect", add_seconds, 5 },
    { "tls", add_seconds, 5 },     { "ttfb", add_seconds, 5 },    { "bytes_in", add_count, 5 },
    { "bytes_out", add_count, 5 }, { "tags", add_tags, 5 },
};
static const struct part counter_parts[] = { { "name", add_string, 1 }, { "value", add_real, 2 },
                                             { "test", add_string, 2 } };
static const struct part metric_parts[] = { { "name", add_string, 1 }, { "value", add_real, 1 },
                                            { "kind", add_kind, 1 } };
static const struct part socket_parts[] = { { "size", add_count, 1 } };
static const struct part end_parts[] = { { "sent", add_count, 1 } };
static const struct part odd_parts[] = { { "test", add_string, 1 }, { "loads_status", add_cycle, 1 } };

static const struct kind {
    const char *data_type;
    const struct part *parts;
    size_t count;
} kinds[] = {
    { "add_hit", hit_parts, COUNT_OF(hit_parts) },
    { "add_hit", hit_parts, COUNT_OF(hit_parts) },
    { "add_hit", hit_parts, COUNT_OF(hit_parts) },
    { "startTest", test_parts, COUNT_OF(test_parts) },
    { "stopTest", stop_parts, COUNT_OF(stop_parts) },
    { "addSuccess", test_parts, COUNT_OF(test_parts) },
    { "addFailure", error_parts, COUNT_OF(error_parts) },
    { "addError", error_parts, COUNT_OF(error_parts) },
    { "incr_counter", counter_parts, COUNT_OF(counter_parts) },
    { "metric", metric_parts, COUNT_OF(metric_parts) },
    { "socket_open", NULL, 0 },
    { "socket_close", NULL, 0 },
    { "socket_message", socket_parts, COUNT_OF(socket_parts) },
    { "startTestRun", NULL, 0 },
    { "stopTestRun", NULL, 0 },
    { "runnerEnd", end_parts, COUNT_OF(end_parts) },
    { "my counter", odd_parts, COUNT_OF(odd_parts) },
};

static void
add_member(struct chance *chance, struct buffer *out, const struct style *style, const struct part *part)
{
    buffer_printf(out, "\"%s\"%s", part->key, style->colon);
    if (one_in(chance, 150))
        add_anything(chance, out, 0);
    else
        part->add(chance, out);
}

enum { SENDER_PARTS = 5 }; /* the first of envelope_parts: who sends it, and its number */

/* Members in any order; the original's counter stands alone with its envelope. */
static void
add_message(struct chance *chance, struct buffer *out, const struct style *style, const struct kind *kind,
            bool has_type, bool has_sender)
{
    const struct part *parts[COUNT_OF(envelope_parts) + COUNT_OF(hit_parts) + 1];
    size_t count = 0, type_at;

    for (size_t i = 0; i < kind->count; i++)
        if (one_in(chance, kind->parts[i].one_in))
            parts[count++] = &kind->parts[i];
    for (size_t i = has_sender ? 0 : SENDER_PARTS; i < COUNT_OF(envelope_parts) - (kind->parts == odd_parts ? 4 : 0); i++)
        if (one_in(chance, envelope_parts[i].one_in))
            parts[count++] = &envelope_parts[i];
    for (size_t i = count; i > 1; i--) {
        size_t other = below(chance, (uint32_t)i);
        const struct part *part = parts[i - 1];

        parts[i - 1] = parts[other];
        parts[other] = part;
    }
    if (count > 0 && one_in(chance, 150)) /* a key twice */
        parts[count] = parts[0], count++;
    type_at = below(chance, (uint32_t)count + 1);
    buffer_add_char(out, '{');
    for (size_t i = 0; i <= count; i++) {
        if (i == type_at && has_type)
            buffer_printf(out, "\"data_type\"%s\"%s\"%s", style->colon, kind->data_type, i < count ? style->comma : "");
        if (i < count)
            add_member(chance, out, style, parts[i]);
        if (i + 1 < count || (i + 1 == count && type_at == count && has_type))
            buffer_add_text(out, style->comma);
    }
    buffer_add_char(out, '}');
}

static void
add_batch(struct chance *chance, struct buffer *out, const struct style *style)
{
    uint32_t types = below(chance, 3), first = below(chance, COUNT_OF(kinds));

    buffer_printf(out, "{\"data_type\"%s\"batch\"", style->colon);
    for (size_t i = 0; i < 5; i++)
        if (one_in(chance, 2)) {
            buffer_add_text(out, style->comma);
            add_member(chance, out, style, &envelope_parts[i]);
        }
    buffer_printf(out, "%s\"counts\"%s{", style->comma, style->colon);
    for (uint32_t i = 0; i <= types; i++) {
        const struct kind *kind = &kinds[(first + 3 * i) % COUNT_OF(kinds)];

        buffer_printf(out, "%s\"%s\"%s[", i > 0 ? style->comma : "", kind->data_type, style->colon);
        for (uint32_t left = below(chance, 3); left > 0; left--) {
            add_message(chance, out, style, kind, one_in(chance, 2), true);
            buffer_add_text(out, left > 1 ? style->comma : "");
        }
        buffer_add_char(out, ']');
    }
    buffer_add_text(out, "}}");
}

void
grammar_frame(struct chance *chance, struct buffer *out)
{
    static const struct style styles[] = { { ",", ":" }, { ",", ":" }, { ", ", ": " }, { " ,  ", " : " }, { ",\n\t", ": " } };
    const struct style *style = &styles[below(chance, one_in(chance, 10) ? 5 : 4)];
    uint32_t shape = below(chance, 20);

    buffer_reset(out);
    if (shape == 0) {
        add_batch(chance, out, style);
    } else if (shape < 4) {
        bool has_senders = one_in(chance, 2); /* or the first tells it for all */

        buffer_add_char(out, '[');
        for (uint32_t count = 1 + below(chance, 4), left = count; left > 0; left--) {
            if (one_in(chance, 20))
                add_batch(chance, out, style);
            else
                add_message(chance, out, style, &PICK(chance, kinds), true, has_senders || left == count);
            buffer_add_text(out, left > 1 ? style->comma : "");
        }
        buffer_add_char(out, ']');
    } else {
        add_message(chance, out, style, &PICK(chance, kinds), true, true);
    }
    if (one_in(chance, 10))
        buffer_add_char(out, '\n');
}

/* Puts `text` in the place of `removed` bytes. */
static void
splice(struct buffer *frame, size_t at, size_t removed, const char *text, size_t length)
{
    char rest[512];
    size_t left = frame->length - at - removed;

    if (length > sizeof rest || left > frame->limit)
        return;
    if (length > removed) {
        memcpy(rest, text, length); /* `text` may lie in the frame */
        for (size_t i = removed; i < length; i++)
            buffer_add_char(frame, ' ');
        text = rest;
    }
    memmove(frame->data + at + length, frame->data + at + removed, left);
    memcpy(frame->data + at, text, length);
    frame->length = at + length + left;
    frame->data[frame->length] = '\0';
}

void
grammar_bend(struct chance *chance, struct buffer *frame)
{
    static const char *const pieces[] = { "\"", "\\", "{", "}", "[", "]", ",", ":", "\\u", "\\ud800", "\\u0000", "-",
                                          "0", "e", ".", "1e", "null", "9999999999", " ", "\n", "\t", "\x01",
                                          "\xFF", "\xC3", "\xE2\x82", "\xED\xA0\x80", "\"data_type\":", "\"test\":",
                                          "\"agent_id\":1,", "NaN", "true", "\"\"", "00", "+", "E+", "\"tags\":{}," };

    for (uint32_t left = 1 + below(chance, 3); left > 0 && frame->length > 0; left--) {
        size_t at = below(chance, (uint32_t)frame->length), rest = frame->length - at;
        size_t some = 1 + below(chance, 8), from = below(chance, (uint32_t)frame->length);
        const char *piece = PICK(chance, pieces);

        if (some > rest)
            some = rest;
        switch (below(chance, 6)) {
        case 0: /* one bit */
            frame->data[at] = (char)(frame->data[at] ^ 1 << below(chance, 8));
            break;
        case 1:
            splice(frame, at, some, "", 0);
            break;
        case 2:
            splice(frame, at, 0, piece, strlen(piece));
            break;
        case 3:
            splice(frame, at, some, piece, strlen(piece));
            break;
        case 4: /* a copy of another place */
            if (some > frame->length - from)
                some = frame->length - from;
            splice(frame, at, 0, frame->data + from, some);
            break;
        case 5: /* cut off */
            if (one_in(chance, 4))
                splice(frame, at, rest, "", 0);
            else
                frame->data[at] = (char)below(chance, 256);
            break;
        }
    }
}
