/* SPDX-License-Identifier: Apache-2.0 */
/* core/cli: the command line's grammar, its values, and the texts made from the
 * tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/gather.h"
#include "cli/help.h"

#define WORDS(...) ((char *const[]){ __VA_ARGS__, NULL })

/* The settings that `loads run WORDS` makes, or the error. */
static int
gather(struct run_settings *settings, char *const *words, struct err *err)
{
    struct arguments arguments;
    int result;

    *err = (struct err){ 0 };
    if (arguments_parse(&arguments, &commands[COMMAND_RUN], words, err) != 0)
        return -1;
    result = settings_gather(settings, &arguments, err);
    arguments_clear(&arguments);
    return result;
}

static void
assert_refused(char *const *words, const char *text)
{
    struct run_settings settings;
    struct err err;

    assert_int_equal(gather(&settings, words, &err), -1);
    assert_string_equal(err.text, text);
}

static void
defaults_are_one_user_one_hit(void **state)
{
    struct run_settings settings;
    struct err err;

    (void)state;
    assert_int_equal(gather(&settings, WORDS("shop.c:home"), &err), 0);
    assert_int_equal(settings.target_count, 1);
    assert_string_equal(settings.targets[0].name, "shop.c:home");
    assert_string_equal(settings.targets[0].target, "shop.c:home");
    assert_int_equal(settings.targets[0].users.count, 1);
    assert_int_equal(settings.targets[0].users.values[0], 1);
    assert_int_equal(settings.targets[0].hits.count, 1);
    assert_int_equal(settings.targets[0].hits.values[0], 1);
    assert_true(settings.targets[0].duration_s == 0);
    assert_int_equal(settings.targets[0].process_users, 0);
    assert_int_equal(settings.outputs.count, 1);
    assert_string_equal(settings.outputs.plugins[0].name, "stdout");
    assert_string_equal(settings.test_dir, ".");
    assert_true(settings.external_process_timeout_s < 0);
    assert_false(settings.quiet);
    settings_clear(&settings);
}

static void
every_spelling_is_understood(void **state)
{
    char *const *const spellings[] = {
        WORDS("--users", "10:20", "--hits", "5", "--quiet", "--", "a.c"),
        WORDS("--users=10:20", "--cycles=5", "a.c", "--quiet"),
        WORDS("a.c", "-u", "10:20", "-c", "5", "-q"),
        WORDS("-qu10:20", "a.c", "-c5"),
        WORDS("-q", "-u1", "-u10:20", "--hits=7", "a.c", "-c", "5"), /* the last one holds */
        WORDS("--quiet=no", "--quiet=yes", "-u10:20", "-c5", "a.c"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        struct run_settings settings;
        struct err err;

        assert_int_equal(gather(&settings, spellings[i], &err), 0);
        assert_int_equal(settings.target_count, 1);
        assert_string_equal(settings.targets[0].target, "a.c");
        assert_int_equal(settings.targets[0].users.count, 2);
        assert_int_equal(settings.targets[0].users.values[0], 10);
        assert_int_equal(settings.targets[0].users.values[1], 20);
        assert_int_equal(settings.targets[0].hits.count, 1);
        assert_int_equal(settings.targets[0].hits.values[0], 5);
        assert_true(settings.quiet);
        settings_clear(&settings);
    }
}

static void
words_behind_two_dashes_are_operands(void **state)
{
    struct run_settings settings;
    struct err err;

    (void)state;
    assert_int_equal(gather(&settings, WORDS("-", "--", "--users", "-q"), &err), 0);
    assert_int_equal(settings.target_count, 3);
    assert_string_equal(settings.targets[0].target, "-");
    assert_string_equal(settings.targets[1].target, "--users");
    assert_string_equal(settings.targets[2].target, "-q");
    settings_clear(&settings);
}

static void
times_have_units(void **state)
{
    static const struct { char *text; double seconds; } times[] = {
        { "30", 30 }, { "1.5", 1.5 }, { "90s", 90 }, { "2.5m", 150 }, { "2h", 7200 }, { "0.25s", 0.25 },
        { "0.001", 0.001 }, { "720h", 2592000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct run_settings settings;
        struct err err;

        assert_int_equal(gather(&settings, WORDS("a.c", "-d", times[i].text), &err), 0);
        assert_true(settings.targets[0].duration_s > times[i].seconds * 0.999999);
        assert_true(settings.targets[0].duration_s < times[i].seconds * 1.000001);
        assert_int_equal(settings.targets[0].hits.count, 0);
        settings_clear(&settings);
    }
}

static void
bad_times_are_refused(void **state)
{
    static char *const times[] = {
        "0", "-1", "+1", "1e3", "inf", "nan", "1.", ".5", "1.5x", "s", "1 s", " 1", "1d", "1ms",
        "2592000.1", "721h", "99999999999999999999", "0x10",
    };

    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct run_settings settings;
        struct err err;
        char text[256];

        snprintf(text, sizeof text,
                 "--duration %s: expected a time from 0.001 to 2592000 seconds, such as 30, 1.5, 90s, 5m "
                 "or 2h",
                 times[i]);
        assert_int_equal(gather(&settings, WORDS("a.c", "-d", times[i]), &err), -1);
        assert_string_equal(err.text, text);
    }
}

static void
bad_numbers_are_refused(void **state)
{
    static char *const numbers[] = {
        "0", "-1", "+1", "1.0", "1e3", "ten", "10x", " 1", "1 ", ":", "1:", ":1", "1::2", "1:0", "1000001",
        "18446744073709551617", "1,2",
    };

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct run_settings settings;
        struct err err;
        char text[256];

        snprintf(text, sizeof text,
                 "--users %s: expected a whole number from 1 to 1000000, or several with ':' between them",
                 numbers[i]);
        assert_int_equal(gather(&settings, WORDS("a.c", "-u", numbers[i]), &err), -1);
        assert_string_equal(err.text, text);
    }
}

static void
limits_are_inside(void **state)
{
    struct run_settings settings;
    struct err err;

    (void)state;
    assert_int_equal(gather(&settings, WORDS("a", "-u1000000", "--hits=1000000000"), &err), 0);
    assert_int_equal(settings.targets[0].users.values[0], 1000000);
    assert_int_equal(settings.targets[0].hits.values[0], 1000000000);
    settings_clear(&settings);
    assert_refused(WORDS("a", "--hits=1000000001"),
                   "--hits 1000000001: expected a whole number from 1 to 1000000000, or several with ':' "
                   "between them");
}

static void
mistakes_are_named(void **state)
{
    (void)state;
    assert_refused(WORDS("a", "--usres", "3"), "unknown option --usres; did you mean --users?");
    assert_refused(WORDS("a", "--zzzzzzzz"),
                   "unknown option --zzzzzzzz; loads run --help lists them all");
    assert_refused(WORDS("a", "-x"), "unknown option -x; loads run --help lists them all");
    assert_refused(WORDS("a", "-u"), "--users needs a value: N[:N...]");
    assert_refused(WORDS("a", "--label", "--quiet"),
                   "--label needs a value: TEXT (to give it --quiet, write --label=--quiet)");
    assert_refused(WORDS("a", "--data", "x.csv", "--data-order", "ONCE"),
                   "--data-order ONCE: expected sequential, random, shuffled or once");
    assert_refused(WORDS("a", "--label="), "--label: the value is empty");
    assert_refused(WORDS("a", "--quiet=maybe"), "--quiet maybe: expected yes or no");
    assert_refused(WORDS("a", "--target=x"), "--target is no option but a key of the configuration file");
    assert_refused(WORDS("a", "--agents", "4"),
                   "--agents: belongs to runs on a cluster, which this version cannot do yet");
    assert_refused(WORDS("a", "-a4"), "-a: belongs to runs on a cluster, which this version cannot do yet");
    assert_refused(WORDS("a", "--observer-irc-port=4"),
                   "--observer-irc-port: the observer irc is not asked for; add --observer irc");
    assert_refused(WORDS("a", "--server-url", "example.com"),
                   "--server-url example.com: expected an address such as http://127.0.0.1:8080");
    assert_refused(WORDS("a", "--server-url", "http://x/a b"),
                   "--server-url http://x/a b: has a blank or control character in it");
}

static void
contradictions_are_refused(void **state)
{
    (void)state;
    assert_refused(WORDS("a", "--hits", "3", "-d", "4"),
                   "--hits 3: --duration is given too; only one of them can be");
    assert_refused(WORDS("a", "--processes", "3", "--process-users", "4"),
                   "--processes 3: --process-users is given too; only one of them can be");
    assert_refused(WORDS("a", "--process-per-hit", "--processes", "4"),
                   "target a: --process-per-hit starts a process for each user and hit; it does not go with "
                   "--processes or --process-users");
}

static void
outputs_take_their_options(void **state)
{
    struct run_settings settings;
    struct err err;

    (void)state;
    assert_int_equal(gather(&settings,
                            WORDS("a", "--output", "file", "-o", "my_out", "-omy",
                                  "--output-file-filename=/tmp/x", "--output-my_out-max-size", "5",
                                  "--output-my-out", "6", "--output-file-filename=/tmp/y"),
                            &err),
                     0);
    assert_int_equal(settings.outputs.count, 3);
    assert_string_equal(settings.outputs.plugins[0].name, "file");
    assert_int_equal(settings.outputs.plugins[0].setting_count, 1);
    assert_string_equal(settings.outputs.plugins[0].settings[0].name, "filename");
    assert_string_equal(settings.outputs.plugins[0].settings[0].value, "/tmp/y");
    assert_string_equal(settings.outputs.plugins[1].name, "my_out");
    assert_int_equal(settings.outputs.plugins[1].setting_count, 1);
    assert_string_equal(settings.outputs.plugins[1].settings[0].name, "max_size");
    assert_string_equal(settings.outputs.plugins[2].name, "my");
    assert_int_equal(settings.outputs.plugins[2].setting_count, 1);
    assert_string_equal(settings.outputs.plugins[2].settings[0].name, "out");
    settings_clear(&settings);
}

static void
outputs_must_be_asked_for(void **state)
{
    (void)state;
    assert_refused(WORDS("a", "--output-csv-filename=x"),
                   "--output-csv-filename: the output csv is not asked for; add --output csv");
    assert_refused(WORDS("a", "--output-file=x", "-ofile"),
                   "--output-file: expected an output and an option of it: output-NAME-OPTION");
    assert_refused(WORDS("a", "-ofile", "--output=file"), "--output file: the output is given twice");
    assert_refused(WORDS("a", "-oFile"),
                   "--output File: expected the name of an output: up to 32 of a-z, 0-9 and _");
    assert_refused(WORDS("a", "-o../x"),
                   "--output ../x: expected the name of an output: up to 32 of a-z, 0-9 and _");
}

/* A secret stays out of what is said about it. */
static void
values_of_outputs_are_not_shown(void **state)
{
    struct run_settings settings;
    struct err err;

    (void)state;
    assert_int_equal(gather(&settings, WORDS("a", "--output-web-token=hunter2"), &err), -1);
    assert_null(strstr(err.text, "hunter2"));
}

static void
too_much_is_refused(void **state)
{
    char *words[SETTINGS_TARGETS_LIMIT + 2] = { NULL };
    char users[SETTINGS_CYCLES_LIMIT * 2 + 2];
    char *label = calloc(1, SETTINGS_TEXT_LIMIT + 2);
    struct run_settings settings;
    struct err err;

    (void)state;
    for (size_t i = 0; i <= SETTINGS_TARGETS_LIMIT; i++)
        words[i] = "a.c";
    assert_refused(words, "loads run takes at most 64 arguments: a.c is too much");
    for (size_t i = 0; i <= SETTINGS_CYCLES_LIMIT; i++)
        memcpy(users + 2 * i, "1:", 2);
    users[sizeof users - 1] = '\0';
    assert_int_equal(gather(&settings, WORDS("a", "-u", users), &err), -1);
    assert_non_null(strstr(err.text, ": has more than 256 numbers"));
    memset(label, 'x', SETTINGS_TEXT_LIMIT + 1);
    assert_int_equal(gather(&settings, WORDS("a", "--label", label), &err), -1);
    assert_non_null(strstr(err.text, ": the value has more than 4096 bytes"));
    free(label);
}

/* A page as the terminal gets it. */
static void
assert_fits_terminal(const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        if (length > 80)
            fail_msg("%zu columns: %.*s", length, (int)length, text);
        assert_false(length > 0 && text[length - 1] == ' ');
        text += length + (text[length] == '\n');
    }
}

static void
help_shows_every_option_in_80_columns(void **state)
{
    struct buffer text;

    (void)state;
    buffer_init(&text, HELP_LIMIT);
    help_program(&text);
    assert_fits_terminal(text.data);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        assert_non_null(strstr(text.data, commands[i].name));
        assert_non_null(strstr(text.data, commands[i].summary));
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        buffer_reset(&text);
        help_command(&text, &commands[i]);
        assert_false(text.is_full);
        assert_fits_terminal(text.data);
        for (const struct option *option = options; option->name != NULL; option++) {
            char label[128], letter[] = "  -?, ";

            letter[3] = option->letter;
            snprintf(label, sizeof label, "\n%s--%s%s%s", option->letter != '\0' ? letter : "      ",
                     option->name, option->argument != NULL ? " " : "",
                     option->argument != NULL ? option->argument : "");
            assert_int_equal(strstr(text.data, label) != NULL, option_takes(option, &commands[i]));
        }
    }
    buffer_clear(&text);
}

/* The tables are right in themselves. */
static void
tables_have_no_doubles(void **state)
{
    (void)state;
    for (const struct option *option = options; option->name != NULL; option++) {
        assert_ptr_equal(option_named(option->name), option);
        if (option->letter != '\0')
            assert_ptr_equal(option_find_letter(option->letter), option);
        for (size_t i = 0; i < OPTION_ALIASES && option->aliases[i] != NULL; i++)
            assert_ptr_equal(option_named(option->aliases[i]), option);
        if (option->excludes != NULL)
            assert_string_equal(option_named(option->excludes)->excludes, option->name);
        assert_int_equal(option->type == OPTION_FLAG, option->argument == NULL);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_one_user_one_hit),
        cmocka_unit_test(every_spelling_is_understood),
        cmocka_unit_test(words_behind_two_dashes_are_operands),
        cmocka_unit_test(times_have_units),
        cmocka_unit_test(bad_times_are_refused),
        cmocka_unit_test(bad_numbers_are_refused),
        cmocka_unit_test(limits_are_inside),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(outputs_take_their_options),
        cmocka_unit_test(outputs_must_be_asked_for),
        cmocka_unit_test(values_of_outputs_are_not_shown),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(help_shows_every_option_in_80_columns),
        cmocka_unit_test(tables_have_no_doubles),
    };

    unsetenv("LOADS_CONFIG");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
