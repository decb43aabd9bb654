/* SPDX-License-Identifier: Apache-2.0 */
/* What wakes the main thread: signals, and what the other threads have done. */
#ifndef C_RUNNER_WATCH_H
#define C_RUNNER_WATCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "crowd.h"

struct watch {
    int signal_fd, event_fd; /* others write to event_fd (an eventfd) */
    sigset_t signals;
};

/* Before any thread is started: all inherit the mask, so that only the main
 * thread sees these signals. */
int watch_open(struct watch *watch, struct err *err);
void watch_close(struct watch *watch);

/* Waits until something happened, or `until_ns`; whether a signal did. */
bool watch_wait(struct watch *watch, int64_t until_ns);

/* The second signal: now, as if we had never caught one. */
_Noreturn void watch_die(const struct watch *watch);

/* Waits for the users. The first signal lets them finish their iteration, for as
 * long as the grace lasts; true when it came. */
bool watch_crowd(struct watch *watch, struct crowd *crowd);

#endif
