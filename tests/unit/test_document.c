/* SPDX-License-Identifier: Apache-2.0 */
/* The result document: what it says, that it keeps to docs/result-schema.json, and
 * that the order of merging makes no difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "results/results.h"
#include "tests/helpers/messages.h"

enum { DOCUMENT_LIMIT = 64 * 1024 * 1024, NOT_TOLD = 77 };

static const struct document_target targets[] = {
    { .name = "shop.c:test_home", .runner = "c", .cycle_count = 2,
      .cycles = (struct document_cycle[]){ { .users = 10, .hits = 5 }, { .users = 20, .duration_s = 1.5 } } },
    { .name = "api.js", .runner = "js", .cycle_count = 1,
      .cycles = (struct document_cycle[]){ { .users = 1, .hits = 1 } } },
};
static const struct document_info info = {
    .run_id = "r1", .project = "shop", .version = "0.1.0",
    .started_unix_ns = INT64_C(1371211742860586123), .duration_ns = INT64_C(2500000000),
    .targets = targets, .target_count = 2,
    .verdict = { .status = "fail", .exit_code = 1,
                 .reasons = (const char *const[]){ "1 test failed" }, .reason_count = 1 },
};

static char *
document_of(const struct results *results)
{
    struct buffer text;

    buffer_init(&text, DOCUMENT_LIMIT);
    results_document(results, &info, &text);
    assert_false(text.is_full);
    return buffer_take(&text);
}

static void
add(struct interval *interval, struct message message, uint32_t target)
{
    interval_add(interval, &message, target);
}

/* Fails unless the document keeps to the schema; says so when that cannot be told. */
static void
assert_valid(const char *document)
{
    const char *top_srcdir = getenv("top_srcdir");
    char path[] = "/tmp/loads-document-XXXXXX", *command;
    int fd = mkstemp(path), status;
    FILE *file;

    assert_true(fd >= 0);
    file = fdopen(fd, "w");
    fputs(document, file);
    assert_int_equal(fclose(file), 0);
    command = xasprintf("'%s/tests/helpers/validate-json' '%s/docs/result-schema.json' '%s'",
                        top_srcdir != NULL ? top_srcdir : ".", top_srcdir != NULL ? top_srcdir : ".", path);
    status = system(command);
    unlink(path);
    free(command);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NOT_TOLD)
        print_message("# not validated: python3-jsonschema is not installed\n");
    else
        assert_int_equal(WEXITSTATUS(status), 0);
}

/* Cuts the histograms out: test_histogram compares those. */
static void
without_histograms(char *document)
{
    static const char key[] = ",\"histogram\":\"";
    char *from;

    while ((from = strstr(document, key)) != NULL) {
        char *end = strchr(from + strlen(key), '"');

        memmove(from, end + 1, strlen(end + 1) + 1);
    }
}

#define NO_LATENCY "\"latency\":{\"count\":0,\"sum_us\":0,\"mean_us\":0,\"min_us\":0,\"p50_us\":0,\"p90_us\":0," \
    "\"p95_us\":0,\"p99_us\":0,\"p999_us\":0,\"max_us\":0}"
#define ONE_LATENCY(us) "\"latency\":{\"count\":1,\"sum_us\":" us ",\"mean_us\":" us ",\"min_us\":" us ",\"p50_us\":" us \
    ",\"p90_us\":" us ",\"p95_us\":" us ",\"p99_us\":" us ",\"p999_us\":" us ",\"max_us\":" us "}"
#define HEAD "\"schema\":\"loads-result/1\",\"run_id\":\"r1\",\"project\":\"shop\",\"label\":null," \
    "\"version\":\"0.1.0\",\"started\":\"2013-06-14T12:09:02.860586Z\"," \
    "\"plan\":[{\"name\":\"shop.c:test_home\",\"runner\":\"c\",\"cycles\":[" \
    "{\"users\":10,\"hits\":5},{\"users\":20,\"duration_s\":1.5}]}," \
    "{\"name\":\"api.js\",\"runner\":\"js\",\"cycles\":[{\"users\":1,\"hits\":1}]}]"

static void
head_is_the_identity_and_the_plan(void **state)
{
    struct buffer text;

    (void)state;
    buffer_init(&text, DOCUMENT_LIMIT);
    results_document_head(&info, &text);
    assert_string_equal(text.data, "{" HEAD "}");
    buffer_clear(&text);
}

/* A small run, every figure of which is worked out by hand. */
static void
document_says_what_was_counted(void **state)
{
    struct interval *interval = interval_new(false);
    struct results *results = results_new();
    char *document;

    (void)state;
    interval_reset(interval, 1);
    interval_set_users(interval, 3);
    *interval_account(interval) = (struct account){ .received = 20, .counted = 15, .unknown = 1,
                                                    .duplicate = 1, .unnumbered = 15 };
    interval_account(interval)->rejected[REJECT_UTF8] = 3;
    add(interval, a_hit("GET", "http://u:p@h/a?b#c", 200, 100), 0);
    add(interval, a_hit("GET", "http://h/a", 404, 200), 0);
    add(interval, a_hit("GET", "http://h/a", 399, 600), 0);
    add(interval, a_lost_hit("GET", "http://h/a", "connection refused"), 0);
    add(interval, a_hit("POST", "http://h/a", 400, 50), 0);
    add(interval, a_test(LOADS_TEST_START, "t"), 0);
    add(interval, a_test_stop("t", 3000), 0);
    add(interval, a_test(LOADS_TEST_SUCCESS, "t"), 0);
    add(interval, a_test_problem(LOADS_TEST_FAILURE, "t", "Assert", "1 != 2", "line 7"), 1);
    add(interval, a_test_problem(LOADS_TEST_ERROR, "", "Assert", "1 != 2", "line 8"), 9);
    add(interval, a_counter("sold", 2), 0);
    add(interval, a_counter("sold", 0.5), 0);
    add(interval, a_metric(LOADS_METRIC_GAUGE, "q", 7), 0);
    add(interval, a_metric(LOADS_METRIC_GAUGE, "q", 5), 0);
    add(interval, a_metric(LOADS_METRIC_RATE, "q", 1), 0);
    add(interval, a_metric(LOADS_METRIC_RATE, "q", 0), 0);
    add(interval, a_metric(LOADS_METRIC_COUNTER, "n", -3), 0);
    add(interval, a_metric(LOADS_METRIC_TREND, "size", 1), 0);
    add(interval, a_metric(LOADS_METRIC_TREND, "size", 3), 0);
    add(interval, a_socket(LOADS_SOCKET_OPEN, 0), 0);
    add(interval, a_socket(LOADS_SOCKET_MESSAGE, 12), 0);
    interval_note_arrival(interval, 0, 1500000);
    interval_note_arrival(interval, 0, 1250000);
    results_merge_interval(results, interval);
    results_account(results)->lost = 2;

    document = document_of(results);
    assert_valid(document);
    without_histograms(document);
    assert_string_equal(document,
        "{" HEAD ",\"duration_s\":2.5,"
        "\"totals\":{\"hits\":5,\"hit_errors\":1,\"tests_started\":1,\"tests_finished\":1,\"success\":1,"
        "\"failures\":1,\"errors\":1,\"sockets_opened\":1,\"sockets_closed\":0,\"socket_bytes\":12,"
        "\"requests_per_s\":2,\"latency\":{\"count\":4,\"sum_us\":950,\"mean_us\":237.5,\"min_us\":50,\"p50_us\":100,"
        "\"p90_us\":600,\"p95_us\":600,\"p99_us\":600,\"p999_us\":600,\"max_us\":600}},"
        "\"names\":[{\"name\":\"http://h/a\",\"method\":\"GET\",\"hits\":4,\"errors\":1,\"success_rate\":0.5,"
        "\"statuses\":{\"0\":1,\"200\":1,\"399\":1,\"404\":1},\"latency\":{\"count\":3,\"sum_us\":900,\"mean_us\":300,"
        "\"min_us\":100,\"p50_us\":200,\"p90_us\":600,\"p95_us\":600,\"p99_us\":600,\"p999_us\":600,"
        "\"max_us\":600}},"
        "{\"name\":\"http://h/a\",\"method\":\"POST\",\"hits\":1,\"errors\":0,\"success_rate\":0,"
        "\"statuses\":{\"400\":1}," ONE_LATENCY("50") "}],"
        "\"tests\":[{\"name\":\"(unnamed)\",\"target\":null,\"runner\":null,\"started\":0,\"finished\":0,"
        "\"success\":0,\"failures\":0,\"errors\":1," NO_LATENCY "},"
        "{\"name\":\"t\",\"target\":\"shop.c:test_home\",\"runner\":\"c\",\"started\":1,\"finished\":1,"
        "\"success\":1,\"failures\":0,\"errors\":0," ONE_LATENCY("3000") "},"
        "{\"name\":\"t\",\"target\":\"api.js\",\"runner\":\"js\",\"started\":0,\"finished\":0,"
        "\"success\":0,\"failures\":1,\"errors\":0," NO_LATENCY "}],"
        "\"targets\":[{\"name\":\"shop.c:test_home\",\"runner\":\"c\",\"hits\":5,\"hit_errors\":1,\"tests\":1,"
        "\"success\":1,\"failures\":0,\"errors\":0,\"first_message_s\":1.25,\"last_message_s\":1.5},"
        "{\"name\":\"api.js\",\"runner\":\"js\",\"hits\":0,\"hit_errors\":0,\"tests\":0,\"success\":0,"
        "\"failures\":1,\"errors\":0,\"first_message_s\":null,\"last_message_s\":null}],"
        "\"runners\":[{\"name\":\"c\",\"hits\":5,\"hit_errors\":1,\"tests\":1,\"success\":1,"
        "\"failures\":0,\"errors\":0},{\"name\":\"js\",\"hits\":0,\"hit_errors\":0,\"tests\":0,"
        "\"success\":0,\"failures\":1,\"errors\":0}],"
        "\"counters\":{\"sold\":2.5},\"counter_rests\":{},"
        "\"metrics\":{\"n\":{\"counter\":{\"count\":1,\"sum\":-3}},"
        "\"q\":{\"gauge\":{\"count\":2,\"last\":5,\"min\":5,\"max\":7},"
        "\"rate\":{\"count\":2,\"nonzero\":1,\"rate\":0.5}},"
        "\"size\":{\"trend\":{\"count\":2,\"sum\":4,\"mean\":2,\"min\":1,\"p50\":1,\"p90\":3,\"p95\":3,\"p99\":3,"
        "\"p999\":3,\"max\":3,\"buckets\":[[1,1],[3,1]]}}},"
        "\"errors\":[{\"count\":2,\"class\":\"Assert\",\"message\":\"1 != 2\",\"traceback\":\"line 7\"},"
        "{\"count\":1,\"class\":\"HitError\",\"message\":\"connection refused\",\"traceback\":\"\"}],"
        "\"timeline_step_s\":1,"
        "\"timeline\":[{\"t_s\":0,\"hits\":0,\"errors\":0,\"users\":0," NO_LATENCY "},"
        "{\"t_s\":1,\"hits\":5,\"errors\":3,\"users\":3,\"latency\":{\"count\":4,\"sum_us\":950,\"mean_us\":237.5,"
        "\"min_us\":50,\"p50_us\":100,\"p90_us\":600,\"p95_us\":600,\"p99_us\":600,\"p999_us\":600,"
        "\"max_us\":600}}],"
        "\"overflow\":{\"names\":0,\"tests\":0,\"errors\":0,\"counters\":0,\"metrics\":0},"
        "\"messages\":{\"received\":20,\"counted\":15,\"malformed\":3,\"unknown\":1,\"duplicate\":1,\"lost\":2,"
        "\"rejected\":{\"json\":0,\"utf8\":3,\"type\":0,\"range\":0,\"too_big\":0,\"depth\":0,\"values\":0,"
        "\"multipart\":0,\"stale\":0},\"unnumbered\":15},"
        "\"verdict\":{\"status\":\"fail\",\"exit_code\":1,\"reasons\":[\"1 test failed\"]}}");
    free(document);
    interval_free(interval);
    results_free(results);
}

static void
empty_results_are_a_valid_document(void **state)
{
    struct results *results = results_new();
    char *document = document_of(results);

    (void)state;
    assert_non_null(strstr(document, "\"counters\":{},\"counter_rests\":{},\"metrics\":{},\"errors\":[],"));
    assert_valid(document);
    free(document);
    results_free(results);
}

/* Whatever a runner sends as text stays text, and the largest numbers stay numbers. */
static void
hostile_input_makes_a_valid_document(void **state)
{
    static const char hostile[] = "\"}],\\\x01\x7F\n</script>\xC3\x28\xED\xA0\x80\xE2\x80\xAE";
    struct interval *interval = interval_new(false);
    struct results *results = results_new();
    char *document, *huge = xmalloc(65536);

    (void)state;
    memset(huge, 'h', 65535);
    huge[65535] = '\0';
    add(interval, a_hit(hostile, hostile, 999, 0), UINT32_MAX);
    add(interval, a_hit(huge, huge, 0, INT64_MAX), 0);
    add(interval, a_test_problem(LOADS_TEST_ERROR, hostile, hostile, hostile, hostile), 0);
    add(interval, a_test_problem(LOADS_TEST_ERROR, huge, huge, huge, huge), 0);
    add(interval, a_test_stop(huge, INT64_MAX), 0);
    for (enum loads_metric_kind kind = LOADS_METRIC_COUNTER; kind <= LOADS_METRIC_TREND; kind++) {
        add(interval, a_metric(kind, hostile, DBL_MAX), 0);
        add(interval, a_metric(kind, hostile, DBL_MAX), 0);
        add(interval, a_metric(kind, "(other)", -0.0), 0);
        add(interval, a_metric(kind, "", 5e-324), 0);
    }
    add(interval, a_counter(hostile, -DBL_MAX), 0);
    add(interval, a_counter("(other)", 1), 0);
    add(interval, a_socket(LOADS_SOCKET_MESSAGE, UINT64_MAX), 0);
    results_merge_interval(results, interval);
    document = document_of(results);
    assert_valid(document);
    free(document);
    free(huge);
    interval_free(interval);
    results_free(results);
}

static void
overflow_is_said_and_valid(void **state)
{
    struct interval *interval = interval_new(false);
    struct results *results = results_new();
    char *document, name[32];

    (void)state;
    for (int i = 0; i < RESULTS_ERRORS_LIMIT + 2; i++) {
        snprintf(name, sizeof name, "n%d", i);
        add(interval, a_test_problem(LOADS_TEST_ERROR, "t", "", name, ""), 0);
        add(interval, a_counter(name, 1), 0);
        add(interval, a_metric(LOADS_METRIC_RATE, name, i), 0);
    }
    add(interval, a_counter("(other)", 10), 0); /* a runner's own: no overflow */
    results_merge_interval(results, interval);
    document = document_of(results);
    assert_valid(document);
    assert_non_null(strstr(document, "\"(other)\":12}"));
    assert_non_null(strstr(document, "\"(other)\":{\"rate\":{\"count\":2,\"nonzero\":2,\"rate\":1}}"));
    assert_non_null(strstr(document, "{\"count\":2,\"class\":\"(other)\",\"message\":\"\",\"traceback\":\"\"}]"));
    assert_non_null(strstr(document,
        "\"overflow\":{\"names\":0,\"tests\":0,\"errors\":2,\"counters\":2,\"metrics\":2}"));
    free(document);
    interval_free(interval);
    results_free(results);
}

/* --- the order makes no difference --- */

enum { MESSAGES = 6000, SECONDS = 20, AGENTS = 3, PARTS = 4, ROUNDS = 8 };

static uint64_t
draw(uint64_t *seed, uint64_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 33) % below;
}

struct sent {
    struct message message;
    uint32_t second, target;
};

static struct message
random_message(uint64_t *seed)
{
    static const char *const texts[] = { "a", "b", "http://h/c", "http://h/c?d", "e\xC3\xA9", "f\"g" };
    static const double values[] = { 0.1, -7.25, 1e-9, 3e12, 0, 1e300, -1e300, 1 };
    const char *text = texts[draw(seed, 6)];
    double value = values[draw(seed, 8)] * (double)(1 + draw(seed, 9));

    switch (draw(seed, 6)) {
    case 0:
        return a_lost_hit("GET", text, texts[draw(seed, 6)]);
    case 1:
        return a_test_stop(text, (int64_t)draw(seed, 100000) - 1);
    case 2:
        return a_test_problem(LOADS_TEST_ERROR, text, texts[draw(seed, 2)], text, texts[draw(seed, 6)]);
    case 3:
        return a_counter(text, value);
    case 4:
        return a_metric((enum loads_metric_kind)(1 + draw(seed, LOADS_METRIC_TREND)), text, value);
    default:
        return a_hit(draw(seed, 2) ? "GET" : "PUT", text, (int)draw(seed, 600), (int64_t)draw(seed, 5000000));
    }
}

static void
shuffle(struct sent *sent, size_t count, uint64_t *seed)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = draw(seed, i);
        struct sent swapped = sent[i - 1];

        sent[i - 1] = sent[j];
        sent[j] = swapped;
    }
}

/* Counts the messages as they come: each part has its own results, and an interval
 * ends at random. */
static char *
document_of_shuffled(struct sent *sent, uint64_t *seed)
{
    struct results *parts[PARTS], *whole = results_new();
    struct interval *interval = interval_new(false);
    char *document;

    for (size_t i = 0; i < PARTS; i++)
        parts[i] = results_new();
    for (size_t i = 0; i < MESSAGES;) {
        uint32_t second = sent[i].second;

        interval_reset(interval, second);
        interval_set_users(interval, second);
        for (; i < MESSAGES && sent[i].second == second && draw(seed, 100) > 0; i++) {
            interval_account(interval)->counted++;
            interval_add(interval, &sent[i].message, sent[i].target);
        }
        results_merge_interval(parts[draw(seed, PARTS)], interval);
    }
    for (size_t i = 0; i < PARTS; i++) {
        results_merge(whole, parts[i]);
        results_free(parts[i]);
    }
    document = document_of(whole);
    interval_free(interval);
    results_free(whole);
    return document;
}

static void
order_of_merging_makes_no_difference(void **state)
{
    static const struct slice agents[AGENTS] = { SLICE("h.1"), SLICE("h.10"), SLICE("h.2") };
    struct sent *sent = xcalloc(MESSAGES, sizeof *sent);
    uint64_t seed = 42;
    char *first = NULL;

    (void)state;
    for (size_t i = 0; i < MESSAGES; i++) {
        sent[i] = (struct sent){ .message = random_message(&seed), .second = (uint32_t)(i * SECONDS / MESSAGES),
                                 .target = (uint32_t)draw(&seed, 2) };
        sent[i].message.agent_id = agents[i % AGENTS];
        sent[i].message.seq = i / AGENTS + 1;
    }
    for (int round = 0; round < ROUNDS; round++) {
        char *document = document_of_shuffled(sent, &seed);

        if (first == NULL) {
            assert_valid(document);
            first = document;
        } else {
            assert_string_equal(document, first);
            free(document);
        }
        shuffle(sent, MESSAGES, &seed);
    }
    free(first);
    free(sent);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_is_the_identity_and_the_plan),
        cmocka_unit_test(document_says_what_was_counted),
        cmocka_unit_test(empty_results_are_a_valid_document),
        cmocka_unit_test(hostile_input_makes_a_valid_document),
        cmocka_unit_test(overflow_is_said_and_valid),
        cmocka_unit_test(order_of_merging_makes_no_difference),
    };

    return cmocka_run_group_tests_name("document", tests, NULL, NULL);
}
