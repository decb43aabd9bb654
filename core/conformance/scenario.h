/* SPDX-License-Identifier: Apache-2.0 */
/* One short run of a runner, as a host would do it, with a disturbance or without:
 * starts the processes, listens to them, and keeps what is seen for the grades. */
#ifndef CONFORMANCE_SCENARIO_H
#define CONFORMANCE_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "conformance/ledger.h"
#include "run/plan.h"
#include "run/supervisor.h"
#include "run/tail.h"

/* What the host does to the runner, once it has begun. */
enum disturbance {
    DISTURB_NOTHING,
    DISTURB_STOP,   /* SIGTERM after the first test */
    DISTURB_SLOW,   /* reads nothing for a while, then little by little */
    DISTURB_GONE,   /* closes the endpoint for good */
    DISTURB_RETURN, /* closes it, and opens it again */
};

struct scenario {
    struct plan_cycle cycle;
    bool one_process;       /* for all users; else one for each */
    bool without_additions; /* as a host that does not know LOADS_PROTOCOL */
    enum disturbance disturbance;
};

/* What all scenarios share. */
struct stage {
    struct supervisor *supervisor;
    const struct plan *plan;  /* its first target is the runner */
    const char *scratch, *run_id;
    double patience_s;        /* past the end, before it is told to end */
    uint32_t next_number;     /* of processes */
};

struct scene_process {
    struct ledger_process who;
    int64_t started_ns, ended_ns;
    int64_t told_ns;  /* when it got SIGTERM; 0: never */
    bool is_running;
    bool is_overdue;  /* it got that because its time was over */
    bool is_killed;   /* and later SIGKILL */
    int wait_status;
    struct tail output;
    int output_fd;    /* -1: closed */
};

/* What was seen. */
struct scene {
    struct scenario scenario;
    struct ledger ledger;
    struct ledger_process *who;
    struct scene_process *processes;
    size_t process_count;
    bool was_played, was_disturbed;
    uint64_t messages_before;  /* those that came before the endpoint returned */
    size_t leftovers;          /* processes that were still there after the end */
    char leftover[64];         /* one of them */
};

/* Plays it. -1 when the runner cannot be started, or the host itself fails. */
int scene_play(struct scene *scene, const struct scenario *scenario, struct stage *stage, struct err *err);
void scene_clear(struct scene *scene);

#endif
