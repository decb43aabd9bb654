/* SPDX-License-Identifier: Apache-2.0 */
/* core/run: words, targets, cycles and the split over processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "run/plan.h"
#include "run/program.h"
#include "run/words.h"

#define NUMBERS(...) \
    ((struct number_list){ .values = (uint64_t[]){ __VA_ARGS__ }, \
                           .count = sizeof((uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t) })

/* A directory with test files, the current one; "bin" in it is PATH and has two
 * runners. The files' names are in `files`. */
static const struct { const char *name; mode_t mode; } files[] = {
    { "shop.c", 0644 },          { "shop.js", 0644 },       { "a:b.js", 0644 },
    { "api.rb", 0644 },          { "example.py", 0644 },    { "bot.sh", 0755 },
    { "data.txt", 0644 },        { "secret.c", 0 },         { "tests/deep/site.mjs", 0644 },
    { "bin/loads-c-runner", 0755 }, { "bin/loads-js-runner", 0755 }, { "bin/plain", 0644 },
    { "bin/tool", 0755 },
};
static const char *const directories[] = { "bin", "tests", "tests/deep", "folder.js" };

static int
enter_directory(void **state)
{
    char directory[] = "/tmp/test_plan.XXXXXX";
    char *path;

    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
        assert_int_equal(mkdir(directories[i], 0755), 0);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        FILE *out = fopen(files[i].name, "w");

        assert_non_null(out);
        fclose(out);
        assert_int_equal(chmod(files[i].name, files[i].mode), 0);
    }
    path = xasprintf("/nowhere:%s/bin", directory);
    setenv("PATH", path, 1);
    free(path);
    *state = realpath(".", NULL);
    return 0;
}

static int
leave_directory(void **state)
{
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(files[i].name);
    for (size_t i = sizeof directories / sizeof directories[0]; i > 0; i--)
        rmdir(directories[i - 1]);
    rmdir(*state);
    free(*state);
    return chdir("/");
}

static struct target_settings
one_target(const char *target)
{
    static uint64_t one = 1;
    static const struct number_list once = { .values = &one, .count = 1 };

    return (struct target_settings){ .name = (char *)target, .target = (char *)target,
                                     .users = once, .hits = once };
}

static struct run_settings
settings_of(struct target_settings *targets, size_t count)
{
    return (struct run_settings){ .targets = targets, .target_count = count, .test_dir = (char *)".",
                                  .external_process_timeout_s = -1 };
}

static char *
joined(char *const *words)
{
    struct buffer text;

    buffer_init(&text, 64 * 1024);
    for (size_t i = 0; words[i] != NULL; i++)
        buffer_printf(&text, "%s%s", i > 0 ? "|" : "", words[i]);
    return buffer_take(&text);
}

static void
words_are_split_as_a_shell_does(void **state)
{
    static const struct { const char *text, *words; } cases[] = {
        { "a", "a" },
        { "  a\tb \n c  ", "a|b|c" },
        { "'a b' c", "a b|c" },
        { "\"a b\"c", "a bc" },
        { "a\\ b", "a b" },
        { "'a\\'b", "a\\b" },
        { "\"a\\\"b\\\\c\\d\\$e\"", "a\"b\\c\\d$e" },
        { "'' \"\"", "|" },
        { "$HOME *.c a;b >c `d` ~ #e", "$HOME|*.c|a;b|>c|`d`|~|#e" },
        { "--x='y z'", "--x=y z" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char **words = words_split(cases[i].text, NULL);
        char *all;

        assert_non_null(words);
        all = joined(words);
        assert_string_equal(all, cases[i].words);
        free(all);
        words_free(words);
    }
}

static void
unfinished_words_are_refused(void **state)
{
    static const struct { const char *text, *error; } cases[] = {
        { "", "is empty" },
        { " \t", "is empty" },
        { "a 'b", "a quote is not closed" },
        { "a \"b\\\"", "a quote is not closed" },
        { "a b\\", "ends with a backslash" },
    };
    char *many = xmalloc(2 * WORDS_LIMIT + 3);
    struct err err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        err.text[0] = '\0';
        assert_null(words_split(cases[i].text, &err));
        assert_string_equal(err.text, cases[i].error);
    }
    for (size_t i = 0; i <= WORDS_LIMIT; i++)
        memcpy(many + 2 * i, "a ", 3);
    err.text[0] = '\0';
    assert_null(words_split(many, &err));
    assert_string_equal(err.text, "has more than 1024 words");
    free(many);
}

static void
replaced_text_stays_one_word(void **state)
{
    char **words = words_split("r {test} --x={test}/{test} {tes}", NULL);
    char *all;

    (void)state;
    words_replace(words, "{test}", "a 'b {test}");
    all = joined(words);
    assert_string_equal(all, "r|a 'b {test}|--x=a 'b {test}/a 'b {test}|{tes}");
    free(all);
    words_free(words);
}

/* `DIR` in the expected command is the test's directory. */
static void
assert_command(const char *directory, const char *target, const char *runner, const char *command)
{
    struct target_settings one = one_target(target);
    struct run_settings settings = settings_of(&one, 1);
    struct plan plan;
    struct err err = { 0 };
    char *all;
    char **expected = words_split(command, NULL);
    char *expected_all;

    if (plan_init(&plan, &settings, &err) != 0)
        fail_msg("%s: %s", target, err.text);
    assert_string_equal(plan.targets[0].runner, runner);
    words_replace(expected, "DIR", directory);
    expected_all = joined(expected);
    all = joined(plan.targets[0].argv);
    assert_string_equal(all, expected_all);
    assert_int_equal(plan.targets[0].process_users, UINT32_MAX);
    free(all);
    free(expected_all);
    words_free(expected);
    plan_clear(&plan);
}

static void
ending_picks_the_runner(void **state)
{
    (void)state;
    assert_command(*state, "shop.c", "c", "DIR/bin/loads-c-runner DIR/shop.c");
    assert_command(*state, "./shop.c:test_home", "c", "DIR/bin/loads-c-runner DIR/shop.c:test_home");
    assert_command(*state, "shop.js:a b", "js", "DIR/bin/loads-js-runner 'DIR/shop.js:a b'");
    assert_command(*state, "a:b.js", "js", "DIR/bin/loads-js-runner DIR/a:b.js");
    assert_command(*state, "a:b.js:c", "js", "DIR/bin/loads-js-runner DIR/a:b.js:c");
    assert_command(*state, "a:b.js:C::d", "js", "DIR/bin/loads-js-runner DIR/a:b.js:C::d");
    assert_command(*state, "tests/deep/site.mjs", "js", "DIR/bin/loads-js-runner DIR/tests/deep/site.mjs");
}

static void
data_is_for_runners_that_know_of_it(void **state)
{
    struct target_settings target = one_target("shop.c");
    struct run_settings settings = settings_of(&target, 1);
    struct plan plan;
    struct err err = { 0 };
    char *all, *expected = xasprintf("%1$s/bin/loads-c-runner|--data|%1$s/data.txt|--data-order|once|"
                                     "--data-unique=7|--seed|a b|%1$s/shop.c", (char *)*state);

    target.users = NUMBERS(3, 7, 5);
    target.data = (char *)"./data.txt";
    target.data_order = (char *)"once";
    target.data_unique = true;
    target.seed = (char *)"a b";
    assert_int_equal(plan_init(&plan, &settings, &err), 0);
    all = joined(plan.targets[0].argv);
    assert_string_equal(all, expected);
    free(all);
    free(expected);
    plan_clear(&plan);

    target.data = (char *)"bin";
    assert_int_equal(plan_init(&plan, &settings, &err), -1);
    assert_string_equal(err.text, "target shop.c: --data bin: is not a file");
}

static void
dotted_names_are_resolved_as_imports(void **state)
{
    (void)state;
    /* .c comes before .js */
    assert_command(*state, "shop.test_home", "c", "DIR/bin/loads-c-runner DIR/shop.c:test_home");
    assert_command(*state, "shop", "c", "DIR/bin/loads-c-runner DIR/shop.c");
    assert_command(*state, "tests.deep.site.Suite.test_x", "js",
                   "DIR/bin/loads-js-runner DIR/tests/deep/site.mjs:Suite.test_x");
}

static void
assert_target_refused(const char *directory, const char *target, const char *text)
{
    struct target_settings one = one_target(target);
    struct run_settings settings = settings_of(&one, 1);
    char **expected = xcalloc(2, sizeof *expected);
    struct plan plan;
    struct err err = { 0 };

    expected[0] = xstrdup(text);
    words_replace(expected, "DIR", directory);
    assert_int_equal(plan_init(&plan, &settings, &err), -1);
    assert_string_equal(err.text, expected[0]);
    words_free(expected);
}

static void
targets_that_cannot_run_are_named(void **state)
{
    (void)state;
    assert_target_refused(*state, "shpo.c", "target shpo.c: no such file: DIR/shpo.c");
    assert_target_refused(*state, "no/shop.c:x", "target no/shop.c:x: no such file: DIR/no/shop.c");
    assert_target_refused(*state, "nope.Site.test",
                          "target nope.Site.test: no such file in DIR; nor, as a dotted name, a file nope "
                          "(or in nope/) with an ending of .so .c .js .mjs .cjs .rb .py");
    assert_target_refused(*state, "shop.c:", "target shop.c:: names no test behind the ':'");
    assert_target_refused(*state, "folder.js",
                          "target folder.js: DIR/folder.js is a directory: name a file in it");
    assert_target_refused(*state, "/dev/null", "target /dev/null: /dev/null is not a file");
    assert_target_refused(*state, "data.txt",
                          "target data.txt: no runner is known for DIR/data.txt (the endings are .so .c .js "
                          ".mjs .cjs .rb .py), and it is no program that can be executed; give a "
                          "runner with --test-runner");
    assert_target_refused(*state, "bot.sh",
                          "target bot.sh: programs need loads-bridge, which is not installed (neither beside "
                          "loads nor in PATH)");
    assert_target_refused(*state, "bot.sh:cart",
                          "target bot.sh:cart: DIR/bot.sh is a program, which has no test to choose: cart is "
                          "not handed to it");
    assert_target_refused(*state, "api.rb",
                          "target api.rb: .rb files need loads-ruby-runner, which is not installed (neither "
                          "beside loads nor in PATH)");
    assert_target_refused(*state, "example.TestWebSite.test_es",
                          "target example.TestWebSite.test_es: .py files need loads-python-runner, which is "
                          "not installed (neither beside loads nor in PATH)");
    if (geteuid() != 0)
        assert_target_refused(*state, "secret.c",
                              "target secret.c: cannot read DIR/secret.c: Permission denied");
}

static int
plan_external(struct plan *plan, const char *command, const char *target, struct err *err)
{
    struct target_settings one = one_target(target);
    struct run_settings settings = settings_of(&one, 1);

    *err = (struct err){ 0 };
    one.test_runner = (char *)command;
    return plan_init(plan, &settings, err);
}

static void
test_runner_gets_the_target(void **state)
{
    struct plan plan;
    struct err err;
    char *all, *expected;

    assert_int_equal(plan_external(&plan, "./bot.sh -v '{test} x'", "any $thing", &err), 0);
    expected = xasprintf("%s/bot.sh|-v|any $thing x", (char *)*state);
    all = joined(plan.targets[0].argv);
    assert_string_equal(all, expected);
    assert_string_equal(plan.targets[0].runner, "external");
    assert_string_equal(plan.targets[0].name, "any $thing");
    assert_int_equal(plan.targets[0].process_users, 1);
    free(all);
    free(expected);
    plan_clear(&plan);
    assert_int_equal(plan_external(&plan, "tool", "x", &err), 0);
    expected = xasprintf("%s/bin/tool", (char *)*state);
    assert_string_equal(plan.targets[0].argv[0], expected);
    assert_null(plan.targets[0].argv[1]);
    free(expected);
    plan_clear(&plan);
}

/* Relative to the test directory first, then to the current one. */
static void
test_runner_is_looked_for_in_both_places(void **state)
{
    struct target_settings one = one_target("x");
    struct run_settings settings = settings_of(&one, 1);
    struct plan plan;
    struct err err = { 0 };
    char *expected = xasprintf("%s/bin/tool", (char *)*state);

    settings.test_dir = "tests";
    one.test_runner = "../bin/tool";
    assert_int_equal(plan_init(&plan, &settings, &err), 0);
    plan_clear(&plan);
    one.test_runner = "bin/tool";
    assert_int_equal(plan_init(&plan, &settings, &err), 0);
    assert_string_equal(plan.targets[0].argv[0], expected);
    plan_clear(&plan);
    free(expected);
}

static void
test_runners_that_cannot_run_are_named(void **state)
{
    static const struct { const char *command, *error; } cases[] = {
        { "./gone {test}", "target x: --test-runner ./gone {test}: no program ./gone in DIR" },
        { "/gone {test}", "target x: --test-runner /gone {test}: /gone: No such file or directory" },
        { "gone {test}", "target x: --test-runner gone {test}: no program named gone in PATH (write ./gone "
                         "for one in the test directory)" },
        { "./data.txt", "target x: --test-runner ./data.txt: DIR/data.txt is not executable" },
        { "./tests", "target x: --test-runner ./tests: DIR/tests is a directory" },
        { "plain", "target x: --test-runner plain: no program named plain in PATH (write ./plain for one in "
                   "the test directory)" },
        { "'./bot.sh", "target x: --test-runner './bot.sh: a quote is not closed" },
        { "''", "target x: --test-runner '': no program named  in PATH (write ./ for one in the test "
                "directory)" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct plan plan;
        struct err err;
        char **expected = xcalloc(2, sizeof *expected);

        expected[0] = xstrdup(cases[i].error);
        words_replace(expected, "DIR", *state);
        assert_int_equal(plan_external(&plan, cases[i].command, "x", &err), -1);
        assert_string_equal(err.text, expected[0]);
        words_free(expected);
    }
}

static void
cycles_are_the_cartesian_product(void **state)
{
    static const struct { uint32_t users; uint64_t hits; } expected[] = {
        { 10, 5 }, { 10, 10 }, { 20, 5 }, { 20, 10 },
    };
    struct target_settings one = one_target("shop.c");
    struct run_settings settings = settings_of(&one, 1);
    struct plan plan;
    struct err err = { 0 };

    (void)state;
    one.users = NUMBERS(10, 20);
    one.hits = NUMBERS(5, 10);
    assert_int_equal(plan_init(&plan, &settings, &err), 0);
    assert_int_equal(plan.stage_count, 4);
    assert_int_equal(plan.targets[0].cycle_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(plan.targets[0].cycles[i].users, expected[i].users);
        assert_int_equal(plan.targets[0].cycles[i].hits, expected[i].hits);
        assert_true(plan.targets[0].cycles[i].duration_s == 0);
    }
    assert_int_equal(plan.planned_tests, 450);
    assert_int_equal(plan.planned_us, 0);
    plan_clear(&plan);

    one.hits = (struct number_list){ 0 };
    one.duration_s = 30;
    assert_int_equal(plan_init(&plan, &settings, &err), 0);
    assert_int_equal(plan.stage_count, 2);
    assert_int_equal(plan.targets[0].cycles[1].users, 20);
    assert_true(plan.targets[0].cycles[1].duration_s == 30);
    assert_int_equal(plan.planned_tests, 0);
    assert_int_equal(plan.planned_us, 60 * 1000000);
    plan_clear(&plan);
}

/* Stages run side by side: 10 s and 20 s take 20 s; one by hits has no known end. */
static void
mixed_runs_add_up(void **state)
{
    struct target_settings two[] = { one_target("shop.c"), one_target("shop.js") };
    struct run_settings settings = settings_of(two, 2);
    struct plan plan;
    struct err err = { 0 };

    (void)state;
    two[0].hits = two[1].hits = (struct number_list){ 0 };
    two[0].duration_s = 10;
    two[1].duration_s = 20;
    two[0].users = NUMBERS(1, 2, 3);
    assert_int_equal(plan_init(&plan, &settings, &err), 0);
    assert_int_equal(plan.stage_count, 3);
    assert_int_equal(plan.planned_us, 40 * 1000000);
    plan_clear(&plan);
    two[1].duration_s = 0;
    two[1].hits = NUMBERS(7);
    assert_int_equal(plan_init(&plan, &settings, &err), 0);
    assert_int_equal(plan.planned_us, 0);
    assert_int_equal(plan.planned_tests, 0);
    plan_clear(&plan);
}

static void
limits_hold_for_what_runs_at_once(void **state)
{
    struct target_settings two[] = { one_target("shop.c"), one_target("shop.js") };
    struct run_settings settings = settings_of(two, 2);
    uint64_t many[100] = { 0 };
    struct plan plan;
    struct err err = { 0 };

    (void)state;
    for (size_t i = 0; i < 100; i++)
        many[i] = 1;
    two[0].users = NUMBERS(1, 600000);
    two[1].users = NUMBERS(600000, 400001);
    assert_int_equal(plan_init(&plan, &settings, &err), -1);
    assert_string_equal(err.text, "cycle 2 has 1000001 users in all; at most 1000000 are allowed");

    err.text[0] = '\0';
    two[0].users = NUMBERS(20);
    two[1].users = NUMBERS(10001);
    two[1].process_users = 1;
    assert_int_equal(plan_init(&plan, &settings, &err), -1);
    assert_string_equal(err.text, "cycle 1 needs 10002 processes; at most 10000 are allowed: if the runner "
                                  "can run several users in one, say so with --process-users N");

    err.text[0] = '\0';
    two[0].users = two[0].hits = (struct number_list){ .values = many, .count = 100 };
    assert_int_equal(plan_init(&plan, &settings, &err), -1);
    assert_string_equal(err.text, "target shop.c: 100 users times 100 hits make 10000 cycles; at most 256 "
                                  "are allowed");
}

static void
settings_that_name_nothing_are_refused(void **state)
{
    struct target_settings one = one_target("shop.c");
    struct run_settings settings = settings_of(&one, 0);
    struct plan plan;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(plan_init(&plan, &settings, &err), -1);
    assert_string_equal(err.text, "no test to run: name a TARGET, such as shop.c:test_home");
    settings = settings_of(&one, 1);
    settings.test_dir = "gone";
    err.text[0] = '\0';
    assert_int_equal(plan_init(&plan, &settings, &err), -1);
    assert_string_equal(err.text, "--test-dir gone: No such file or directory");
    settings.test_dir = "shop.c";
    err.text[0] = '\0';
    assert_int_equal(plan_init(&plan, &settings, &err), -1);
    assert_string_equal(err.text, "--test-dir shop.c: is not a directory");
}

/* Every user once, in order, none in an empty process, sizes at most one apart. */
static void
assert_split(const struct plan_target *target, uint32_t users, uint32_t processes)
{
    struct plan_cycle cycle = { .users = users, .hits = 1 };
    uint32_t next = 1, smallest = UINT32_MAX, largest = 0;

    assert_int_equal(plan_process_count(target, &cycle), processes);
    for (uint32_t i = 0; i < processes; i++) {
        uint32_t first, count;

        plan_process_users(target, &cycle, i, &first, &count);
        assert_int_equal(first, next);
        assert_true(count >= 1);
        assert_true(count <= target->process_users || target->processes > 0);
        next += count;
        smallest = count < smallest ? count : smallest;
        largest = count > largest ? count : largest;
    }
    assert_int_equal(next, users + 1);
    assert_true(largest - smallest <= 1);
}

static void
users_are_split_over_processes(void **state)
{
    static const struct { struct plan_target target; uint32_t users, processes; } cases[] = {
        { { .process_users = UINT32_MAX }, 1000000, 1 },
        { { .process_users = 1 }, 7, 7 },
        { { .process_users = 3 }, 7, 3 },
        { { .process_users = 3 }, 6, 2 },
        { { .process_users = 10 }, 3, 1 },
        { { .process_users = 1, .processes = 3 }, 10, 3 },
        { { .process_users = UINT32_MAX, .processes = 4 }, 3, 3 },
        { { .process_users = UINT32_MAX, .processes = 4 }, 4, 4 },
        { { .process_users = UINT32_MAX, .process_per_hit = true }, 5, 5 },
        { { .process_users = 999999 }, 1000000, 2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_split(&cases[i].target, cases[i].users, cases[i].processes);
}

/* Only runners that patch know the option. */
static void
no_patching_is_handed_on(void **state)
{
    struct target_settings two[] = { one_target("shop.c"), one_target("shop.js") };
    struct run_settings settings = settings_of(two, 2);
    struct plan plan;
    struct err err = { 0 };
    char *all, *expected;

    settings.no_patching = true;
    assert_int_equal(plan_init(&plan, &settings, &err), 0);
    expected = xasprintf("%1$s/bin/loads-c-runner|--no-patching|%1$s/shop.c", (char *)*state);
    all = joined(plan.targets[0].argv);
    assert_string_equal(all, expected);
    free(all);
    free(expected);
    expected = xasprintf("%1$s/bin/loads-js-runner|%1$s/shop.js", (char *)*state);
    all = joined(plan.targets[1].argv);
    assert_string_equal(all, expected);
    free(all);
    free(expected);
    plan_clear(&plan);
}

static void
assert_words(const struct plan_target *target, char *taken_expected)
{
    char *all = joined(target->argv);

    assert_string_equal(all, taken_expected);
    free(all);
    free(taken_expected);
}

/* Whom to trust is the run's business. */
static void
authorities_are_handed_on(void **state)
{
    struct target_settings two[] = { one_target("shop.c"), one_target("shop.js") };
    struct run_settings settings = settings_of(two, 2);
    struct plan plan;
    struct err err = { 0 };

    settings.ca_file = (char *)"./data.txt";
    assert_int_equal(plan_init(&plan, &settings, &err), 0);
    assert_words(&plan.targets[0],
                   xasprintf("%1$s/bin/loads-c-runner|--ca-file|%1$s/data.txt|%1$s/shop.c", (char *)*state));
    assert_words(&plan.targets[1],
                   xasprintf("%1$s/bin/loads-js-runner|--ca-file|%1$s/data.txt|%1$s/shop.js", (char *)*state));
    plan_clear(&plan);

    settings.ca_file = (char *)"gone.pem";
    assert_int_equal(plan_init(&plan, &settings, &err), -1);
    assert_string_equal(err.text, "target shop.c: --ca-file gone.pem: No such file or directory");
}

/* A program is refused, and a --test-runner is not told. */
static void
trust_in_anybody_is_handed_on(void **state)
{
    struct target_settings three[] = { one_target("shop.c"), one_target("shop.js"), one_target("bot.sh") };
    struct run_settings settings = settings_of(three, 3);
    struct plan plan;
    struct err err = { 0 };

    settings.insecure = true;
    assert_int_equal(plan_init(&plan, &settings, &err), -1);
    assert_string_equal(err.text, "target bot.sh: --insecure: a program cannot be told to trust any certificate; "
                                  "--ca-file can be handed to it");
    three[2].test_runner = "tool {test}";
    assert_int_equal(plan_init(&plan, &settings, &err), 0);
    assert_words(&plan.targets[0], xasprintf("%1$s/bin/loads-c-runner|--insecure|%1$s/shop.c", (char *)*state));
    assert_words(&plan.targets[1], xasprintf("%1$s/bin/loads-js-runner|--insecure|%1$s/shop.js", (char *)*state));
    assert_words(&plan.targets[2], xasprintf("%s/bin/tool|bot.sh", (char *)*state));
    plan_clear(&plan);
}

static void
plan_is_described(void **state)
{
    struct target_settings two[] = { one_target("shop.c:home"), one_target("it's") };
    struct run_settings settings = settings_of(two, 2);
    char *expected =
        xasprintf("Plan: 2 targets, 4 cycles\n"
                  "Tests run in %1$s\n"
                  "\n"
                  "shop.c:home (runner: c)\n"
                  "    %1$s/bin/loads-c-runner --server-url http://127.0.0.1:80 \\\n"
                  "        %1$s/shop.c:home\n"
                  "    cycle 1: 10 users x 5 hits = 50 tests, 1 process\n"
                  "    cycle 2: 10 users x 10 hits = 100 tests, 1 process\n"
                  "    cycle 3: 20 users x 5 hits = 100 tests, 1 process\n"
                  "    cycle 4: 20 users x 10 hits = 200 tests, 1 process\n"
                  "\n"
                  "it's (runner: external)\n"
                  "    %1$s/bin/tool 'it'\\''s'\n"
                  "    cycle 1: 1 user for 1 h 1 min 1.5 s, 1 process for each hit\n",
                  (char *)*state);
    struct plan plan;
    struct err err = { 0 };
    struct buffer text;

    two[0].users = NUMBERS(10, 20);
    two[0].hits = NUMBERS(5, 10);
    two[1].hits = (struct number_list){ 0 };
    two[1].duration_s = 3661.5;
    two[1].test_runner = "tool {test}";
    two[1].process_per_hit = true;
    settings.server_url = "http://127.0.0.1:80";
    buffer_init(&text, 64 * 1024);
    assert_int_equal(plan_init(&plan, &settings, &err), 0);
    plan_describe(&plan, &text);
    assert_string_equal(text.data, expected);
    plan_clear(&plan);
    buffer_reset(&text);
    settings.target_count = 1;
    assert_int_equal(plan_init(&plan, &settings, &err), 0);
    plan_describe(&plan, &text);
    assert_memory_equal(text.data, "Plan: 1 target, 4 cycles, 450 tests in all\n", 43);
    plan_clear(&plan);
    buffer_clear(&text);
    free(expected);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_split_as_a_shell_does),
        cmocka_unit_test(unfinished_words_are_refused),
        cmocka_unit_test(replaced_text_stays_one_word),
        cmocka_unit_test(ending_picks_the_runner),
        cmocka_unit_test(data_is_for_runners_that_know_of_it),
        cmocka_unit_test(dotted_names_are_resolved_as_imports),
        cmocka_unit_test(targets_that_cannot_run_are_named),
        cmocka_unit_test(test_runner_gets_the_target),
        cmocka_unit_test(test_runner_is_looked_for_in_both_places),
        cmocka_unit_test(test_runners_that_cannot_run_are_named),
        cmocka_unit_test(cycles_are_the_cartesian_product),
        cmocka_unit_test(mixed_runs_add_up),
        cmocka_unit_test(limits_hold_for_what_runs_at_once),
        cmocka_unit_test(settings_that_name_nothing_are_refused),
        cmocka_unit_test(users_are_split_over_processes),
        cmocka_unit_test(no_patching_is_handed_on),
        cmocka_unit_test(authorities_are_handed_on),
        cmocka_unit_test(trust_in_anybody_is_handed_on),
        cmocka_unit_test(plan_is_described),
    };

    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
