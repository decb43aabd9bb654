/* SPDX-License-Identifier: Apache-2.0 */
/* A small process without threads, forked before any thread starts. It spawns
 * every runner, adopts what they leave behind (it is their subreaper), and kills
 * all of it when the host asks, closes the pipe to it, or dies in any way. */
#ifndef RUN_SUPERVISOR_H
#define RUN_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum {
    SUPERVISOR_SPAWN_LIMIT = 96 * 1024, /* bytes of a command line with its variables */
};

struct supervisor;

/* Forks it. `scratch` is the directory that it removes at its end, or NULL. */
struct supervisor *supervisor_start(const char *scratch, struct err *err);

/* Readable when an event is waiting. */
int supervisor_fd(const struct supervisor *supervisor);

/* What to run. All is copied. */
struct supervisor_spawn {
    uint32_t id;                /* the caller's number for it, in all that follows */
    char *const *argv;          /* argv[0] is the path of the program */
    const char *const *environ; /* "NAME=value"; every other LOADS_* is removed */
    const char *directory;
    int output_fd;              /* becomes its stdout and stderr; stays the caller's */
};

/* Asks for a process in a session of its own; a SUPERVISOR_STARTED or
 * SUPERVISOR_FAILED event answers. */
int supervisor_spawn(struct supervisor *supervisor, const struct supervisor_spawn *spawn, struct err *err);

/* Sends a signal to the process group of a running process. */
void supervisor_signal(struct supervisor *supervisor, uint32_t id, int signal_number);

/* Kills everything below the supervisor; SUPERVISOR_ALL_DEAD answers, after the
 * SUPERVISOR_EXITED of each. */
void supervisor_kill_all(struct supervisor *supervisor);

enum supervisor_event_type {
    SUPERVISOR_STARTED,
    SUPERVISOR_FAILED,   /* could not be started: `error` is an errno */
    SUPERVISOR_EXITED,   /* `wait_status` as from waitpid() */
    SUPERVISOR_ALL_DEAD,
    SUPERVISOR_GONE,     /* the supervisor itself has died */
};
struct supervisor_event {
    enum supervisor_event_type type;
    uint32_t id;
    pid_t pid;
    int wait_status;
    int error;
};

/* The next event, without waiting; false when there is none. */
bool supervisor_next(struct supervisor *supervisor, struct supervisor_event *event);

/* Ends it and everything below it; returns when all is gone. */
void supervisor_stop(struct supervisor *supervisor);

#endif
