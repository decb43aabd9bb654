/* SPDX-License-Identifier: Apache-2.0 */
/* core/results: documents read back, merged in any order, and spoilt in many ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/document_reader.h"
#include "tests/helpers/messages.h"

enum { MESSAGES = 3000, SECONDS = 9, RUNS = 4, MUTANTS = 2000, LIMIT = 64 * 1024 * 1024 };

static const struct document_target targets[] = {
    { .name = "shop.js", .runner = "js", .cycle_count = 1,
      .cycles = (struct document_cycle[]){ { .users = 10, .hits = 5 } } },
    { .name = "bots", .runner = "c", .cycle_count = 2,
      .cycles = (struct document_cycle[]){ { .users = 0, .duration_s = 0.1 }, { .users = 3, .duration_s = 2 } } },
};

static const struct document_info info = {
    .run_id = "r1", .project = "shop", .version = "0.1.0", .started_unix_ns = INT64_C(1371211742860586000),
    .duration_ns = INT64_C(2345678901), .targets = targets, .target_count = 2,
    .verdict = { .status = "fail", .exit_code = 1,
                 .reasons = (const char *const[]){ "1 test failed" }, .reason_count = 1 },
};

static uint64_t
draw(uint64_t *seed, uint64_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 33) % below;
}

static struct message
random_message(uint64_t *seed)
{
    static const char *const texts[] = { "a", "b", "(other)", "http://h/c", "e\xC3\xA9", "f\"g\n" };
    static const double values[] = { 0.1, -7.25, 1e-9, 3e12, 0, 1e300, -1e300, 1 };
    const char *text = texts[draw(seed, 6)];
    double value = values[draw(seed, 8)] * (double)(1 + draw(seed, 9));

    switch (draw(seed, 8)) {
    case 0:
        return a_lost_hit("GET", text, texts[draw(seed, 6)]);
    case 1:
        return a_test_stop(text, (int64_t)draw(seed, 100000) - 1);
    case 2:
        return a_test_problem(LOADS_TEST_ERROR, text, texts[draw(seed, 2)], text, texts[draw(seed, 6)]);
    case 3:
        return a_counter(text, value);
    case 4:
    case 5:
        return a_metric((enum loads_metric_kind)(1 + draw(seed, LOADS_METRIC_TREND)), text, value);
    default:
        return a_hit(draw(seed, 2) ? "GET" : "PUT", text, (int)draw(seed, 600),
                     draw(seed, 50) == 0 ? INT64_MAX / 4096 : (int64_t)draw(seed, 5000000));
    }
}

static struct results *
random_results(uint64_t seed)
{
    struct interval *interval = interval_new(false);
    struct results *results = results_new();

    for (uint32_t second = 0; second < SECONDS; second++) {
        interval_reset(interval, second);
        interval_set_users(interval, (uint32_t)draw(&seed, 100));
        for (int i = 0; i < MESSAGES / SECONDS; i++) {
            struct message message = random_message(&seed);
            uint32_t target = (uint32_t)draw(&seed, 2);

            interval_add(interval, &message, target);
            interval_note_arrival(interval, target, second * INT64_C(1000000) + (int64_t)draw(&seed, 1000000));
        }
        *interval_account(interval) = (struct account){ .received = 7, .counted = 4, .unknown = 1, .unnumbered = 2,
                                                        .rejected = { [REJECT_UTF8] = 2 } };
        results_merge_interval(results, interval);
    }
    interval_free(interval);
    return results;
}

static char *
document_of(const struct results *results, const struct document_info *about)
{
    struct buffer text;

    buffer_init(&text, LIMIT);
    results_document(results, about, &text);
    return text.data;
}

static struct document
read_back(const char *text)
{
    struct document document;
    struct err err = { 0 };

    if (document_read_text(&document, slice_of(text), &err) != 0)
        fail_msg("%s", err.text);
    return document;
}

static void
what_is_written_is_read_back(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct results *results = seed == 1 ? results_new() : random_results(seed);
        char *text = document_of(results, &info), *again;
        struct document document = read_back(text);

        again = document_of(document.results, &document.info);
        assert_string_equal(text, again);
        document_clear(&document);
        results_free(results);
        free(text);
        free(again);
    }
}

/* ---- Merging. */

/* As a merge of the program does, for runs of one plan. */
static void
merge_into(struct results *into, const struct results *from)
{
    static const uint32_t same[] = { 0, 1 };

    results_merge_run(into, from, same, same);
}

static char *
merged_text(char *const *texts, const size_t *order, size_t count)
{
    struct results *results = results_new();
    char *text;

    for (size_t i = 0; i < count; i++) {
        struct document document = read_back(texts[order[i]]);

        merge_into(results, document.results);
        document_clear(&document);
    }
    text = document_of(results, &info);
    results_free(results);
    return text;
}

/* Also of a long run, the timeline of which has another step. */
static void
stretch(struct results *results)
{
    struct interval *interval = interval_new(false);

    interval_reset(interval, RESULTS_SLOTS_LIMIT * 3);
    interval_set_users(interval, 5);
    results_merge_interval(results, interval);
    interval_free(interval);
}

static void
order_and_grouping_make_no_difference(void **state)
{
    static const size_t orders[][RUNS] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 2, 0, 3, 1 } };
    struct results *direct = results_new();
    char *texts[RUNS], *wanted;

    (void)state;
    for (size_t i = 0; i < RUNS; i++) {
        struct results *results = random_results(100 + i);

        if (i == 1)
            stretch(results);
        merge_into(direct, results);
        texts[i] = document_of(results, &info);
        results_free(results);
    }
    wanted = document_of(direct, &info);
    results_free(direct);
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        char *at_once = merged_text(texts, orders[i], RUNS);
        char *halves[] = { merged_text(texts, orders[i], 2), merged_text(texts, orders[i] + 2, 2) };
        char *grouped = merged_text(halves, (const size_t[]){ 1, 0 }, 2);

        assert_string_equal(at_once, wanted);
        assert_string_equal(grouped, wanted);
        free(at_once);
        free(grouped);
        free(halves[0]);
        free(halves[1]);
    }
    for (size_t i = 0; i < RUNS; i++)
        free(texts[i]);
    free(wanted);
}

/* Side by side: what happened in the same second of each run, and who ran in it. */
static void
a_merge_adds_up(void **state)
{
    struct results *sum = results_new(), *part = results_new();
    struct interval *interval = interval_new(false);
    struct message hit = a_hit("GET", "/", 200, 100);
    char *text;

    (void)state;
    interval_reset(interval, 1);
    interval_set_users(interval, 3);
    interval_add(interval, &hit, 1);
    results_merge_interval(part, interval);
    merge_into(sum, part);
    merge_into(sum, part);
    text = document_of(sum, &info);
    assert_non_null(strstr(text, "{\"t_s\":1,\"hits\":2,\"errors\":0,\"users\":6,"));
    assert_non_null(strstr(text, "\"statuses\":{\"200\":2},\"latency\":{\"count\":2,\"sum_us\":200,"));
    assert_non_null(strstr(text, "{\"name\":\"c\",\"hits\":2,"));
    free(text);
    interval_free(interval);
    results_free(part);
    results_free(sum);
}

/* ---- What is wrong. */

/* In the document of the empty results above, `from` becomes `to`. */
static const struct { const char *from, *to, *error; } faults[] = {
    { "{", "[", "not JSON: line 1, column 10: ']' expected near ':'" },
    { "\"schema\"", "\"scheme\"", "neither a result that output \"json\" wrote nor a recording of output \"file\": "
      "it has no member schema" },
    { "result/1", "result/2", "schema: expected loads-result/1, not loads-result/2" },
    { "\"run_id\":\"r1\",", "", "run_id: is missing" },
    { "2013-06-14", "2013-06-34", "started: is not a date from 1970 to 2262" },
    { "2013-06-14", "2413-06-14", "started: is not a date from 1970 to 2262" },
    { "\"users\":10", "\"users\":-1", "plan[0].cycles[0].users: expected a whole number from 0 to 4294967295" },
    { "\"duration_s\":0.1", "\"duration_s\":0",
      "plan[1].cycles[0].duration_s: expected a number from 1e-09 to 1000000000" },
    { "\"totals\":{\"hits\":0", "\"totals\":{\"hits\":1", "names: have 0 hits, totals 1" },
    { "\"totals\":{\"hits\":0", "\"totals\":{\"hits\":0.5",
      "totals.hits: expected a whole number from 0 to 9007199254740992" },
    { "\"count\":0,", "\"count\":3,", "totals.latency.histogram: has 2 digits, 3 are expected here" },
    { "\"latency\":{\"count\":0,\"sum_us\":0", "\"latency\":{\"count\":0,\"sum_us\":5",
      "totals.latency.sum_us: is not between count times min_us and count times max_us" },
    { "\"histogram\":\"", "\"histogram\":\"*",
      "totals.latency.histogram: not a compressed histogram in HdrHistogram's V2 encoding, in base64" },
    { "\"names\":[]", "\"names\":{}", "names: expected an array" },
    { "\"names\":[]", "\"names\":[7]", "names[0]: expected an object" },
    { "\"names\":0,", "\"names\":2,", "names: the last one does not have the 2 hits of overflow.names" },
    { "\"tests\":[]", "\"tests\":[{\"name\":\"t\",\"target\":\"shop\",\"runner\":\"js\"}]",
      "tests[0].target: is not in the plan with that runner" },
    { "\"counter_rests\":{}", "\"counter_rests\":{\"a\":[1]}", "counter_rests.a: there is no such counter" },
    { "\"metrics\":{}", "\"metrics\":{\"m\":{\"rate\":{\"count\":1,\"nonzero\":2}}}",
      "metrics.m.rate.nonzero: expected a whole number from 0 to 1" },
    { "\"timeline_step_s\":1", "\"timeline_step_s\":3", "timeline_step_s: is not a power of two" },
    { "\"received\":0", "\"received\":1",
      "messages.received: is not the sum of counted, malformed, unknown and duplicate" },
    { "\"reasons\":[\"1 test failed\"]", "\"reasons\":[1]", "verdict.reasons: expected texts of at most 65536 bytes" },
};

static char *
replaced(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);

    assert_non_null(at);
    return xasprintf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void
faults_are_named_with_their_place(void **state)
{
    struct results *results = results_new();
    char *text = document_of(results, &info);

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char *spoilt = replaced(text, faults[i].from, faults[i].to);
        struct document document;
        struct err err = { 0 };

        assert_int_equal(document_read_text(&document, slice_of(spoilt), &err), -1);
        assert_string_equal(err.text, faults[i].error);
        free(spoilt);
    }
    free(text);
    results_free(results);
}

/* A byte, a digit or a piece is changed, dropped or doubled. */
static size_t
mutate(char *text, size_t length, size_t capacity, uint64_t *seed)
{
    static const char bytes[] = "0123456789-.eE\"{}[]:,\\unltrfas \xFF";
    size_t at = draw(seed, length), piece = 1 + draw(seed, draw(seed, 2) ? 4 : 400);

    if (piece > length - at)
        piece = length - at;
    switch (draw(seed, 4)) {
    case 0:
        memmove(text + at, text + at + piece, length - at - piece);
        return length - piece;
    case 1:
        if (length + piece > capacity)
            return length;
        memmove(text + at + piece, text + at, length - at);
        return length + piece;
    case 2: /* a number: where there is none nearby, whatever stands there */
        while (at + 1 < length && (text[at] < '0' || text[at] > '9'))
            at++;
        text[at] = (char)('0' + draw(seed, 10));
        return length;
    default:
        text[at] = bytes[draw(seed, sizeof bytes - 1)];
        return length;
    }
}

/* What is still a document after that can be written, and read again. */
static void
check_mutant(struct slice mutant, size_t *read_count)
{
    struct document document, again;
    struct err err = { 0 };
    char *text;

    if (document_read_text(&document, mutant, &err) != 0) {
        assert_string_not_equal(err.text, "");
        return;
    }
    ++*read_count;
    text = document_of(document.results, &document.info);
    again = read_back(text);
    document_clear(&again);
    document_clear(&document);
    free(text);
}

static void
spoilt_documents_are_refused_or_read(void **state)
{
    struct results *results = random_results(9);
    char *text = document_of(results, &info);
    size_t length = strlen(text), capacity = length + 4096, read_count = 0;
    char *mutant = xmalloc(capacity);
    uint64_t seed = 42;

    (void)state;
    for (int i = 0; i < MUTANTS; i++) {
        size_t mutant_length = length;

        memcpy(mutant, text, length);
        for (uint64_t j = draw(&seed, 3) + 1; j > 0; j--)
            mutant_length = mutate(mutant, mutant_length, capacity, &seed);
        check_mutant((struct slice){ mutant, mutant_length }, &read_count);
    }
    assert_true(read_count > MUTANTS / 100); /* the mutations are not all too coarse */
    free(mutant);
    free(text);
    results_free(results);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(order_and_grouping_make_no_difference),
        cmocka_unit_test(a_merge_adds_up),
        cmocka_unit_test(faults_are_named_with_their_place),
        cmocka_unit_test(spoilt_documents_are_refused_or_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
