/* SPDX-License-Identifier: Apache-2.0 */
/* Output markdown: the summary, and what becomes of it in a workflow of GitHub. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "common/markdown.h"
#include "output_harness.h"

struct place {
    char *folder, *report, *step;
};

static int
setup(void **state)
{
    struct place *place = xcalloc(1, sizeof *place);

    place->folder = harness_folder();
    place->report = xasprintf("%s/report.md", place->folder);
    place->step = xasprintf("%s/step.md", place->folder);
    unsetenv("GITHUB_STEP_SUMMARY");
    *state = place;
    return 0;
}

static int
teardown(void **state)
{
    struct place *place = *state;

    harness_remove(place->folder);
    free(place->report);
    free(place->step);
    free(place);
    return 0;
}

/* Opens, flushes the document of that name and unloads; says what went wrong. */
static void
report(const char *document, const char *filename, const char *github)
{
    struct harness harness;
    char *json = harness_golden(document);

    harness_load(&harness, "markdown");
    harness_set(&harness, "filename", filename);
    harness_set(&harness, "github", github);
    assert_int_equal(harness_open(&harness), 0);
    assert_int_equal(harness_flush(&harness, json), 0);
    harness_unload(&harness);
    free(json);
}

static void
assert_file(const char *path, const char *golden)
{
    char *got = harness_read(path), *wanted = harness_golden(golden);

    assert_string_equal(got, wanted);
    free(got);
    free(wanted);
}

static void
summaries_are_as_wanted(void **state)
{
    struct place *place = *state;

    report("small.json", place->report, "auto");
    assert_file(place->report, "small.md");
    report("mixed.json", place->report, "auto");
    assert_file(place->report, "mixed.md");
}

static void
text_from_outside_stays_in_its_span(void **state)
{
    static const struct {
        const char *text;
        enum markdown_place place;
        const char *wanted;
    } cases[] = {
        { "", MARKDOWN_TEXT, "" },
        { "a|b", MARKDOWN_TEXT, "`a|b`" },
        { "a|b", MARKDOWN_CELL, "`a\\|b`" },
        { "`x` @all #1 <b> [a](b)", MARKDOWN_TEXT, "`'x' @all #1 <b> [a](b)`" },
        { "one\ntwo\r\n\x1b[2J", MARKDOWN_TEXT, "`one two\\u{d} \\u{1b}[2J`" },
        { "\xff\xe2\x80\xae", MARKDOWN_TEXT, "`\\xff\\u{202e}`" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer out;

        buffer_init(&out, 1000);
        buffer_add_text(&out, "");
        markdown_code(&out, slice_of(cases[i].text), cases[i].place);
        assert_string_equal(out.data != NULL ? out.data : "", cases[i].wanted);
        buffer_clear(&out);
    }
}

/* Runs it with standard output in a file; returns what was printed. */
static char *
report_printed(struct place *place, const char *filename, const char *github)
{
    char *path = xasprintf("%s/printed", place->folder), *text;
    FILE *file = fopen(path, "w+");
    int saved = harness_redirect(STDOUT_FILENO, fileno(file));

    report("mixed.json", filename, github);
    harness_restore(STDOUT_FILENO, saved);
    fclose(file);
    text = harness_read(path);
    free(path);
    return text;
}

static void
a_workflow_gets_summary_and_annotations(void **state)
{
    struct place *place = *state;
    FILE *step = fopen(place->step, "w");
    char *printed, *summary, *wanted = harness_golden("mixed.md");

    fputs("of another step\n", step);
    fclose(step);
    setenv("GITHUB_STEP_SUMMARY", place->step, 1);
    printed = report_printed(place, "-", "auto");
    summary = harness_read(place->step);
    assert_int_equal(strncmp(summary, "of another step\n", 16), 0);
    assert_string_equal(summary + 16, wanted);
    assert_int_equal(strncmp(printed, "::error title=Load test::", 25), 0);
    assert_null(strstr(printed, "##"));
    free(printed);
    free(summary);
    free(wanted);
}

static void
a_workflow_may_be_left_alone(void **state)
{
    struct place *place = *state;
    char *printed, *wanted = harness_golden("mixed.md");

    setenv("GITHUB_STEP_SUMMARY", place->step, 1);
    printed = report_printed(place, "-", "no");
    assert_string_equal(printed, wanted);
    assert_false(harness_exists(place->step));
    free(printed);
    free(wanted);
}

static void
options_are_checked(void **state)
{
    static const struct { const char *github, *why; } cases[] = {
        { "maybe", "github: \"maybe\" is none of yes, no and auto" },
        { "yes", "github: GITHUB_STEP_SUMMARY is not set in the environment" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct harness harness;

        harness_load(&harness, "markdown");
        harness_set(&harness, "github", cases[i].github);
        assert_int_equal(harness_open(&harness), -1);
        assert_string_equal(harness.failure, cases[i].why);
        harness_unload(&harness);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(summaries_are_as_wanted, setup, teardown),
        cmocka_unit_test(text_from_outside_stays_in_its_span),
        cmocka_unit_test_setup_teardown(a_workflow_gets_summary_and_annotations, setup, teardown),
        cmocka_unit_test_setup_teardown(a_workflow_may_be_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(options_are_checked, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
