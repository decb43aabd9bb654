/* SPDX-License-Identifier: Apache-2.0 */
/* posix_spawn: no copy of our memory is made for each run. */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Two pipes, [0] to read from without waiting. */
static int
open_pipes(int out[2], int err_ends[2])
{
    if (pipe2(out, O_CLOEXEC) != 0)
        return -1;
    if (pipe2(err_ends, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return -1;
    }
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    fcntl(err_ends[0], F_SETFL, O_NONBLOCK);
    return 0;
}

/* Returns an errno. It gets the signals as a shell would hand them out. */
static int
spawn(pid_t *pid, const char *path, char *const *environment, int out_fd, int err_fd)
{
    char *const argv[] = { (char *)path, NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int error;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, out_fd, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, err_fd, STDERR_FILENO);
    error = posix_spawn(pid, path, &files, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return error;
}

static int
watch_all(struct program *program, struct loop *loop, int out_fd, int err_fd)
{
    /* It is closed on exec by itself. */
    int exit_fd = (int)syscall(SYS_pidfd_open, program->pid, 0);

    if (exit_fd < 0)
        return -1;
    if (watch_open(loop, &program->exit, exit_fd) == 0 && watch_open(loop, &program->out, out_fd) == 0 &&
        watch_open(loop, &program->err, err_fd) == 0)
        return 0;
    close(exit_fd);
    return -1;
}

int
program_start(struct program *program, struct loop *loop, const char *path, char *const *environment,
              struct err *err)
{
    int out[2], err_ends[2], error;

    *program = (struct program){ 0 };
    if (open_pipes(out, err_ends) != 0)
        return err_set(err, "cannot make a pipe: %s", strerror(errno));
    error = spawn(&program->pid, path, environment, out[1], err_ends[1]);
    close(out[1]);
    close(err_ends[1]);
    if (error != 0) {
        program->pid = 0;
        err_set(err, "cannot be started: %s%s", strerror(error),
                error == ENOEXEC ? " (a script begins with #! and its interpreter)"
                : error == ENOENT && access(path, F_OK) == 0 ? " (its interpreter)"
                                                             : "");
    } else if (watch_all(program, loop, out[0], err_ends[0]) != 0) {
        error = errno;
        err_set(err, "cannot be watched: %s", strerror(error));
        program_signal(program, SIGKILL);
        waitpid(program->pid, NULL, 0);
        program->pid = 0;
    }
    if (error == 0)
        return 0;
    close(out[0]);
    close(err_ends[0]);
    return -1;
}

void
program_signal(const struct program *program, int signal_number)
{
    if (program->pid > 0)
        kill(-program->pid, signal_number);
}

/* Until it is reaped its number is not given to others. */
int
program_reap(struct program *program)
{
    int status = 0;

    program_signal(program, SIGKILL);
    while (waitpid(program->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    program->pid = 0;
    return status;
}

void
program_close(struct program *program, struct loop *loop)
{
    watch_close_shared(loop, &program->exit);
    watch_close_shared(loop, &program->out);
    watch_close_shared(loop, &program->err);
}
