/* SPDX-License-Identifier: Apache-2.0 */
/* Observer "exec": runs a program that reads the result document on its standard
 * input. The host's deadline ends it too: it lives in this process's group. */
#include <errno.h>
#include <fcntl.h>
#include <loads/plugin.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/document.h"
#include "common/template.h"
#include "common/write.h"
#include "run/words.h"

extern char **environ;

struct exec {
    const char *command;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct exec, command, .flags = LOADS_REQUIRED,
                 .help = "The program to run, with its arguments; split into words as in a shell, but no "
                         "shell sees it"),
    { 0 }
};

static int
exec_open(void *state, const struct loads_host *host)
{
    const struct exec *exec = state;
    struct err err = { 0 };
    char **words = words_split(exec->command, &err);

    if (words == NULL)
        return host->fail(host, "command: %s", err.text);
    words_free(words);
    return 0;
}

static void
set_variable(const char *name, struct slice value)
{
    setenv(name, value.data != NULL ? value.data : "", 1);
}

/* What a script would otherwise have to dig out of the document. */
static int
set_environment(const struct loads_result *result, struct err *err)
{
    json_t *document = document_read(result, err);
    const json_t *verdict = json_object_get(document, "verdict");
    char code[16];

    if (document == NULL)
        return -1;
    snprintf(code, sizeof code, "%d", (int)document_number(verdict, "exit_code"));
    setenv("LOADS_MOMENT", template_moment(result->moment), 1);
    setenv("LOADS_EXIT_CODE", code, 1);
    set_variable("LOADS_RUN_ID", document_text(document, "run_id"));
    set_variable("LOADS_VERDICT", document_text(verdict, "status"));
    json_decref(document);
    return 0;
}

/* Starts it with `input` as its standard input; returns an errno. Signals are as
 * a program expects them, though we ignore SIGPIPE. */
static int
start(char **words, int input, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    int error;

    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    error = posix_spawnp(pid, words[0], &actions, &attributes, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

/* Feeds the program and waits for it. It need not read what it is given. */
static int
run(const struct loads_host *host, char **words, const struct loads_result *result)
{
    int input[2], error, wait_status = 0;
    pid_t pid;

    if (pipe2(input, O_CLOEXEC) != 0)
        return host->fail(host, "cannot make a pipe: %s", strerror(errno));
    error = start(words, input[0], &pid);
    close(input[0]);
    if (error == 0)
        write_all(input[1], result->json, result->json_length);
    close(input[1]);
    if (error != 0)
        return host->fail(host, "cannot run %s: %s", words[0], strerror(error));
    while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFSIGNALED(wait_status))
        return host->fail(host, "%s was killed by signal %d", words[0], WTERMSIG(wait_status));
    if (WEXITSTATUS(wait_status) != 0)
        return host->fail(host, "%s ended with exit code %d", words[0], WEXITSTATUS(wait_status));
    return 0;
}

static int
exec_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    const struct exec *exec = state;
    struct err err = { 0 };
    char **words = words_split(exec->command, &err);
    int failed;

    if (words == NULL)
        return host->fail(host, "command: %s", err.text);
    signal(SIGPIPE, SIG_IGN);
    failed = set_environment(result, &err) == 0 ? run(host, words, result) : host->fail(host, "%s", err.text);
    words_free(words);
    return failed;
}

LOADS_PLUGIN(
    .kind = LOADS_OBSERVER,
    .name = "exec",
    .summary = "Run a program with the result document on its standard input",
    .state_size = sizeof(struct exec),
    .options = options,
    .open = exec_open,
    .flush = exec_flush,
);
