/* SPDX-License-Identifier: Apache-2.0 */
/* runners/c/rows and core/protocol/table: values from CSV and JSON, and every error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "protocol/table.h"
#include "rows.h"

static char folder[] = "/tmp/test_rows.XXXXXX";

static int
enter_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? chdir(folder) : -1;
}

static int
leave_folder(void **state)
{
    (void)state;
    unlink("t.csv");
    unlink("t.json");
    unlink("t.txt");
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

static void
write_file(const char *name, const char *text, size_t length)
{
    FILE *out = fopen(name, "w");

    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, length, out), length);
    assert_int_equal(fclose(out), 0);
}

/* Rows of the file for those parameters. */
static int
read_file(struct rows *rows, const char *name, struct signature *signature, const char *parameters,
          struct err *err)
{
    int result;

    *err = (struct err){ 0 };
    *rows = (struct rows){ 0 };
    assert_int_equal(signature_parse(signature, parameters, NULL), 0);
    for (size_t i = 0; i < signature->count; i++)
        assert_int_equal(rows_field(rows, &signature->parameters[i]), i);
    result = rows_read(rows, name, err);
    return result;
}

static void
add_value(struct buffer *out, enum parameter_type type, union foreign_value value)
{
    switch (type) {
    case PARAMETER_BOOL: buffer_printf(out, "%d", value.as_bool); break;
    case PARAMETER_INT: buffer_printf(out, "%d", (int)value.as_int32); break;
    case PARAMETER_UINT: buffer_printf(out, "%u", (unsigned)value.as_uint32); break;
    case PARAMETER_LONG: buffer_printf(out, "%lld", (long long)value.as_int64); break;
    case PARAMETER_FLOAT: buffer_printf(out, "%.9g", (double)value.as_float); break;
    case PARAMETER_DOUBLE: buffer_printf(out, "%.17g", value.as_double); break;
    default: buffer_printf(out, "<%s>", (const char *)value.as_pointer);
    }
}

/* All rows: "a b|c d|", or the error. */
static char *
outcome(const char *name, const char *text, size_t length, const char *parameters)
{
    struct signature signature;
    struct rows rows;
    struct buffer out;
    struct err err;

    write_file(name, text, length);
    buffer_init(&out, 100000);
    if (read_file(&rows, name, &signature, parameters, &err) < 0)
        buffer_add_text(&out, err.text);
    else
        for (uint64_t row = 0; row < rows.count; row++) {
            for (size_t i = 0; i < signature.count; i++) {
                buffer_add_text(&out, i > 0 ? " " : "");
                add_value(&out, signature.parameters[i].type, rows_value(&rows, row, i));
            }
            buffer_add_char(&out, '|');
        }
    rows_clear(&rows);
    return buffer_take(&out);
}

struct sample {
    const char *text, *parameters, *outcome;
};

static void
try_all(const char *name, const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *all = outcome(name, samples[i].text, strlen(samples[i].text), samples[i].parameters);

        if (strcmp(all, samples[i].outcome) != 0)
            fail_msg("%s\nfor %s is:       %s\nexpected: %s", samples[i].text, samples[i].parameters, all,
                     samples[i].outcome);
        free(all);
    }
}

#define TRY_ALL(name, samples) try_all((name), (samples), sizeof(samples) / sizeof(samples)[0])

static void
csv_is_read_as_rfc_4180_says(void **state)
{
    static const struct sample samples[] = {
        { "term,page\nlamp,1\ntable,2\n", "string term, int page", "<lamp> 1|<table> 2|" },
        { "page,term\n1,lamp", "string term, int page", "<lamp> 1|" }, /* any order, no last newline */
        { "a,term,b\nx,lamp,y\n", "string term", "<lamp>|" },           /* others are left */
        { "term\r\nlamp\r\n", "string term", "<lamp>|" },
        { "\xef\xbb\xbfterm\nlamp\n", "string term", "<lamp>|" },
        { "term\n\"a,b\"\n\"a\"\"b\"\n\"\"\n\"\"\"\"\n", "string term", "<a,b>|<a\"b>|<>|<\">|" },
        { "term,page\n\"a\nb\r\nc\",1\n", "string term, int page", "<a\nb\r\nc> 1|" },
        { "term,page\n,1\n", "string term, int page", "<> 1|" },
        { "page,term\n1,\n", "string term", "<>|" },
        { "page,term\n1,", "string term", "<>|" },
        { "\n\nterm\n\nlamp\n\r\n\ntable\n\n", "string term", "<lamp>|<table>|" },
        { "term\n lamp \n", "string term", "< lamp >|" }, /* blanks belong to the value */
        { "\"te\"\"rm\",\"page\"\n1,2\n", "int page", "2|" },
        { "t\xc3\xa9,term\n1,\xe2\x82\xac\n", "string term", "<\xe2\x82\xac>|" },
    };

    (void)state;
    TRY_ALL("t.csv", samples);
}

static void
csv_values_of_every_type(void **state)
{
    static const struct sample samples[] = {
        { "a\ntrue\nfalse\n", "bool a", "1|0|" },
        { "a\n0\n-0\n007\n-2147483648\n2147483647\n", "int a", "0|0|7|-2147483648|2147483647|" },
        { "a\n0\n4294967295\n", "uint a", "0|4294967295|" },
        { "a\n-9223372036854775808\n9223372036854775807\n", "long a",
          "-9223372036854775808|9223372036854775807|" },
        { "a\n0\n-1.5\n2e3\n1E-2\n1e+2\n0.1\n", "double a",
          "0|-1.5|2000|0.01|100|0.10000000000000001|" },
        { "a\n0.5\n-3.4028234e38\n", "float a", "0.5|-3.40282347e+38|" },
    };

    (void)state;
    TRY_ALL("t.csv", samples);
}

#define INT_EXPECTED "int expects a whole number from -2147483648 to 2147483647, found "
#define DOUBLE_EXPECTED "double expects a number up to 1.8e308, such as -1.5 or 2e3, found "

static void
csv_errors_name_file_row_and_column(void **state)
{
    static const struct sample samples[] = {
        { "", "int a", "t.csv:1: header: the file is empty" },
        { "\n\n", "int a", "t.csv:3: header: the file is empty" },
        { "a\n", "int a", "t.csv has no rows" },
        { "b,c\n1,2\n", "int a", "t.csv:1: header: has no column a; it has b, c" },
        { "\x1b[31m\n1\n", "int a", "t.csv:1: header: has no column a; it has \\u{1b}[31m" },
        { "a,b,a\n1,2,3\n", "int a", "t.csv:1: header: has the column a twice" },
        { "A\n1\n", "int a", "t.csv:1: header: has no column a; it has A" },
        { "a,b\n1,2\n3\n", "int a", "t.csv:3: row 2: has 1 value, but the header has 2" },
        { "a,b\n1,2,3\n", "int a", "t.csv:2: row 1: has 3 values, but the header has 2" },
        { "a\n1\n\n\nx\n", "int a", "t.csv:5: row 2: column a: " INT_EXPECTED "\"x\"" },
        { "b,a\n\"1\n2\",1\n3,x\n", "int a", "t.csv:4: row 2: column a: " INT_EXPECTED "\"x\"" },
        { "a\n2147483648\n", "int a", "t.csv:2: row 1: column a: " INT_EXPECTED "\"2147483648\"" },
        { "a\n-2147483649\n", "int a", "t.csv:2: row 1: column a: " INT_EXPECTED "\"-2147483649\"" },
        { "a\n99999999999999999999\n", "int a",
          "t.csv:2: row 1: column a: " INT_EXPECTED "\"99999999999999999999\"" },
        { "a\n1.0\n", "int a", "t.csv:2: row 1: column a: " INT_EXPECTED "\"1.0\"" },
        { "a\n 1\n", "int a", "t.csv:2: row 1: column a: " INT_EXPECTED "\" 1\"" },
        { "a\n+1\n", "int a", "t.csv:2: row 1: column a: " INT_EXPECTED "\"+1\"" },
        { "a\n0x1\n", "int a", "t.csv:2: row 1: column a: " INT_EXPECTED "\"0x1\"" },
        { "a\n\"\"\n", "int a", "t.csv:2: row 1: column a: " INT_EXPECTED "\"\"" },
        { "a\n-\n", "int a", "t.csv:2: row 1: column a: " INT_EXPECTED "\"-\"" },
        { "a\n-1\n", "uint a",
          "t.csv:2: row 1: column a: uint expects a whole number from 0 to 4294967295, found \"-1\"" },
        { "a\n9223372036854775808\n", "long a",
          "t.csv:2: row 1: column a: long expects a whole number from -9223372036854775808 to "
          "9223372036854775807, found \"9223372036854775808\"" },
        { "a\nTrue\n", "bool a", "t.csv:2: row 1: column a: bool expects true or false, found \"True\"" },
        { "a\nnan\n", "double a", "t.csv:2: row 1: column a: " DOUBLE_EXPECTED "\"nan\"" },
        { "a\ninf\n", "double a", "t.csv:2: row 1: column a: " DOUBLE_EXPECTED "\"inf\"" },
        { "a\n1e999\n", "double a", "t.csv:2: row 1: column a: " DOUBLE_EXPECTED "\"1e999\"" },
        { "a\n1.\n", "double a", "t.csv:2: row 1: column a: " DOUBLE_EXPECTED "\"1.\"" },
        { "a\n.5\n", "double a", "t.csv:2: row 1: column a: " DOUBLE_EXPECTED "\".5\"" },
        { "a\n1e\n", "double a", "t.csv:2: row 1: column a: " DOUBLE_EXPECTED "\"1e\"" },
        { "a\n\"1,5\"\n", "double a", "t.csv:2: row 1: column a: " DOUBLE_EXPECTED "\"1,5\"" },
        { "a\n4e38\n", "float a",
          "t.csv:2: row 1: column a: float expects a number up to 3.4e38, such as -1.5 or 2e3, found \"4e38\"" },
        { "a\n\"x\n", "string a", "t.csv:2: row 1: value 1: its quote is never closed" },
        { "a,b\nx,\"y\"z\n", "string a",
          "t.csv:2: row 1: value 2: after its closing quote a comma or the end of the line is expected" },
        { "a\nx\"y\n", "string a", "t.csv:2: row 1: value 1: has a quote in it: put it in quotes and write \"\"" },
        { "a\nx\ry\n", "string a", "t.csv:2: row 1: value 1: has a carriage return in it; put it in quotes" },
        { "a\nx\ny\n\xff\n", "string a", "t.csv:4: is not UTF-8" },
    };

    (void)state;
    TRY_ALL("t.csv", samples);
}

static void
a_nul_byte_is_refused(void **state)
{
    static const char text[] = "a\nx\0y\n";
    char *all = outcome("t.csv", text, sizeof text - 1, "string a");

    (void)state;
    assert_string_equal(all, "t.csv:2: has a NUL byte in it");
    free(all);
}

static void
json_is_read_strictly(void **state)
{
    static const struct sample samples[] = {
        { "[{\"term\": \"lamp\", \"page\": 1}, {\"page\": -2, \"x\": [{}], \"term\": \"a\\nb\\u20ac\"}]",
          "string term, int page", "<lamp> 1|<a\nb\xe2\x82\xac> -2|" },
        { "\xef\xbb\xbf \n[\n{\"a\":true}\n,\n{\"a\":false}\n]\n", "bool a", "1|0|" },
        { "[{\"a\":1},{\"a\":0.5},{\"a\":-2e3}]", "double a", "1|0.5|-2000|" },
        { "[{\"a\":1},{\"a\":0.5}]", "float a", "1|0.5|" },
        { "[{\"a\":9223372036854775807}]", "long a", "9223372036854775807|" },
        { "[{\"a\":4294967295}]", "uint a", "4294967295|" },
        { "[]", "int a", "t.json has no rows" },
        { "", "int a", "t.json:1: expected an array of objects, which begins with [" },
        { "{\"a\":1}", "int a", "t.json:1: expected an array of objects, which begins with [" },
        { "[1]", "int a", "t.json:1: row 1: is not an object" },
        { "[{\"b\":1}]", "int a", "t.json:1: row 1: has no member a" },
        { "[\n{\"a\":1},\n{\"a\":\"1\"}]", "int a", "t.json:3: row 2: column a: " INT_EXPECTED "\"1\"" },
        { "[{\"a\":1.0}]", "int a", "t.json:1: row 1: column a: " INT_EXPECTED "1" },
        { "[{\"a\":2147483648}]", "int a", "t.json:1: row 1: column a: " INT_EXPECTED "2147483648" },
        { "[{\"a\":-1}]", "uint a",
          "t.json:1: row 1: column a: uint expects a whole number from 0 to 4294967295, found -1" },
        { "[{\"a\":null}]", "string a",
          "t.json:1: row 1: column a: string expects text, found null, an array or an object" },
        { "[{\"a\":7}]", "string a", "t.json:1: row 1: column a: string expects text, found 7" },
        { "[{\"a\":1}]", "bool a", "t.json:1: row 1: column a: bool expects true or false, found 1" },
        { "[{\"a\":\"true\"}]", "bool a", "t.json:1: row 1: column a: bool expects true or false, found \"true\"" },
        { "[{\"a\":true}]", "double a", "t.json:1: row 1: column a: " DOUBLE_EXPECTED "true" },
        { "[{\"a\":1} {\"a\":2}]", "int a", "t.json:1: row 1: after it a comma or ] is expected" },
        { "[{\"a\":1}", "int a", "t.json:1: row 1: after it a comma or ] is expected" },
        { "[{\"a\":1}]\n\nx", "int a", "t.json:3: after the array nothing more is expected" },
    };

    (void)state;
    TRY_ALL("t.json", samples);
}

/* The words after the place are the JSON library's. */
static void
json_that_is_broken_names_its_line(void **state)
{
    static const struct { const char *text, *parameters, *place; } cases[] = {
        { "[{\"a\":1},\n]", "int a", "t.json:2: row 2: " },
        { "[{\"a\":1},\n{\"a\":\n!}]", "int a", "t.json:3: row 2: " },
        { "[{\"a\":1, \"a\":2}]", "string a", "t.json:1: row 1: " },
        { "[{\"a\":\"\\u0000\"}]", "string a", "t.json:1: row 1: " },
        { "[{\"a\":99999999999999999999}]", "string a", "t.json:1: row 1: " },
        { "[", "string a", "t.json:1: row 1: " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *all = outcome("t.json", cases[i].text, strlen(cases[i].text), cases[i].parameters);

        if (strncmp(all, cases[i].place, strlen(cases[i].place)) != 0)
            fail_msg("%s: %s does not begin with %s", cases[i].text, all, cases[i].place);
        assert_true(strlen(all) > strlen(cases[i].place));
        free(all);
    }
}

static void
files_that_are_none(void **state)
{
    char *all = outcome("t.txt", "a\n1\n", 4, "int a");
    struct signature signature;
    struct rows rows;
    struct err err;

    (void)state;
    assert_string_equal(all, "t.txt: a file with rows ends with .csv or .json");
    free(all);
    assert_int_equal(read_file(&rows, "gone.csv", &signature, "int a", &err), -1);
    assert_string_equal(err.text, "cannot open gone.csv: No such file or directory");
    rows_clear(&rows);
    assert_int_equal(mkdir("dir.csv", 0700), 0);
    assert_int_equal(read_file(&rows, "dir.csv", &signature, "int a", &err), -1);
    assert_string_equal(err.text, "dir.csv is not a file");
    rows_clear(&rows);
    rmdir("dir.csv");
    /* A pipe would be waited for. */
    assert_int_equal(mkfifo("pipe.csv", 0600), 0);
    assert_int_equal(read_file(&rows, "pipe.csv", &signature, "int a", &err), -1);
    assert_string_equal(err.text, "pipe.csv is not a file");
    rows_clear(&rows);
    unlink("pipe.csv");
}

static void
a_column_is_read_once_for_each_type(void **state)
{
    struct parameter a = { PARAMETER_INT, "a" }, b = { PARAMETER_STRING, "a" };
    struct rows rows = { 0 };
    struct err err = { 0 };

    (void)state;
    write_file("t.csv", "a\n12\n", 5);
    assert_int_equal(rows_field(&rows, &a), 0);
    assert_int_equal(rows_field(&rows, &b), 1);
    assert_int_equal(rows_field(&rows, &a), 0);
    assert_int_equal(rows_read(&rows, "t.csv", &err), 0);
    assert_int_equal(rows_value(&rows, 0, 0).as_int32, 12);
    assert_string_equal(rows_value(&rows, 0, 1).as_pointer, "12");
    rows_clear(&rows);
}

static void
limits_hold(void **state)
{
    struct signature signature;
    struct rows rows;
    struct buffer text;
    struct err err;

    (void)state;
    buffer_init(&text, 1 << 26);
    buffer_add_text(&text, "a\n");
    for (int i = 0; i < TABLE_ROWS_LIMIT; i++)
        buffer_add_text(&text, "1\n");
    write_file("t.csv", text.data, text.length);
    assert_int_equal(read_file(&rows, "t.csv", &signature, "int a", &err), 0);
    assert_int_equal(rows.count, TABLE_ROWS_LIMIT);
    rows_clear(&rows);

    buffer_add_text(&text, "1\n");
    write_file("t.csv", text.data, text.length);
    assert_int_equal(read_file(&rows, "t.csv", &signature, "int a", &err), -1);
    assert_string_equal(err.text, "t.csv:1000002: row 1000001: more than 1000000 rows");
    rows_clear(&rows);
    buffer_reset(&text);

    for (int i = 0; i < TABLE_COLUMNS_LIMIT; i++)
        buffer_add_text(&text, "x,");
    buffer_add_text(&text, "x\n");
    write_file("t.csv", text.data, text.length);
    assert_int_equal(read_file(&rows, "t.csv", &signature, "int a", &err), -1);
    assert_string_equal(err.text, "t.csv:1: header: has more than 1024 values");
    rows_clear(&rows);
    buffer_clear(&text);

    assert_int_equal(truncate("t.csv", TABLE_FILE_LIMIT + 1), 0);
    assert_int_equal(read_file(&rows, "t.csv", &signature, "int a", &err), -1);
    assert_string_equal(err.text, "t.csv has more than 64 MiB");
    rows_clear(&rows);
}

/* Pieces of CSV and JSON in any order: an answer, and never a wild read. */
static void
any_text_gets_an_answer(void **state)
{
    static const char *const pieces[] = { "a", ",", "\"", "\n", "\r\n", "1", "[", "]", "{", "}", "\"a\":", "\"a\"",
                                          " ", "\\", "true", "-", "e" };
    static const char *const names[] = { "t.csv", "t.json" };
    unsigned long seed = 99;
    int errors = 0, read = 0;

    (void)state;
    for (int round = 0; round < 4000; round++) {
        struct buffer text;
        char *all;

        buffer_init(&text, 1000);
        buffer_add_text(&text, round % 2 == 0 ? "a\n" : "[{");
        for (int i = 0; i < 12; i++) {
            seed = seed * 6364136223846793005ul + 1442695040888963407ul;
            buffer_add_text(&text, pieces[(seed >> 33) % (sizeof pieces / sizeof pieces[0])]);
        }
        all = outcome(names[round % 2], text.data, text.length, "string a");
        assert_true(all[0] != '\0');
        *(strncmp(all, "t.", 2) == 0 ? &errors : &read) += 1;
        free(all);
        buffer_clear(&text);
    }
    assert_true(errors > 0 && read > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_is_read_as_rfc_4180_says),
        cmocka_unit_test(csv_values_of_every_type),
        cmocka_unit_test(csv_errors_name_file_row_and_column),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(json_is_read_strictly),
        cmocka_unit_test(json_that_is_broken_names_its_line),
        cmocka_unit_test(files_that_are_none),
        cmocka_unit_test(a_column_is_read_once_for_each_type),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(any_text_gets_an_answer),
    };

    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
