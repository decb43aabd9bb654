/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a file: limits, torn ends, going back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lines.h"

static char path[] = "/tmp/loads-lines-XXXXXX";

static struct lines *
open_text(const char *text, size_t length, size_t limit)
{
    struct err err = { 0 };
    struct lines *lines;
    int fd;

    strcpy(path + sizeof path - 7, "XXXXXX");
    fd = mkstemp(path);
    assert_int_equal(write(fd, text, length), length);
    close(fd);
    lines = lines_open(path, limit, &err);
    unlink(path);
    assert_non_null(lines);
    return lines;
}

static void
lines_come_one_by_one_and_the_last_may_be_torn(void **state)
{
    struct lines *lines = open_text("one\n\ntw\0o\nrest", 14, 10);
    struct err err = { 0 };
    struct lines_place place;
    struct line line;

    (void)state;
    assert_int_equal(lines_next(lines, &line, &err), LINES_LINE);
    assert_memory_equal(line.text, "one", line.length);
    assert_int_equal(lines_next(lines, &line, &err), LINES_LINE);
    assert_int_equal(line.length, 0);
    place = lines_tell(lines);
    assert_int_equal(lines_next(lines, &line, &err), LINES_LINE);
    assert_int_equal(line.length, 4);
    assert_int_equal(lines_next(lines, &line, &err), LINES_LINE);
    assert_true(line.is_torn);
    assert_int_equal(line.number, 4);
    assert_int_equal(lines_next(lines, &line, &err), LINES_END);
    assert_int_equal(lines_seek(lines, place, &err), 0);
    assert_int_equal(lines_next(lines, &line, &err), LINES_LINE);
    assert_memory_equal(line.text, "tw\0o", 4);
    assert_int_equal(line.number, 3);
    lines_close(lines);
}

static void
a_line_at_the_limit_passes_and_one_more_byte_does_not(void **state)
{
    enum { LIMIT = 700000 }; /* more than one read */
    char *text = malloc(2 * LIMIT + 3);
    struct err err = { 0 };
    struct lines *lines;
    struct line line;

    (void)state;
    memset(text, 'x', 2 * LIMIT + 3);
    text[LIMIT] = '\n';
    text[2 * LIMIT + 2] = '\n';
    lines = open_text(text, 2 * LIMIT + 3, LIMIT);
    assert_int_equal(lines_next(lines, &line, &err), LINES_LINE);
    assert_int_equal(line.length, LIMIT);
    assert_int_equal(lines_next(lines, &line, &err), LINES_FAILED);
    assert_non_null(strstr(err.text, "line 2 of "));
    lines_close(lines);
    free(text);
}

static void
a_missing_file_is_named(void **state)
{
    struct err err = { 0 };

    (void)state;
    assert_null(lines_open("/no/such/file", 10, &err));
    assert_string_equal(err.text, "cannot open /no/such/file: No such file or directory");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_one_by_one_and_the_last_may_be_torn),
        cmocka_unit_test(a_line_at_the_limit_passes_and_one_more_byte_does_not),
        cmocka_unit_test(a_missing_file_is_named),
    };

    return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
