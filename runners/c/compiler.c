/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the C compiler and our header, and runs the one on the other. */
#include "compiler.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

extern char **environ;

enum { WORDS_LIMIT = 64 };

struct command {
    char *words[WORDS_LIMIT + 1]; /* ends with NULL */
    size_t count;
};

static void
command_add(struct command *command, char *taken_word)
{
    if (command->count < WORDS_LIMIT)
        command->words[command->count++] = taken_word;
    else
        free(taken_word);
}

static void
command_clear(struct command *command)
{
    for (size_t i = 0; i < command->count; i++)
        free(command->words[i]);
}

static bool
is_on_path(const char *program)
{
    const char *path = getenv("PATH");
    bool found = false;

    while (!found && path != NULL && *path != '\0') {
        size_t length = strcspn(path, ":");
        char *candidate = xasprintf("%.*s/%s", (int)length, path, program);

        found = access(candidate, X_OK) == 0;
        free(candidate);
        path += length + (path[length] == ':');
    }
    return found;
}

/* $CC may hold several words ("ccache gcc"); no shell reads them. */
static int
add_compiler(struct command *command, struct err *err)
{
    static const char *const usual[] = { "cc", "gcc", "clang" };
    const char *chosen = getenv("CC");

    if (chosen != NULL && chosen[strspn(chosen, " \t")] != '\0') {
        for (chosen += strspn(chosen, " \t"); *chosen != '\0'; chosen += strspn(chosen, " \t")) {
            size_t length = strcspn(chosen, " \t");

            command_add(command, xstrndup(chosen, length));
            chosen += length;
        }
        return 0;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (is_on_path(usual[i])) {
            command_add(command, xstrdup(usual[i]));
            return 0;
        }
    }
    return err_set(err, "no C compiler: cc, gcc and clang are not on PATH, and CC is not set");
}

/* Our header beside the program, where it was installed, or in the source tree. */
static void
add_include(struct command *command)
{
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash;
    char *folders[3] = { NULL, xstrdup(INCLUDEDIR), xstrdup(SOURCE_INCLUDEDIR) };
    bool found = false;

    program[length > 0 ? length : 0] = '\0';
    slash = strrchr(program, '/');
    if (slash != NULL)
        folders[0] = xasprintf("%.*s/../include", (int)(slash - program), program);
    for (size_t i = 0; i < 3; i++) {
        char *header = folders[i] != NULL ? xasprintf("%s/loads/test.h", folders[i]) : NULL;

        if (!found && header != NULL && access(header, R_OK) == 0) {
            command_add(command, xasprintf("-I%s", folders[i]));
            found = true;
        }
        free(header);
        free(folders[i]);
    }
}

static int
make_command(struct command *command, const struct compilation *compilation, const char *source,
             struct err *err)
{
    static const char *const flags[] = { "-O2", "-g", "-shared", "-fPIC", "-Wall" };

    if (add_compiler(command, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        command_add(command, xstrdup(flags[i]));
    add_include(command);
    command_add(command, xstrdup("-o"));
    command_add(command, xstrdup(compilation->library));
    /* A name that starts with a dash is a file all the same. */
    command_add(command, source[0] == '-' ? xasprintf("./%s", source) : xstrdup(source));
    return 0;
}

/* Starts the command in a process group of its own, so that all of it can be
 * stopped; what it prints goes to our stderr. */
static int
start(const struct command *command, pid_t *child, struct err *err)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    sigset_t none;
    int code;

    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    code = posix_spawnp(child, command->words[0], &actions, &attributes, command->words, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (code != 0)
        return err_set(err, "cannot run the compiler %s: %s", command->words[0], strerror(code));
    return 0;
}

/* Waits for the compiler, or for the signal that ends us both. */
static int
wait_for(pid_t child, int *status, struct err *err)
{
    sigset_t signals;
    int number;

    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    while (waitpid(child, status, WNOHANG) == 0) {
        number = sigwaitinfo(&signals, NULL);
        if (number != SIGTERM && number != SIGINT)
            continue;
        kill(-child, SIGTERM);
        waitpid(child, status, 0);
        return err_set(err, "stopped while compiling");
    }
    return 0;
}

static int
run(const struct command *command, const char *source, struct err *err)
{
    sigset_t child_signal, before;
    pid_t child;
    int status = 0;
    int result;

    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &child_signal, &before);
    result = start(command, &child, err);
    if (result == 0)
        result = wait_for(child, &status, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result == 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
        result = err_set(err, "cannot compile %s", source);
    return result;
}

int
compilation_run(struct compilation *compilation, const char *source, struct err *err)
{
    const char *parent = getenv("TMPDIR");
    struct command command = { 0 };
    int result;

    *compilation = (struct compilation){ 0 };
    if (access(source, R_OK) != 0)
        return err_set(err, "cannot open %s: %s", source, strerror(errno));
    compilation->folder = xasprintf("%s/loads-c-XXXXXX", parent != NULL && *parent != '\0' ? parent : "/tmp");
    if (mkdtemp(compilation->folder) == NULL) {
        err_set(err, "cannot make the folder %s: %s", compilation->folder, strerror(errno));
        free(compilation->folder);
        return -1;
    }
    compilation->library = xasprintf("%s/tests.so", compilation->folder);
    result = make_command(&command, compilation, source, err);
    if (result == 0)
        result = run(&command, source, err);
    command_clear(&command);
    if (result < 0)
        compilation_clear(compilation);
    return result;
}

void
compilation_clear(struct compilation *compilation)
{
    if (compilation->library != NULL)
        unlink(compilation->library);
    if (compilation->folder != NULL)
        rmdir(compilation->folder);
    free(compilation->library);
    free(compilation->folder);
    *compilation = (struct compilation){ 0 };
}
