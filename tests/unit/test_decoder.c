/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder's limits, exact to the unit, and its numbers. What single messages
 * mean is in tests/wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "protocol/decoder.h"

/* What came of a frame. */
struct tally {
    size_t messages, unknown, rejected[REJECT_COUNT], rejections;
    struct message last; /* without what its slices point to */
};

static void
on_message(void *context, const struct message *message)
{
    struct tally *tally = context;

    tally->messages++;
    tally->last = *message;
}

static void
on_rejected(void *context, enum reject reason, const char *why, struct slice text)
{
    struct tally *tally = context;

    (void)text;
    assert_true(strlen(why) > 0);
    tally->rejected[reason]++;
    tally->rejections++;
}

static void
on_unknown(void *context, struct slice data_type, struct slice text)
{
    struct tally *tally = context;

    (void)data_type, (void)text;
    tally->unknown++;
}

static struct decoder_sink
sink_of(struct tally *tally)
{
    *tally = (struct tally){ 0 };
    return (struct decoder_sink){ tally, on_message, on_rejected, on_unknown };
}

static struct tally
decode(struct decoder *decoder, const struct buffer *frame)
{
    struct tally tally;
    struct decoder_sink sink = sink_of(&tally);

    assert_false(frame->is_full);
    decoder_decode(decoder, (struct slice){ frame->data, frame->length }, &sink);
    return tally;
}

static void
assert_counted(struct decoder *decoder, const struct buffer *frame)
{
    struct tally tally = decode(decoder, frame);

    assert_int_equal(tally.messages, 1);
    assert_int_equal(tally.rejections, 0);
}

static void
assert_rejected(struct decoder *decoder, const struct buffer *frame, enum reject reason)
{
    struct tally tally = decode(decoder, frame);

    assert_int_equal(tally.messages, 0);
    assert_int_equal(tally.rejections, 1);
    assert_int_equal(tally.rejected[reason], 1);
}

struct fixture {
    struct decoder *decoder;
    struct buffer frame;
};

static int
set_up(void **state)
{
    struct fixture *fixture = malloc(sizeof *fixture);

    fixture->decoder = decoder_new();
    buffer_init(&fixture->frame, 2 * MESSAGE_FRAME_LIMIT);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;

    decoder_free(fixture->decoder);
    buffer_clear(&fixture->frame);
    free(fixture);
    return 0;
}

static void
repeat(struct buffer *out, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_add_text(out, text);
}

static void
frame_limit(void **state)
{
    struct fixture *f = *state;

    buffer_add_text(&f->frame, "{\"data_type\":\"socket_open\"}");
    repeat(&f->frame, " ", MESSAGE_FRAME_LIMIT - f->frame.length);
    assert_counted(f->decoder, &f->frame);
    buffer_add_char(&f->frame, ' ');
    assert_rejected(f->decoder, &f->frame, REJECT_TOO_BIG);
}

/* A message with `depth` arrays and objects in one another, itself included. */
static void
nest(struct buffer *out, size_t depth)
{
    buffer_add_text(out, "{\"data_type\":\"socket_open\",\"x\":");
    repeat(out, "[", depth - 1);
    repeat(out, "]", depth - 1);
    buffer_add_char(out, '}');
}

static void
depth_limit(void **state)
{
    struct fixture *f = *state;

    nest(&f->frame, MESSAGE_DEPTH_LIMIT);
    assert_counted(f->decoder, &f->frame);
    buffer_reset(&f->frame);
    nest(&f->frame, MESSAGE_DEPTH_LIMIT + 1);
    assert_rejected(f->decoder, &f->frame, REJECT_DEPTH);
    buffer_reset(&f->frame);
    nest(&f->frame, 500000);
    assert_rejected(f->decoder, &f->frame, REJECT_DEPTH);
}

static void
depth_is_a_messages_own(void **state)
{
    struct fixture *f = *state;
    struct tally tally;

    buffer_add_char(&f->frame, '[');
    nest(&f->frame, MESSAGE_DEPTH_LIMIT);
    buffer_add_char(&f->frame, ',');
    nest(&f->frame, 1000);
    buffer_add_char(&f->frame, ',');
    nest(&f->frame, 2);
    buffer_add_char(&f->frame, ']');
    tally = decode(f->decoder, &f->frame);
    assert_int_equal(tally.messages, 2);
    assert_int_equal(tally.rejected[REJECT_DEPTH], 1);
}

/* The message, its data_type, the array, and what is in it. */
static void
add_values(struct buffer *out, size_t values)
{
    buffer_add_text(out, "{\"data_type\":\"socket_open\",\"x\":[0");
    repeat(out, ",0", values - 4);
    buffer_add_text(out, "]}");
}

static void
values_limit(void **state)
{
    struct fixture *f = *state;

    add_values(&f->frame, MESSAGE_VALUES_LIMIT);
    assert_counted(f->decoder, &f->frame);
    buffer_reset(&f->frame);
    add_values(&f->frame, MESSAGE_VALUES_LIMIT + 1);
    assert_rejected(f->decoder, &f->frame, REJECT_VALUES);
}

static void
add_keys(struct buffer *out, size_t keys)
{
    buffer_add_text(out, "{\"data_type\":\"socket_open\"");
    for (size_t i = 1; i < keys; i++)
        buffer_printf(out, ",\"k%zu\":0", i);
    buffer_add_char(out, '}');
}

static void
keys_limit(void **state)
{
    struct fixture *f = *state;

    for (size_t keys = 1; keys <= MESSAGE_KEYS_LIMIT; keys += keys < 20 ? 1 : 59) {
        buffer_reset(&f->frame);
        add_keys(&f->frame, keys);
        assert_counted(f->decoder, &f->frame);
    }
    buffer_reset(&f->frame);
    add_keys(&f->frame, MESSAGE_KEYS_LIMIT);
    assert_counted(f->decoder, &f->frame);
    buffer_reset(&f->frame);
    add_keys(&f->frame, MESSAGE_KEYS_LIMIT + 1);
    assert_rejected(f->decoder, &f->frame, REJECT_VALUES);
}

/* `before`, `piece` so many times, `after`. */
static void
set_frame(struct buffer *out, const char *before, const char *piece, size_t count, const char *after)
{
    buffer_reset(out);
    buffer_add_text(out, before);
    repeat(out, piece, count);
    buffer_add_text(out, after);
}

static void
string_limit(void **state)
{
    static const char test[] = "{\"data_type\":\"startTest\",\"test\":\"", key[] = "{\"data_type\":\"socket_open\",\"";
    struct fixture *f = *state;

    set_frame(&f->frame, test, "x", MESSAGE_STRING_LIMIT, "\"}");
    assert_counted(f->decoder, &f->frame);
    set_frame(&f->frame, test, "x", MESSAGE_STRING_LIMIT + 1, "\"}");
    assert_rejected(f->decoder, &f->frame, REJECT_TOO_BIG);
    /* Escapes count as what they stand for. */
    set_frame(&f->frame, test, "\\u20ac\\n", MESSAGE_STRING_LIMIT / 4, "\"}");
    assert_counted(f->decoder, &f->frame);
    set_frame(&f->frame, test, "\\u20ac\\n", MESSAGE_STRING_LIMIT / 4, "x\"}");
    assert_rejected(f->decoder, &f->frame, REJECT_TOO_BIG);
    set_frame(&f->frame, key, "x", MESSAGE_STRING_LIMIT, "\":1}");
    assert_counted(f->decoder, &f->frame);
    set_frame(&f->frame, key, "x", MESSAGE_STRING_LIMIT + 1, "\":1}");
    assert_rejected(f->decoder, &f->frame, REJECT_TOO_BIG);
}

static void
exception_item_limit(void **state)
{
    static const char before[] = "{\"data_type\":\"addError\",\"test\":\"t\",\"exc\":[[";
    struct fixture *f = *state;

    /* An item that is no string stands as written, here with its two brackets. */
    set_frame(&f->frame, before, " ", MESSAGE_STRING_LIMIT - 2, "]]}");
    assert_counted(f->decoder, &f->frame);
    set_frame(&f->frame, before, " ", MESSAGE_STRING_LIMIT - 1, "]]}");
    assert_rejected(f->decoder, &f->frame, REJECT_TOO_BIG);
}

static void
name_and_id_limits(void **state)
{
    static const struct { const char *before, *after; size_t limit; } cases[] = {
        { "{\"data_type\":\"incr_counter\",\"name\":\"", "\"}", MESSAGE_COUNTER_NAME_LIMIT },
        { "{\"data_type\":\"metric\",\"value\":1,\"kind\":\"gauge\",\"name\":\"", "\"}", MESSAGE_COUNTER_NAME_LIMIT },
        { "{\"data_type\":\"batch\",\"counts\":{\"", "\":[{\"test\":\"t\",\"loads_status\":null}]}}",
          MESSAGE_COUNTER_NAME_LIMIT },
        { "{\"test\":\"t\",\"loads_status\":null,\"data_type\":\"", "\"}", MESSAGE_COUNTER_NAME_LIMIT },
        { "{\"data_type\":\"socket_open\",\"agent_id\":\"", "\"}", MESSAGE_ID_LIMIT },
        { "{\"data_type\":\"socket_open\",\"worker_id\":\"", "\"}", MESSAGE_ID_LIMIT },
        { "{\"data_type\":\"socket_open\",\"run_id\":\"", "\"}", MESSAGE_ID_LIMIT },
        { "{\"data_type\":\"socket_open\",\"hostname\":\"", "\"}", MESSAGE_ID_LIMIT },
        { "{\"data_type\":\"socket_open\",\"x\":0.0", "}", MESSAGE_NUMBER_LIMIT - 3 },
        { "{\"data_type\":\"socket_open\",\"x\":1", ".0}", MESSAGE_NUMBER_LIMIT - 3 },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        set_frame(&f->frame, cases[i].before, "5", cases[i].limit, cases[i].after);
        assert_counted(f->decoder, &f->frame);
        set_frame(&f->frame, cases[i].before, "5", cases[i].limit + 1, cases[i].after);
        assert_rejected(f->decoder, &f->frame, REJECT_RANGE);
    }
}

static void
messages_limit(void **state)
{
    static const struct { const char *before, *after; } cases[] = {
        { "[", "]" },
        { "{\"data_type\":\"batch\",\"counts\":{\"startTest\":[", "]}}" },
        { "[{\"data_type\":\"batch\",\"counts\":{\"a\":[],\"startTest\":[", "]}}]" },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tally tally;

        set_frame(&f->frame, cases[i].before, "{},", MESSAGE_BATCH_LIMIT - 1, "{}");
        buffer_add_text(&f->frame, cases[i].after);
        tally = decode(f->decoder, &f->frame);
        assert_int_equal(tally.rejected[REJECT_TYPE], MESSAGE_BATCH_LIMIT);
        assert_int_equal(tally.rejections, MESSAGE_BATCH_LIMIT);
        set_frame(&f->frame, cases[i].before, "{},", MESSAGE_BATCH_LIMIT, "{}");
        buffer_add_text(&f->frame, cases[i].after);
        assert_rejected(f->decoder, &f->frame, REJECT_TOO_BIG);
    }
}

static void
long_arrays_stay_fast(void **state)
{
    static const char message[] = "{\"data_type\":\"startTest\",\"test\":\"a\\nb\"}";
    struct fixture *f = *state;
    struct tally tally;

    for (size_t count = 4095; count <= 4097; count++) {
        buffer_reset(&f->frame);
        buffer_add_char(&f->frame, '[');
        for (size_t i = 0; i < count; i++)
            buffer_printf(&f->frame, "%s%s", i > 0 ? "," : "", message);
        buffer_add_char(&f->frame, ']');
        tally = decode(f->decoder, &f->frame);
        assert_int_equal(tally.messages, count);
        assert_int_equal(tally.rejections, 0);
    }
    assert_int_equal(decoder_stats(f->decoder).fast, 4095 + 4096 + 4097);
    assert_int_equal(decoder_stats(f->decoder).slow, 0);
}

static void
one_odd_message_does_not_slow_the_others(void **state)
{
    struct fixture *f = *state;
    struct tally tally;

    buffer_add_text(&f->frame, "[{\"data_type\":\"startTest\",\"test\":\"a\"},{\"data_type\":\"x\"},7,"
                               "{\"data_type\":\"startTest\",\"test\":\"b\"}]");
    tally = decode(f->decoder, &f->frame);
    assert_int_equal(tally.messages, 2);
    assert_int_equal(tally.unknown, 1);
    assert_int_equal(tally.rejections, 1);
    assert_int_equal(decoder_stats(f->decoder).fast, 2);
    assert_int_equal(decoder_stats(f->decoder).slow, 2);
}

/* Decodes one hit on the fast path only; -1: it gave up. */
static int64_t
fast_elapsed(struct fixture *f, const char *elapsed)
{
    struct tally tally;
    struct decoder_sink sink = sink_of(&tally);

    buffer_reset(&f->frame);
    buffer_printf(&f->frame, "{\"data_type\":\"add_hit\",\"url\":\"u\",\"method\":\"GET\",\"status\":200,\"elapsed\":%s}",
                  elapsed);
    if (!decoder_fast(f->decoder, (struct slice){ f->frame.data, f->frame.length }, &sink))
        return -1;
    assert_int_equal(tally.messages, 1);
    return tally.last.as.hit.elapsed_us;
}

/* The fast path's own arithmetic against the C library's: as many digits as there
 * may be, with and without exponents, and all around half a microsecond. */
static void
seconds_round_as_the_c_library_does(void **state)
{
    struct fixture *f = *state;
    uint64_t seed = 1;

    for (int i = 0; i < 200000; i++) {
        double seconds;
        char text[64];

        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        seconds = ldexp((double)(seed >> 11), -53) * pow(10, (double)(int)(seed % 13) - 8);
        if (i % 3 == 0) /* half a microsecond, and its neighbours */
            seconds = nextafter((floor(seconds * 1e6) + 0.5) / 1e6, i % 2 == 0 ? 0 : 1e9);
        if (seconds > 86400)
            seconds /= 100;
        if (i % 4 == 0)
            snprintf(text, sizeof text, "%.*f", 6 + i % 19, seconds);
        else if (i % 4 == 1)
            snprintf(text, sizeof text, "%.*e", i % 20, seconds);
        else
            snprintf(text, sizeof text, "%.*g", 15 + i % 3, seconds);
        assert_int_equal(fast_elapsed(f, text), llround(strtod(text, NULL) * 1e6));
    }
}

static void
seconds_end_after_a_day(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(fast_elapsed(f, "86400"), MESSAGE_ELAPSED_LIMIT_US);
    assert_int_equal(fast_elapsed(f, "86400.0000004"), MESSAGE_ELAPSED_LIMIT_US);
    assert_int_equal(fast_elapsed(f, "86400.0000006"), -1);
    assert_int_equal(fast_elapsed(f, "86400.000001"), -1);
    assert_int_equal(fast_elapsed(f, "1e30"), -1);
    assert_int_equal(fast_elapsed(f, "-1"), -1);
    assert_int_equal(fast_elapsed(f, "0.00000000000000000000000000000000001"), 0);
}

#define LIMIT_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        LIMIT_TEST(frame_limit),
        LIMIT_TEST(depth_limit),
        LIMIT_TEST(depth_is_a_messages_own),
        LIMIT_TEST(values_limit),
        LIMIT_TEST(keys_limit),
        LIMIT_TEST(string_limit),
        LIMIT_TEST(exception_item_limit),
        LIMIT_TEST(name_and_id_limits),
        LIMIT_TEST(messages_limit),
        LIMIT_TEST(long_arrays_stay_fast),
        LIMIT_TEST(one_odd_message_does_not_slow_the_others),
        LIMIT_TEST(seconds_round_as_the_c_library_does),
        LIMIT_TEST(seconds_end_after_a_day),
    };

    return cmocka_run_group_tests_name("decoder", tests, NULL, NULL);
}
