/* SPDX-License-Identifier: Apache-2.0 */
/* core/results: counting into intervals, merging, limits, and memory. What comes
 * out as a document is test_document's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/key.h"
#include "results/results_layout.h"
#include "tests/helpers/messages.h"

static void
add(struct interval *interval, struct message message)
{
    interval_add(interval, &message, 0);
}

/* The row of `name` and `method`, or NULL. */
static const struct hit_row *
row_of(const struct results *results, const char *name, const char *method)
{
    const struct hits *hits = &results->tally.hits;

    for (size_t i = 0; i < hits->table.row_count; i++) {
        const struct hit_row *row = (const struct hit_row *)hits->table.rows[i];

        if (slice_equal(hits_name(hits, row), slice_of(name))
            && slice_equal(hits_method(hits, row), slice_of(method)))
            return row;
    }
    return NULL;
}

static struct results *
results_of(struct interval *interval)
{
    struct results *results = results_new();

    results_merge_interval(results, interval);
    interval_free(interval);
    return results;
}

static void
url_is_stripped_to_what_groups(void **state)
{
    static const struct { const char *url, *plain, *with_query; } cases[] = {
        { "http://h/p", "http://h/p", "http://h/p" },
        { "http://h/p?q=1#f", "http://h/p", "http://h/p?q=1" },
        { "http://u:secret@h:80/p", "http://h:80/p", "http://h:80/p" },
        { "https://u@x@h/p", "https://h/p", "https://h/p" },
        { "http://h/p@x", "http://h/p@x", "http://h/p@x" },
        { "http://h?a@b", "http://h", "http://h?a@b" },
        { "http://u@h?a@b/c", "http://h", "http://h?a@b/c" },
        { "http://h#a@b", "http://h", "http://h" },
        { "/only/a/path?x", "/only/a/path", "/only/a/path?x" },
        { "mailto:u@h", "mailto:u@h", "mailto:u@h" },
        { "://u@h", "://h", "://h" },
        { "http://", "http://", "http://" },
        { "http:/", "http:/", "http:/" },
        { "", "", "" },
    };
    struct key key;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        key_begin(&key);
        key_add_url(&key, slice_of(cases[i].url), false, RESULTS_KEY_LIMIT);
        assert_true(slice_equal(key_slice(&key), slice_of(cases[i].plain)));
        key_begin(&key);
        key_add_url(&key, slice_of(cases[i].url), true, RESULTS_KEY_LIMIT);
        assert_true(slice_equal(key_slice(&key), slice_of(cases[i].with_query)));
    }
    key_begin(&key);
    key_add_url(&key, (struct slice){ 0 }, false, RESULTS_KEY_LIMIT);
    assert_int_equal(key.length, 0);
}

static void
long_names_are_cut_and_stay_different(void **state)
{
    char text[RESULTS_KEY_LIMIT + 2];
    struct key at_limit, one, other;

    (void)state;
    memset(text, 'x', sizeof text);
    key_begin(&at_limit);
    key_add_text(&at_limit, (struct slice){ text, RESULTS_KEY_LIMIT }, RESULTS_KEY_LIMIT);
    assert_int_equal(at_limit.length, RESULTS_KEY_LIMIT);
    assert_memory_equal(at_limit.data, text, RESULTS_KEY_LIMIT);

    key_begin(&one);
    key_add_text(&one, (struct slice){ text, RESULTS_KEY_LIMIT + 1 }, RESULTS_KEY_LIMIT);
    text[RESULTS_KEY_LIMIT] = 'y';
    key_begin(&other);
    key_add_text(&other, (struct slice){ text, RESULTS_KEY_LIMIT + 1 }, RESULTS_KEY_LIMIT);
    assert_int_equal(one.length, RESULTS_KEY_LIMIT);
    assert_int_equal(other.length, RESULTS_KEY_LIMIT);
    assert_int_equal(one.data[RESULTS_KEY_LIMIT - 17], '#');
    assert_memory_not_equal(one.data, other.data, RESULTS_KEY_LIMIT);

    /* Not in the middle of a character: two bytes each, the first from byte 1 on. */
    for (size_t at = 1; at + 1 < sizeof text; at += 2)
        memcpy(text + at, "\xC3\xA9", 2);
    key_begin(&one);
    key_add_text(&one, (struct slice){ text, RESULTS_KEY_LIMIT + 1 }, RESULTS_KEY_LIMIT);
    assert_int_equal(one.length, RESULTS_KEY_LIMIT);
    text[0] = 'z';
    key_begin(&one);
    key_add_text(&one, (struct slice){ text + 1, RESULTS_KEY_LIMIT + 1 }, RESULTS_KEY_LIMIT);
    assert_int_equal(one.length, RESULTS_KEY_LIMIT - 1);
}

static void
hits_count_by_name_method_and_status(void **state)
{
    struct interval *interval = interval_new(false);
    struct message named = a_hit("GET", "http://h/3", 302, 50);
    const struct hit_row *row;
    struct results *results;

    (void)state;
    named.as.hit.name = SLICE("home");
    add(interval, a_hit("GET", "http://h/a?x=1", 200, 100));
    add(interval, a_hit("GET", "http://h/a?x=2", 500, 300));
    add(interval, a_hit("GET", "http://h/a", 200, -1)); /* no time told */
    add(interval, a_hit("POST", "http://h/a", 201, 7));
    add(interval, a_lost_hit("GET", "http://h/a", "connection refused"));
    add(interval, named);
    results = results_of(interval);

    row = row_of(results, "http://h/a", "GET");
    assert_int_equal(row->hits, 4);
    assert_int_equal(row->errors, 1);
    assert_int_equal(row->status_count, 3);
    assert_int_equal(row->statuses[0].status, 0);
    assert_int_equal(row->statuses[0].hits, 1);
    assert_int_equal(row->statuses[1].status, 200);
    assert_int_equal(row->statuses[1].hits, 2);
    assert_int_equal(row->statuses[2].status, 500);
    assert_int_equal(row->statuses[2].hits, 1);
    assert_int_equal(histogram_count(row->latency), 2);
    assert_int_equal(histogram_sum_us(row->latency), 400);
    assert_int_equal(row_of(results, "http://h/a", "POST")->hits, 1);
    assert_int_equal(row_of(results, "home", "GET")->hits, 1);
    assert_int_equal(results->tally.hits.table.row_count, 3);
    results_free(results);
}

static void
totals_are_sums(void **state)
{
    struct loads_totals totals = { .elapsed_us = 17, .users = 5, .cycle = 2 };
    struct interval *interval = interval_new(false);
    struct results *results;

    (void)state;
    interval_account(interval)->received = 12;
    interval_account(interval)->rejected[REJECT_JSON] = 1;
    interval_account(interval)->rejected[REJECT_STALE] = 2;
    for (int64_t value = 1; value <= 100; value++)
        add(interval, a_hit("GET", "/", 200, value));
    add(interval, a_lost_hit("GET", "/", "timed out"));
    add(interval, a_test(LOADS_TEST_START, "t"));
    add(interval, a_test(LOADS_TEST_START, "t"));
    add(interval, a_test(LOADS_TEST_STOP, "t"));
    add(interval, a_test(LOADS_TEST_SUCCESS, "t"));
    add(interval, a_test_problem(LOADS_TEST_FAILURE, "t", "A", "m", ""));
    add(interval, a_test_problem(LOADS_TEST_ERROR, "t", "A", "m", ""));
    add(interval, a_test_problem(LOADS_TEST_ERROR, "t", "A", "m", ""));
    add(interval, a_socket(LOADS_SOCKET_OPEN, 0));
    add(interval, a_socket(LOADS_SOCKET_MESSAGE, 1000));
    add(interval, a_socket(LOADS_SOCKET_MESSAGE, 24));
    add(interval, a_socket(LOADS_SOCKET_CLOSE, 0));
    add(interval, (struct message){ .type = LOADS_RUN_START });
    add(interval, (struct message){ .type = LOADS_RUNNER_END, .as.end = { .sent = 9 } });
    results = results_of(interval);
    results_account(results)->lost = 4;
    results_totals(results, &totals);

    assert_int_equal(totals.hits, 101);
    assert_int_equal(totals.tests_started, 2);
    assert_int_equal(totals.tests_finished, 1);
    assert_int_equal(totals.success, 1);
    assert_int_equal(totals.failures, 1);
    assert_int_equal(totals.errors, 2);
    assert_int_equal(totals.sockets_opened, 1);
    assert_int_equal(totals.sockets_closed, 1);
    assert_int_equal(totals.socket_bytes, 1024);
    assert_int_equal(totals.malformed, 3);
    assert_int_equal(totals.lost, 4);
    assert_int_equal(totals.mean_us, 51); /* 50.5 */
    assert_int_equal(totals.p50_us, 50);
    assert_int_equal(totals.p90_us, 90);
    assert_int_equal(totals.p95_us, 95);
    assert_int_equal(totals.p99_us, 99);
    assert_int_equal(totals.max_us, 100);
    assert_int_equal(totals.elapsed_us, 17); /* the run's own are left alone */
    assert_int_equal(totals.users, 5);
    assert_int_equal(totals.cycle, 2);
    results_free(results);
}

/* At the limit each name has its row; one more is in the other row, whole. */
static void
names_beyond_the_limit_go_to_other(void **state)
{
    struct interval *interval = interval_new(false);
    struct results *results = results_new();
    char name[32];

    (void)state;
    for (int i = 0; i <= RESULTS_NAMES_LIMIT + 1; i++) {
        snprintf(name, sizeof name, "/%d", i);
        if (i == RESULTS_NAMES_LIMIT) { /* at the limit: nothing is lost yet */
            results_merge_interval(results, interval);
            assert_int_equal(results->tally.hits.other.hits, 0);
            assert_int_equal(results->tally.hits.table.row_count, RESULTS_NAMES_LIMIT);
            interval_reset(interval, 1);
        }
        add(interval, a_hit("GET", name, 200, 10 + i));
    }
    add(interval, a_hit("GET", "/5", 200, 5)); /* a known one still has its row */
    results_merge_interval(results, interval);

    assert_int_equal(results->tally.hits.table.row_count, RESULTS_NAMES_LIMIT);
    assert_int_equal(results->tally.hits.other.hits, 2);
    assert_int_equal(histogram_sum_us(results->tally.hits.other.latency),
                     10 + RESULTS_NAMES_LIMIT + 11 + RESULTS_NAMES_LIMIT);
    assert_int_equal(row_of(results, "/5", "GET")->hits, 2);
    assert_int_equal(results->tally.sums.hits, RESULTS_NAMES_LIMIT + 3);
    interval_free(interval);
    results_free(results);
}

static void
tests_beyond_the_limit_go_to_other(void **state)
{
    struct interval *interval = interval_new(false);
    struct results *results;
    char name[32];

    (void)state;
    for (int i = 0; i < RESULTS_TESTS_LIMIT + 1; i++) {
        snprintf(name, sizeof name, "t%d", i);
        add(interval, a_test(LOADS_TEST_SUCCESS, name));
    }
    add(interval, a_test_stop("t-new", 1500));
    results = results_of(interval);
    assert_int_equal(results->tally.tests.table.row_count, RESULTS_TESTS_LIMIT);
    assert_int_equal(results->tally.tests.other.messages, 2);
    assert_int_equal(results->tally.tests.other.success, 1);
    assert_int_equal(results->tally.tests.other.finished, 1);
    assert_int_equal(histogram_sum_us(results->tally.tests.other.latency), 1500);
    results_free(results);
}

static void
errors_and_counters_beyond_the_limit_go_to_other(void **state)
{
    struct interval *interval = interval_new(false);
    struct results *results;
    char name[32];

    (void)state;
    for (int i = 0; i < RESULTS_ERRORS_LIMIT + 3; i++) {
        snprintf(name, sizeof name, "e%d", i);
        add(interval, a_test_problem(LOADS_TEST_ERROR, "t", "E", name, "trace"));
    }
    for (int i = 0; i < RESULTS_COUNTERS_LIMIT + 2; i++) {
        snprintf(name, sizeof name, "c%d", i);
        add(interval, a_counter(name, 0.25));
        add(interval, a_metric(LOADS_METRIC_TREND, name, i));
    }
    results = results_of(interval);
    assert_int_equal(results->tally.errors.table.row_count, RESULTS_ERRORS_LIMIT);
    assert_int_equal(results->tally.errors.other.count, 3);
    assert_int_equal(results->tally.counters.table.row_count, RESULTS_COUNTERS_LIMIT);
    assert_int_equal(results->tally.counters.overflow, 2);
    assert_true(exact_sum_value(&results->tally.counters.others[LOADS_METRIC_COUNTER - 1].sum) == 0.5);
    assert_int_equal(results->tally.metrics.overflow, 2);
    assert_true(results->tally.metrics.others[LOADS_METRIC_TREND - 1].max == RESULTS_COUNTERS_LIMIT + 1);
    results_free(results);
}

/* Objects are shown with their addresses, which differ each time. */
static void
errors_that_differ_by_an_address_are_one(void **state)
{
    static const char *const messages[] = {
        "<Connection object at 0x7f02a8a54310>: refused", "<Connection object at 0x7f02a8a543d0>: refused",
        "<Connection object at 0x...>: refused",
        "0x80004005", "0x80004006", "0x", "0x7f02a8a54310x", "00x7f02a8a543d0x",
    };
    static const struct { const char *message; uint64_t count; } expected[] = {
        { "<Connection object at 0x...>: refused", 3 },
        { "0x", 1 }, { "0x...x", 1 }, { "0x80004005", 1 }, { "0x80004006", 1 }, { "00x...x", 1 },
    };
    struct interval *interval = interval_new(false);
    struct results *results;
    struct error_row **rows;
    bool seen[sizeof expected / sizeof expected[0]] = { false };

    (void)state;
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        add(interval, a_test_problem(LOADS_TEST_ERROR, "t", "E", messages[i], ""));
    results = results_of(interval);
    assert_int_equal(results->tally.errors.table.row_count, sizeof expected / sizeof expected[0]);
    rows = errors_sorted(&results->tally.errors);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        for (size_t j = 0; j < sizeof expected / sizeof expected[0]; j++)
            if (slice_equal(errors_message(&results->tally.errors, rows[i]), slice_of(expected[j].message)))
                seen[j] = rows[i]->count == expected[j].count;
    for (size_t j = 0; j < sizeof expected / sizeof expected[0]; j++)
        assert_true(seen[j]);
    free(rows);
    results_free(results);
}

static void
first_traceback_is_kept(void **state)
{
    struct interval *late = interval_new(false), *early = interval_new(false);
    struct results *results = results_new();
    const struct error_row *row;

    (void)state;
    interval_reset(late, 9);
    interval_reset(early, 3);
    add(late, a_test_problem(LOADS_TEST_ERROR, "t", "E", "m", "a later one"));
    add(early, a_test_problem(LOADS_TEST_ERROR, "t", "E", "m", ""));
    add(early, a_test_problem(LOADS_TEST_FAILURE, "t", "E", "m", "the first"));
    add(early, a_test_problem(LOADS_TEST_ERROR, "t", "E", "m", "again"));
    results_merge_interval(results, late);
    results_merge_interval(results, early);
    row = (const struct error_row *)results->tally.errors.table.rows[0];
    assert_int_equal(row->count, 4);
    assert_int_equal(row->traceback_length, strlen("the first"));
    assert_memory_equal(row->traceback, "the first", row->traceback_length);
    interval_free(late);
    interval_free(early);
    results_free(results);
}

/* Of two agents' messages without numbers, which tie in all that is told, the text
 * or the value decides: either order of merging gives the same. */
static void
ties_do_not_depend_on_the_order(void **state)
{
    struct interval *intervals[2] = { interval_new(false), interval_new(false) };
    struct results *forth = results_new(), *back = results_new();
    struct results *both[] = { forth, back };

    (void)state;
    add(intervals[0], a_test_problem(LOADS_TEST_ERROR, "t", "E", "m", "line 10"));
    add(intervals[1], a_test_problem(LOADS_TEST_ERROR, "t", "E", "m", "line 1"));
    add(intervals[0], a_metric(LOADS_METRIC_GAUGE, "g", 4));
    add(intervals[1], a_metric(LOADS_METRIC_GAUGE, "g", 9));
    for (size_t i = 0; i < 2; i++) {
        results_merge_interval(forth, intervals[i]);
        results_merge_interval(back, intervals[1 - i]);
    }
    for (size_t i = 0; i < 2; i++) {
        const struct error_row *error = (const struct error_row *)both[i]->tally.errors.table.rows[0];
        const struct metric_row *gauge = (const struct metric_row *)both[i]->tally.metrics.table.rows[0];

        assert_int_equal(error->traceback_length, strlen("line 1"));
        assert_true(gauge->last == 9);
        interval_free(intervals[i]);
    }
    results_free(forth);
    results_free(back);
}

static void
sums_of_doubles_do_not_round(void **state)
{
    static const double values[] = { 1e300, 0.1, -1e300, 1, 5e-324, 0.2, -1e17, 1e17, 0.3, -5e-324 };
    enum { COUNT = sizeof values / sizeof *values };
    static const struct exact_sum zero;
    struct exact_sum forth = zero, back = zero, parts[2] = { zero, zero }, huge = zero, tiny = zero;

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        exact_sum_add(&forth, values[i]);
        exact_sum_add(&back, values[COUNT - 1 - i]);
        exact_sum_add(&parts[i % 2], values[i]);
    }
    exact_sum_merge(&parts[0], &parts[1]);
    /* 0.1 + 0.2 + 0.3 as doubles, without rounding, lie nearest to this one. */
    assert_true(exact_sum_value(&forth) == 1.6);
    assert_true(exact_sum_value(&back) == 1.6);
    assert_true(exact_sum_value(&parts[0]) == 1.6);

    exact_sum_add(&huge, DBL_MAX);
    assert_true(exact_sum_value(&huge) == DBL_MAX);
    exact_sum_add(&huge, DBL_MAX);
    assert_true(exact_sum_value(&huge) == DBL_MAX); /* no infinity */
    exact_sum_add(&huge, -DBL_MAX);
    exact_sum_add(&huge, -DBL_MAX);
    assert_true(exact_sum_value(&huge) == 0);
    exact_sum_add(&huge, -DBL_MAX);
    exact_sum_add(&huge, -1);
    assert_true(exact_sum_value(&huge) == -DBL_MAX);

    exact_sum_add(&tiny, -5e-324);
    assert_true(exact_sum_value(&tiny) == -5e-324);
    exact_sum_add(&tiny, -DBL_MIN);
    assert_true(exact_sum_value(&tiny) == -DBL_MIN - 5e-324);
    exact_sum_add(&tiny, 9007199254740993.0); /* 2^53 + 1 is not a double; 2^53 is */
    exact_sum_add(&tiny, 1);
    assert_true(exact_sum_value(&tiny) == 9007199254740992.0);
    tiny = zero;
    exact_sum_add(&tiny, 9007199254740992.0);
    exact_sum_add(&tiny, 1);
    assert_true(exact_sum_value(&tiny) == 9007199254740992.0); /* the middle: to the even one */
    exact_sum_add(&tiny, 1e-300);
    assert_true(exact_sum_value(&tiny) == 9007199254740994.0); /* a hair past the middle */
}

static void
trend_takes_values_of_any_sign_and_size(void **state)
{
    static const double values[] = { -1000, -1.5, -1e-300, 0, -0.0, 1e-310, 0.25, 3, 256, 1e9, DBL_MAX };
    enum { COUNT = sizeof values / sizeof *values };
    struct trend trend = { 0 }, other = { 0 };
    size_t room = SIZE_MAX, none = 0;

    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        assert_true(trend_add_within(i % 2 ? &trend : &other, values[COUNT - 1 - i], &room));
    assert_true(trend_merge_within(&trend, &other, &room));
    assert_int_equal(trend.count, COUNT);
    assert_true(trend.min == -1000 && trend.max == DBL_MAX);
    for (size_t i = 0; i < COUNT; i++) {
        double found = trend_percentile(&trend, 100.0 * (double)(i + 1) / COUNT);
        double want = values[i] > -DBL_MIN && values[i] < DBL_MIN ? 0 : values[i];

        assert_true(want < 0 ? found >= want && found <= want * 0.992 : found <= want && found >= want * 0.992);
    }
    assert_true(trend_percentile(&trend, 100.0 * 9 / COUNT) == 256);
    assert_false(trend_add_within(&trend, 1e-100, &none));
    assert_int_equal(trend.count, COUNT);
    trend_reset(&trend);
    assert_int_equal(trend.count, 0);
    assert_true(trend_add_within(&trend, 3, &none)); /* the memory was kept */
    assert_true(trend_percentile(&trend, 50) == 3);
    trend_clear(&trend);
    trend_clear(&other);
}

static void
timeline_slots_go_by_second_and_keep_the_most_users(void **state)
{
    struct interval *interval = interval_new(false);
    struct results *results = results_new();

    (void)state;
    interval_reset(interval, 2);
    interval_set_users(interval, 10);
    interval_set_users(interval, 4);
    add(interval, a_hit("GET", "/", 200, 100));
    add(interval, a_test_problem(LOADS_TEST_FAILURE, "t", "", "m", ""));
    add(interval, a_lost_hit("GET", "/", "reset"));
    results_merge_interval(results, interval);
    interval_set_users(interval, 11);
    results_merge_interval(results, interval);
    assert_int_equal(interval_second(interval), 2);
    assert_int_equal(results->timeline.slot_count, 3);
    assert_int_equal(results->timeline.slots[0].hits, 0);
    assert_int_equal(results->timeline.slots[2].hits, 4);
    assert_int_equal(results->timeline.slots[2].errors, 4);
    assert_int_equal(results->timeline.slots[2].users, 11);
    assert_int_equal(histogram_count(results->timeline.slots[2].latency), 2);
    interval_free(interval);
    results_free(results);
}

static void
timeline_doubles_its_step_at_its_limit(void **state)
{
    struct timeline timeline, backwards;
    struct histogram *latency = histogram_new(HISTOGRAM_FINE);
    uint64_t hits = 0;

    (void)state;
    timeline_init(&timeline);
    timeline_init(&backwards);
    for (uint32_t second = 0; second < RESULTS_SLOTS_LIMIT; second++) {
        histogram_reset(latency);
        histogram_add(latency, second);
        timeline_add(&timeline, second, second, 1, second, latency);
    }
    assert_int_equal(timeline.slot_count, RESULTS_SLOTS_LIMIT);
    assert_int_equal(timeline.step_s, 1);
    timeline_add(&timeline, RESULTS_SLOTS_LIMIT, 5, 0, 0, NULL);
    assert_int_equal(timeline.step_s, 2);
    assert_int_equal(timeline.slot_count, RESULTS_SLOTS_LIMIT / 2 + 1);
    assert_int_equal(timeline.slots[3].hits, 6 + 7);
    assert_int_equal(timeline.slots[3].errors, 2);
    assert_int_equal(timeline.slots[3].users, 6);
    assert_int_equal(histogram_sum_us(timeline.slots[3].latency), 6 + 7);
    assert_int_equal(timeline.slots[RESULTS_SLOTS_LIMIT / 2].hits, 5);

    /* A week on: the step is again a power of two, and no hit is lost. */
    timeline_add(&timeline, 7 * 86400, 1, 0, 0, NULL);
    assert_int_equal(timeline.step_s, 256); /* 604800 / 256 < 4096 <= 604800 / 128 */
    for (size_t i = 0; i < timeline.slot_count; i++)
        hits += timeline.slots[i].hits;
    assert_int_equal(hits, (uint64_t)RESULTS_SLOTS_LIMIT * (RESULTS_SLOTS_LIMIT - 1) / 2 + 5 + 1);

    /* The last second first: the same slots. */
    timeline_add(&backwards, UINT32_MAX, 1, 0, 0, NULL);
    assert_int_equal(backwards.step_s, UINT32_C(1) << 20);
    timeline_merge(&backwards, &timeline, false);
    timeline_add(&timeline, UINT32_MAX, 1, 0, 0, NULL);
    assert_int_equal(timeline.slot_count, backwards.slot_count);
    for (size_t i = 0; i < timeline.slot_count; i++)
        assert_int_equal(timeline.slots[i].hits, backwards.slots[i].hits);
    timeline_clear(&timeline);
    timeline_clear(&backwards);
    histogram_free(latency);
}

/* Latencies all over the scale in each second: the memory decides, and the step
 * is the same from either end. */
static void
timeline_doubles_its_step_for_memory(void **state)
{
    struct timeline forth, back;
    struct histogram *latency = histogram_new(HISTOGRAM_FINE);

    (void)state;
    timeline_init(&forth);
    timeline_init(&back);
    for (int64_t value = 1; value < INT64_C(86400000000); value += value / 4 + 1)
        histogram_add(latency, value);
    for (uint32_t i = 0; i < RESULTS_SLOTS_LIMIT; i++) {
        timeline_add(&forth, i, 1, 0, 0, latency);
        timeline_add(&back, RESULTS_SLOTS_LIMIT - 1 - i, 1, 0, 0, latency);
    }
    assert_true(forth.memory <= RESULTS_TIMELINE_MEMORY);
    assert_true(forth.memory > RESULTS_TIMELINE_MEMORY / 2);
    assert_int_equal(forth.step_s, back.step_s);
    assert_true(forth.step_s > 1);
    assert_int_equal(forth.memory, back.memory);
    assert_int_equal(forth.slot_count, back.slot_count);
    timeline_clear(&forth);
    timeline_clear(&back);
    histogram_free(latency);
}

/* The most names at once, each with latencies all over the scale: more than an
 * interval's budget. It holds, and every hit is somewhere. */
static void
interval_stays_within_its_budget(void **state)
{
    enum { HITS = 30 };
    struct interval *interval = interval_new(false);
    struct results *results;
    uint64_t hits = 0;
    char name[32];

    (void)state;
    for (int i = 0; i < RESULTS_NAMES_LIMIT; i++) {
        snprintf(name, sizeof name, "/%d", i);
        for (unsigned j = 0; j < HITS; j++)
            add(interval, a_hit("GET", name, 200, INT64_C(64) << j));
    }
    assert_in_range(interval_memory(interval), RESULTS_INTERVAL_MEMORY - 1024 * 1024,
                    RESULTS_INTERVAL_MEMORY + 1024 * 1024);
    results = results_of(interval);
    assert_true(results->tally.hits.other.hits > 0);
    for (size_t i = 0; i < results->tally.hits.table.row_count; i++)
        hits += ((const struct hit_row *)results->tally.hits.table.rows[i])->hits;
    assert_int_equal(hits + results->tally.hits.other.hits, HITS * RESULTS_NAMES_LIMIT);
    assert_int_equal(histogram_count(results->tally.latency), HITS * RESULTS_NAMES_LIMIT);
    results_free(results);
}

/* The most tests, each second a little slower, until the results' budget is used up. */
static void
results_stay_within_their_budget(void **state)
{
    enum { SECONDS = 9, STOPS = 3 };
    struct interval *interval = interval_new(false);
    struct results *results = results_new();
    uint64_t finished = 0;
    char name[32];

    (void)state;
    for (uint32_t second = 0; second < SECONDS; second++) {
        interval_reset(interval, second);
        for (int i = 0; i < RESULTS_TESTS_LIMIT; i++) {
            snprintf(name, sizeof name, "t%d", i);
            for (unsigned j = 0; j < STOPS; j++)
                add(interval, a_test_stop(name, INT64_C(64) << (second * STOPS + j)));
        }
        assert_true(interval_memory(interval) < RESULTS_INTERVAL_MEMORY + 1024 * 1024);
        results_merge_interval(results, interval);
    }
    assert_in_range(results_memory(results), RESULTS_TABLES_MEMORY - 1024 * 1024,
                    RESULTS_TABLES_MEMORY + 1024 * 1024);
    assert_true(results->tally.tests.other.finished > 0);
    for (size_t i = 0; i < results->tally.tests.table.row_count; i++)
        finished += ((const struct test_row *)results->tally.tests.table.rows[i])->finished;
    assert_int_equal(finished + results->tally.tests.other.finished, SECONDS * STOPS * RESULTS_TESTS_LIMIT);
    interval_free(interval);
    results_free(results);
}

/* The same kind of traffic for ten times as long takes no byte more. */
static void
memory_does_not_grow_with_hits(void **state)
{
    struct interval *interval = interval_new(false);
    struct results *results = results_new();
    size_t memory = 0, heap = 0;
    char name[32];

    (void)state;
    for (int round = 0; round < 20; round++) {
        interval_reset(interval, 0);
        for (int i = 0; i < 10000; i++) {
            snprintf(name, sizeof name, "/%d", i % 50);
            add(interval, a_hit("GET", name, 200, 1000 + i * 37 % 5000));
            add(interval, a_test(LOADS_TEST_SUCCESS, name));
            add(interval, a_counter(name, i));
        }
        results_merge_interval(results, interval);
        if (round == 1) {
            memory = results_memory(results) + interval_memory(interval);
            heap = mallinfo2().uordblks;
        }
    }
    assert_int_equal(results_memory(results) + interval_memory(interval), memory);
    assert_int_equal(mallinfo2().uordblks, heap);
    interval_free(interval);
    results_free(results);
}

static size_t
heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* results_memory() says what the allocator says, to a tenth. */
static void
memory_account_is_near_the_truth(void **state)
{
    struct interval *interval = interval_new(false);
    size_t before = heap_bytes(), taken, told;
    struct results *results = results_new();
    char name[64];

    (void)state;
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "http://localhost/shop/item/%d", i);
        add(interval, a_hit("GET", name, 200, 1000 + i));
        add(interval, a_hit("GET", name, 200, 9000 + i));
    }
    taken = heap_bytes();
    results_merge_interval(results, interval);
    taken = heap_bytes() - taken;
    told = results_memory(results);
    interval_free(interval);
    results_free(results);
    if (before == 0) {
        print_message("# not compared: the sanitizers' allocator keeps no account\n");
        skip();
    }
    assert_in_range(told, taken / 10 * 9, taken / 10 * 11);
}

static void
reset_interval_counts_from_nothing(void **state)
{
    struct interval *interval = interval_new(false);
    struct results *results;

    (void)state;
    add(interval, a_hit("GET", "/a", 200, 100));
    add(interval, a_test_problem(LOADS_TEST_ERROR, "t", "E", "m", "x"));
    add(interval, a_metric(LOADS_METRIC_GAUGE, "g", 5));
    interval_account(interval)->counted = 3;
    interval_set_users(interval, 3);
    interval_reset(interval, 8);
    assert_int_equal(interval_second(interval), 8);
    assert_int_equal(interval_account(interval)->counted, 0);
    add(interval, a_hit("GET", "/b", 404, 5));
    results = results_of(interval);
    assert_int_equal(results->tally.sums.hits, 1);
    assert_int_equal(results->tally.hits.table.row_count, 1);
    assert_non_null(row_of(results, "/b", "GET"));
    assert_int_equal(results->tally.errors.table.row_count, 0);
    assert_int_equal(results->tally.metrics.table.row_count, 0);
    assert_int_equal(results->timeline.slots[8].users, 0);
    results_free(results);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(url_is_stripped_to_what_groups),
        cmocka_unit_test(long_names_are_cut_and_stay_different),
        cmocka_unit_test(hits_count_by_name_method_and_status),
        cmocka_unit_test(totals_are_sums),
        cmocka_unit_test(names_beyond_the_limit_go_to_other),
        cmocka_unit_test(tests_beyond_the_limit_go_to_other),
        cmocka_unit_test(errors_and_counters_beyond_the_limit_go_to_other),
        cmocka_unit_test(errors_that_differ_by_an_address_are_one),
        cmocka_unit_test(first_traceback_is_kept),
        cmocka_unit_test(ties_do_not_depend_on_the_order),
        cmocka_unit_test(sums_of_doubles_do_not_round),
        cmocka_unit_test(trend_takes_values_of_any_sign_and_size),
        cmocka_unit_test(timeline_slots_go_by_second_and_keep_the_most_users),
        cmocka_unit_test(timeline_doubles_its_step_at_its_limit),
        cmocka_unit_test(timeline_doubles_its_step_for_memory),
        cmocka_unit_test(interval_stays_within_its_budget),
        cmocka_unit_test(results_stay_within_their_budget),
        cmocka_unit_test(memory_does_not_grow_with_hits),
        cmocka_unit_test(memory_account_is_near_the_truth),
        cmocka_unit_test(reset_interval_counts_from_nothing),
    };

    return cmocka_run_group_tests_name("results", tests, NULL, NULL);
}
