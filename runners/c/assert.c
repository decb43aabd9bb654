/* SPDX-License-Identifier: Apache-2.0 */
/* The comparisons of <loads/test.h>, and what they say when they do not hold. */
#include <stdio.h>
#include <string.h>

#include "user.h"

enum { SHOWN_LIMIT = 120 }; /* bytes of a text that a message shows */

static const char *const relation_signs[] = {
    [LOADS_EQUAL] = "==", [LOADS_NOT_EQUAL] = "!=",    [LOADS_LESS] = "<",        [LOADS_LESS_EQUAL] = "<=",
    [LOADS_GREATER] = ">", [LOADS_GREATER_EQUAL] = ">=", [LOADS_CONTAINS] = "contains",
};

static int
sign_of(bool is_less, bool is_greater)
{
    return is_less ? -1 : is_greater;
}

static double
as_double(struct loads_value value)
{
    return value.kind == LOADS_DOUBLE ? value.is.as_double
         : value.kind == LOADS_SIGNED ? (double)value.is.as_signed
                                      : (double)value.is.as_unsigned;
}

/* -1, 0 or 1 by what the numbers mean: -1 is less than 1u here, as it is not in
 * C. *is_ordered is false when one is NaN. */
static int
compare_numbers(struct loads_value a, struct loads_value b, bool *is_ordered)
{
    double x = as_double(a), y = as_double(b);

    *is_ordered = true;
    if (a.kind == LOADS_DOUBLE || b.kind == LOADS_DOUBLE) {
        *is_ordered = x == x && y == y;
        return sign_of(x < y, x > y);
    }
    if (a.kind == LOADS_SIGNED && a.is.as_signed < 0)
        return b.kind == LOADS_SIGNED && b.is.as_signed <= a.is.as_signed ? b.is.as_signed < a.is.as_signed : -1;
    if (b.kind == LOADS_SIGNED && b.is.as_signed < 0)
        return 1;
    /* Neither is negative: both read alike as unsigned. */
    return sign_of(a.is.as_unsigned < b.is.as_unsigned, a.is.as_unsigned > b.is.as_unsigned);
}

static int
compare_texts(const char *a, const char *b)
{
    int order;

    if (a == NULL || b == NULL)
        return sign_of(a == NULL && b != NULL, a != NULL && b == NULL);
    order = strcmp(a, b);
    return sign_of(order < 0, order > 0);
}

static bool
is_related(int order, enum loads_relation relation)
{
    switch (relation) {
    case LOADS_EQUAL: return order == 0;
    case LOADS_NOT_EQUAL: return order != 0;
    case LOADS_LESS: return order < 0;
    case LOADS_LESS_EQUAL: return order <= 0;
    case LOADS_GREATER: return order > 0;
    case LOADS_GREATER_EQUAL: return order >= 0;
    default: return false;
    }
}

static bool
holds(const struct loads_comparison *comparison)
{
    struct loads_value a = comparison->actual, b = comparison->expected;
    bool is_ordered;
    int order;

    if (comparison->relation == LOADS_CONTAINS)
        return a.kind == LOADS_TEXT && b.kind == LOADS_TEXT && a.is.as_text != NULL && b.is.as_text != NULL &&
               strstr(a.is.as_text, b.is.as_text) != NULL;
    if ((a.kind == LOADS_TEXT) != (b.kind == LOADS_TEXT))
        return comparison->relation == LOADS_NOT_EQUAL;
    if (a.kind == LOADS_TEXT)
        return is_related(compare_texts(a.is.as_text, b.is.as_text), comparison->relation);
    order = compare_numbers(a, b, &is_ordered);
    return is_ordered ? is_related(order, comparison->relation) : comparison->relation == LOADS_NOT_EQUAL;
}

static void
describe(char *out, size_t size, struct loads_value value)
{
    switch (value.kind) {
    case LOADS_SIGNED: snprintf(out, size, "%lld", value.is.as_signed); break;
    case LOADS_UNSIGNED: snprintf(out, size, "%llu", value.is.as_unsigned); break;
    case LOADS_DOUBLE: snprintf(out, size, "%g", value.is.as_double); break;
    default:
        if (value.is.as_text == NULL)
            snprintf(out, size, "NULL");
        else
            snprintf(out, size, "\"%.*s\"%s", SHOWN_LIMIT, value.is.as_text,
                     strnlen(value.is.as_text, SHOWN_LIMIT + 1) > SHOWN_LIMIT ? "..." : "");
    }
}

void
loads_compare(struct loads_test *t, const struct loads_comparison *comparison)
{
    char actual[SHOWN_LIMIT + 16], expected[SHOWN_LIMIT + 16];

    if (holds(comparison))
        return;
    describe(actual, sizeof actual, comparison->actual);
    describe(expected, sizeof expected, comparison->expected);
    user_end_test(t, EVENT_FAILURE, "AssertionError", comparison->file, comparison->line,
                  "%.200s %s %.200s does not hold: %s %s %s", comparison->actual_text,
                  relation_signs[comparison->relation], comparison->expected_text, actual,
                  relation_signs[comparison->relation], expected);
}

void
loads_assert_failed(struct loads_test *t, const char *file, int line, const char *expression)
{
    user_end_test(t, EVENT_FAILURE, "AssertionError", file, line, "%.400s does not hold", expression);
}
