/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a target's file, and by the file's ending its runner. */
#include "run/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "run/program.h"
#include "run/words.h"

#define TEST_MARK "{test}"
#define ENDINGS_TEXT ".so .c .js .mjs .cjs .rb .py"

/* In the order in which a dotted name is looked for. */
static const struct ending {
    const char *text, *runner, *program;
    bool patches;  /* libraries that its tests use; knows --no-patching */
    bool has_rows; /* for its tests, and seeds; knows --data and --seed */
} endings[] = {
    { ".so", "c", "loads-c-runner", .patches = true, .has_rows = true },
    { ".c", "c", "loads-c-runner", .patches = true, .has_rows = true },
    { ".js", "js", "loads-js-runner", .has_rows = true },
    { ".mjs", "js", "loads-js-runner", .has_rows = true },
    { ".cjs", "js", "loads-js-runner", .has_rows = true },
    { ".rb", "ruby", "loads-ruby-runner", .has_rows = true },
    { ".py", "python", "loads-python-runner", .patches = true, .has_rows = true },
};
enum { ENDING_COUNT = sizeof endings / sizeof endings[0] };

/* A program of any other ending, or none, is its own test. */
static const struct ending bridge = { "", "bridge", "loads-bridge", .patches = true };

/* A test that was found: its file, and the name in it ("": not told). */
struct test_file {
    char *path;
    const char *name;
};

static bool
exists(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0;
}

/* Also "./config.js/run" has no ending: only the last part counts. */
static const struct ending *
ending_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash != NULL ? slash : path, '.');

    for (size_t i = 0; dot != NULL && i < ENDING_COUNT; i++)
        if (strcmp(dot, endings[i].text) == 0)
            return &endings[i];
    return NULL;
}

/* "FILE" or "FILE:NAME". The longest leading part that is a file wins: both may have
 * colons in them, as Shop::TestHome.test_new has. */
static bool
find_file(struct test_file *test, const char *target, const char *test_dir)
{
    size_t length = strlen(target);

    do {
        char *file = xstrndup(target, length);

        free(test->path);
        test->path = path_below(test_dir, file);
        test->name = target + length + (target[length] == ':');
        free(file);
        if (exists(test->path))
            return true;
        while (length > 0 && target[--length] != ':')
            ;
    } while (length > 0);
    return false;
}

static bool
is_dotted_name(const char *target)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const char *at = target;

    for (;;) {
        size_t length = strspn(at, letters);

        if (length == 0 || (at[length] != '.' && at[length] != '\0'))
            return false;
        if (at[length] == '\0')
            return true;
        at += length + 1;
    }
}

/* Dots become slashes in the first `length` bytes; the rest is cut off. */
static bool
find_with_endings(struct test_file *test, const char *target, size_t length, const char *test_dir)
{
    char *part = xstrndup(target, length);
    bool found = false;

    for (char *at = part; *at != '\0'; at++)
        if (*at == '.')
            *at = '/';
    for (size_t i = 0; !found && i < ENDING_COUNT; i++) {
        char *file = xasprintf("%s%s", part, endings[i].text);

        free(test->path);
        test->path = path_below(test_dir, file);
        found = exists(test->path);
        free(file);
    }
    free(part);
    return found;
}

/* "example.TestWebSite.test_es" is test TestWebSite.test_es of example.py: the
 * longest leading part that is a file wins, as in an import. */
static bool
find_dotted(struct test_file *test, const char *target, const char *test_dir)
{
    size_t length = strlen(target);

    while (length > 0) {
        if (find_with_endings(test, target, length, test_dir)) {
            test->name = target + length + (target[length] == '.');
            return true;
        }
        while (length > 0 && target[--length] != '.')
            ;
    }
    return false;
}

static int
find_test(struct test_file *test, const char *target, const char *test_dir, struct err *err)
{
    if (find_file(test, target, test_dir))
        return 0;
    if (!is_dotted_name(target) || ending_of(target) != NULL)
        return err_set(err, "no such file: %s", test->path);
    if (find_dotted(test, target, test_dir))
        return 0;
    return err_set(err,
                   "no such file in %s; nor, as a dotted name, a file %.*s (or in %.*s/) with an ending "
                   "of " ENDINGS_TEXT,
                   test_dir, (int)strcspn(target, "."), target, (int)strcspn(target, "."), target);
}

static int
check_file(const struct test_file *test, const char *target, struct err *err)
{
    struct stat found;

    if (stat(test->path, &found) != 0)
        return err_set(err, "%s: %s", test->path, strerror(errno));
    if (S_ISDIR(found.st_mode))
        return err_set(err, "%s is a directory: name a file in it", test->path);
    if (!S_ISREG(found.st_mode))
        return err_set(err, "%s is not a file", test->path);
    /* A program need not be readable. */
    if (access(test->path, R_OK) != 0 && (ending_of(test->path) != NULL || access(test->path, X_OK) != 0))
        return err_set(err, "cannot read %s: %s", test->path, strerror(errno));
    if (target[strlen(target) - 1] == ':')
        return err_set(err, "names no test behind the ':'");
    return 0;
}

/* NULL: there is none. */
static const struct ending *
find_runner(const struct test_file *test, struct err *err)
{
    const struct ending *ending = ending_of(test->path);

    if (ending != NULL)
        return ending;
    if (access(test->path, X_OK) != 0) {
        err_set(err,
                "no runner is known for %s (the endings are %s), and it is no program that can be executed; "
                "give a runner with --test-runner",
                test->path, ENDINGS_TEXT);
        return NULL;
    }
    if (test->name[0] == '\0')
        return &bridge;
    err_set(err, "%s is a program, which has no test to choose: %s is not handed to it", test->path, test->name);
    return NULL;
}

/* What a runner may not know, it is not handed: it would say so too late. */
static int
check_options(const struct target_settings *settings, const struct ending *ending, struct err *err)
{
    const char *given = settings->data != NULL ? "--data" : settings->seed != NULL ? "--seed" : NULL;

    if (given == NULL || (ending != NULL && ending->has_rows))
        return 0;
    if (ending == NULL)
        return err_set(err, "%s: a --test-runner is not handed it", given);
    return err_set(err, "%s: the runner for %s cannot use it", given, ending->runner);
}

/* A program looks for authorities in its own way, of which the bridge knows the usual
 * ones; no environment makes all programs trust anybody. */
static int
check_trust(const struct run_settings *run, const struct ending *ending, struct err *err)
{
    if (!run->insecure || ending != &bridge)
        return 0;
    return err_set(err, "--insecure: a program cannot be told to trust any certificate; --ca-file can be handed to it");
}

/* The runner works in the test directory, the name is relative to ours. */
static int
find_own_file(char **path, const char *option, const char *typed, struct err *err)
{
    struct stat found;

    *path = NULL;
    if (typed == NULL)
        return 0;
    if (stat(typed, &found) != 0 || access(typed, R_OK) != 0)
        return err_set(err, "%s %s: %s", option, typed, strerror(errno));
    if (!S_ISREG(found.st_mode))
        return err_set(err, "%s %s: is not a file", option, typed);
    *path = realpath(typed, NULL);
    return *path != NULL ? 0 : err_set(err, "%s %s: %s", option, typed, strerror(errno));
}

static void
add_option(char **argv, size_t *count, const char *name, char *taken_value)
{
    if (taken_value == NULL)
        return;
    argv[(*count)++] = xstrdup(name);
    argv[(*count)++] = taken_value;
}

static char *
copy(const char *text)
{
    return text != NULL ? xstrdup(text) : NULL;
}

/* Of all cycles: what the largest lacks is known before the first begins. */
static uint64_t
most_users(const struct target_settings *settings)
{
    uint64_t most = 1;

    for (size_t i = 0; i < settings->users.count; i++)
        if (settings->users.values[i] > most)
            most = settings->users.values[i];
    return most;
}

/* RUNNER [OPTION...] FILE[:NAME] */
static char **
own_command(char *program, const struct test_file *test, const struct target_settings *settings,
            const struct run_settings *run, bool patches, char *taken_data, char *taken_ca_file)
{
    enum { WORDS_MOST = 16 };
    char **argv = xcalloc(WORDS_MOST, sizeof *argv);
    size_t count = 0;

    argv[count++] = program;
    add_option(argv, &count, "--server-url", copy(run->server_url));
    if (run->no_patching && patches)
        argv[count++] = xstrdup("--no-patching");
    add_option(argv, &count, "--ca-file", taken_ca_file);
    if (run->insecure)
        argv[count++] = xstrdup("--insecure");
    add_option(argv, &count, "--data", taken_data);
    add_option(argv, &count, "--data-order", copy(settings->data_order));
    if (settings->data_unique)
        argv[count++] = xasprintf("--data-unique=%llu", (unsigned long long)most_users(settings));
    add_option(argv, &count, "--seed", copy(settings->seed));
    argv[count] = xasprintf("%s%s%s", test->path, test->name[0] != '\0' ? ":" : "", test->name);
    return argv;
}

static int
resolve_own(struct plan_target *target, const struct test_file *test,
            const struct target_settings *settings, const struct run_settings *run, struct err *err)
{
    const struct ending *ending = find_runner(test, err);
    char *program, *data = NULL, *ca_file = NULL;

    if (ending == NULL)
        return -1;
    if (check_options(settings, ending, err) != 0 || check_trust(run, ending, err) != 0)
        return -1;
    program = program_find_own(ending->program);
    if (program == NULL && ending == &bridge)
        return err_set(err, "programs need %s, which is not installed (neither beside loads nor in PATH)",
                       ending->program);
    if (program == NULL)
        return err_set(err, "%s files need %s, which is not installed (neither beside loads nor in PATH)",
                       ending->text, ending->program);
    if (find_own_file(&data, "--data", settings->data, err) != 0 ||
        find_own_file(&ca_file, "--ca-file", run->ca_file, err) != 0) {
        free(data);
        free(program);
        return -1;
    }
    target->runner = ending->runner;
    target->tells_end = true;
    target->argv = own_command(program, test, settings, run, ending->patches, data, ca_file);
    return 0;
}

/* "CMD {test}": the target is opaque, and stays one word whatever is in it. */
static int
resolve_external(struct plan_target *target, const struct target_settings *settings,
                 const char *test_dir, struct err *err)
{
    char **argv;
    char *program;

    if (check_options(settings, NULL, err) != 0)
        return -1;
    argv = words_split(settings->test_runner, err);
    if (argv == NULL)
        return err_add(err, "--test-runner %s", settings->test_runner);
    words_replace(argv, TEST_MARK, settings->target);
    program = program_find(argv[0], test_dir, err);
    if (program == NULL) {
        words_free(argv);
        return err_add(err, "--test-runner %s", settings->test_runner);
    }
    free(argv[0]);
    argv[0] = program;
    target->runner = "external";
    target->argv = argv;
    return 0;
}

int
target_resolve(struct plan_target *target, const struct target_settings *settings, const char *test_dir,
               const struct run_settings *run, struct err *err)
{
    struct test_file test = { 0 };
    int result;

    if (settings->test_runner != NULL)
        return resolve_external(target, settings, test_dir, err);
    result = find_test(&test, settings->target, test_dir, err);
    if (result == 0)
        result = check_file(&test, settings->target, err);
    if (result == 0)
        result = resolve_own(target, &test, settings, run, err);
    free(test.path);
    return result;
}
