/* SPDX-License-Identifier: Apache-2.0 */
/* Names the test in which the process crashed, before it dies of it. */
#ifndef C_RUNNER_CRASH_H
#define C_RUNNER_CRASH_H

#include <signal.h>

#include "loop.h"

/* A stack for the handler: the usual crash of a small stack is its end. */
struct crash_guard {
    void *memory;
    stack_t before;
};

/* For the whole process, once. */
void crash_handle(void);

/* For the thread that runs `loop`, each of whose tasks was given a user. */
void crash_guard_enter(struct crash_guard *guard, const struct loop *loop);
void crash_guard_leave(struct crash_guard *guard);

#endif
