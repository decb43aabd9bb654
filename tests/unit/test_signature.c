/* SPDX-License-Identifier: Apache-2.0 */
/* core/base/signature: what is a signature or a declaration, and what is said about the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/signature.h"

static void
expect_error(const char *text, const char *expected)
{
    struct signature signature;
    struct err err = { 0 };

    assert_int_equal(signature_parse(&signature, text, &err), -1);
    assert_string_equal(err.text, expected);
}

static void
every_type(void **state)
{
    static const char *const names[] = { "a", "b2", "_c", "D_d", "e", "f", "g" };
    struct signature signature;

    (void)state;
    assert_int_equal(
        signature_parse(&signature, "bool a, int b2,uint _c , long   D_d,float e, double f,  string g  ", NULL), 0);
    assert_int_equal(signature.count, PARAMETER_TYPE_COUNT);
    for (size_t i = 0; i < signature.count; i++) {
        assert_int_equal(signature.parameters[i].type, i);
        assert_string_equal(signature.parameters[i].name, names[i]);
    }
}

static void
parameters_may_have_names_of_types(void **state)
{
    struct signature signature;

    (void)state;
    assert_int_equal(signature_parse(&signature, "int int, string bool", NULL), 0);
    assert_string_equal(signature.parameters[1].name, "bool");
}

#define TYPES "a type (bool, int, uint, long, float, double or string)"

static void
errors_say_where_and_what(void **state)
{
    static const struct { const char *text, *error; } cases[] = {
        { "", "position 1: expected " TYPES ", found the end" },
        { "   ", "position 4: expected " TYPES ", found the end" },
        { "int", "position 4: expected a blank and a name, found the end" },
        { "int ", "position 5: expected a name, found the end" },
        { "int a,", "position 7: expected " TYPES ", found the end" },
        { ",int a", "position 1: expected " TYPES ", found \",int a\"" },
        { "int a b", "position 7: expected a comma or the end, found \"b\"" },
        { "int a;", "position 6: expected a comma or the end, found \";\"" },
        { "int 1a", "position 5: expected a name, found \"1a\"" },
        { "int *a", "position 5: expected a name, found \"*a\"" },
        { "int* a", "position 4: expected a blank and a name, found \"* a\"" },
        { "int a, strng b", "position 8: unknown type \"strng\"; did you mean string?" },
        { "void x", "position 1: expected " TYPES ", found \"void x\"" },
        { "const char *a", "position 1: expected " TYPES ", found \"const char *a\"" },
        { "int a, int b, double a", "position 22: the name a is there twice" },
        { "int\ta", "position 4: expected a blank and a name, found \"\\u{9}a\"" },
        { "int a\n", "position 6: expected a comma or the end, found \"\\u{a}\"" },
        { "int a\x1b[31m", "position 6: expected a comma or the end, found \"\\u{1b}[31m\"" },
        { "int \xff", "position 5: expected a name, found \"\\xff\"" },
        { "int \xc3\xa9t\xc3\xa9", "position 5: expected a name, found \"\xc3\xa9t\xc3\xa9\"" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_error(cases[i].text, cases[i].error);
}

static void
declarations(void **state)
{
    static const struct { const char *text, *function; bool returns_int; size_t count; } cases[] = {
        { "f()", "f", false, 0 },
        { "f(void)", "f", false, 0 },
        { " void  f ( void ) ", "f", false, 0 },
        { "int on_hit(string url, int status, double elapsed_s)", "on_hit", true, 3 },
        { "int(int a)", "int", false, 1 }, /* odd, and no C, but it is clear what is meant */
        { "_Z4sendPKc( string url )", "_Z4sendPKc", false, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct declaration declaration;

        assert_int_equal(declaration_parse(&declaration, cases[i].text, NULL), 0);
        assert_string_equal(declaration.function, cases[i].function);
        assert_int_equal(declaration.returns_int, cases[i].returns_int);
        assert_int_equal(declaration.signature.count, cases[i].count);
    }
}

static void
errors_in_declarations(void **state)
{
    static const struct { const char *text, *error; } cases[] = {
        { "", "position 1: expected the name of a function, found the end" },
        { "int", "position 4: expected a parenthesis with the parameters, found the end" },
        { "int f", "position 6: expected a parenthesis with the parameters, found the end" },
        { "f(", "position 3: expected " TYPES ", found the end" },
        { "f(int a", "position 8: expected a comma or a closing parenthesis, found the end" },
        { "f(int a,)", "position 9: expected " TYPES ", found \")\"" },
        { "f(int a int b)", "position 9: expected a comma or a closing parenthesis, found \"int b)\"" },
        { "f(void, int a)", "position 3: expected " TYPES ", found \"void, int a)\"" },
        { "f(int a) g()", "position 10: expected the end, found \"g()\"" },
        { "f();", "position 4: expected the end, found \";\"" },
        { "double f()", "position 1: expected int, void or the name of a function, found \"double f()\"" },
        { "char *f()", "position 6: expected a parenthesis with the parameters, found \"*f()\"" },
        { "7up()", "position 1: expected the name of a function, found \"7up()\"" },
        { "f(const char *url)", "position 3: expected " TYPES ", found \"const char *url)\"" },
        { "f(int \x1b[31m)", "position 7: expected a name, found \"\\u{1b}[31m)\"" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct declaration declaration;
        struct err err = { 0 };

        assert_int_equal(declaration_parse(&declaration, cases[i].text, &err), -1);
        assert_string_equal(err.text, cases[i].error);
    }
}

/* "int p0, int p1, ..." */
static char *
many(int count)
{
    struct buffer text;

    buffer_init(&text, 100000);
    for (int i = 0; i < count; i++)
        buffer_printf(&text, "%sint p%d", i > 0 ? "," : "", i);
    return buffer_take(&text);
}

static void
limits_hold(void **state)
{
    char name[SIGNATURE_NAME_LIMIT + 16] = "int ";
    char *text = many(SIGNATURE_PARAMETERS_LIMIT);
    char *blanks = malloc(SIGNATURE_TEXT_LIMIT + 2);
    struct signature signature;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(signature_parse(&signature, text, NULL), 0);
    assert_int_equal(signature.count, 32);
    free(text);
    text = many(SIGNATURE_PARAMETERS_LIMIT + 1);
    expect_error(text, "position 247: more than 32 parameters");
    free(text);

    memset(name + 4, 'n', SIGNATURE_NAME_LIMIT);
    assert_int_equal(signature_parse(&signature, name, NULL), 0);
    name[4 + SIGNATURE_NAME_LIMIT] = 'n';
    expect_error(name, "position 5: the name has 65 bytes; at most 64 are allowed");

    memset(blanks, ' ', SIGNATURE_TEXT_LIMIT + 2);
    memcpy(blanks, "int a", 5);
    blanks[SIGNATURE_TEXT_LIMIT] = '\0';
    assert_int_equal(signature_parse(&signature, blanks, NULL), 0);
    /* Nothing past this is read: no NUL is needed. */
    blanks[SIGNATURE_TEXT_LIMIT] = ' ';
    expect_error(blanks, "has more than 4096 bytes");
    assert_int_equal(declaration_parse(&(struct declaration){ 0 }, blanks, NULL), -1);
    memset(blanks, 'f', SIGNATURE_FUNCTION_LIMIT + 1);
    memcpy(blanks + SIGNATURE_FUNCTION_LIMIT + 1, "()", 3);
    assert_int_equal(declaration_parse(&(struct declaration){ 0 }, blanks + 1, NULL), 0);
    assert_int_equal(declaration_parse(&(struct declaration){ 0 }, blanks, &err), -1);
    assert_string_equal(err.text, "position 1: the name has 256 bytes; at most 255 are allowed");
    free(blanks);
}

/* Whatever bytes there are: an answer, and never a wild read (see the sanitizers). */
static void
any_bytes_get_an_answer(void **state)
{
    static const char letters[] = "int a,string_1 \t*()";
    unsigned long seed = 12345;
    int good = 0;

    (void)state;
    for (int round = 0; round < 100000; round++) {
        struct signature signature;
        struct declaration declaration;
        struct err err = { 0 };
        char text[24] = "int a";
        size_t length = round % 2 * 5;

        while (length < sizeof text - 1 && seed % 19 != 0) {
            seed = seed * 6364136223846793005ul + 1442695040888963407ul;
            text[length++] = letters[(seed >> 33) % (sizeof letters - 1)];
        }
        seed = seed * 6364136223846793005ul + 1442695040888963407ul;
        text[length] = '\0';
        declaration_parse(&declaration, text, NULL);
        if (signature_parse(&signature, text, &err) == 0) {
            assert_in_range(signature.count, 1, 32);
            good++;
        } else {
            assert_true(err.text[0] != '\0');
        }
    }
    assert_true(good > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type),
        cmocka_unit_test(parameters_may_have_names_of_types),
        cmocka_unit_test(errors_say_where_and_what),
        cmocka_unit_test(declarations),
        cmocka_unit_test(errors_in_declarations),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(any_bytes_get_an_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
