/* SPDX-License-Identifier: Apache-2.0 */
/* Names the command and runs it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "cli/arguments.h"
#include "cli/gather.h"
#include "cli/help.h"
#include "cli/values.h"
#include "conformance/conformance.h"
#include "plugins/dispatch.h"
#include "plugins/project.h"
#include "run/observers.h"
#include "run/run.h"

static int
usage_error(const struct err *err)
{
    log_error("%s", err->text);
    return EXIT_USAGE;
}

/* Prints on stdout and says when that fails: a page that is cut off must not
 * look like a whole one. Takes the buffer. */
static int
print(struct buffer *text)
{
    bool is_written = fwrite(text->data, 1, text->length, stdout) == text->length && fflush(stdout) == 0;
    int why = errno;

    buffer_clear(text);
    if (is_written)
        return EXIT_PASSED;
    log_error("cannot write to the standard output: %s", strerror(why));
    return EXIT_INTERNAL;
}

static const struct command *
find_command(const char *name, struct err *err)
{
    const struct command *command = command_find(name);
    const char *names[COMMAND_COUNT];
    const char *nearest;

    if (command != NULL)
        return command;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    nearest = nearest_name(name, names, COMMAND_COUNT);
    if (nearest != NULL)
        err_set(err, "unknown command %s; did you mean %s?", name, nearest);
    else if (name[0] == '-')
        err_set(err, "%s stands before the command; write loads COMMAND [OPTION...]", name);
    else if (strpbrk(name, "./:") != NULL)
        err_set(err, "unknown command %s; to run it as a test: loads run %s", name, name);
    else
        err_set(err, "unknown command %s; loads help lists them all", name);
    return NULL;
}

static int
do_help(const struct arguments *arguments)
{
    const struct command *command = NULL;
    struct err err = { 0 };
    struct buffer text;

    if (arguments->operand_count > 0) {
        command = find_command(arguments->operands[0], &err);
        if (command == NULL)
            return usage_error(&err);
    }
    buffer_init(&text, HELP_LIMIT);
    if (command != NULL)
        help_command(&text, command);
    else
        help_program(&text);
    return print(&text);
}

static int
do_version(const struct arguments *arguments)
{
    struct buffer text;

    (void)arguments;
    buffer_init(&text, HELP_LIMIT);
    buffer_add_text(&text, "loads " PACKAGE_VERSION "\n");
    return print(&text);
}

static int
do_completion(const struct arguments *arguments)
{
    struct err err = { 0 };
    struct buffer text;

    if (strcmp(arguments->operands[0], "bash") != 0) {
        err_set(&err, "completion for %s is not known, only for bash", arguments->operands[0]);
        return usage_error(&err);
    }
    buffer_init(&text, HELP_LIMIT);
    help_completion(&text);
    return print(&text);
}

static int
do_run(const struct arguments *arguments)
{
    struct run_settings settings;
    struct err err = { 0 };
    int code;

    if (settings_gather(&settings, arguments, &err) != 0)
        return usage_error(&err);
    code = run_execute(&settings);
    settings_clear(&settings);
    return code;
}

static int
replay(const struct arguments *arguments, bool allow_torn)
{
    struct run_settings settings;
    struct err err = { 0 };
    int code;

    if (settings_gather(&settings, arguments, &err) != 0)
        return usage_error(&err);
    code = run_replay(arguments->operands, arguments->operand_count, &settings, allow_torn);
    settings_clear(&settings);
    return code;
}

static int
do_report(const struct arguments *arguments)
{
    return replay(arguments, false);
}

static int
do_recover(const struct arguments *arguments)
{
    return replay(arguments, true);
}

static int
do_plugins(const struct arguments *arguments)
{
    struct run_settings settings;
    struct plugin_path *path;
    struct err err = { 0 };
    struct buffer text;

    if (settings_gather(&settings, arguments, &err) != 0)
        return usage_error(&err);
    path = plugin_path_new(settings.plugin_path, getenv("LOADS_PLUGIN_PATH"));
    settings_clear(&settings);
    buffer_init(&text, HELP_LIMIT);
    plugin_path_describe(path, &text);
    plugin_path_free(path);
    return print(&text);
}

/* A RUNNER of one word is a target, unless a TEST follows it: that, or one with
 * arguments, is a command, as by --test-runner. */
static int
do_conformance(const struct arguments *arguments)
{
    const char *runner = arguments->operands[0];
    bool is_command = strpbrk(runner, " \t\n") != NULL || arguments->operand_count > 1;
    struct arguments last = *arguments;
    struct run_settings settings;
    struct err err = { 0 };
    int code;

    last.operands += last.operand_count - 1;
    last.operand_count = 1;
    if (settings_gather(&settings, &last, &err) != 0)
        return usage_error(&err);
    if (is_command && settings.targets[0].test_runner != NULL) {
        settings_clear(&settings);
        err_set(&err, "%s is a command, and --test-runner is given too; only one of them can be", runner);
        return usage_error(&err);
    }
    if (is_command)
        settings.targets[0].test_runner = xstrdup(runner);
    code = conformance_execute(&settings);
    settings_clear(&settings);
    return code;
}

/* The plugin's kind as --kind says it. */
static int
read_kind(enum loads_kind *kind, const struct arguments *arguments, struct err *err)
{
    const char *typed = arguments_value(arguments, "kind");
    char *word = NULL;

    *kind = LOADS_OUTPUT;
    if (typed == NULL)
        return 0;
    if (value_store(option_named("kind"), &word, typed, err) != 0)
        return err_add(err, "--kind %s", typed);
    if (strcmp(word, "observer") == 0)
        *kind = LOADS_OBSERVER;
    free(word);
    return 0;
}

static int
do_plugin(const struct arguments *arguments)
{
    enum loads_kind kind;
    struct err err = { 0 };
    struct buffer text;

    if (strcmp(arguments->operands[0], "new") != 0) {
        err_set(&err, "loads plugin %s is not known, only loads plugin new NAME", arguments->operands[0]);
        return usage_error(&err);
    }
    buffer_init(&text, HELP_LIMIT);
    if (read_kind(&kind, arguments, &err) != 0 ||
        project_new(arguments->operands[1], kind, &text, &err) != 0) {
        buffer_clear(&text);
        return usage_error(&err);
    }
    return print(&text);
}

static int (*const actions[COMMAND_COUNT])(const struct arguments *) = {
    [COMMAND_RUN] = do_run,
    [COMMAND_REPORT] = do_report,
    [COMMAND_RECOVER] = do_recover,
    [COMMAND_CONFORMANCE] = do_conformance,
    [COMMAND_PLUGINS] = do_plugins,
    [COMMAND_PLUGIN] = do_plugin,
    [COMMAND_COMPLETION] = do_completion,
    [COMMAND_HELP] = do_help,
    [COMMAND_VERSION] = do_version,
};

/* The build makes the manual pages with this: "loads --man loads-run". */
static int
print_manual(const char *page)
{
    const struct command *command = NULL;
    struct err err = { 0 };
    struct buffer text;

    if (strncmp(page, "loads-", 6) == 0) {
        command = find_command(page + 6, &err);
        if (command == NULL)
            return usage_error(&err);
    }
    buffer_init(&text, HELP_LIMIT);
    help_manual(&text, command);
    return print(&text);
}

static int
command_main(const struct command *command, char *const *argv)
{
    struct arguments arguments;
    struct err err = { 0 };
    int code;

    if (arguments_parse(&arguments, command, argv, &err) != 0)
        return usage_error(&err);
    if (arguments.request == CLI_HELP && command != &commands[COMMAND_HELP]) {
        struct buffer text;

        buffer_init(&text, HELP_LIMIT);
        help_command(&text, command);
        code = print(&text);
    } else if (arguments.request == CLI_VERSION) {
        code = do_version(&arguments);
    } else {
        code = actions[command - commands](&arguments);
    }
    arguments_clear(&arguments);
    return code;
}

/* "loads --help run" and "loads --version" are commands spelt as options. */
static const struct command *
command_of_option(const char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return &commands[COMMAND_HELP];
    return strcmp(word, "--version") == 0 ? &commands[COMMAND_VERSION] : NULL;
}

int
cli_main(int argc, char **argv)
{
    const struct command *command = argc > 0 ? command_of_program(argv[0]) : NULL;
    struct err err = { 0 };

    dispatch_install_crash_handler();
    if (command != NULL)
        return command_main(command, argv + 1);
    if (argc < 2) {
        err_set(&err, "a command is missing; loads help lists them all");
        return usage_error(&err);
    }
    if (strcmp(argv[1], "--man") == 0 && argc == 3)
        return print_manual(argv[2]);
    if (strcmp(argv[1], "--observe") == 0 && argc == 3)
        return observer_main(argv[2]);
    command = command_of_option(argv[1]);
    if (command == NULL)
        command = find_command(argv[1], &err);
    if (command == NULL)
        return usage_error(&err);
    return command_main(command, argv + 2);
}
