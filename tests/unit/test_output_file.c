/* SPDX-License-Identifier: Apache-2.0 */
/* Output file: the format to the byte, and what is left when writing fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "output_harness.h"

#define HEADER \
    "{\"loads\":\"file/1\",\"schema\":\"loads-result/1\",\"run_id\":\"r1\",\"project\":null,\"label\":\"nightly\"," \
    "\"version\":\"0.1.0\",\"started\":\"2013-07-22T07:12:30.139814Z\",\"plan\":[{\"name\":\"shop.c:test_home\"," \
    "\"runner\":\"c\",\"cycles\":[{\"users\":10,\"hits\":0,\"duration_s\":2.0}]}]}\n"
#define HIT "{\"data_type\": \"add_hit\", \"agent_id\": \"a.1\", \"url\": \"http://localhost/\", \"elapsed\": 0.004123}"

struct fixture {
    struct harness harness;
    char *folder, *file;
};

static int
setup(void **state)
{
    struct fixture *fixture = xcalloc(1, sizeof *fixture);

    fixture->folder = harness_folder();
    fixture->file = xasprintf("%s/messages.jsonl", fixture->folder);
    harness_load(&fixture->harness, "file");
    harness_set(&fixture->harness, "filename", fixture->file);
    umask(022);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    *state = fixture;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *fixture = *state;

    harness_unload(&fixture->harness);
    harness_remove(fixture->folder);
    free(fixture->file);
    free(fixture);
    return 0;
}

static void
assert_text(const char *path, const char *expected)
{
    char *text = harness_read(path);

    assert_string_equal(text, expected);
    free(text);
}

/* The line that one message makes, behind the header. */
static char *
line_of(struct fixture *fixture, const char *raw)
{
    struct harness harness;
    char *text, *line;

    harness_load(&harness, "file");
    harness_set(&harness, "filename", fixture->file);
    assert_int_equal(harness_open(&harness), 0);
    assert_int_equal(harness_event(&harness, 3, 1234567, raw), 0);
    harness_unload(&harness);
    text = harness_read(fixture->file);
    assert_ptr_equal(strstr(text, HEADER), text);
    line = xstrdup(text + sizeof HEADER - 1);
    free(text);
    return line;
}

static void
assert_line(struct fixture *fixture, const char *raw, const char *expected)
{
    char *line = line_of(fixture, raw);

    assert_string_equal(line, expected);
    free(line);
}

static void
whole_file_is_as_documented(void **state)
{
    struct fixture *fixture = *state;
    char *json = harness_golden("mixed.json");

    assert_int_equal(harness_open(&fixture->harness), 0);
    assert_int_equal(harness_event(&fixture->harness, 0, 0, HIT), 0);
    assert_int_equal(harness_event(&fixture->harness, 63, INT64_C(2592000000000), "{\"data_type\":\"stopTest\"}"), 0);
    assert_int_equal(harness_flush(&fixture->harness, json), 0);
    harness_unload(&fixture->harness);
    assert_text(fixture->file, HEADER
        "{\"received_us\":0,\"target\":0,\"data_type\": \"add_hit\", \"agent_id\": \"a.1\", \"url\": \"http://localhost/\", "
        "\"elapsed\": 0.004123}\n"
        "{\"received_us\":2592000000000,\"target\":63,\"data_type\":\"stopTest\"}\n"
        "{\"loads\":\"end\",\"messages\":{\"received\":48214,\"counted\":48210,\"malformed\":3,\"unknown\":1,"
        "\"duplicate\":0,\"lost\":0,\"rejected\":{\"json\":2,\"range\":1},\"unnumbered\":120},\"duration_s\":20.04,"
        "\"verdict\":{\"status\":\"fail\",\"exit_code\":1,\"reasons\":[\"30 of 9640 tests failed\","
        "\"10 of 9640 tests had errors\"]},\"timeline_step_s\":1,\"timeline_s\":20,\"users\":[[0,5],[5,10],[10,20]]}\n");
    free(json);
}

static void
message_stays_one_line(void **state)
{
    struct fixture *fixture = *state;

    assert_line(fixture, "{}", "{\"received_us\":1234567,\"target\":3}\n");
    assert_line(fixture, " { \n } ", "{\"received_us\":1234567,\"target\":3}\n");
    assert_line(fixture, "{\n\t\"a\": [\r\n 1 ,\n 2],\n \"b\\n\": \"x\\ty\"\n}\n",
                "{\"received_us\":1234567,\"target\":3,\"a\": [ 1 , 2], \"b\\n\": \"x\\ty\"}\n");
}

static void
own_names_of_a_message_are_kept_apart(void **state)
{
    struct fixture *fixture = *state;

    assert_line(fixture, "{\"target\":1,\"received_us\":2,\"loads\":3}",
                "{\"received_us\":1234567,\"target\":3,\"_target\":1,\"_received_us\":2,\"_loads\":3}\n");
    assert_line(fixture, "{\"_target\":1,\"__loads\":2,\"_other\":3}",
                "{\"received_us\":1234567,\"target\":3,\"__target\":1,\"___loads\":2,\"_other\":3}\n");
    assert_line(fixture, "{\"\\u0074arget\":1,\"\\u005F\\u006coads\":2}",
                "{\"received_us\":1234567,\"target\":3,\"_\\u0074arget\":1,\"_\\u005F\\u006coads\":2}\n");
    /* Inside other values, as a value, or as a part of a name they are no names of ours. */
    assert_line(fixture, "{\"a\":{\"target\":1},\"b\":[\"loads\",{\"loads\":1}],\"c\":\"target\",\"targets\":1,\"loads_status\":null,"
                         "\"d\":\"\\\"target\\\":\\u00e9\",\"t\\u00e9\":1}",
                "{\"received_us\":1234567,\"target\":3,\"a\":{\"target\":1},\"b\":[\"loads\",{\"loads\":1}],\"c\":\"target\","
                "\"targets\":1,\"loads_status\":null,\"d\":\"\\\"target\\\":\\u00e9\",\"t\\u00e9\":1}\n");
}

/* The first look goes through a message in blocks: nothing hides on a border. */
static void
own_names_and_line_breaks_are_seen_at_every_place(void **state)
{
    static const struct { const char *member, *written; } cases[] = {
        { "\"target\":1", "\"_target\":1" },           { "\"received_us\":1", "\"_received_us\":1" },
        { "\"loads\":1", "\"_loads\":1" },             { "\"_loads\":1", "\"__loads\":1" },
        { "\"t\\u0061rget\":1", "\"_t\\u0061rget\":1" }, { "\"a\":\n1", "\"a\":1" },
    };
    struct fixture *fixture = *state;
    char filler[200], raw[400], expected[400];

    harness_set(&fixture->harness, "append", "yes");
    assert_int_equal(harness_open(&fixture->harness), 0);
    for (size_t length = 0; length < sizeof filler; length++)
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            memset(filler, 'f', length);
            filler[length] = '\0';
            /* Again and again the same file, from its start. */
            assert_int_equal(truncate(fixture->file, 0), 0);
            snprintf(raw, sizeof raw, "{\"%s\":0,%s}", filler, cases[i].member);
            snprintf(expected, sizeof expected, "{\"received_us\":0,\"target\":0,\"%s\":0,%s}\n", filler, cases[i].written);
            assert_int_equal(harness_event(&fixture->harness, 0, 0, raw), 0);
            assert_int_equal(harness_tick(&fixture->harness, NULL), 0);
            assert_text(fixture->file, expected);
        }
}

static void
every_line_is_strict_json(void **state)
{
    struct fixture *fixture = *state;
    char *json = harness_golden("small.json"), *text, *line, *rest;
    size_t lines = 0;

    assert_int_equal(harness_open(&fixture->harness), 0);
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(harness_event(&fixture->harness, 0, i, HIT), 0);
        assert_int_equal(harness_event(&fixture->harness, 1, i, "{\n\"target\": \"x\\n\", \"_target\": {\"loads\": 1}}"), 0);
    }
    assert_int_equal(harness_flush(&fixture->harness, json), 0);
    harness_unload(&fixture->harness);
    text = harness_read(fixture->file);
    for (rest = text; (line = strsep(&rest, "\n")) != NULL && *line != '\0'; lines++) {
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

        assert_true(json_is_object(object));
        json_decref(object);
    }
    assert_int_equal(lines, 10002);
    free(text);
    free(json);
}

static void
tick_hands_all_to_the_kernel(void **state)
{
    struct fixture *fixture = *state;
    struct loads_totals totals = { .size = sizeof totals };

    assert_int_equal(harness_open(&fixture->harness), 0);
    assert_text(fixture->file, HEADER);
    assert_int_equal(harness_event(&fixture->harness, 0, 1, "{\"a\":1}"), 0);
    assert_int_equal(harness_tick(&fixture->harness, &totals), 0);
    assert_text(fixture->file, HEADER "{\"received_us\":1,\"target\":0,\"a\":1}\n");
}

static void
longest_message_is_written(void **state)
{
    struct fixture *fixture = *state;
    size_t length = 1024 * 1024;
    char *raw = xmalloc(length + 1), *line;

    memset(raw, 'x', length);
    memcpy(raw, "{\"a\":\"", 6);
    memcpy(raw + length - 2, "\"}", 3);
    line = line_of(fixture, raw);
    assert_int_equal(strlen(line), length - 1 + strlen("{\"received_us\":1234567,\"target\":3,") + 1);
    assert_string_equal(line + strlen("{\"received_us\":1234567,\"target\":3,") + length - 3, "\"}\n");
    free(line);
    free(raw);
}

/* Nothing of it is left behind, and nothing that came before it is lost. */
static void
message_past_every_limit_leaves_whole_lines(void **state)
{
    struct fixture *fixture = *state;
    size_t length = 9 * 1024 * 1024;
    char *raw = xmalloc(length + 1);

    memset(raw, 'x', length);
    memcpy(raw, "{\"a\":\"", 6);
    memcpy(raw + length - 2, "\"}", 3);
    assert_int_equal(harness_open(&fixture->harness), 0);
    assert_int_equal(harness_event(&fixture->harness, 0, 1, "{\"a\":1}"), 0);
    assert_int_equal(harness_event(&fixture->harness, 0, 2, raw), -1);
    assert_non_null(strstr(fixture->harness.failure, ": a message of 9437184 bytes is too long"));
    harness_unload(&fixture->harness);
    assert_text(fixture->file, HEADER "{\"received_us\":1,\"target\":0,\"a\":1}\n");
    free(raw);
}

static void
append_keeps_what_is_there(void **state)
{
    static const struct { const char *before, *between; } cases[] = {
        { "", "" }, { "old\n", "" }, { "torn", "\n" },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct harness harness;
        FILE *file = fopen(fixture->file, "we");
        char *expected = xasprintf("%s%s" HEADER, cases[i].before, cases[i].between);

        fputs(cases[i].before, file);
        fclose(file);
        harness_load(&harness, "file");
        harness_set(&harness, "filename", fixture->file);
        harness_set(&harness, "append", "yes");
        assert_int_equal(harness_open(&harness), 0);
        harness_unload(&harness);
        assert_text(fixture->file, expected);
        free(expected);
    }
}

/* Sends messages until one call fails. */
static void
fill(struct harness *harness)
{
    for (int i = 0; i < 1000000; i++)
        if (harness_event(harness, 0, i, HIT) != 0)
            return;
    fail_msg("a limit on the file's size was not met");
}

static void
failed_write_leaves_whole_lines(void **state)
{
    struct fixture *fixture = *state;
    struct rlimit old, small;
    char *text, *expected = xasprintf("cannot write %s: File too large", fixture->file);
    size_t length;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){ .rlim_cur = 300001, .rlim_max = old.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(harness_open(&fixture->harness), 0);
    fill(&fixture->harness);
    harness_unload(&fixture->harness);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(fixture->harness.failures, 1);
    assert_string_equal(fixture->harness.failure, expected);
    text = harness_read(fixture->file);
    length = strlen(text);
    /* A line is under 200 bytes: not more than one is missing to the limit. */
    assert_true(length > 300001 - 200 && length <= 300001);
    assert_string_equal(text + length - strlen("\"elapsed\": 0.004123}\n"), "\"elapsed\": 0.004123}\n");
    free(text);
    free(expected);
}

static void
full_device_is_an_error_at_open(void **state)
{
    struct fixture *fixture = *state;

    harness_set(&fixture->harness, "filename", "/dev/full");
    assert_int_equal(harness_open(&fixture->harness), -1);
    assert_string_equal(fixture->harness.failure, "cannot write /dev/full: No space left on device");
}

static void
place_that_cannot_be_written_is_refused_at_once(void **state)
{
    struct fixture *fixture = *state;
    char *missing = xasprintf("%s/no/x", fixture->folder);
    char *expected = xasprintf("cannot open %s: No such file or directory", missing);

    harness_set(&fixture->harness, "filename", missing);
    assert_int_equal(harness_open(&fixture->harness), -1);
    assert_string_equal(fixture->harness.failure, expected);
    free(expected);
    free(missing);
}

static void
closed_reader_is_no_failure(void **state)
{
    struct fixture *fixture = *state;
    int ends[2], saved;

    assert_int_equal(pipe(ends), 0);
    harness_set(&fixture->harness, "filename", "-");
    saved = harness_redirect(STDOUT_FILENO, ends[1]);
    assert_int_equal(harness_open(&fixture->harness), 0);
    close(ends[0]);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(harness_event(&fixture->harness, 0, i, HIT), 0);
    assert_int_equal(harness_tick(&fixture->harness, NULL), 0);
    assert_int_equal(harness_flush(&fixture->harness, "{}"), 0);
    harness_restore(STDOUT_FILENO, saved);
    assert_int_equal(fixture->harness.failures, 0);
    close(ends[1]);
}

static void
filename_is_required(void **state)
{
    struct fixture *fixture = *state;
    const struct loads_option *option = fixture->harness.plugin->options;

    assert_string_equal(option->name, "filename");
    assert_int_equal(option->flags, LOADS_REQUIRED);
    assert_null(option->fallback);
    assert_int_equal(harness_open(&fixture->harness), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(whole_file_is_as_documented),
        CASE(message_stays_one_line),
        CASE(own_names_of_a_message_are_kept_apart),
        CASE(own_names_and_line_breaks_are_seen_at_every_place),
        CASE(every_line_is_strict_json),
        CASE(tick_hands_all_to_the_kernel),
        CASE(longest_message_is_written),
        CASE(message_past_every_limit_leaves_whole_lines),
        CASE(append_keeps_what_is_there),
        CASE(failed_write_leaves_whole_lines),
        CASE(full_device_is_an_error_at_open),
        CASE(place_that_cannot_be_written_is_refused_at_once),
        CASE(closed_reader_is_no_failure),
        CASE(filename_is_required),
    };

    return cmocka_run_group_tests_name("output file", tests, NULL, NULL);
}
