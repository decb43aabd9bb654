/* SPDX-License-Identifier: Apache-2.0 */
/* core/cli: the configuration file, and how it lies under the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/gather.h"

#define WORDS(...) ((char *const[]){ __VA_ARGS__, NULL })
#define TEXT(literal) ((struct slice){ literal, sizeof(literal) - 1 })

static int
enter_directory(void **state)
{
    char directory[] = "/tmp/test_config.XXXXXX";

    assert_non_null(mkdtemp(directory));
    *state = strdup(directory);
    return chdir(directory);
}

static int
leave_directory(void **state)
{
    unlink("c.ini");
    rmdir(*state);
    free(*state);
    return chdir("/");
}

static void
write_config(struct slice text)
{
    FILE *out = fopen("c.ini", "w");

    assert_non_null(out);
    assert_int_equal(fwrite(text.data, 1, text.length, out), text.length);
    assert_int_equal(fclose(out), 0);
}

/* The settings of `loads run --config c.ini WORDS`. */
static int
gather(struct run_settings *settings, struct slice text, char *const *words, struct err *err)
{
    char *all[16] = { "--config=c.ini" };
    struct arguments arguments;
    int result;

    write_config(text);
    for (size_t i = 0; words != NULL && words[i] != NULL; i++)
        all[i + 1] = words[i];
    *err = (struct err){ 0 };
    assert_int_equal(arguments_parse(&arguments, &commands[COMMAND_RUN], all, err), 0);
    result = settings_gather(settings, &arguments, err);
    arguments_clear(&arguments);
    return result;
}

static void
assert_config_refused(struct slice config, const char *text)
{
    struct run_settings settings;
    struct err err;

    assert_int_equal(gather(&settings, config, NULL, &err), -1);
    assert_string_equal(err.text, text);
}

static void
all_keys_are_read(void **state)
{
    struct run_settings settings;
    struct err err;

    (void)state;
    assert_int_equal(gather(&settings,
                            TEXT("# a comment\n"
                                 "[loads]\n"
                                 "fqdn = example.TestWebSite.test_something\n"
                                 "; another = one\n"
                                 "include_file = *.py\n"
                                 "              pushtest\n"
                                 "   # not a file\n"
                                 "\n"
                                 "              last # one\n"
                                 "test_dir =\t/tmp/tests \n"
                                 "users = 5:6\n"
                                 "duration = 30\n"
                                 "output =\n"
                                 "  file\n"
                                 "  stdout\n"
                                 "output_file_filename = a = b\n"
                                 "quiet = True\n"
                                 "keep_query = off\n"
                                 "external_process_timeout = 1.5m\n"
                                 "[output stdout]\n"
                                 "max_urls = 3\n"),
                            NULL, &err),
                     0);
    assert_int_equal(settings.target_count, 1);
    assert_string_equal(settings.targets[0].target, "example.TestWebSite.test_something");
    assert_int_equal(settings.targets[0].users.count, 2);
    assert_int_equal(settings.targets[0].hits.count, 0);
    assert_true(settings.targets[0].duration_s == 30);
    assert_int_equal(settings.include_files.count, 3);
    assert_string_equal(settings.include_files.texts[0], "*.py");
    assert_string_equal(settings.include_files.texts[1], "pushtest");
    assert_string_equal(settings.include_files.texts[2], "last # one");
    assert_string_equal(settings.test_dir, "/tmp/tests");
    assert_int_equal(settings.outputs.count, 2);
    assert_string_equal(settings.outputs.plugins[0].name, "file");
    assert_string_equal(settings.outputs.plugins[0].settings[0].name, "filename");
    assert_string_equal(settings.outputs.plugins[0].settings[0].value, "a = b");
    assert_string_equal(settings.outputs.plugins[1].settings[0].name, "max_urls");
    assert_string_equal(settings.outputs.plugins[1].settings[0].value, "3");
    assert_true(settings.quiet);
    assert_false(settings.keep_query);
    assert_true(settings.external_process_timeout_s == 90);
    settings_clear(&settings);
}

static void
line_ends_and_byte_order_mark_do_not_matter(void **state)
{
    static const struct slice texts[] = {
        { "[loads]\nfqn = a\nlabel = x\n", 26 },
        { "\xEF\xBB\xBF[loads]\r\nfqn = a\r\nlabel = x", 30 },
        { "\r\n[loads] \r\nfqn=a\r\nlabel=x\r\n", 28 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct run_settings settings;
        struct err err;

        assert_int_equal(strlen(texts[i].data), texts[i].length);
        assert_int_equal(gather(&settings, texts[i], NULL, &err), 0);
        assert_string_equal(settings.targets[0].target, "a");
        assert_string_equal(settings.label, "x");
        settings_clear(&settings);
    }
}

static void
sections_make_a_mixed_run(void **state)
{
    struct run_settings settings;
    struct err err;

    (void)state;
    assert_int_equal(gather(&settings,
                            TEXT("[loads]\nduration = 30\nusers = 4\ntest_runner = ./r {test}\n"
                                 "[test shoppers]\ntarget = shop.js\nusers = 60\n"
                                 "[test bots in C]\nfqn = bot.c\nhits = 2:3\nprocesses = 2\n"
                                 "process_per_hit = no\ndata = bots.csv\ndata_order = once\n"
                                 "data_unique = yes\nseed = abc\n"),
                            NULL, &err),
                     0);
    assert_int_equal(settings.target_count, 2);
    assert_string_equal(settings.targets[0].name, "shoppers");
    assert_string_equal(settings.targets[0].target, "shop.js");
    assert_int_equal(settings.targets[0].users.values[0], 60);
    assert_true(settings.targets[0].duration_s == 30);
    assert_string_equal(settings.targets[0].test_runner, "./r {test}");
    assert_string_equal(settings.targets[1].name, "bots in C");
    assert_int_equal(settings.targets[1].users.values[0], 4);
    assert_null(settings.targets[0].data);
    assert_string_equal(settings.targets[1].data, "bots.csv");
    assert_string_equal(settings.targets[1].data_order, "once");
    assert_true(settings.targets[1].data_unique && !settings.targets[0].data_unique);
    assert_string_equal(settings.targets[1].seed, "abc");
    /* hits of the section take the place of the common duration */
    assert_int_equal(settings.targets[1].hits.count, 2);
    assert_true(settings.targets[1].duration_s == 0);
    assert_int_equal(settings.targets[1].processes, 2);
    settings_clear(&settings);
}

static void
command_line_wins(void **state)
{
    struct run_settings settings;
    struct err err;

    (void)state;
    assert_int_equal(gather(&settings,
                            TEXT("[loads]\nfqn = a\nhits = 5\nusers = 4\nquiet = yes\noutput = file\n"
                                 "output_file_filename = x\ninclude_file = 1\n 2\n"
                                 "[test one]\nfqn = b\nusers = 7\n"),
                            WORDS("-d", "3", "--quiet=no", "-o", "json", "--include-file=3", "c", "d"), &err),
                     0);
    assert_int_equal(settings.target_count, 2);
    assert_string_equal(settings.targets[0].target, "c");
    assert_string_equal(settings.targets[1].target, "d");
    assert_int_equal(settings.targets[0].users.values[0], 4);
    assert_true(settings.targets[0].duration_s == 3);
    assert_int_equal(settings.targets[0].hits.count, 0);
    assert_false(settings.quiet);
    assert_int_equal(settings.outputs.count, 1);
    assert_string_equal(settings.outputs.plugins[0].name, "json");
    assert_int_equal(settings.outputs.plugins[0].setting_count, 0);
    assert_int_equal(settings.include_files.count, 1);
    assert_string_equal(settings.include_files.texts[0], "3");
    settings_clear(&settings);
    /* without targets on the command line its users hold for the sections' tests */
    assert_int_equal(gather(&settings, TEXT("[loads]\nusers = 4\n[test one]\nfqn = b\nusers = 7\n"),
                            WORDS("-u9"), &err),
                     0);
    assert_string_equal(settings.targets[0].target, "b");
    assert_int_equal(settings.targets[0].users.values[0], 9);
    settings_clear(&settings);
}

static void
environment_names_the_file(void **state)
{
    struct arguments arguments;
    struct run_settings settings;
    struct err err = { 0 };

    (void)state;
    write_config(TEXT("[loads]\nfqn = a\n"));
    setenv("LOADS_CONFIG", "c.ini", 1);
    assert_int_equal(arguments_parse(&arguments, &commands[COMMAND_RUN], WORDS("-q"), &err), 0);
    assert_int_equal(settings_gather(&settings, &arguments, &err), 0);
    assert_string_equal(settings.targets[0].target, "a");
    settings_clear(&settings);
    arguments_clear(&arguments);
    setenv("LOADS_CONFIG", "other.ini", 1);
    assert_int_equal(gather(&settings, TEXT("[loads]\nfqn = b\n"), NULL, &err), 0);
    assert_string_equal(settings.targets[0].target, "b");
    settings_clear(&settings);
    unsetenv("LOADS_CONFIG");
}

static void
every_error_names_the_line(void **state)
{
    static const struct { struct slice config; const char *text; } cases[] = {
        { { "[loads]\nusers 5\n", 16 }, "c.ini:2: expected KEY = VALUE, [SECTION] or a comment" },
        { { "users = 5\n", 10 }, "c.ini:1: a key needs a section before it, such as [loads]" },
        { { "[loads\nusers = 5\n", 17 }, "c.ini:1: expected ']' at the end of the section's line" },
        { { "[loads] x\n", 10 }, "c.ini:1: expected ']' at the end of the section's line" },
        { { "[]\n", 3 }, "c.ini:1: a section needs a name: [loads], [test NAME], [output NAME] or [observer NAME]" },
        { { "[\n", 2 }, "c.ini:1: expected ']' at the end of the section's line" },
        { { "[a[b]]\n", 7 }, "c.ini:1: a section's name has no brackets in it" },
        { { "[laods]\n", 8 }, "c.ini:1: unknown section [laods]; did you mean [loads]?" },
        { { "[circus x]\n", 11 },
          "c.ini:1: unknown section [circus x]; there are [loads], [test NAME], [output NAME] and [observer NAME]" },
        { { "[test]\n", 7 }, "c.ini:1: the section needs a name: [test NAME]" },
        { { "[output]\n", 9 }, "c.ini:1: the section needs an output's name: [output NAME]" },
        { { "[test a]\nfqn=x\n[test a]\n", 24 }, "c.ini:3: the section is there twice, in line 1 too" },
        { { "[loads]\n= 5\n", 12 }, "c.ini:2: there is no key before '='" },
        { { "[loads]\n  users = 5\n", 20 },
          "c.ini:2: the line is indented, but there is no key that it continues" },
        { { "[loads]\nuser = 5\n", 17 }, "c.ini:2: unknown key user; did you mean users?" },
        { { "[loads]\ntestdir = 5\n", 20 }, "c.ini:2: unknown key testdir; did you mean test_dir?" },
        { { "[loads]\nzzzzzzzz = 5\n", 21 },
          "c.ini:2: unknown key zzzzzzzz; keys are the long options of loads run, with _ for -" },
        { { "[loads]\nconfig = 5\n", 19 }, "c.ini:2: config can be given on the command line only" },
        { { "[loads]\nusers = 5\nusers = 6\n", 28 }, "c.ini:3: users is given twice, in line 2 too" },
        { { "[loads]\nhits = 5\ncycles = 6\n", 28 }, "c.ini:3: cycles is given twice, in line 2 too" },
        { { "[loads]\nfqn=a\nusers = 5x\n", 25 },
          "c.ini:3: users = 5x: expected a whole number from 1 to 1000000, or several with ':' between "
          "them" },
        { { "[loads]\nlabel =\n", 16 }, "c.ini:2: label: the value is empty" },
        { { "[loads]\nlabel = a\n b\n", 21 },
          "c.ini:2: label takes one line only; the next line is indented" },
        { { "[loads]\nfqn=a\nhits = 5\nduration = 6\n", 36 },
          "c.ini:3: hits = 5: duration is given too, in line 4; only one of them can be" },
        { { "[loads]\nfqn = a\nagents = 4\n", 27 },
          "c.ini:3: agents belongs to runs on a cluster, which this version cannot do yet" },
        { { "[observer]\n", 11 }, "c.ini:1: the section needs an observer's name: [observer NAME]" },
        { { "[observer irc]\nport = 4\n", 24 },
          "c.ini:2: port: the observer irc is not asked for; add observer = irc" },
        { { "[test a]\ntarget = a\nquiet = yes\n", 32 },
          "c.ini:3: quiet is the same for all tests: it belongs to the section [loads]" },
        { { "[test a]\nusers = 3\n", 19 }, "c.ini:1: [test a] needs a target" },
        { { "[loads]\noutput_csv_filename = a\n", 32 },
          "c.ini:2: output_csv_filename: the output csv is not asked for; add output = csv" },
        { { "[output csv]\nfilename = a\n", 26 },
          "c.ini:2: filename: the output csv is not asked for; add output = csv" },
        { { "[output csv]\na = 1\na = 2\n", 25 }, "c.ini:3: a is given twice, in line 2 too" },
        { { "[loads]\noutput_csv_a = 1\noutput_csv_a = 2\n", 42 },
          "c.ini:3: output_csv_a is given twice, in line 2 too" },
        { { "[test a]\noutput_csv_a = 1\n", 26 },
          "c.ini:2: output_csv_a is the same for all tests: it belongs to the section [loads]" },
        { { "[loads]\noutput = a b\n", 21 },
          "c.ini:2: output = a b: expected the name of an output: up to 32 of a-z, 0-9 and _" },
        { { "[loads]\nlabel = \xC3(\n", 19 }, "c.ini:2: the line is not UTF-8" },
        { { "[loads]\nlabel = a\0b\n", 20 }, "c.ini:2: the line has a control character in it" },
        { { "[loads]\nlabel = a\rb\n", 20 }, "c.ini:2: the line has a control character in it" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_config_refused(cases[i].config, cases[i].text);
}

static void
sizes_are_limited(void **state)
{
    static char text[CONFIG_SIZE_LIMIT + 2];
    static const char head[] = "[loads]\nlabel = ";
    struct run_settings settings;
    struct err err;

    (void)state;
    memset(text, '#', sizeof text);
    assert_int_equal(gather(&settings, (struct slice){ text, CONFIG_SIZE_LIMIT + 1 }, NULL, &err), -1);
    assert_string_equal(err.text, "the configuration file c.ini has more than 1048576 bytes");
    assert_int_equal(gather(&settings, (struct slice){ text, CONFIG_LINE_LIMIT + 1 }, NULL, &err), -1);
    assert_string_equal(err.text, "c.ini:1: the line is too long");
    assert_int_equal(gather(&settings, (struct slice){ text, CONFIG_LINE_LIMIT }, NULL, &err), 0);
    settings_clear(&settings);
    for (size_t i = 0; i + 4 <= CONFIG_SIZE_LIMIT; i += 4)
        memcpy(text + i, "a=b\n", 4);
    memcpy(text, "[a]\n", 4);
    assert_int_equal(gather(&settings, (struct slice){ text, CONFIG_SIZE_LIMIT }, NULL, &err), -1);
    assert_string_equal(err.text, "c.ini:4098: too many keys");
    for (size_t i = 0; i + 4 <= CONFIG_SIZE_LIMIT; i += 4)
        memcpy(text + i, "[a]\n", 4);
    assert_int_equal(gather(&settings, (struct slice){ text, CONFIG_SIZE_LIMIT }, NULL, &err), -1);
    assert_string_equal(err.text, "c.ini:257: too many sections");
    /* a third of a million continuation lines */
    for (size_t i = 0; i + 2 <= CONFIG_SIZE_LIMIT; i += 3)
        memcpy(text + i, " x\n", 3);
    memcpy(text, head, strlen(head));
    assert_int_equal(gather(&settings, (struct slice){ text, CONFIG_SIZE_LIMIT }, NULL, &err), -1);
    assert_non_null(strstr(err.text, ": the value is too long"));
}

static void
files_that_cannot_be_read_are_named(void **state)
{
    struct config config;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(config_read(&config, "missing.ini", &err), -1);
    assert_string_equal(err.text,
                        "cannot open the configuration file missing.ini: No such file or directory");
    err.text[0] = '\0';
    assert_int_equal(config_read(&config, ".", &err), -1);
    assert_string_equal(err.text, "cannot read the configuration file .: Is a directory");
}

static void
no_target_is_left_to_the_plan(void **state)
{
    struct run_settings settings;
    struct err err;

    (void)state;
    assert_int_equal(gather(&settings, TEXT(""), NULL, &err), 0);
    assert_int_equal(settings.target_count, 0);
    settings_clear(&settings);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_keys_are_read),
        cmocka_unit_test(line_ends_and_byte_order_mark_do_not_matter),
        cmocka_unit_test(sections_make_a_mixed_run),
        cmocka_unit_test(command_line_wins),
        cmocka_unit_test(environment_names_the_file),
        cmocka_unit_test(every_error_names_the_line),
        cmocka_unit_test(sizes_are_limited),
        cmocka_unit_test(files_that_cannot_be_read_are_named),
        cmocka_unit_test(no_target_is_left_to_the_plan),
    };

    unsetenv("LOADS_CONFIG");
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
