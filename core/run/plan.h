/* SPDX-License-Identifier: Apache-2.0 */
/* What a run will do, resolved: every target's runner, command and cycles. The
 * run goes through stages: stage i starts cycle i of every target that has one,
 * and ends when they all have ended. */
#ifndef RUN_PLAN_H
#define RUN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/err.h"
#include "run/settings.h"

enum { PLAN_PROCESSES_LIMIT = 10000 }; /* of one stage, all targets together */

struct plan_cycle {
    uint32_t users;
    uint64_t hits;     /* per user; 0: by duration */
    double duration_s; /* 0: by hits */
};

struct plan_target {
    char *name;           /* for people and the document */
    const char *runner;   /* "c", "js", "ruby", "python", "bridge" or "external" */
    char **argv;          /* the command, NULL-terminated, resolved to an executable file */
    struct plan_cycle *cycles;
    size_t cycle_count;
    uint32_t process_users; /* users that one process may run; UINT32_MAX: all */
    uint32_t processes;     /* 0: as process_users gives */
    bool process_per_hit;   /* one process for each user, started anew for each hit */
    bool tells_end;         /* each process ends with a runnerEnd: the runner is one of ours */
};

struct plan {
    struct plan_target *targets;
    size_t target_count;
    size_t stage_count;      /* the most cycles that a target has */
    char *test_dir;          /* absolute */
    int64_t planned_us;      /* all stages when every cycle is by duration, else 0 */
    uint64_t planned_tests;  /* all users x hits when every cycle is by hits, else 0 */
};

/* Resolves `settings` against the file system: exists, is executable, which
 * runner, which cycles (users in the outer loop, hits in the inner one). What
 * can be known before anything runs fails here, with one clear error. */
int plan_init(struct plan *plan, const struct run_settings *settings, struct err *err);
void plan_clear(struct plan *plan);

/* How many processes a cycle of the target takes, and the users of each: process
 * `index` runs users first .. first + count - 1 (from 1). */
uint32_t plan_process_count(const struct plan_target *target, const struct plan_cycle *cycle);
void plan_process_users(const struct plan_target *target, const struct plan_cycle *cycle,
                        uint32_t index, uint32_t *first, uint32_t *count);

/* The plan as text for --dry-run: 80 columns, but for words that are longer. */
void plan_describe(const struct plan *plan, struct buffer *out);

#endif
