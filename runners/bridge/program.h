/* SPDX-License-Identifier: Apache-2.0 */
/* One run of the program that is the test: its process group, and the ends of
 * what it prints. For a task of a loop. */
#ifndef BRIDGE_PROGRAM_H
#define BRIDGE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "loop.h"

struct program {
    pid_t pid; /* 0: does not run; also the number of its process group */
    struct watch exit, out, err;
};

/* Starts it with the given environment, in a process group of its own, its
 * standard input closed. On failure nothing stays open. */
int program_start(struct program *program, struct loop *loop, const char *path, char *const *environment,
                  struct err *err);

/* A signal for all of its group. Nothing when it does not run. */
void program_signal(const struct program *program, int signal_number);

/* After `exit` is ready: kills what is left of its group, and gives the status as
 * from waitpid(). What it printed can still be read. */
int program_reap(struct program *program);

/* Closes what it printed to. */
void program_close(struct program *program, struct loop *loop);

#endif
