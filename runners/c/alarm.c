/* SPDX-License-Identifier: Apache-2.0 */
/* Signals as file descriptors. */
#include "alarm.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"

#define GRACE_NS (5 * NS_PER_S) /* for the iteration that runs when we are stopped */

int
alarm_open(struct alarm *alarm, struct err *err)
{
    sigemptyset(&alarm->signals);
    sigaddset(&alarm->signals, SIGTERM);
    sigaddset(&alarm->signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &alarm->signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    alarm->signal_fd = signalfd(-1, &alarm->signals, SFD_CLOEXEC | SFD_NONBLOCK);
    alarm->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (alarm->signal_fd < 0 || alarm->event_fd < 0)
        return err_set(err, "cannot watch for signals: %s", strerror(errno));
    return 0;
}

void
alarm_close(struct alarm *alarm)
{
    close(alarm->signal_fd);
    close(alarm->event_fd);
}

bool
alarm_wait(struct alarm *alarm, int64_t until_ns)
{
    struct pollfd fds[] = { { .fd = alarm->signal_fd, .events = POLLIN },
                            { .fd = alarm->event_fd, .events = POLLIN } };
    struct signalfd_siginfo signal_info;
    int64_t left_ns = until_ns - clock_monotonic_ns();
    eventfd_t count;
    int timeout_ms = until_ns == INT64_MAX ? -1 : left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0;

    poll(fds, 2, timeout_ms);
    if (fds[1].revents != 0)
        eventfd_read(alarm->event_fd, &count);
    return read(alarm->signal_fd, &signal_info, sizeof signal_info) > 0;
}

void
alarm_die(void)
{
    sigset_t term;

    signal(SIGTERM, SIG_DFL);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    pthread_sigmask(SIG_UNBLOCK, &term, NULL);
    raise(SIGTERM);
    _exit(128 + SIGTERM);
}

bool
alarm_crowd(struct alarm *alarm, struct crowd *crowd)
{
    int64_t until_ns = INT64_MAX;
    bool is_stopped = false;

    while (!crowd_is_done(crowd) && (!is_stopped || clock_monotonic_ns() < until_ns)) {
        int64_t look_ns = clock_monotonic_ns() + NS_PER_S;

        crowd_watch(crowd);
        if (!alarm_wait(alarm, look_ns < until_ns ? look_ns : until_ns))
            continue;
        if (is_stopped)
            alarm_die();
        is_stopped = true;
        until_ns = clock_monotonic_ns() + GRACE_NS;
        crowd_stop(crowd);
    }
    return is_stopped;
}
