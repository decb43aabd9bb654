/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of commands and options, and looking things up in them. */
#include "cli/options.h"

#include <string.h>

#include "base/nearest.h"
#include "run/merge.h"
#include "run/settings.h"

#define PARAGRAPHS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define EXAMPLES(...) ((const struct example[]){ __VA_ARGS__, { NULL, NULL } })

const struct command commands[COMMAND_COUNT] = {
    [COMMAND_RUN] = {
        .name = "run",
        .program = "loads-runner",
        .operands = "[TARGET...]",
        .operands_most = SETTINGS_TARGETS_LIMIT,
        .summary = "Run tests, count what they do and report it",
        .description = PARAGRAPHS(
            "Runs each TARGET with so many virtual users, each so many times or for so long, and "
            "hands what was measured to the outputs.",
            "TARGET is FILE or FILE:NAME (shop.c:test_home) or a dotted name "
            "(example.TestWebSite.test_es is test TestWebSite.test_es of the file example.py), "
            "looked for in the test directory. The ending of the file picks the runner: .so and .c "
            "C; .js, .mjs and .cjs JavaScript; .rb Ruby; .py Python. Any other executable file is run "
            "as it is, its exit code the result. With --test-runner the target is only a text that "
            "is handed to that command. Several targets run side by side and make one result.",
            "Several numbers of users or hits make cycles, one after the other, one for each pair: "
            "-u 10:20 --hits 5:10 runs 10 users with 5 hits, 10 with 10, 20 with 5 and 20 with 10, "
            "450 tests in all."),
        .examples = EXAMPLES(
            { "loads run shop.c:test_home", "one user, once: does the test work?" },
            { "loads run -u 10:20:30 -d 1m shop.c:test_home api.js",
              "two tests at once, 10, 20, then 30 users each, a minute each" },
            { "loads run -u 100 --weight 60:30:10 -d 5m shop.mjs api.rb bots.c",
              "100 users in all: 60 shoppers, 30 clients, 10 bots" },
            { "loads run --test-runner './bot.rb {test}' -u 50 --hits 20 login",
              "any program that speaks the runner protocol" },
            { "loads run --config nightly.ini --dry-run", "what would this run do?" }),
    },
    [COMMAND_REPORT] = {
        .name = "report",
        .operands = "FILE...",
        .operands_least = 1,
        .operands_most = MERGE_SOURCES_LIMIT,
        .summary = "Make reports from results that were kept, and merge them",
        .description = PARAGRAPHS(
            "Reads a FILE that a run wrote with --output file or --output json, and hands it to "
            "other outputs, as if the run had just ended.",
            "Several FILEs, of either kind, are merged into one result, as if all runs had begun at the "
            "same moment. The order makes no difference."),
        .examples = EXAMPLES(
            { "loads report run.jsonl --output json --output-json-filename run.json",
              "the result document of an earlier run" },
            { "loads report monday.json tuesday.json", "the summary of both" }),
    },
    [COMMAND_RECOVER] = {
        .name = "recover",
        .operands = "FILE",
        .operands_least = 1,
        .operands_most = 1,
        .summary = "Make reports from what a killed run left",
        .description = PARAGRAPHS("As loads report, for a FILE that ends in the middle because the run "
                                  "was killed. Takes what is whole; the result says that it is not "
                                  "complete, and the exit code is 5."),
        .examples = EXAMPLES({ "loads recover run.jsonl", "the summary of what was measured" }),
    },
    [COMMAND_CONFORMANCE] = {
        .name = "conformance",
        .operands = "RUNNER [TEST]",
        .operands_least = 1,
        .operands_most = 2,
        .summary = "Grade a runner against the protocol",
        .description = PARAGRAPHS(
            "Starts the RUNNER several times, each for a few seconds, as a run would do it: by hits, "
            "by duration, with a host that is slow, goes away or comes back. Prints a row for each "
            "thing that the protocol asks for: pass, FAIL, or not used. The exit code is 0 when no row "
            "fails, 1 when one does, 2 when the runner cannot be started.",
            "RUNNER is a command with arguments, such as 'ruby my_runner.rb {test}', in which {test} is "
            "replaced by the TEST; or a target of loads run (shop.c:test_home), to grade one of our own "
            "runners. The test should be a quick one that succeeds. What it tests is its own "
            "business: nothing is started for it."),
        .examples = EXAMPLES(
            { "loads conformance 'ruby my_runner.rb {test}' login", "a runner of your own" },
            { "loads conformance --server-url http://localhost:8080 shop.c:test_home", "the C runner" }),
    },
    [COMMAND_PLUGINS] = {
        .name = "plugins",
        .operands = "",
        .summary = "List the plugins, their options and defaults",
        .description = PARAGRAPHS("Lists all outputs that are found, with their options and defaults. An "
                                  "option OPTION of output NAME is set by --output-NAME-OPTION VALUE."),
    },
    [COMMAND_PLUGIN] = {
        .name = "plugin",
        .operands = "new NAME",
        .operands_least = 2,
        .operands_most = 2,
        .summary = "Start a plugin of your own",
        .description = PARAGRAPHS("Makes the folder NAME with a small plugin in C, a Makefile and a test. "
                                  "It builds and passes as it stands, to be changed into what you need."),
        .examples = EXAMPLES({ "loads plugin new team_report", "an output, in the folder team_report" },
                             { "loads plugin new pager --kind observer", "tells somebody about a run" }),
    },
    [COMMAND_COMPLETION] = {
        .name = "completion",
        .operands = "SHELL",
        .operands_least = 1,
        .operands_most = 1,
        .summary = "Print the completion script for a shell (bash)",
        .description = PARAGRAPHS("Prints a script that lets the SHELL complete commands and options. "
                                  "The only SHELL known is bash."),
        .examples = EXAMPLES({ "source <(loads completion bash)", "for this shell; or put it in ~/.bashrc" }),
    },
    [COMMAND_HELP] = {
        .name = "help",
        .operands = "[COMMAND]",
        .operands_most = 1,
        .summary = "Explain a command",
        .description = PARAGRAPHS("Prints the help of a COMMAND, or lists all."),
    },
    [COMMAND_VERSION] = {
        .name = "version",
        .operands = "",
        .summary = "Print the version",
        .description = PARAGRAPHS("Prints the name and the version of the program."),
    },
};

const char *const option_groups[GROUP_COUNT] = {
    [GROUP_LOAD] = "How much load",
    [GROUP_TESTS] = "Which tests, run how",
    [GROUP_RESULTS] = "What becomes of the results",
    [GROUP_GENERAL] = "General",
};

#define OF_RUN (1u << COMMAND_RUN)
#define OF_TARGETS (OF_RUN | 1u << COMMAND_CONFORMANCE)
#define OF_OUTPUTS (OF_RUN | 1u << COMMAND_REPORT | 1u << COMMAND_RECOVER)
#define OF_PLUGINS (OF_OUTPUTS | 1u << COMMAND_PLUGINS)
#define OF_ALL ((1u << COMMAND_COUNT) - 1)
#define RUN_FIELD(field) .place = PLACE_RUN, .offset = offsetof(struct run_settings, field)
#define TARGET_FIELD(field) .place = PLACE_TARGET, .offset = offsetof(struct target_settings, field)

const struct option options[] = {
    { .name = "users", .letter = 'u', .argument = "N[:N...]", .type = OPTION_NUMBERS,
      TARGET_FIELD(users), .minimum = 1, .maximum = SETTINGS_USERS_LIMIT, .fallback = "1",
      .help = "Virtual users that run the test at once; several numbers are several cycles",
      .group = GROUP_LOAD, .commands = OF_RUN, .is_key = true },
    { .name = "hits", .letter = 'c', .aliases = { "cycles" }, .argument = "N[:N...]",
      .type = OPTION_NUMBERS, TARGET_FIELD(hits), .minimum = 1, .maximum = SETTINGS_HITS_LIMIT,
      .fallback = "1", .excludes = "duration",
      .help = "How many times each user runs the test; several numbers are several cycles",
      .group = GROUP_LOAD, .commands = OF_RUN, .is_key = true },
    { .name = "duration", .letter = 'd', .argument = "TIME", .type = OPTION_SECONDS,
      TARGET_FIELD(duration_s), .minimum = 0.001, .maximum = SETTINGS_DURATION_LIMIT_S,
      .excludes = "hits",
      .help = "How long each user repeats the test, instead of --hits: seconds, or 90s, 5m, 2h",
      .group = GROUP_LOAD, .commands = OF_RUN, .is_key = true },

    { .name = "weight", .argument = "N[:N...]", .type = OPTION_NUMBERS, TARGET_FIELD(weights),
      .minimum = 1, .maximum = SETTINGS_WEIGHT_LIMIT,
      .help = "Share the users among the targets in this proportion instead of giving as many to each: "
              "a number for each target, or one in each section [test NAME]",
      .group = GROUP_LOAD, .commands = OF_RUN, .is_key = true },
    { .name = "fail-fast", .type = OPTION_FLAG, RUN_FIELD(fail_fast),
      .help = "End the whole run when a test has failed or had an error, or a runner has died",
      .group = GROUP_LOAD, .commands = OF_RUN, .is_key = true },

    { .name = "config", .argument = "FILE", .type = OPTION_FILE,
      .help = "Read options from this file; those on the command line win. Without it, LOADS_CONFIG "
              "in the environment names the file",
      .group = GROUP_TESTS, .commands = OF_RUN },
    { .name = "target", .aliases = { "fqn", "fqdn" }, .argument = "TARGET", .type = OPTION_TEXT,
      TARGET_FIELD(target), .help = "The test, when the command line names none",
      .group = GROUP_TESTS, .is_key = true },
    { .name = "test-dir", .argument = "DIR", .type = OPTION_DIRECTORY, RUN_FIELD(test_dir),
      .fallback = ".", .help = "The directory in which targets are looked for and tests run",
      .group = GROUP_TESTS, .commands = OF_TARGETS, .is_key = true },
    { .name = "test-runner", .argument = "COMMAND", .type = OPTION_TEXT, TARGET_FIELD(test_runner),
      .help = "The program that runs the test, with its arguments; {test} in them is replaced by the "
              "target. It is split into words as in a shell, but no shell sees it",
      .group = GROUP_TESTS, .commands = OF_TARGETS, .is_key = true },
    { .name = "process-users", .argument = "N", .type = OPTION_NUMBER, TARGET_FIELD(process_users),
      .minimum = 1, .maximum = SETTINGS_USERS_LIMIT, .excludes = "processes",
      .help = "How many users one process of the runner can run; 1 for a --test-runner and all for our "
              "own runners unless given",
      .group = GROUP_TESTS, .commands = OF_TARGETS, .is_key = true },
    { .name = "processes", .argument = "N", .type = OPTION_NUMBER, TARGET_FIELD(processes),
      .minimum = 1, .maximum = SETTINGS_USERS_LIMIT, .excludes = "process-users",
      .help = "Split the users over so many processes of the runner", .group = GROUP_TESTS,
      .commands = OF_RUN, .is_key = true },
    { .name = "process-per-hit", .type = OPTION_FLAG, TARGET_FIELD(process_per_hit),
      .help = "Start a process for each single test, as releases 0.1 and 0.2 did", .group = GROUP_TESTS,
      .commands = OF_RUN, .is_key = true },
    { .name = "external-process-timeout", .argument = "TIME", .type = OPTION_SECONDS,
      RUN_FIELD(external_process_timeout_s), .maximum = SETTINGS_DURATION_LIMIT_S, .fallback = "30",
      .help = "How long a process may go on after the duration. If given, a cycle by hits is limited "
              "too, to hits times this",
      .group = GROUP_TESTS, .commands = OF_TARGETS, .is_key = true },
    { .name = "server-url", .argument = "URL", .type = OPTION_URL, RUN_FIELD(server_url),
      .help = "The address of the system under test, handed to our own runners; LOADS_SERVER_URL for a program",
      .group = GROUP_TESTS, .commands = OF_TARGETS, .is_key = true },
    { .name = "ca-file", .argument = "FILE", .type = OPTION_FILE, RUN_FIELD(ca_file), .excludes = "insecure",
      .help = "Trust the certificate authorities in this file (PEM) instead of the system's, in tests with "
              "our own runners; a program finds it in SSL_CERT_FILE and the like",
      .group = GROUP_TESTS, .commands = OF_TARGETS, .is_key = true },
    { .name = "insecure", .type = OPTION_FLAG, RUN_FIELD(insecure), .excludes = "ca-file",
      .help = "Trust any certificate, in tests with our own runners; not for programs",
      .group = GROUP_TESTS, .commands = OF_TARGETS, .is_key = true },
    { .name = "no-patching", .type = OPTION_FLAG, RUN_FIELD(no_patching),
      .help = "Leave the libraries that tests use as they are: in the C runner curl_easy_perform blocks, "
              "and what tests in C and programs do with libcurl is not recorded; in Python users are "
              "threads, without gevent",
      .group = GROUP_TESTS, .commands = OF_TARGETS, .is_key = true },
    { .name = "zmq-receiver", .argument = "ENDPOINT", .type = OPTION_TEXT, RUN_FIELD(zmq_receiver),
      .help = "Receive messages at this ZeroMQ endpoint (ipc://FILE or tcp://127.0.0.1:PORT) instead "
              "of a private one",
      .group = GROUP_TESTS, .commands = OF_RUN, .is_key = true },
    { .name = "data", .argument = "FILE", .type = OPTION_FILE, TARGET_FIELD(data),
      .help = "The rows that tests take their values from: a .csv or .json file",
      .group = GROUP_TESTS, .commands = OF_RUN, .is_key = true },
    { .name = "data-order", .argument = "ORDER", .type = OPTION_CHOICE, TARGET_FIELD(data_order),
      .choices = WORDS("sequential", "random", "shuffled", "once"), .fallback = "sequential",
      .help = "How rows are dealt: sequential and shuffled begin again after the last, random draws, "
              "once ends a user for whom none is left",
      .group = GROUP_TESTS, .commands = OF_RUN, .is_key = true },
    { .name = "data-unique", .type = OPTION_FLAG, TARGET_FIELD(data_unique),
      .help = "Give each user rows of its own, which no other user gets", .group = GROUP_TESTS,
      .commands = OF_RUN, .is_key = true },
    { .name = "seed", .argument = "TEXT", .type = OPTION_TEXT, TARGET_FIELD(seed),
      .help = "Repeat the random numbers of a run with this seed; unless given it is the run's id",
      .group = GROUP_TESTS, .commands = OF_RUN, .is_key = true },
    { .name = "include-file", .argument = "PATTERN", .type = OPTION_TEXTS, RUN_FIELD(include_files),
      .help = "A file, directory or pattern to send to agents; may be given several times. A run on "
              "this host does not need it",
      .group = GROUP_TESTS, .commands = OF_RUN, .is_key = true },
    { .name = "dry-run", .type = OPTION_FLAG, RUN_FIELD(dry_run),
      .help = "Print what the run would do, and do nothing", .group = GROUP_TESTS, .commands = OF_RUN },

    { .name = "json", .type = OPTION_FLAG, RUN_FIELD(as_json),
      .help = "Print the table as JSON", .group = GROUP_RESULTS,
      .commands = 1u << COMMAND_CONFORMANCE },
    { .name = "output", .letter = 'o', .argument = "NAME", .type = OPTION_PLUGIN, .place = PLACE_RUN,
      .fallback = "stdout",
      .help = "Hand the results to this output; may be given several times. loads plugins lists them",
      .group = GROUP_RESULTS, .commands = OF_OUTPUTS, .is_key = true },
    { .name = "output-NAME-OPTION", .argument = "VALUE", .type = OPTION_PLUGIN_OPTION,
      .place = PLACE_RUN, .help = "Set an option of an output that --output names",
      .group = GROUP_RESULTS, .commands = OF_OUTPUTS, .is_key = true },
    { .name = "observer", .argument = "NAME", .type = OPTION_PLUGIN, .place = PLACE_RUN,
      .help = "Tell this observer when the run is over; may be given several times. loads plugins "
              "lists them",
      .group = GROUP_RESULTS, .commands = OF_RUN, .is_key = true },
    { .name = "observer-NAME-OPTION", .argument = "VALUE", .type = OPTION_PLUGIN_OPTION,
      .place = PLACE_RUN, .help = "Set an option of an observer that --observer names",
      .group = GROUP_RESULTS, .commands = OF_RUN, .is_key = true },
    { .name = "project-name", .argument = "TEXT", .type = OPTION_TEXT, RUN_FIELD(project_name),
      .help = "The project that the result belongs to", .group = GROUP_RESULTS, .commands = OF_RUN,
      .is_key = true },
    { .name = "label", .argument = "TEXT", .type = OPTION_TEXT, RUN_FIELD(label),
      .help = "A name for this run, such as the version under test", .group = GROUP_RESULTS,
      .commands = OF_RUN, .is_key = true },
    { .name = "keep-query", .type = OPTION_FLAG, RUN_FIELD(keep_query),
      .help = "Count addresses that differ in their query apart", .group = GROUP_RESULTS,
      .commands = OF_RUN, .is_key = true },
    { .name = "plugin-path", .argument = "DIR[:DIR...]", .type = OPTION_DIRECTORY,
      RUN_FIELD(plugin_path),
      .help = "Look for plugins here first, then in LOADS_PLUGIN_PATH, then where they are installed",
      .group = GROUP_RESULTS, .commands = OF_PLUGINS, .is_key = true },
    { .name = "kind", .argument = "KIND", .type = OPTION_CHOICE, .choices = WORDS("output", "observer"),
      .fallback = "output", .help = "An output or an observer", .group = GROUP_GENERAL,
      .commands = 1u << COMMAND_PLUGIN },
    { .name = "quiet", .letter = 'q', .type = OPTION_FLAG, RUN_FIELD(quiet),
      .help = "Show no progress", .group = GROUP_RESULTS, .commands = OF_OUTPUTS, .is_key = true },

    { .name = "help", .letter = 'h', .type = OPTION_FLAG, .help = "Print this help",
      .group = GROUP_GENERAL, .commands = OF_ALL },
    { .name = "version", .type = OPTION_FLAG, .help = "Print the version", .group = GROUP_GENERAL,
      .commands = OF_ALL },
    { 0 }
};

#define ON_CLUSTER "belongs to runs on a cluster, which this version cannot do yet"

/* Options of the original that mean nothing here yet: they deserve a better
 * answer than "unknown". A name that ends with '-' stands for all that begin so. */
static const struct absent {
    const char *name;
    char letter;
    const char *why;
} absents[] = {
    { "agents", 'a', ON_CLUSTER },       { "broker", 'b', ON_CLUSTER },
    { "detach", 0, ON_CLUSTER },         { "attach", 0, ON_CLUSTER },
    { "ping-broker", 0, ON_CLUSTER },    { "purge-broker", 0, ON_CLUSTER },
    { "health-check", 0, ON_CLUSTER },   { "python-dep", 0, ON_CLUSTER },
};

const struct command *
command_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

const struct command *
command_of_program(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].program != NULL && strcmp(name, commands[i].program) == 0)
            return &commands[i];
    return NULL;
}

/* Whether `typed` is `name`, the words of which are separated by `separator`. */
static bool
is_name(struct slice typed, const char *name, size_t length, char separator)
{
    if (typed.length != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (typed.data[i] != (name[i] == '-' ? separator : name[i]))
            return false;
    return true;
}

/* Whether `typed` begins with so much of `name`, and goes on. */
static bool
begins_with(struct slice typed, const char *name, size_t length, char separator)
{
    return typed.length > length
        && is_name((struct slice){ typed.data, length }, name, length, separator);
}

static bool
option_is_called(const struct option *option, struct slice name, char separator)
{
    if (option->type == OPTION_PLUGIN_OPTION)
        return begins_with(name, option->name, strcspn(option->name, "N"), separator);
    if (is_name(name, option->name, strlen(option->name), separator))
        return true;
    for (size_t i = 0; i < OPTION_ALIASES && option->aliases[i] != NULL; i++)
        if (is_name(name, option->aliases[i], strlen(option->aliases[i]), separator))
            return true;
    return false;
}

const struct option *
option_find(struct slice name, char separator)
{
    for (const struct option *option = options; option->name != NULL; option++)
        if (option_is_called(option, name, separator))
            return option;
    return NULL;
}

const struct option *
option_find_letter(char letter)
{
    for (const struct option *option = options; option->name != NULL; option++)
        if (option->letter == letter && letter != '\0')
            return option;
    return NULL;
}

const struct option *
option_named(const char *name)
{
    return option_find(slice_of(name), '-');
}

bool
option_takes(const struct option *option, const struct command *command)
{
    return (option->commands & 1u << (command - commands)) != 0;
}

bool
option_is_list(const struct option *option)
{
    return option->type == OPTION_TEXTS || option->type == OPTION_PLUGIN;
}

const char *
option_absent(struct slice name, char separator)
{
    for (size_t i = 0; i < sizeof absents / sizeof absents[0]; i++) {
        size_t length = strlen(absents[i].name);

        if (absents[i].name[length - 1] == '-' ? begins_with(name, absents[i].name, length, separator)
                                               : is_name(name, absents[i].name, length, separator))
            return absents[i].why;
    }
    return NULL;
}

const char *
option_absent_letter(char letter)
{
    for (size_t i = 0; i < sizeof absents / sizeof absents[0]; i++)
        if (absents[i].letter == letter && letter != '\0')
            return absents[i].why;
    return NULL;
}

const char *
option_nearest(const char *typed, const struct command *command)
{
    const char *names[sizeof options / sizeof options[0] * (1 + OPTION_ALIASES)];
    size_t count = 0;

    for (const struct option *option = options; option->name != NULL; option++) {
        if (command != NULL ? !option_takes(option, command) : !option->is_key)
            continue;
        names[count++] = option->name;
        for (size_t i = 0; i < OPTION_ALIASES && option->aliases[i] != NULL; i++)
            names[count++] = option->aliases[i];
    }
    return nearest_name(typed, names, count);
}
