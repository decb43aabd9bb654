/* SPDX-License-Identifier: Apache-2.0 */
/* runners/bridge: what a program prints, cut into lines, and the messages among them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "line.h"
#include "splitter.h"

/* ---- Lines. */

/* Adds the text in pieces of `step` bytes; what came out, one piece a line: the
 * kind, its text or (when it is long) its length. */
static void
split(struct buffer *out, const char *text, size_t length, size_t step)
{
    static const char kinds[] = { [SPLITTER_LINE] = 'L', [SPLITTER_LONG_LINE] = 'B', [SPLITTER_REST] = 'R' };
    struct splitter splitter;
    size_t at = 0;
    bool is_end = false;

    splitter_init(&splitter);
    buffer_init(out, 1 << 20);
    while (!is_end) {
        enum splitter_piece kind;
        struct slice piece;
        size_t size;
        char *space = splitter_space(&splitter, &size);

        assert_true(size > 0);
        size = size < step ? size : step;
        size = size < length - at ? size : length - at;
        memcpy(space, text + at, size);
        splitter_add(&splitter, size);
        at += size;
        is_end = at == length;
        while ((kind = splitter_next(&splitter, is_end, &piece)) != SPLITTER_NONE) {
            if (piece.length > 20)
                buffer_printf(out, "%c#%zu\n", kinds[kind], piece.length);
            else
                buffer_printf(out, "%c%.*s\n", kinds[kind], (int)piece.length, piece.data);
        }
    }
    splitter_clear(&splitter);
}

static void
lines_are_found_however_they_come(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        { "", "" },      { "one\ntwo\n", "Lone\nLtwo\n" },  { "one\n\n\ntwo", "Lone\nL\nL\nLtwo\n" },
        { "\n", "L\n" }, { "no newline", "Lno newline\n" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t step = 1; step < 8; step++) {
            struct buffer out;

            split(&out, cases[i].text, strlen(cases[i].text), step);
            assert_string_equal(out.data != NULL ? out.data : "", cases[i].expected);
            buffer_clear(&out);
        }
}

static void
assert_long(size_t length, const char *tail, const char *expected)
{
    char *text = malloc(length + strlen(tail) + 1);
    struct buffer out;

    assert_non_null(text);
    memset(text, 'x', length);
    strcpy(text + length, tail);
    split(&out, text, strlen(text), SPLITTER_LINE_LIMIT);
    assert_string_equal(out.data, expected);
    buffer_clear(&out);
    free(text);
}

static void
a_long_line_is_told_in_pieces(void **state)
{
    (void)state;
    assert_long(65535, "\nnext\n", "L#65535\nLnext\n");
    assert_long(65536, "\nnext\n", "B#65536\nR\nLnext\n");
    assert_long(65540, "\nnext", "B#65536\nRxxxx\nLnext\n");
    assert_long(3 * 65536, "\n\n", "B#65536\nR#65536\nR#65536\nR\nL\n");
    assert_long(70000, "", "B#65536\nR#4464\n");
}

/* ---- Messages. */

struct heard {
    struct decoder *decoder;
    struct buffer out;
};

static void
hear(void *context, enum loads_event_type type, const struct foreign_message *message)
{
    struct heard *heard = context;

    buffer_printf(&heard->out, "%d%s %.*s\n", (int)type, message->has_status ? "s" : "", (int)message->length,
                  message->members);
}

static int
setup(void **state)
{
    struct heard *heard = calloc(1, sizeof *heard);

    heard->decoder = decoder_new();
    *state = heard;
    return 0;
}

static int
teardown(void **state)
{
    struct heard *heard = *state;

    decoder_free(heard->decoder);
    free(heard);
    return 0;
}

static enum line_kind
hear_line(struct heard *heard, struct slice text, struct err *err)
{
    const struct line_reader reader = {
        .decoder = heard->decoder, .test = "smoke \"1\"", .context = heard, .message = hear
    };

    buffer_init(&heard->out, 1 << 20);
    return line_read(&reader, text, err);
}

/* `expected`: the messages that were told; `why`: NULL unless the line is broken. */
static void
assert_line(struct heard *heard, const char *text, enum line_kind kind, const char *expected, const char *why)
{
    struct err err = { 0 };
    enum line_kind actual = hear_line(heard, slice_of(text), &err);

    if (actual != kind || strcmp(err.text, why != NULL ? why : "") != 0)
        fail_msg("%s: kind %d, \"%s\"", text, (int)actual, err.text);
    assert_string_equal(heard->out.data != NULL ? heard->out.data : "", expected);
    buffer_clear(&heard->out);
}

static void
text_is_text(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "hello",
        "\"data_type\"",
        "the \"data_type\" of it",
        "{}",
        "[]",
        "{",
        "[[[",
        "{\"a\":1}",
        "[1,2]",
        "{\"level\":\"info\",\"text\":\"hello\"}",
        "{\"a\":{\"data_type\":\"add_hit\"}}",
        "[7,\"data_type\"]",
        "{\"data_type\":\"int\",\"column\":\"id\"}",
        "{\"data_type\":\"int\",\"test\":\"x\"}",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_line(*state, texts[i], LINE_TEXT, "", NULL);
}

static void
messages_lose_their_envelope_and_get_a_test(void **state)
{
    assert_line(*state, " \t{\"data_type\":\"addSuccess\"}\r", LINE_MESSAGE,
                "5 \"data_type\":\"addSuccess\",\"test\":\"smoke \\\"1\\\"\"\n", NULL);
    assert_line(*state,
                "{\"seq\":9,\"agent_id\":\"a\",\"worker_id\":1,\"run_id\":null,\"hostname\":\"h\","
                "\"data_type\":\"socket_open\",\"test\":\"t\",\"loads_status\":[1,1,1,1]}",
                LINE_MESSAGE, "9s \"data_type\":\"socket_open\",\"test\":\"t\",\"loads_status\":[1,1,1,1]\n",
                NULL);
    assert_line(*state, "{\"data_type\":\"startTest\",\"test_name\":\"n\"}", LINE_MESSAGE,
                "3 \"data_type\":\"startTest\",\"test_name\":\"n\"\n", NULL);
    /* The original's counters, which must say both by themselves. */
    assert_line(*state, "{\"data_type\":\"carts\",\"test\":\"t\",\"loads_status\":[1,1,1,1]}", LINE_MESSAGE,
                "12s \"data_type\":\"carts\",\"test\":\"t\",\"loads_status\":[1,1,1,1]\n", NULL);
    assert_line(*state, "{\"data_type\":\"runnerEnd\",\"sent\":7}", LINE_MESSAGE, "", NULL);
}

static void
several_messages_in_a_line_are_told_one_by_one(void **state)
{
    assert_line(*state, "[{\"data_type\":\"startTestRun\"},{\"data_type\":\"addSuccess\",\"test\":\"t\"}]",
                LINE_MESSAGE,
                "1 \"data_type\":\"startTestRun\"\n5 \"data_type\":\"addSuccess\",\"test\":\"t\"\n", NULL);
    assert_line(
        *state,
        "{\"data_type\":\"batch\",\"seq\":4,\"counts\":{\"addSuccess\":[{\"test\":\"a\"},{\"test\":\"b\","
        "\"seq\":1}],"
        "\"incr_counter\":[]}}",
        LINE_MESSAGE,
        "5 \"test\":\"a\",\"data_type\":\"addSuccess\"\n5 \"test\":\"b\",\"data_type\":\"addSuccess\"\n",
        NULL);
    /* Those before and after a broken one count. */
    assert_line(*state,
                "[{\"data_type\":\"startTestRun\"},{\"data_type\":\"socket_message\"},{\"data_type\":"
                "\"startTestRun\"}]",
                LINE_BROKEN, "1 \"data_type\":\"startTestRun\"\n1 \"data_type\":\"startTestRun\"\n",
                "socket_message needs size");
}

static void
what_was_meant_as_a_message_and_is_none_is_broken(void **state)
{
    static const char not_json[] = "it is no valid JSON, or too deep";
    static const struct {
        const char *text, *why;
    } cases[] = {
        { "{\"data_type\":\"add_hit\"", not_json },
        { "{\"data_type\":\"add_hit\"} and more", not_json },
        { "{\"data_type\":\"add_hit\",\"data_type\":\"add_hit\"}", not_json },
        { "{\"data_type\":\"addSuccess\",\"test\":\"\xff\"}", not_json },
        { "{\"data_type\":7}", "data_type is 7, must be a string" },
        { "{\"data_type\":\"batch\",\"counts\":7}", "counts is needed, an object" },
    };
    struct err err = { 0 };
    char deep[4096] = "{\"data_type\":";

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_line(*state, cases[i].text, LINE_BROKEN, "", cases[i].why);
    memset(deep + strlen(deep), '[', sizeof deep - strlen(deep) - 1);
    assert_line(*state, deep, LINE_BROKEN, "", not_json);
    assert_int_equal(hear_line(*state, (struct slice){ .data = "{\"data_type\"\0}", .length = 14 }, &err),
                     LINE_BROKEN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_found_however_they_come),
        cmocka_unit_test(a_long_line_is_told_in_pieces),
        cmocka_unit_test_setup_teardown(text_is_text, setup, teardown),
        cmocka_unit_test_setup_teardown(messages_lose_their_envelope_and_get_a_test, setup, teardown),
        cmocka_unit_test_setup_teardown(several_messages_in_a_line_are_told_one_by_one, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_meant_as_a_message_and_is_none_is_broken, setup, teardown),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
