/* SPDX-License-Identifier: Apache-2.0 */
/* Output "html": what of the document is in the page, and how much room it takes.
 * What a browser makes of it is in tests/browser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "output_harness.h"
#include "results/histogram.h"

struct place {
    char *folder, *file;
};

static int
setup(void **state)
{
    struct place *place = xmalloc(sizeof *place);

    place->folder = harness_folder();
    place->file = xasprintf("%s/report.html", place->folder);
    *state = place;
    return 0;
}

static int
teardown(void **state)
{
    struct place *place = *state;

    harness_remove(place->folder);
    free(place->file);
    free(place);
    return 0;
}

/* The page that is written of `json`; free(). */
static char *
page_of(const struct place *place, const char *title, const char *json)
{
    struct harness harness;

    harness_load(&harness, "html");
    harness_set(&harness, "filename", place->file);
    if (title != NULL)
        harness_set(&harness, "title", title);
    assert_int_equal(harness_open(&harness), 0);
    if (harness_flush(&harness, json) != 0)
        fail_msg("%s", harness.failure);
    harness_unload(&harness);
    return harness_read(place->file);
}

/* What stands between the two, in `page`; free(). */
static char *
between(const char *page, const char *start, const char *end)
{
    const char *from = strstr(page, start), *to;

    assert_non_null(from);
    from += strlen(start);
    to = strstr(from, end);
    assert_non_null(to);
    return xstrndup(from, (size_t)(to - from));
}

static char *
data_text(const char *page)
{
    return between(page, "<script type=\"application/json\" id=\"data\">", "</script>");
}

/* The data in the page that is written of `json`; json_decref(). */
static json_t *
data_of(const struct place *place, const char *json)
{
    char *page = page_of(place, NULL, json), *text = data_text(page);
    json_t *data = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    assert_non_null(data);
    free(text);
    free(page);
    return data;
}

static json_int_t
item(const json_t *data, const char *table, const char *column, size_t index)
{
    return json_integer_value(json_array_get(json_object_get(json_object_get(data, table), column), index));
}

static void
page_is_whole_and_has_a_policy(void **state)
{
    struct place *place = *state;
    char *page = page_of(place, NULL, "{}");

    assert_memory_equal(page, "<!doctype html>\n", 16);
    assert_string_equal(page + strlen(page) - 8, "</html>\n");
    assert_non_null(strstr(page, "content=\"default-src 'none'; script-src 'sha256-"));
    assert_null(strstr(page, "unsafe"));
    assert_null(strstr(page, "{{"));
    free(page);
}

static void
nothing_is_there_before_the_end(void **state)
{
    struct place *place = *state;
    struct harness harness;

    harness_load(&harness, "html");
    harness_set(&harness, "filename", place->file);
    assert_int_equal(harness_open(&harness), 0);
    assert_false(harness_exists(place->file));
    harness_unload(&harness);
    assert_false(harness_exists(place->file));
}

static void
licence_of_what_is_inlined_is_in_the_page(void **state)
{
    struct place *place = *state;
    char *page = page_of(place, NULL, "{}");

    assert_non_null(strstr(page, "The MIT License"));
    assert_non_null(strstr(page, "Leon Sorokin"));
    free(page);
}

static void
figures_pass_through(void **state)
{
    struct place *place = *state;
    char *json = harness_golden("mixed.json");
    json_t *document = json_loads(json, 0, NULL), *data = data_of(place, json), *totals, *expected;

    totals = json_object_get(data, "totals");
    expected = json_object_get(document, "totals");
    json_object_del(json_object_get(expected, "latency"), "histogram");
    assert_true(json_equal(totals, expected));
    assert_true(json_equal(json_object_get(data, "plan"), json_object_get(document, "plan")));
    assert_true(json_equal(json_object_get(data, "counters"), json_object_get(document, "counters")));
    assert_true(json_equal(json_object_get(data, "messages"), json_object_get(document, "messages")));
    assert_true(json_equal(json_object_get(data, "verdict"), json_object_get(document, "verdict")));
    assert_true(json_equal(json_object_get(data, "errors"), json_object_get(document, "errors")));
    json_decref(document);
    json_decref(data);
    free(json);
}

static void
members_that_are_not_known_pass_through(void **state)
{
    struct place *place = *state;
    json_t *data = data_of(place, "{\"later\":{\"a\":[1,2.5,null,\"x\"]}}");
    json_t *later = json_object_get(data, "later");

    assert_int_equal(json_array_size(json_object_get(later, "a")), 4);
    json_decref(data);
}

/* GET /a, GET /a/b, POST /a/\xc3\xa4, GET /a/\xc3\xa4\xc3\xb6 */
static const char names_json[] =
    "{\"names\":["
    "{\"name\":\"/a\",\"method\":\"GET\",\"hits\":3,\"errors\":0,\"statuses\":{\"200\":3},"
    "\"latency\":{\"mean_us\":1234.56,\"p50_us\":999,\"p90_us\":1000,\"p95_us\":12345,\"p99_us\":12355,\"max_us\":99950000}},"
    "{\"name\":\"/a/b\",\"method\":\"GET\",\"hits\":5,\"errors\":1,\"statuses\":{\"0\":1,\"200\":4},\"latency\":{\"mean_us\":0.4}},"
    "{\"name\":\"/a/\xc3\xa4\",\"method\":\"POST\",\"hits\":1,\"errors\":0,\"statuses\":{\"404\":1},\"latency\":{}},"
    "{\"name\":\"/a/\xc3\xa4\xc3\xb6\",\"method\":\"GET\",\"hits\":1,\"errors\":0,\"statuses\":{\"404\":1}}]}";

static void
names_share_what_they_begin_with(void **state)
{
    static const struct { json_int_t shared; const char *rest; } expected[] = {
        { 0, "/a" }, { 2, "/b" }, { 3, "\xc3\xa4" }, { 3, "\xc3\xa4\xc3\xb6" },
    };
    json_t *data = data_of(*state, names_json), *rest;

    rest = json_object_get(json_object_get(data, "names"), "name_rest");
    assert_int_equal(json_array_size(rest), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(item(data, "names", "name_shared", i), expected[i].shared);
        assert_string_equal(json_string_value(json_array_get(rest, i)), expected[i].rest);
    }
    json_decref(data);
}

static void
times_keep_three_digits(void **state)
{
    json_t *data = data_of(*state, names_json);

    assert_int_equal(item(data, "names", "mean_us", 0), 1230);
    assert_int_equal(item(data, "names", "p50_us", 0), 999);
    assert_int_equal(item(data, "names", "p90_us", 0), 1000);
    assert_int_equal(item(data, "names", "p95_us", 0), 12300);
    assert_int_equal(item(data, "names", "p99_us", 0), 12400);
    assert_int_equal(item(data, "names", "max_us", 0), 100000000);
    assert_int_equal(item(data, "names", "mean_us", 1), 0);
    assert_int_equal(item(data, "names", "max_us", 3), 0);
    json_decref(data);
}

static void
one_status_is_told_shortly(void **state)
{
    json_t *data = data_of(*state, names_json);
    json_t *statuses = json_object_get(json_object_get(data, "names"), "statuses");

    assert_string_equal(json_string_value(json_array_get(statuses, 0)), "200");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(statuses, 1), "200")), 4);
    json_decref(data);
}

static void
distribution_counts_every_value(void **state)
{
    struct histogram *histogram = histogram_new(HISTOGRAM_FINE);
    struct buffer text, json;
    json_t *data, *counts, *count;
    json_int_t sum = 0;
    size_t index;

    for (int64_t value_us = 400; value_us < 5000000; value_us += value_us / 50)
        histogram_add(histogram, value_us);
    buffer_init(&text, HISTOGRAM_TEXT_LIMIT);
    buffer_init(&json, 2 * HISTOGRAM_TEXT_LIMIT);
    histogram_encode(histogram, &text);
    buffer_printf(&json, "{\"totals\":{\"latency\":{\"count\":%" PRIu64 ",\"min_us\":%" PRId64 ",\"max_us\":%" PRId64
                  ",\"histogram\":\"%s\"}}}", histogram_count(histogram), histogram_min_us(histogram),
                  histogram_max_us(histogram), text.data);
    data = data_of(*state, json.data);
    counts = json_object_get(json_object_get(data, "distribution"), "counts");
    assert_in_range(json_array_size(counts), 60, 64);
    json_array_foreach(counts, index, count) {
        assert_true(json_integer_value(count) > 0);
        sum += json_integer_value(count);
    }
    assert_int_equal(sum, histogram_count(histogram));
    assert_null(json_object_get(json_object_get(json_object_get(data, "totals"), "latency"), "histogram"));
    json_decref(data);
    buffer_clear(&json);
    buffer_clear(&text);
    histogram_free(histogram);
}

static void
histogram_that_cannot_be_read_is_no_reason_to_fail(void **state)
{
    json_t *data = data_of(*state, "{\"totals\":{\"latency\":{\"count\":1,\"max_us\":5,\"histogram\":\"nonsense\"}}}");

    assert_null(json_object_get(data, "distribution"));
    json_decref(data);
}

/* Errors of 10 000 bytes each. */
static void
errors_are_cut_where_they_get_long(void **state)
{
    enum { ERRORS = 100, TRACEBACK = 10000 };
    char *traceback = xcalloc(1, TRACEBACK + 1);
    struct buffer json;
    json_t *data, *left;
    size_t kept;

    memset(traceback, 'x', TRACEBACK);
    buffer_init(&json, 2 * ERRORS * TRACEBACK);
    for (int i = 0; i < ERRORS; i++)
        buffer_printf(&json, "%s{\"count\":2,\"class\":\"\",\"message\":\"\",\"traceback\":\"%s\"}",
                      i == 0 ? "{\"errors\":[" : ",", traceback);
    buffer_add_text(&json, "]}");
    data = data_of(*state, json.data);
    kept = json_array_size(json_object_get(data, "errors"));
    left = json_object_get(data, "errors_left");
    assert_int_equal(kept, 26); /* in 256 KiB */
    assert_int_equal(json_integer_value(json_object_get(left, "kinds")), ERRORS - kept);
    assert_int_equal(json_integer_value(json_object_get(left, "count")), 2 * (ERRORS - kept));
    json_decref(data);
    buffer_clear(&json);
    free(traceback);
}

static void
nothing_foreign_looks_like_markup(void **state)
{
    static const char json[] =
        "{\"project\":\"</title><script>a&b\",\"label\":null,\"verdict\":{\"status\":\"fail\",\"exit_code\":1,"
        "\"reasons\":[\"</noscript><img src=x>\",\"a \\\"b\\\" 'c'\"]},\"counters\":{\"</script><!--\":1}}";
    char *page = page_of(*state, NULL, json), *data = data_text(page);
    char *title = between(page, "<title>", "</title>"), *verdict = between(page, "<div id=\"report\"><p>", "</p>");
    json_t *tree = json_loads(data, 0, NULL);

    assert_string_equal(title, "&lt;/title&gt;&lt;script&gt;a&amp;b");
    assert_string_equal(verdict, "Verdict: fail, exit code 1: &lt;/noscript&gt;&lt;img src=x&gt;; a &quot;b&quot; &#39;c&#39;.");
    assert_null(strpbrk(data, "<>&"));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(tree, "counters"), "</script><!--")), 1);
    json_decref(tree);
    free(title);
    free(verdict);
    free(data);
    free(page);
}

static void
assert_title(const struct place *place, const char *title, const char *json, const char *expected)
{
    char *page = page_of(place, title, json), *found = between(page, "<title>", "</title>");

    assert_string_equal(found, expected);
    free(found);
    free(page);
}

static void
title_is_given_or_made_of_project_and_label(void **state)
{
    assert_title(*state, NULL, "{\"project\":\"shop\",\"label\":\"nightly\"}", "shop: nightly");
    assert_title(*state, NULL, "{\"project\":\"shop\",\"label\":null}", "shop");
    assert_title(*state, NULL, "{\"project\":null,\"label\":\"nightly\"}", "nightly");
    assert_title(*state, NULL, "{}", "Load test");
    assert_title(*state, "Black Friday", "{\"project\":\"shop\"}", "Black Friday");
}

static void
same_document_gives_the_same_page(void **state)
{
    char *json = harness_golden("mixed.json"), *once = page_of(*state, NULL, json), *again = page_of(*state, NULL, json);

    assert_string_equal(once, again);
    free(again);
    free(once);
    free(json);
}

static void
place_that_cannot_be_written_is_refused_at_once(void **state)
{
    struct place *place = *state;
    char *missing = xasprintf("%s/no/report.html", place->folder);
    char *expected = xasprintf("cannot create %s: No such file or directory", missing);
    struct harness harness;

    harness_load(&harness, "html");
    harness_set(&harness, "filename", missing);
    assert_int_equal(harness_open(&harness), -1);
    assert_string_equal(harness.failure, expected);
    harness_unload(&harness);
    free(expected);
    free(missing);
}

static void
failures_at_the_end_are_told(void **state)
{
    static const struct { const char *filename, *json, *expected; } cases[] = {
        { "/dev/full", "{}", "cannot write /dev/full: No space left on device" },
        { "/dev/null", "{", "cannot read the result document: " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct harness harness;

        harness_load(&harness, "html");
        harness_set(&harness, "filename", cases[i].filename);
        assert_int_equal(harness_open(&harness), 0);
        assert_int_equal(harness_flush(&harness, cases[i].json), -1);
        assert_memory_equal(harness.failure, cases[i].expected, strlen(cases[i].expected));
        harness_unload(&harness);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(page_is_whole_and_has_a_policy),
        CASE(nothing_is_there_before_the_end),
        CASE(licence_of_what_is_inlined_is_in_the_page),
        CASE(figures_pass_through),
        CASE(members_that_are_not_known_pass_through),
        CASE(names_share_what_they_begin_with),
        CASE(times_keep_three_digits),
        CASE(one_status_is_told_shortly),
        CASE(distribution_counts_every_value),
        CASE(histogram_that_cannot_be_read_is_no_reason_to_fail),
        CASE(errors_are_cut_where_they_get_long),
        CASE(nothing_foreign_looks_like_markup),
        CASE(title_is_given_or_made_of_project_and_label),
        CASE(same_document_gives_the_same_page),
        CASE(place_that_cannot_be_written_is_refused_at_once),
        CASE(failures_at_the_end_are_told),
    };

    return cmocka_run_group_tests_name("output html", tests, NULL, NULL);
}
