/* SPDX-License-Identifier: Apache-2.0 */
/* Hands events, ticks and the final result to plugin instances: each has its own
 * thread and bounded queue, so that calls to one never overlap and a slow one
 * holds back the runners (the caller blocks), never memory or the others.
 *
 * An instance that fails is closed. One that makes no progress for 10 s is
 * abandoned: its thread is left alone and the process must end by _exit(). */
#ifndef PLUGINS_DISPATCH_H
#define PLUGINS_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "plugins/loader.h"
#include "protocol/message.h"

enum {
    DISPATCH_QUEUE_BYTES = 8 * 1024 * 1024, /* per instance */
    DISPATCH_STALL_S = 10,
    DISPATCH_FLUSH_S = 30, /* all of dispatch_finish, even for an instance that moves */
};
/* The same times, for tests that cannot wait so long. */
struct dispatch_limits {
    int64_t stall_ns, flush_ns;
};

struct dispatch;

struct dispatch *dispatch_new(const char *run_json, bool quiet);
void dispatch_limit(struct dispatch *dispatch, struct dispatch_limits limits);

/* Opens an instance and takes `loaded` and `state`, also when it fails (then
 * close() was called if open() had succeeded). Before dispatch_start only. */
int dispatch_take(struct dispatch *dispatch, struct loaded *loaded, void *state, struct err *err);

/* Starts the threads. No instance may be added after. Not before a fork(). */
void dispatch_start(struct dispatch *dispatch);

/* Receiver thread: queues one message for the instances that take events.
 * Blocks while a queue is full, at most DISPATCH_STALL_S without progress.
 * Returns whether anybody wanted it. */
bool dispatch_event(struct dispatch *dispatch, const struct message *message, uint32_t target,
                    int64_t received_us, const char *run_id);

/* Main thread. A tick that finds the last one unread replaces it. */
void dispatch_tick(struct dispatch *dispatch, const struct loads_totals *totals);
/* When no dispatch_event can come any more: delivers what is queued, then flush
 * and close, and waits for all within their deadlines. With NULL there is no
 * flush. Copies `result`: an abandoned instance may go on reading. */
void dispatch_finish(struct dispatch *dispatch, const struct loads_result *result);

/* What went wrong, for the summary: "output file: cannot write ..: No space left".
 * Each is logged when it happens. While plugins run there may be more at any time;
 * after dispatch_finish these are all. */
size_t dispatch_failure_count(const struct dispatch *dispatch);
const char *dispatch_failure(const struct dispatch *dispatch, size_t index);
/* An abandoned thread still runs: end by _exit(). */
bool dispatch_is_hung(const struct dispatch *dispatch);
/* Closes what is open still. What hangs keeps its memory. */
void dispatch_free(struct dispatch *dispatch);

/* At the start of the program: a crash inside of a plugin says "loads:
 * output NAME crashed (signal N)" on stderr before the signal takes its course. */
void dispatch_install_crash_handler(void);

#endif
