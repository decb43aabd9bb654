/* SPDX-License-Identifier: Apache-2.0 */
/* Many tasks in one thread, each on a stack of its own: a task that waits for a
 * connection, a time or another thread lets the others run. One epoll, one
 * wheel of timers. But for two functions that say so, all is for the loop's
 * thread. */
#ifndef C_RUNNER_LOOP_H
#define C_RUNNER_LOOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct loop;
struct task;

#define LOOP_FOREVER INT64_MAX /* no deadline */

struct loop *loop_new(struct err *err);
void loop_free(struct loop *loop); /* NULL is allowed; no task may be left */

/* Adds a task; it runs when the loop does. May be called before the loop runs,
 * from the thread that will start it. */
int loop_spawn(struct loop *loop, size_t stack_size, void (*run)(void *argument), void *argument,
               struct err *err);

/* Runs until the last task has ended. */
void loop_run(struct loop *loop);

/* What the running task was given, NULL between tasks. For any thread and for
 * signal handlers; by the time it is looked at the answer may be old. */
void *loop_running(const struct loop *loop);
/* The date of a moment that has just been read from the monotonic clock, without
 * reading another one: a step of the wall clock shows within 10 ms. */
int64_t loop_unix_ns(struct loop *loop, int64_t monotonic_ns);

/* Goes up with every switch to a task. For any thread. */
uint64_t loop_switches(const struct loop *loop);

/* ---- Inside a task ---- */

/* 64 KiB that are the task's until it waits the next time. */
enum { LOOP_SCRATCH_SIZE = 64 * 1024 };
char *loop_scratch(struct loop *loop);

/* Lets those that are ready run first. */
void loop_yield(struct loop *loop);

/* Not before the deadline, and as a rule within a millisecond after. */
void loop_sleep_until(struct loop *loop, int64_t deadline_ns);

/* A descriptor that the loop looks after. `ready` gathers what epoll told
 * (EPOLLIN ...): edges, so clear a bit before trying what may not block. */
struct watch {
    int fd;
    uint32_t ready;
    uint32_t wanted;     /* by the waiter */
    uint32_t told;       /* to epoll, of a level watch */
    struct task *waiter; /* at most one */
};

/* Takes in the descriptor; -1 with errno. */
int watch_open(struct loop *loop, struct watch *watch, int fd);
/* Closes the descriptor. Nobody may be waiting. */
void watch_close(struct loop *loop, struct watch *watch);
/* As watch_close, in a process that starts others: until their exec() is through
 * they hold what we close, and epoll would go on to tell of it. */
void watch_close_shared(struct loop *loop, struct watch *watch);

/* Waits until one of `events` (or an error, or the other side's end) is ready;
 * false: the deadline came first. */
bool watch_wait(struct loop *loop, struct watch *watch, uint32_t events, int64_t deadline_ns);

/* Like a watch, for libcurl: level-triggered, several at a time. `events` is
 * changed with each call. 0 is cheap: epoll hears of it when something comes after
 * all, so call watch_forget before the descriptor is closed. -1 with errno. */
int watch_level(struct loop *loop, struct watch *watch, uint32_t events);
void watch_forget(struct loop *loop, struct watch *watch);
/* Waits until one of the task's own level watches is ready, or the deadline. */
void loop_wait_any(struct loop *loop, int64_t deadline_ns);
struct task *loop_task(struct loop *loop); /* the one that runs: for watch.waiter */

/* ---- Tasks that wait for each other, or for another thread ---- */

struct gate {
    struct task *first, *last;
    atomic_bool is_knocked;
    struct gate *next; /* of the loop */
};

void gate_open(struct loop *loop, struct gate *gate);
void gate_close(struct loop *loop, struct gate *gate);
/* False: the deadline came first. */
bool gate_wait(struct loop *loop, struct gate *gate, int64_t deadline_ns);
void gate_release(struct loop *loop, struct gate *gate); /* all that wait */
/* As gate_release, soon. For any thread. */
void gate_knock(struct loop *loop, struct gate *gate);

#endif
