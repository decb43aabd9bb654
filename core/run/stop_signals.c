/* SPDX-License-Identifier: Apache-2.0 */
/* Signals that stop a run. A handler, not a mask and a signalfd: plugins start
 * threads of their own, and a plugin that hangs in open() must not keep Ctrl-C. */
#include "run/stop_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "run/exit_code.h"

static const int watched[] = { SIGINT, SIGTERM, SIGHUP };

/* All that the handler knows. */
static volatile sig_atomic_t is_read, ignored_left, pipe_in = -1;
static int pipe_out = -1;

static void
obey_or_end(int signal_number)
{
    if (ignored_left == 0)
        _exit(signal_number == SIGINT ? EXIT_INTERRUPTED : EXIT_TERMINATED);
    ignored_left--;
}

static void
on_signal(int signal_number)
{
    unsigned char byte = (unsigned char)signal_number;
    int before = errno;

    if (!is_read)
        obey_or_end(signal_number);
    else if (write(pipe_in, &byte, 1) < 0)
        errno = before; /* the pipe is full of signals: one more says nothing new */
}

int
stop_signals_open(struct err *err)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return err_set(err, "cannot watch for signals: %s", strerror(errno));
    pipe_out = ends[0];
    pipe_in = ends[1];
    is_read = true;
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++)
        sigaction(watched[i], &action, NULL);
    return 0;
}

int
stop_signals_fd(void)
{
    return pipe_out;
}

int
stop_signals_next(void)
{
    unsigned char byte;

    return read(pipe_out, &byte, 1) == 1 ? byte : 0;
}

void
stop_signals_end_after(int ignored)
{
    int waiting;

    ignored_left = ignored;
    is_read = false;
    while ((waiting = stop_signals_next()) != 0)
        obey_or_end(waiting);
}

void
stop_signals_wait(void)
{
    is_read = true;
}

void
stop_signals_close(void)
{
    if (pipe_out < 0)
        return;
    stop_signals_end_after(0);
    close(pipe_out);
    close(pipe_in);
    pipe_out = pipe_in = -1;
}
