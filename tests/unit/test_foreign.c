/* SPDX-License-Identifier: Apache-2.0 */
/* core/base/foreign: functions that write down what they got. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <stdio.h>
#include <string.h>

#include "base/foreign.h"

/* What the function that was called last wrote. */
static char got[4096];

#define GOT(...) snprintf(got, sizeof got, __VA_ARGS__)

static void takes_nothing(void) { GOT("called"); }
static void takes_bool(bool value) { GOT("%d", value); }
static void takes_int32(int32_t value) { GOT("%d", (int)value); }
static void takes_uint32(uint32_t value) { GOT("%u", (unsigned)value); }
static void takes_int64(int64_t value) { GOT("%lld", (long long)value); }
static void takes_float(float value) { GOT("%a", (double)value); }
static void takes_double(double value) { GOT("%a", value); }
static void takes_pointer(const void *value) { GOT("%s", (const char *)value); }

#define ANY(function) ((foreign_function *)(function))

static void
call(foreign_function *function, const enum foreign_type *types, union foreign_value *values, size_t count)
{
    struct foreign *foreign = foreign_new(FOREIGN_VOID, types, count, NULL);

    assert_non_null(foreign);
    got[0] = '\0';
    assert_int_equal(foreign_call(foreign, function, values), 0);
    foreign_free(foreign);
}

static void
every_type_at_its_borders(void **state)
{
    static const struct {
        foreign_function *function;
        enum foreign_type type;
        union foreign_value value;
        const char *expected;
    } cases[] = {
        { ANY(takes_bool), FOREIGN_BOOL, { .as_bool = true }, "1" },
        { ANY(takes_bool), FOREIGN_BOOL, { .as_bool = false }, "0" },
        { ANY(takes_int32), FOREIGN_INT32, { .as_int32 = INT32_MIN }, "-2147483648" },
        { ANY(takes_int32), FOREIGN_INT32, { .as_int32 = INT32_MAX }, "2147483647" },
        { ANY(takes_uint32), FOREIGN_UINT32, { .as_uint32 = UINT32_MAX }, "4294967295" },
        { ANY(takes_int64), FOREIGN_INT64, { .as_int64 = INT64_MIN }, "-9223372036854775808" },
        { ANY(takes_int64), FOREIGN_INT64, { .as_int64 = INT64_MAX }, "9223372036854775807" },
        { ANY(takes_float), FOREIGN_FLOAT, { .as_float = 0.5f }, "0x1p-1" },
        { ANY(takes_float), FOREIGN_FLOAT, { .as_float = -FLT_MAX }, "-0x1.fffffep+127" },
        { ANY(takes_double), FOREIGN_DOUBLE, { .as_double = DBL_MAX }, "0x1.fffffffffffffp+1023" },
        { ANY(takes_double), FOREIGN_DOUBLE, { .as_double = -DBL_MIN }, "-0x1p-1022" },
        { ANY(takes_pointer), FOREIGN_POINTER, { .as_pointer = "text" }, "text" },
    };

    (void)state;
    call(ANY(takes_nothing), NULL, NULL, 0);
    assert_string_equal(got, "called");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        union foreign_value value = cases[i].value;

        call(cases[i].function, &cases[i].type, &value, 1);
        assert_string_equal(got, cases[i].expected);
    }
}

/* More than fit into registers, of both kinds, small ones between large ones. */
static void
takes_mix(const char *a, int32_t b, double c, bool d, int64_t e, float f, uint32_t g, const char *h,
          double i, int32_t j, float k, bool l, double m, int64_t n, double o, double p, float q, double r,
          double s, bool u, const char *v, double w, uint32_t x, float y, int64_t z)
{
    GOT("%s %d %g %d %lld %g %u %s %g %d %g %d %g %lld %g %g %g %g %g %d %s %g %u %g %lld", a, b, c, d,
        (long long)e, (double)f, g, h, i, j, (double)k, l, m, (long long)n, o, p, (double)q, r, s, u, v, w, x,
        (double)y, (long long)z);
}

static void
a_mix_of_25(void **state)
{
    /* s: pointer, i: int32, d: double, b: bool, l: int64, f: float, u: uint32 */
    static const char letters[] = "sidblfusdifbdlddfddbsdufl";
    enum foreign_type types[25];
    union foreign_value values[25];

    (void)state;
    for (size_t i = 0; i < 25; i++) {
        memset(&values[i], 0xa5, sizeof values[i]); /* what is not the value must not matter */
        switch (letters[i]) {
        case 's': types[i] = FOREIGN_POINTER; values[i].as_pointer = i == 0 ? "first" : "text"; break;
        case 'i': types[i] = FOREIGN_INT32; values[i].as_int32 = -(int32_t)i; break;
        case 'd': types[i] = FOREIGN_DOUBLE; values[i].as_double = (double)i + 0.25; break;
        case 'b': types[i] = FOREIGN_BOOL; values[i].as_bool = i % 2 == 1; break;
        case 'l': types[i] = FOREIGN_INT64; values[i].as_int64 = -(int64_t)i * 10000000000; break;
        case 'f': types[i] = FOREIGN_FLOAT; values[i].as_float = (float)i + 0.5f; break;
        default: types[i] = FOREIGN_UINT32; values[i].as_uint32 = UINT32_MAX - (uint32_t)i; break;
        }
    }
    call(ANY(takes_mix), types, values, 25);
    assert_string_equal(got, "first -1 2.25 1 -40000000000 5.5 4294967289 text 8.25 -9 10.5 1 12.25 "
                             "-130000000000 14.25 15.25 16.5 17.25 18.25 1 text 21.25 4294967273 23.5 "
                             "-240000000000");
}

static int returns_int(int32_t value) { return value; }

static void
results_come_back(void **state)
{
    static const int32_t numbers[] = { 0, 1, -1, INT32_MAX, INT32_MIN };
    enum foreign_type type = FOREIGN_INT32;
    struct foreign *foreign = foreign_new(FOREIGN_INT, &type, 1, NULL);

    (void)state;
    assert_non_null(foreign);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        union foreign_value value = { .as_int32 = numbers[i] };

        assert_int_equal(foreign_call(foreign, ANY(returns_int), &value), numbers[i]);
    }
    foreign_free(foreign);
}

static void
what_cannot_be_called_is_refused(void **state)
{
    enum foreign_type types[FOREIGN_ARGUMENTS_LIMIT + 1] = { FOREIGN_TYPE_COUNT };
    struct err err = { 0 };

    (void)state;
    assert_null(foreign_new(FOREIGN_VOID, types, 1, &err));
    assert_string_equal(err.text, "parameter 1 has a type that cannot be passed");
    err = (struct err){ 0 };
    assert_null(foreign_new(FOREIGN_VOID, types, FOREIGN_ARGUMENTS_LIMIT + 1, &err));
    assert_string_equal(err.text, "65 parameters; at most 64 are allowed");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_at_its_borders),
        cmocka_unit_test(a_mix_of_25),
        cmocka_unit_test(results_come_back),
        cmocka_unit_test(what_cannot_be_called_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
