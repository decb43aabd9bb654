/* SPDX-License-Identifier: Apache-2.0 */
/* core/results/histogram: counting, merging, percentiles, and the encoding, which
 * HdrHistogram's JavaScript edition reads and writes as we do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "results/histogram.h"
#include "results/histogram_layout.h"

#define DAY_US (INT64_C(86400) * 1000000)

/* A text that is the same exactly when all counters are. */
static char *
encoded(const struct histogram *histogram)
{
    struct buffer text;

    buffer_init(&text, HISTOGRAM_TEXT_LIMIT);
    histogram_encode(histogram, &text);
    assert_false(text.is_full);
    return buffer_take(&text);
}

static void
assert_same(const struct histogram *a, const struct histogram *b)
{
    char *left = encoded(a), *right = encoded(b);

    assert_string_equal(left, right);
    assert_int_equal(histogram_count(a), histogram_count(b));
    assert_int_equal(histogram_sum_us(a), histogram_sum_us(b));
    assert_int_equal(histogram_min_us(a), histogram_min_us(b));
    assert_int_equal(histogram_max_us(a), histogram_max_us(b));
    free(left);
    free(right);
}

/* Latencies of all sizes: the number of bits is drawn first. */
static int64_t
next_value(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((*seed >> 20) % (UINT64_C(1) << (*seed >> 58) % 37)) % (DAY_US + 1);
}

static void
empty_is_all_zero(void **state)
{
    struct histogram *histogram = histogram_new(HISTOGRAM_FINE);

    (void)state;
    assert_int_equal(histogram_count(histogram), 0);
    assert_int_equal(histogram_min_us(histogram), 0);
    assert_int_equal(histogram_max_us(histogram), 0);
    assert_int_equal(histogram_percentile_us(histogram, 99), 0);
    assert_true(histogram_mean_us(histogram) == 0);
    histogram_free(histogram);
    histogram_free(NULL);
}

/* 1 to 1000 us with 3 digits: each value has its own counter. */
static void
percentiles_are_exact_where_each_value_has_a_counter(void **state)
{
    struct histogram *histogram = histogram_new(HISTOGRAM_FINE);

    (void)state;
    for (int64_t value = 1000; value >= 1; value--)
        histogram_add(histogram, value);
    assert_int_equal(histogram_count(histogram), 1000);
    assert_int_equal(histogram_sum_us(histogram), 500500);
    assert_true(histogram_mean_us(histogram) == 500.5);
    assert_int_equal(histogram_percentile_us(histogram, 0), 1);
    assert_int_equal(histogram_percentile_us(histogram, 0.1), 1);
    assert_int_equal(histogram_percentile_us(histogram, 50), 500);
    assert_int_equal(histogram_percentile_us(histogram, 50.05), 501);
    assert_int_equal(histogram_percentile_us(histogram, 90), 900);
    assert_int_equal(histogram_percentile_us(histogram, 99.9), 999);
    assert_int_equal(histogram_percentile_us(histogram, 100), 1000);
    assert_int_equal(histogram_percentile_us(histogram, 1000), 1000);
    histogram_free(histogram);
}

/* With 2 digits, from 512 to 1023 a counter stands for four values: 1000 to 1003. */
static void
percentile_is_the_highest_of_its_counter(void **state)
{
    struct histogram *histogram = histogram_new(HISTOGRAM_COARSE);

    (void)state;
    histogram_add(histogram, 1000);
    histogram_add(histogram, 1004);
    assert_int_equal(histogram_percentile_us(histogram, 50), 1003);
    assert_int_equal(histogram_percentile_us(histogram, 100), 1004); /* not 1007: the maximum */
    histogram_reset(histogram);
    histogram_add(histogram, 1002);
    assert_int_equal(histogram_percentile_us(histogram, 50), 1002); /* not 1003 */
    histogram_free(histogram);
}

static void
values_beyond_the_scale_stay_exact_in_sum_and_extremes(void **state)
{
    struct histogram *histogram = histogram_new(HISTOGRAM_COARSE);

    (void)state;
    histogram_add(histogram, 0);
    histogram_add(histogram, DAY_US);
    histogram_add(histogram, 3 * DAY_US);
    assert_int_equal(histogram_sum_us(histogram), 4 * DAY_US);
    assert_int_equal(histogram_min_us(histogram), 0);
    assert_int_equal(histogram_max_us(histogram), 3 * DAY_US);
    assert_int_equal(histogram_percentile_us(histogram, 1), 1);
    assert_true(histogram_percentile_us(histogram, 100) >= DAY_US);
    for (int64_t i = 0; i < 3; i++)
        histogram_add(histogram, INT64_MAX / 2);
    assert_int_equal(histogram_sum_us(histogram), INT64_MAX);
    histogram_free(histogram);
}

/* Every counter's lowest and highest value is counted there, and no value is left
 * out between two counters. */
static void
counters_cover_all_values(void **state)
{
    static const enum histogram_digits all[] = { HISTOGRAM_COARSE, HISTOGRAM_FINE };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct histogram_scale *scale = histogram_scale((int64_t)all[i]);
        struct histogram *histogram = histogram_new(all[i]);
        int64_t next = 1;

        for (uint32_t index = 1; next <= DAY_US; index++) {
            int64_t lowest = histogram_lowest_us(scale, index), highest = histogram_highest_us(scale, index);

            assert_int_equal(lowest, next);
            /* The promise of the digits: the width is within 1/100 or 1/1000 of the value. */
            assert_true((highest - lowest) * (all[i] == HISTOGRAM_FINE ? 1000 : 100) <= lowest);
            histogram_add(histogram, lowest);
            histogram_add(histogram, highest < DAY_US ? highest : DAY_US);
            assert_int_equal(histogram_counter(histogram, index), 2);
            next = highest + 1;
        }
        histogram_free(histogram);
    }
}

static void
merging_is_adding(void **state)
{
    struct histogram *whole = histogram_new(HISTOGRAM_FINE), *sum = histogram_new(HISTOGRAM_FINE);
    struct histogram *parts[3], *empty = histogram_new(HISTOGRAM_FINE);
    uint64_t seed = 7;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        parts[i] = histogram_new(HISTOGRAM_FINE);
    for (size_t i = 0; i < 30000; i++) {
        int64_t value = next_value(&seed);

        histogram_add(whole, value);
        histogram_add(parts[seed >> 33 & 1 ? 0 : i % 3], value);
    }
    for (size_t i = 3; i-- > 0;)
        histogram_merge(sum, parts[i]);
    histogram_merge(sum, empty);
    assert_same(sum, whole);
    for (size_t i = 0; i < 3; i++)
        histogram_free(parts[i]);
    histogram_free(empty);
    histogram_free(sum);
    histogram_free(whole);
}

static void
coarse_takes_fine_without_a_difference(void **state)
{
    struct histogram *fine = histogram_new(HISTOGRAM_FINE);
    struct histogram *merged = histogram_new(HISTOGRAM_COARSE), *direct = histogram_new(HISTOGRAM_COARSE);
    uint64_t seed = 11;

    (void)state;
    for (size_t i = 0; i < 30000; i++) {
        int64_t value = next_value(&seed);

        histogram_add(fine, value);
        histogram_add(direct, value);
    }
    histogram_merge(merged, fine);
    assert_same(merged, direct);
    histogram_free(fine);
    histogram_free(merged);
    histogram_free(direct);
}

static void
reset_empties_and_keeps_the_memory(void **state)
{
    struct histogram *histogram = histogram_new(HISTOGRAM_COARSE), *fresh = histogram_new(HISTOGRAM_COARSE);
    size_t memory;

    (void)state;
    histogram_add(histogram, 5);
    histogram_add(histogram, 5000000);
    memory = histogram_memory(histogram);
    assert_true(memory > histogram_memory(fresh));
    histogram_reset(histogram);
    assert_same(histogram, fresh);
    histogram_add(histogram, 5);
    assert_int_equal(histogram_memory(histogram), memory);
    histogram_add(fresh, 5);
    assert_same(histogram, fresh);
    histogram_free(histogram);
    histogram_free(fresh);
}

static void
budget_is_kept_to_the_byte(void **state)
{
    struct histogram *histogram = NULL, *from = histogram_new(HISTOGRAM_COARSE);
    size_t empty = histogram_memory(from), block, room;

    (void)state;
    room = empty - 1;
    assert_null(histogram_claim(&histogram, HISTOGRAM_COARSE, &room));
    room = empty;
    assert_non_null(histogram_claim(&histogram, HISTOGRAM_COARSE, &room));
    assert_int_equal(room, 0);

    histogram_add(from, 3);
    block = histogram_memory(from) - empty;
    room = block - 1;
    assert_false(histogram_add_within(histogram, 3, &room));
    assert_false(histogram_merge_within(histogram, from, &room));
    assert_int_equal(histogram_count(histogram), 0);
    assert_int_equal(room, block - 1);
    room = block;
    assert_true(histogram_add_within(histogram, 3, &room));
    assert_int_equal(room, 0);
    assert_true(histogram_merge_within(histogram, from, &room)); /* the block is there */
    assert_int_equal(histogram_count(histogram), 2);
    histogram_free(histogram);
    histogram_free(from);
}

/* A counter starts with 16 bits: 65 535 and one more, by adding and by merging. */
static void
counters_widen_and_lose_nothing(void **state)
{
    struct histogram *added = histogram_new(HISTOGRAM_COARSE), *merged = histogram_new(HISTOGRAM_COARSE);
    struct histogram *part = histogram_new(HISTOGRAM_COARSE), *from_wide = histogram_new(HISTOGRAM_COARSE);
    size_t narrow, room = 0;

    (void)state;
    histogram_add(added, 4);
    for (int i = 0; i < 65535; i++)
        assert_true(histogram_add_within(added, 5, &room));
    narrow = histogram_memory(added);
    assert_false(histogram_add_within(added, 5, &room));
    assert_int_equal(histogram_counter(added, 5), 65535);
    histogram_merge(merged, added);
    histogram_add(part, 5);
    assert_false(histogram_merge_within(merged, part, &room));
    room = SIZE_MAX;
    assert_true(histogram_add_within(added, 5, &room));
    assert_true(histogram_memory(added) > narrow);
    assert_int_equal(room, SIZE_MAX - (histogram_memory(added) - narrow));
    assert_int_equal(histogram_counter(added, 5), 65536);
    assert_int_equal(histogram_counter(added, 4), 1);

    room = SIZE_MAX;
    assert_true(histogram_merge_within(merged, part, &room));
    assert_int_equal(room, SIZE_MAX - (histogram_memory(merged) - narrow));
    assert_same(merged, added);
    histogram_merge(from_wide, added);
    assert_same(from_wide, added);
    histogram_merge(from_wide, added);
    assert_int_equal(histogram_counter(from_wide, 5), 2 * 65536);

    /* Widened memory that holds small counts again does not widen others. */
    histogram_reset(added);
    histogram_add(added, 5);
    histogram_reset(part);
    histogram_add(part, 5);
    narrow = histogram_memory(part);
    histogram_merge(part, added);
    assert_int_equal(histogram_memory(part), narrow);
    assert_int_equal(histogram_counter(part, 5), 2);
    histogram_free(from_wide);
    histogram_free(part);
    histogram_free(merged);
    histogram_free(added);
}

static void
what_is_encoded_reads_back(void **state)
{
    struct histogram *histogram = histogram_new(HISTOGRAM_FINE), *read;
    uint64_t seed = 3;
    char *text;

    (void)state;
    for (size_t i = 0; i < 20000; i++)
        histogram_add(histogram, next_value(&seed));
    histogram_count_at(histogram, 1, UINT64_C(1) << 52); /* a count of many bytes */
    text = encoded(histogram);
    read = histogram_decode(slice_of(text), NULL);
    assert_non_null(read);
    assert_int_equal(histogram_count(read), histogram_count(histogram) + (UINT64_C(1) << 52));
    histogram_set_exact(read, 5, 1, 3);
    assert_int_equal(histogram_sum_us(read), 5);
    assert_int_equal(histogram_percentile_us(read, 100), 3);
    for (uint32_t index = 0; index < histogram_end(histogram); index++)
        assert_int_equal(histogram_counter(read, index), histogram_counter(histogram, index));
    free(text);
    histogram_free(read);
    histogram_free(histogram);
}

static void
sum_and_extremes_are_near_after_reading(void **state)
{
    struct histogram *histogram = histogram_new(HISTOGRAM_COARSE), *read;
    char *text;

    (void)state;
    histogram_add(histogram, 100);
    histogram_add(histogram, 1001);
    text = encoded(histogram);
    read = histogram_decode(slice_of(text), NULL);
    assert_int_equal(histogram_min_us(read), 100);
    assert_int_equal(histogram_max_us(read), 1003);
    assert_int_equal(histogram_sum_us(read), 100 + 1002);
    free(text);
    histogram_free(read);
    histogram_free(histogram);
}

static void
what_is_no_histogram_is_refused(void **state)
{
    struct histogram *histogram = histogram_new(HISTOGRAM_COARSE);
    char *text;

    (void)state;
    histogram_add(histogram, 1234);
    text = encoded(histogram);
    for (size_t length = 0; length < strlen(text); length++) {
        struct err err = { 0 };

        assert_null(histogram_decode((struct slice){ .data = text, .length = length }, &err));
        assert_string_not_equal(err.text, "");
    }
    /* One wrong digit anywhere: refused, or another histogram, but never a crash. */
    for (size_t at = 0; at < strlen(text); at++) {
        char *changed = xstrdup(text);
        struct histogram *read;
        struct err err = { 0 };

        changed[at] = changed[at] == 'A' ? '9' : 'A';
        read = histogram_decode(slice_of(changed), &err);
        assert_true((read == NULL) == (err.text[0] != '\0'));
        histogram_free(read);
        free(changed);
    }
    free(text);
    histogram_free(histogram);
}

/* --- HdrHistogram's JavaScript edition --- */

enum { ORACLE_LINE_SIZE = 1 << 20, ORACLE_VALUES = 4000 };
static const double oracle_percentiles[] = { 0.1, 1, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100 };

/* Where npm installed the oracle; skips the test when it is not there. */
static const char *
oracle_modules(void)
{
    static char modules[4096], package[sizeof modules + 64];
    const char *top_builddir = getenv("top_builddir");

    snprintf(modules, sizeof modules, "%s/tests/helpers/npm/node_modules", top_builddir != NULL ? top_builddir : ".");
    snprintf(package, sizeof package, "%s/hdr-histogram-js/package.json", modules);
    if (access(package, R_OK) != 0) {
        print_message("# not compared with hdr-histogram-js: there is no %s (make check installs it with npm)\n",
                      package);
        skip();
    }
    return modules;
}

/* Asks one question; the answer is for free(). */
static char *
ask(const char *modules, const char *question)
{
    const char *top_srcdir = getenv("top_srcdir");
    char path[] = "/tmp/loads-hdr-XXXXXX", *command, *answer;
    int fd = mkstemp(path);
    FILE *file;

    assert_true(fd >= 0);
    file = fdopen(fd, "w");
    fprintf(file, "%s\n", question);
    assert_int_equal(fclose(file), 0);

    command = xasprintf("NODE_PATH='%s' node '%s/tests/helpers/hdr-oracle.cjs' <'%s'", modules,
                        top_srcdir != NULL ? top_srcdir : ".", path);
    file = popen(command, "r");
    assert_non_null(file);
    answer = xmalloc(ORACLE_LINE_SIZE);
    assert_non_null(fgets(answer, ORACLE_LINE_SIZE, file));
    assert_int_equal(pclose(file), 0);
    answer[strcspn(answer, "\n")] = '\0';
    unlink(path);
    free(command);
    return answer;
}

/* What the oracle would answer about the histogram. */
static char *
expected_answer(const struct histogram *histogram, int digits)
{
    struct buffer text;

    buffer_init(&text, ORACLE_LINE_SIZE);
    buffer_printf(&text, "%d %" PRIu64, digits, histogram_count(histogram));
    for (size_t i = 0; i < sizeof oracle_percentiles / sizeof *oracle_percentiles; i++) {
        struct histogram *wide = histogram_new(digits == 2 ? HISTOGRAM_COARSE : HISTOGRAM_FINE);

        /* The oracle does not clamp to the exact extremes. */
        histogram_merge(wide, histogram);
        histogram_set_exact(wide, 0, 0, INT64_MAX);
        buffer_printf(&text, " %" PRId64, histogram_percentile_us(wide, oracle_percentiles[i]));
        histogram_free(wide);
    }
    for (uint32_t index = 0; index < histogram_end(histogram); index++)
        if (histogram_counter(histogram, index) > 0)
            buffer_printf(&text, " %" PRIu32 ":%" PRIu64, index, histogram_counter(histogram, index));
    return buffer_take(&text);
}

static void
compare_with_oracle(enum histogram_digits digits, uint64_t seed)
{
    const char *modules = oracle_modules();
    struct histogram *histogram = histogram_new(digits), *read;
    struct buffer values;
    char *text, *question, *answer, *expected;

    buffer_init(&values, ORACLE_LINE_SIZE);
    buffer_printf(&values, "encode %d", (int)digits);
    for (size_t i = 0; i < ORACLE_VALUES; i++) {
        int64_t value = next_value(&seed);

        value = value > 0 ? value : 1; /* it has a counter of its own for 0 */
        histogram_add(histogram, value);
        buffer_printf(&values, " %" PRId64, value);
    }

    text = encoded(histogram);
    question = xasprintf("decode %s", text);
    answer = ask(modules, question);
    expected = expected_answer(histogram, (int)digits);
    assert_string_equal(answer, expected);
    free(answer);
    free(question);
    free(text);
    free(expected);

    answer = ask(modules, values.data);
    read = histogram_decode(slice_of(answer), NULL);
    assert_non_null(read);
    histogram_set_exact(read, histogram_sum_us(histogram), histogram_min_us(histogram),
                        histogram_max_us(histogram));
    assert_same(read, histogram);
    free(answer);
    buffer_clear(&values);
    histogram_free(read);
    histogram_free(histogram);
}

static void
hdr_histogram_agrees_with_two_digits(void **state)
{
    (void)state;
    compare_with_oracle(HISTOGRAM_COARSE, 5);
}

static void
hdr_histogram_agrees_with_three_digits(void **state)
{
    (void)state;
    compare_with_oracle(HISTOGRAM_FINE, 6);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_is_all_zero),
        cmocka_unit_test(percentiles_are_exact_where_each_value_has_a_counter),
        cmocka_unit_test(percentile_is_the_highest_of_its_counter),
        cmocka_unit_test(values_beyond_the_scale_stay_exact_in_sum_and_extremes),
        cmocka_unit_test(counters_cover_all_values),
        cmocka_unit_test(merging_is_adding),
        cmocka_unit_test(coarse_takes_fine_without_a_difference),
        cmocka_unit_test(reset_empties_and_keeps_the_memory),
        cmocka_unit_test(budget_is_kept_to_the_byte),
        cmocka_unit_test(counters_widen_and_lose_nothing),
        cmocka_unit_test(what_is_encoded_reads_back),
        cmocka_unit_test(sum_and_extremes_are_near_after_reading),
        cmocka_unit_test(what_is_no_histogram_is_refused),
        cmocka_unit_test(hdr_histogram_agrees_with_two_digits),
        cmocka_unit_test(hdr_histogram_agrees_with_three_digits),
    };

    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
