/* SPDX-License-Identifier: Apache-2.0 */
/* Output stdout: the summary as golden files, and progress on a real terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "output_harness.h"

/* A terminal of which this process is both ends. */
struct terminal {
    int near, far;
};

static void
terminal_open(struct terminal *terminal, unsigned short columns)
{
    struct winsize size = { .ws_col = columns, .ws_row = 24 };
    struct termios raw;

    assert_int_equal(openpty(&terminal->far, &terminal->near, NULL, NULL, &size), 0);
    assert_int_equal(tcgetattr(terminal->near, &raw), 0);
    cfmakeraw(&raw);
    assert_int_equal(tcsetattr(terminal->near, TCSANOW, &raw), 0);
    assert_int_equal(fcntl(terminal->far, F_SETFL, O_NONBLOCK), 0);
}

static void
terminal_close(struct terminal *terminal)
{
    close(terminal->near);
    close(terminal->far);
}

/* All that was written to it so far. */
static char *
terminal_take(struct terminal *terminal)
{
    struct buffer text;
    char block[4096];
    ssize_t count;

    buffer_init(&text, 1 << 20);
    while ((count = read(terminal->far, block, sizeof block)) > 0)
        buffer_add(&text, block, (size_t)count);
    return buffer_take(&text);
}

static const struct loads_totals totals = {
    .size = sizeof totals,
    .elapsed_us = 5000000, .planned_us = 20000000,
    .hits = 2410, .users = 10, .failures = 2, .errors = 1, .p95_us = 12034,
    .cycle = 1, .cycles = 3,
};

static int
usual_environment(void **state)
{
    (void)state;
    setenv("LC_ALL", "C", 1);
    setenv("TERM", "xterm", 1);
    unsetenv("CI");
    unsetenv("NO_COLOR");
    signal(SIGPIPE, SIG_IGN); /* as the host does */
    return 0;
}

/* The summary of a document, as it goes to a file. */
static char *
summary_of(const char *json)
{
    FILE *file = tmpfile();
    struct harness harness;
    int saved;
    char *path, *text;

    harness_load(&harness, "stdout");
    harness_open(&harness);
    saved = harness_redirect(STDOUT_FILENO, fileno(file));
    assert_int_equal(harness_flush(&harness, json), 0);
    harness_restore(STDOUT_FILENO, saved);
    harness_unload(&harness);
    path = xasprintf("/proc/self/fd/%d", fileno(file));
    text = harness_read(path);
    free(path);
    fclose(file);
    return text;
}

static void
assert_golden(const char *document, const char *golden)
{
    char *json = harness_golden(document), *expected = harness_golden(golden), *text = summary_of(json);

    assert_string_equal(text, expected);
    free(text);
    free(expected);
    free(json);
}

static void
summary_has_the_documents_lines(void **state)
{
    (void)state;
    assert_golden("small.json", "small.txt");
}

static void
summary_of_a_mixed_run_has_every_section(void **state)
{
    (void)state;
    assert_golden("mixed.json", "mixed.txt");
}

static void
charts_use_blocks_where_the_locale_has_them(void **state)
{
    char *json = harness_golden("mixed.json"), *text;

    (void)state;
    setenv("LC_ALL", "en_GB.UTF-8", 1);
    text = summary_of(json);
    /* 5, 10 and 20 users of 20: levels 1 + 8 x 1/4, 1 + 8 x 1/2 and the highest, less rounding. */
    assert_non_null(strstr(text, "  users     ▂▂▂▂▂▂▂▂▂▂▄▄▄▄▄▄▄▄▄▄████████████████████  20\n"));
    free(text);
    free(json);
}

static void
empty_document_is_no_crash(void **state)
{
    char *text = summary_of("{}");

    (void)state;
    assert_ptr_equal(strstr(text, "Duration: 0.00 seconds\nHits: 0\nStarted: \n"), text);
    free(text);
}

/* A document in which every text is hostile. */
static char *
hostile_document(const char *text)
{
    struct buffer json;

    buffer_init(&json, 1 << 24);
    buffer_printf(&json, "{\"started\":\"%s\",\"plan\":[1,2],\"names\":[{\"name\":\"%s\",\"method\":\"%s\",\"hits\":1,"
                         "\"statuses\":{\"%s\":3}}],", text, text, text, text);
    buffer_printf(&json, "\"tests\":[{\"name\":\"%s\",\"runner\":\"%s\",\"success\":18446744073}],", text, text);
    buffer_printf(&json, "\"counters\":{\"%s\":1},\"metrics\":{\"x%s\":{\"%s\":{\"%s\":1e308}}},", text, text,
                  text, text);
    buffer_printf(&json, "\"errors\":[{\"count\":1,\"class\":\"%s\",\"message\":\"%s\",\"traceback\":\"%s\\n\\t%s\"}],",
                  text, text, text, text);
    buffer_printf(&json, "\"messages\":{\"received\":9000000000000000000,\"rejected\":{\"%s\":1}},", text);
    buffer_printf(&json, "\"overflow\":{\"%s\":1},", text);
    buffer_printf(&json, "\"verdict\":{\"status\":\"%s\",\"reasons\":[\"%s\"]}}", text, text);
    assert_false(json.is_full);
    return buffer_take(&json);
}

/* Columns by an oracle of its own: only characters of the texts below are known. */
static size_t
columns_of(const char *line, size_t length)
{
    size_t columns = 0;

    for (size_t at = 0; at < length; at += utf8_width(line + at, length - at)) {
        assert_int_not_equal(utf8_width(line + at, length - at), 0);
        columns += strncmp(line + at, "日", 3) == 0 ? 2 : 1;
    }
    return columns;
}

static void
assert_harmless(const char *text)
{
    for (const char *line = text, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        assert_non_null(end);
        for (const char *at = line; at < end; at++)
            assert_true((unsigned char)*at >= 0x20 && *at != 0x7F);
        assert_true(columns_of(line, (size_t)(end - line)) <= 80);
    }
    assert_null(strstr(text, "\u202E"));
    assert_null(strstr(text, "\xC2\x9B"));
}

static void
hostile_texts_neither_steer_nor_widen(void **state)
{
    static const char *const patterns[] = { "\\u001b[2J\\u009b31m", "\\u202e\\u2066evil", "日",
                                            "word and word ", "x", "\\r\\n\\u0007\\u007f" };

    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        struct buffer pattern;
        char *json, *text;

        buffer_init(&pattern, 1 << 20);
        while (pattern.length < 64 * 1024)
            buffer_add_text(&pattern, patterns[i]);
        json = hostile_document(pattern.data);
        text = summary_of(json);
        assert_harmless(text);
        assert_non_null(strstr(text, "\nSlowest URLs"));
        free(text);
        free(json);
        buffer_clear(&pattern);
    }
}

static void
closed_reader_is_no_failure(void **state)
{
    struct harness harness;
    int ends[2], saved;

    (void)state;
    harness_load(&harness, "stdout");
    harness_open(&harness);
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    saved = harness_redirect(STDOUT_FILENO, ends[1]);
    assert_int_equal(harness_flush(&harness, "{}"), 0);
    harness_restore(STDOUT_FILENO, saved);
    assert_int_equal(harness.failures, 0);
    close(ends[1]);
    harness_unload(&harness);
}

static void
full_disk_is_one_error(void **state)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC), saved;
    struct harness harness;

    (void)state;
    assert_true(full >= 0);
    harness_load(&harness, "stdout");
    harness_open(&harness);
    saved = harness_redirect(STDOUT_FILENO, full);
    assert_int_equal(harness_flush(&harness, "{}"), -1);
    harness_restore(STDOUT_FILENO, saved);
    assert_string_equal(harness.failure, "cannot write standard output: No space left on device");
    close(full);
    harness_unload(&harness);
}

static void
unreadable_document_is_an_error(void **state)
{
    struct harness harness;

    (void)state;
    harness_load(&harness, "stdout");
    harness_open(&harness);
    assert_int_equal(harness_flush(&harness, "{\"a\":"), -1);
    assert_non_null(strstr(harness.failure, "cannot read the result document: "));
    harness_unload(&harness);
}

static void
colours_are_for_terminals_that_want_them(void **state)
{
    static const struct { const char *name, *value; bool coloured; } cases[] = {
        { "TERM", "xterm", true }, { "TERM", "dumb", false }, { "NO_COLOR", "1", false }, { "NO_COLOR", "", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct terminal terminal;
        struct harness harness;
        char *text;
        int saved;

        usual_environment(NULL);
        setenv(cases[i].name, cases[i].value, 1);
        terminal_open(&terminal, 80);
        harness_load(&harness, "stdout");
        harness_open(&harness);
        saved = harness_redirect(STDOUT_FILENO, terminal.near);
        harness_flush(&harness, "{\"verdict\":{\"status\":\"pass\"}}");
        harness_restore(STDOUT_FILENO, saved);
        text = terminal_take(&terminal);
        assert_int_equal(strstr(text, "Verdict: \x1B[1;32mpass, exit code 0\x1B[0m\n") != NULL, cases[i].coloured);
        assert_int_equal(strchr(text, '\x1B') != NULL, cases[i].coloured);
        free(text);
        harness_unload(&harness);
        terminal_close(&terminal);
    }
}

/* What one tick, and then closing, writes to a terminal of that width. */
static char *
bar_at(unsigned short columns, const struct loads_totals *at)
{
    struct terminal terminal;
    struct harness harness;
    int saved;
    char *text;

    terminal_open(&terminal, columns);
    saved = harness_redirect(STDERR_FILENO, terminal.near);
    harness_load(&harness, "stdout");
    harness_open(&harness);
    harness_tick(&harness, at);
    harness_unload(&harness);
    harness_restore(STDERR_FILENO, saved);
    text = terminal_take(&terminal);
    terminal_close(&terminal);
    return text;
}

static void
bar_tells_all_in_80_columns_and_is_cleared(void **state)
{
    char *text = bar_at(80, &totals);

    (void)state;
    assert_string_equal(text, "\r[==>        ]  25% 0:05 10 users 2410 hits 482/s p95 12.0 ms 3 failed cycle 1/3\x1B[K"
                              "\r\x1B[K");
    free(text);
}

static void
bar_goes_by_tests_or_tells_no_percent(void **state)
{
    struct loads_totals by_tests = { .elapsed_us = 2000000, .planned_tests = 400, .tests_finished = 399,
                                     .users = 1, .cycle = 1, .cycles = 1 };
    struct loads_totals unknown = { .elapsed_us = 3723000000, .hits = 12345678, .users = 1, .p95_us = 999 };
    char *text;

    (void)state;
    text = bar_at(100, &by_tests);
    assert_string_equal(text, "\r[=====================================>]   99%  0:02  1 user  0 hits  0/s  0 failed\x1B[K"
                              "\r\x1B[K");
    free(text);
    text = bar_at(100, &unknown);
    assert_string_equal(text, "\r1:02:03  1 user  12.3M hits  3316/s  p95 999 us  0 failed\x1B[K\r\x1B[K");
    free(text);
}

static void
bar_fits_every_width(void **state)
{
    struct loads_totals large = { .elapsed_us = INT64_C(2591999000000), .planned_us = INT64_C(2592000000000),
                                  .hits = UINT64_MAX / 4, .users = 1000000, .failures = UINT64_MAX / 4,
                                  .p95_us = INT64_C(86400000000), .cycle = 255, .cycles = 256 };

    (void)state;
    for (unsigned short columns = 20; columns <= 160; columns++) {
        char *text = bar_at(columns, &large), *end = strstr(text, "\x1B[K");

        assert_non_null(end);
        assert_true(end - text - 1 < columns);
        assert_non_null(strstr(text, "%"));
        free(text);
    }
}

static void
bar_follows_the_window(void **state)
{
    struct loads_totals later = totals;
    struct winsize narrow = { .ws_col = 40, .ws_row = 24 };
    struct terminal terminal;
    struct harness harness;
    int saved;
    char *text;

    (void)state;
    terminal_open(&terminal, 80);
    saved = harness_redirect(STDERR_FILENO, terminal.near);
    harness_load(&harness, "stdout");
    harness_open(&harness);
    harness_tick(&harness, &totals);
    free(terminal_take(&terminal));
    assert_int_equal(ioctl(terminal.far, TIOCSWINSZ, &narrow), 0);
    later.elapsed_us += 1000000;
    later.hits += 500;
    harness_tick(&harness, &later);
    harness_unload(&harness);
    harness_restore(STDERR_FILENO, saved);
    text = terminal_take(&terminal);
    assert_string_equal(text, "\r[=====>           ]  30% 500/s 3 failed\x1B[K\r\x1B[K");
    free(text);
    terminal_close(&terminal);
}

/* What stderr gets in 21 seconds, on a terminal or not. */
static char *
lines_of_21_s(bool is_terminal, bool is_quiet)
{
    struct terminal terminal;
    struct harness harness;
    int ends[2], saved;
    char *text;

    terminal_open(&terminal, 80);
    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    saved = harness_redirect(STDERR_FILENO, is_terminal ? terminal.near : ends[1]);
    harness_load(&harness, "stdout");
    harness.host.quiet = is_quiet;
    harness_open(&harness);
    for (int second = 1; second <= 21; second++) {
        struct loads_totals at = totals;

        at.elapsed_us = second * INT64_C(1000000);
        at.hits = (uint64_t)second * 100 + (second > 10 ? 1000 : 0);
        harness_tick(&harness, &at);
    }
    harness_unload(&harness);
    harness_restore(STDERR_FILENO, saved);
    close(ends[1]);
    if (!is_terminal) {
        terminal_close(&terminal);
        terminal.far = ends[0];
        terminal.near = open("/dev/null", O_RDONLY | O_CLOEXEC);
    } else {
        close(ends[0]);
    }
    text = terminal_take(&terminal);
    terminal_close(&terminal);
    return text;
}

static void
elsewhere_progress_is_a_line_each_ten_seconds(void **state)
{
    static const struct { bool is_terminal; const char *name, *value; } cases[] = {
        { false, "TERM", "xterm" }, { true, "CI", "true" }, { true, "TERM", "dumb" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text;

        usual_environment(NULL);
        setenv(cases[i].name, cases[i].value, 1);
        text = lines_of_21_s(cases[i].is_terminal, false);
        assert_string_equal(text,
            "loads: 0:10, 50%, 10 users, 1000 hits, 100/s, p95 12.0 ms, 3 failed, cycle 1/3\n"
            "loads: 0:20, 100%, 10 users, 3000 hits, 200/s, p95 12.0 ms, 3 failed, cycle 1/3\n");
        free(text);
    }
}

static void
quiet_says_nothing(void **state)
{
    (void)state;
    for (int is_terminal = 0; is_terminal < 2; is_terminal++) {
        char *text = lines_of_21_s(is_terminal, true);

        assert_string_equal(text, "");
        free(text);
    }
}

/* Ctrl-S: output is held back, and the run must not wait for it. */
static void
stopped_terminal_holds_nobody(void **state)
{
    struct terminal terminal;
    struct harness harness;
    int saved;

    (void)state;
    terminal_open(&terminal, 80);
    assert_int_equal(tcflow(terminal.near, TCOOFF), 0);
    saved = harness_redirect(STDERR_FILENO, terminal.near);
    harness_load(&harness, "stdout");
    harness_open(&harness);
    for (int i = 0; i < 1000; i++)
        harness_tick(&harness, &totals);
    harness_unload(&harness);
    harness_restore(STDERR_FILENO, saved);
    terminal_close(&terminal);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(summary_has_the_documents_lines, usual_environment),
        cmocka_unit_test_setup(summary_of_a_mixed_run_has_every_section, usual_environment),
        cmocka_unit_test_setup(charts_use_blocks_where_the_locale_has_them, usual_environment),
        cmocka_unit_test_setup(empty_document_is_no_crash, usual_environment),
        cmocka_unit_test_setup(hostile_texts_neither_steer_nor_widen, usual_environment),
        cmocka_unit_test_setup(closed_reader_is_no_failure, usual_environment),
        cmocka_unit_test_setup(full_disk_is_one_error, usual_environment),
        cmocka_unit_test_setup(unreadable_document_is_an_error, usual_environment),
        cmocka_unit_test_setup(colours_are_for_terminals_that_want_them, usual_environment),
        cmocka_unit_test_setup(bar_tells_all_in_80_columns_and_is_cleared, usual_environment),
        cmocka_unit_test_setup(bar_goes_by_tests_or_tells_no_percent, usual_environment),
        cmocka_unit_test_setup(bar_fits_every_width, usual_environment),
        cmocka_unit_test_setup(bar_follows_the_window, usual_environment),
        cmocka_unit_test_setup(elsewhere_progress_is_a_line_each_ten_seconds, usual_environment),
        cmocka_unit_test_setup(quiet_says_nothing, usual_environment),
        cmocka_unit_test_setup(stopped_terminal_holds_nobody, usual_environment),
    };

    return cmocka_run_group_tests_name("output stdout", tests, NULL, NULL);
}
