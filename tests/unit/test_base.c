/* SPDX-License-Identifier: Apache-2.0 */
/* core/base: errors, buffers, UTF-8, JSON writing, dates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json_writer.h"
#include "base/utf8.h"

static void
first_error_wins_and_grows_outwards(void **state)
{
    struct err err = { 0 };

    (void)state;
    assert_int_equal(err_set(&err, "cannot open %s", "a"), -1);
    assert_int_equal(err_set(&err, "later"), -1);
    err_add(&err, "line %d", 3);
    assert_string_equal(err.text, "line 3: cannot open a");
    assert_int_equal(err_set(NULL, "nobody asks"), -1);
}

static void
long_error_is_cut_at_a_character(void **state)
{
    struct err err = { 0 };
    char text[2000];

    (void)state;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    memcpy(text + sizeof err.text - 2, "\xC3\xA9", 2);
    err_set(&err, "%s", text);
    assert_true(utf8_is_valid(slice_of(err.text)));
    assert_int_equal(strlen(err.text), sizeof err.text - 2);
}

static void
buffer_refuses_what_does_not_fit_whole(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 5);
    buffer_add_text(&buffer, "abc");
    buffer_printf(&buffer, "%d", 12);
    assert_false(buffer.is_full);
    buffer_add_char(&buffer, 'x');
    assert_true(buffer.is_full);
    assert_string_equal(buffer.data, "abc12");
    buffer_clear(&buffer);
}

static void
utf8_knows_its_borders(void **state)
{
    (void)state;
    assert_int_equal(utf8_width("\xC3\xA9", 2), 2);
    assert_int_equal(utf8_width("\xC0\xAF", 2), 0);         /* overlong */
    assert_int_equal(utf8_width("\xED\xA0\x80", 3), 0);     /* surrogate */
    assert_int_equal(utf8_width("\xF4\x90\x80\x80", 4), 0); /* past the end */
    assert_int_equal(utf8_width("\xE2\x82", 2), 0);         /* cut */
    assert_int_equal(utf8_width("\xF0\x9F\x98\x80", 4), 4);
    assert_int_equal(utf8_prefix(slice_of("a\xC3\xA9"), 2).length, 1);
}

static void
terminal_cannot_be_steered(void **state)
{
    struct buffer out;

    (void)state;
    buffer_init(&out, 1000);
    utf8_add_visible(&out, slice_of("a\x1B[31m\n\xE2\x80\xAE\xFF"), true);
    assert_string_equal(out.data, "a\\u{1b}[31m\n\\u{202e}\\xff");
    buffer_clear(&out);
}

static void
json_is_written_with_commas_and_escapes(void **state)
{
    struct buffer out;
    struct json_writer json = { .out = &out };

    (void)state;
    buffer_init(&out, 1000);
    json_begin_object(&json, NULL);
    json_put_text(&json, "a\"b", "x\n\x01\xFFy");
    json_begin_array(&json, "list");
    json_put_int(&json, NULL, -1);
    json_put_real(&json, NULL, 0.1);
    json_put_real(&json, NULL, (double)NAN);
    json_put_bool(&json, NULL, true);
    json_end_array(&json);
    json_put_uint(&json, "n", UINT64_MAX);
    json_end_object(&json);
    assert_string_equal(out.data, "{\"a\\\"b\":\"x\\n\\u0001\xEF\xBF\xBDy\","
                                  "\"list\":[-1,0.1,null,true],\"n\":18446744073709551615}");
    buffer_clear(&out);
}

static void
dates_are_rfc3339(void **state)
{
    char text[CLOCK_RFC3339_SIZE];

    (void)state;
    clock_rfc3339(INT64_C(1371211742860586123), text);
    assert_string_equal(text, "2013-06-14T12:09:02.860586Z");
    clock_rfc3339(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_error_wins_and_grows_outwards),
        cmocka_unit_test(long_error_is_cut_at_a_character),
        cmocka_unit_test(buffer_refuses_what_does_not_fit_whole),
        cmocka_unit_test(utf8_knows_its_borders),
        cmocka_unit_test(terminal_cannot_be_steered),
        cmocka_unit_test(json_is_written_with_commas_and_escapes),
        cmocka_unit_test(dates_are_rfc3339),
    };

    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
