/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor, with real processes: environment, exits, and that nothing
 * survives it, neither what escapes from its group nor when the host is killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "run/scratch.h"
#include "run/supervisor.h"

static struct supervisor_event
next_event(struct supervisor *supervisor)
{
    struct supervisor_event event = { .type = SUPERVISOR_GONE };

    while (!supervisor_next(supervisor, &event)) {
        struct pollfd ready = { .fd = supervisor_fd(supervisor), .events = POLLIN };

        assert_int_equal(poll(&ready, 1, 20000), 1);
    }
    return event;
}

static struct supervisor *
start(char **scratch)
{
    struct err err = { 0 };
    struct supervisor *supervisor;

    *scratch = scratch_new(&err);
    assert_non_null(*scratch);
    supervisor = supervisor_start(*scratch, &err);
    assert_non_null(supervisor);
    return supervisor;
}

static void
spawn_shell(struct supervisor *supervisor, uint32_t id, const char *script, int output_fd)
{
    static const char *const variables[] = { "LOADS_RUN_ID=42", NULL };
    char *argv[] = { "/bin/sh", "-c", (char *)script, NULL };
    struct err err = { 0 };

    assert_int_equal(supervisor_spawn(supervisor,
                                      &(struct supervisor_spawn){ .id = id, .argv = argv, .environ = variables,
                                                                  .directory = "/", .output_fd = output_fd },
                                      &err),
                     0);
}

/* Reads until the pipe closes: that is when the last writer has died. */
static char *
read_all(int fd)
{
    static const size_t limit = 4096;
    char *text = xcalloc(1, limit + 1);
    size_t length = 0;
    ssize_t got;

    while (length < limit) {
        struct pollfd ready = { .fd = fd, .events = POLLIN };

        assert_int_equal(poll(&ready, 1, 20000), 1);
        got = read(fd, text + length, limit - length);
        assert_true(got >= 0);
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return text;
}

static void
a_runner_gets_its_environment_and_nothing_else_of_ours(void **state)
{
    char *scratch, *text;
    struct supervisor *supervisor;
    struct supervisor_event event;
    int output[2];

    (void)state;
    setenv("LOADS_SECRET", "left over", 1);
    supervisor = start(&scratch);
    unsetenv("LOADS_SECRET");
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    spawn_shell(supervisor, 7, "echo $LOADS_RUN_ID,$LOADS_SECRET; pwd; ls /proc/self/fd | wc -l; exit 3", output[1]);
    close(output[1]);
    event = next_event(supervisor);
    assert_int_equal(event.type, SUPERVISOR_STARTED);
    assert_int_equal(event.id, 7);
    event = next_event(supervisor);
    assert_int_equal(event.type, SUPERVISOR_EXITED);
    assert_int_equal(WEXITSTATUS(event.wait_status), 3);
    text = read_all(output[0]);
    assert_string_equal(text, "42,\n/\n4\n"); /* 0, 1, 2 and the folder that ls reads */
    free(text);
    close(output[0]);
    supervisor_stop(supervisor);
    free(scratch);
}

static void
what_cannot_start_is_told(void **state)
{
    static const char *const variables[] = { NULL };
    char *argv[] = { "/no/such/program", NULL };
    char *scratch;
    struct supervisor *supervisor = start(&scratch);
    struct supervisor_event event;
    struct err err = { 0 };

    (void)state;
    supervisor_spawn(supervisor,
                     &(struct supervisor_spawn){ .id = 1, .argv = argv, .environ = variables, .directory = "/",
                                                 .output_fd = STDERR_FILENO },
                     &err);
    event = next_event(supervisor);
    assert_int_equal(event.type, SUPERVISOR_FAILED);
    assert_int_equal(event.error, ENOENT);
    supervisor_stop(supervisor);
    free(scratch);
}

/* A daemon: a session of its own, and its parent gone. It holds the pipe open,
 * so that the end of the pipe is the end of all. */
static const char escapes[] = "setsid sh -c 'setsid sleep 1000 & setsid sleep 1000 & echo up; wait' & sleep 1000";

static void
wait_for_up(int fd)
{
    char text[3];

    assert_int_equal(read(fd, text, sizeof text), 3);
    assert_memory_equal(text, "up\n", 3);
}

static void
what_escapes_is_killed_with_the_rest(void **state)
{
    char *scratch, *text;
    struct supervisor *supervisor = start(&scratch);
    struct supervisor_event event;
    int output[2];

    (void)state;
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    spawn_shell(supervisor, 1, escapes, output[1]);
    close(output[1]);
    wait_for_up(output[0]);
    supervisor_kill_all(supervisor);
    assert_int_equal(next_event(supervisor).type, SUPERVISOR_STARTED);
    event = next_event(supervisor);
    assert_int_equal(event.type, SUPERVISOR_EXITED);
    assert_int_equal(WTERMSIG(event.wait_status), SIGKILL);
    assert_int_equal(next_event(supervisor).type, SUPERVISOR_ALL_DEAD);
    text = read_all(output[0]);
    assert_string_equal(text, "");
    free(text);
    close(output[0]);
    supervisor_stop(supervisor);
    free(scratch);
}

static void
nothing_survives_a_host_that_is_killed(void **state)
{
    char *scratch = NULL, *text, name[4096] = { 0 };
    int output[2], told[2];
    pid_t host;

    (void)state;
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    assert_int_equal(pipe2(told, O_CLOEXEC), 0);
    host = fork();
    if (host == 0) {
        struct supervisor *supervisor = start(&scratch);

        if (write(told[1], scratch, strlen(scratch) + 1) < 0)
            _exit(1);
        close(output[0]);
        spawn_shell(supervisor, 1, escapes, output[1]);
        for (;;)
            pause();
    }
    close(output[1]);
    assert_true(read(told[0], name, sizeof name - 1) > 0);
    wait_for_up(output[0]);
    kill(host, SIGKILL);
    waitpid(host, NULL, 0);
    text = read_all(output[0]);
    assert_string_equal(text, "");
    free(text);
    close(output[0]);
    close(told[0]);
    close(told[1]);
    /* The directory is the last thing to go: the pipe closed before it did. */
    for (int i = 0; i < 2000 && access(name, F_OK) == 0; i++)
        poll(NULL, 0, 10);
    assert_int_equal(access(name, F_OK), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_runner_gets_its_environment_and_nothing_else_of_ours),
        cmocka_unit_test(what_cannot_start_is_told),
        cmocka_unit_test(what_escapes_is_killed_with_the_rest),
        cmocka_unit_test(nothing_survives_a_host_that_is_killed),
    };

    return cmocka_run_group_tests_name("supervisor", tests, NULL, NULL);
}
