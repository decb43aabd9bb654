/* SPDX-License-Identifier: Apache-2.0 */
/* What wakes the main thread: signals, and what the other threads have done. */
#ifndef C_RUNNER_ALARM_H
#define C_RUNNER_ALARM_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "crowd.h"

struct alarm {
    int signal_fd, event_fd; /* others write to event_fd (an eventfd) */
    sigset_t signals;
};

/* Before any thread is started: all inherit the mask, so that only the main
 * thread sees these signals. */
int alarm_open(struct alarm *alarm, struct err *err);
void alarm_close(struct alarm *alarm);

/* Waits until something happened, or `until_ns`; whether a signal did. */
bool alarm_wait(struct alarm *alarm, int64_t until_ns);

/* The second signal: now, as if we had never caught one. */
_Noreturn void alarm_die(void);

/* Waits for the users. The first signal lets them finish their iteration, for as
 * long as the grace lasts; true when it came. */
bool alarm_crowd(struct alarm *alarm, struct crowd *crowd);

#endif
