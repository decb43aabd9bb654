/* SPDX-License-Identifier: Apache-2.0 */
/* The runner processes of a run: starts those of a stage, keeps the end of what
 * they print, times them out, and remembers the ones that went wrong. */
#ifndef RUN_RUNNERS_H
#define RUN_RUNNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/plan.h"
#include "run/receiver.h"
#include "run/supervisor.h"
#include "run/verdict.h"

struct runners;

/* All borrowed. */
struct runners_setup {
    const struct plan *plan;
    struct supervisor *supervisor;
    struct receiver *receiver;
    const char *run_id, *agent_prefix;
    double external_process_timeout_s; /* < 0: not given */
};

struct runners *runners_new(const struct runners_setup *setup);
void runners_free(struct runners *runners);

/* Starts the processes of a stage, some at a time. */
void runners_start_stage(struct runners *runners, size_t stage);

/* Readable when a process has printed something. */
int runners_fd(const struct runners *runners);
void runners_read_output(struct runners *runners);

/* STARTED, FAILED and EXITED events go here. */
void runners_follow(struct runners *runners, const struct supervisor_event *event);

/* Ends what has run too long: SIGTERM, and 5 s later SIGKILL. Returns when it
 * wants to be called again (monotonic), INT64_MAX: not by itself. */
int64_t runners_enforce_deadlines(struct runners *runners, int64_t now_ns);

/* Asks all to end, and starts no more; they have `grace_ns` to do so. */
void runners_stop(struct runners *runners, int64_t grace_ns);

/* Whether the stage is over: nothing runs, and nothing is to be started. */
bool runners_are_done(const struct runners *runners);

/* Users of the processes that run. */
uint32_t runners_users(const struct runners *runners);

/* The number that the next process will get: those of the stage are below. */
uint32_t runners_next_number(const struct runners *runners);

/* Whether a process went wrong, or may have, and of which target the first one was. */
bool runners_has_died(const struct runners *runners, uint32_t *target);

/* After receiver_stop: says on stderr which processes went wrong, with the end
 * of what they printed, and adds the reasons to the verdict. */
void runners_judge(struct runners *runners, struct verdict *verdict);

#endif
