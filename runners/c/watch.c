/* SPDX-License-Identifier: Apache-2.0 */
/* Signals as file descriptors. */
#include "watch.h"

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
watch_open(struct watch *watch, struct err *err)
{
    sigemptyset(&watch->signals);
    sigaddset(&watch->signals, SIGTERM);
    sigaddset(&watch->signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &watch->signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    watch->signal_fd = signalfd(-1, &watch->signals, SFD_CLOEXEC | SFD_NONBLOCK);
    watch->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (watch->signal_fd < 0 || watch->event_fd < 0)
        return err_set(err, "cannot watch for signals: %s", strerror(errno));
    return 0;
}

void
watch_close(struct watch *watch)
{
    close(watch->signal_fd);
    close(watch->event_fd);
}

bool
watch_wait(struct watch *watch, int64_t until_ns)
{
    struct pollfd fds[] = { { .fd = watch->signal_fd, .events = POLLIN },
                            { .fd = watch->event_fd, .events = POLLIN } };
    struct signalfd_siginfo signal_info;
    int64_t left_ns = until_ns - clock_monotonic_ns();
    eventfd_t count;
    int timeout_ms = until_ns == INT64_MAX ? -1 : left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0;

    poll(fds, 2, timeout_ms);
    if (fds[1].revents != 0)
        eventfd_read(watch->event_fd, &count);
    return read(watch->signal_fd, &signal_info, sizeof signal_info) > 0;
}

void
watch_die(const struct watch *watch)
{
    signal(SIGTERM, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &watch->signals, NULL);
    raise(SIGTERM);
    _exit(128 + SIGTERM);
}

bool
watch_crowd(struct watch *watch, struct crowd *crowd)
{
    int64_t until_ns = INT64_MAX;
    bool is_stopped = false;

    while (!crowd_is_done(crowd) && (!is_stopped || clock_monotonic_ns() < until_ns)) {
        if (!watch_wait(watch, until_ns))
            continue;
        if (is_stopped)
            watch_die(watch);
        is_stopped = true;
        until_ns = clock_monotonic_ns() + GRACE_NS;
        crowd_stop(crowd);
    }
    return is_stopped;
}
