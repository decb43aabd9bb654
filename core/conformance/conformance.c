/* SPDX-License-Identifier: Apache-2.0 */
/* Plays the scenarios one after the other and has them judged. */
#include "conformance/conformance.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "conformance/rows.h"
#include "conformance/table.h"
#include "run/exit_code.h"
#include "run/scratch.h"

enum {
    PATIENCE_S = 30,                     /* unless given, as in a run */
    SLOW_BYTES = 2 * 1024 * 1024,        /* more than the kernel and ZeroMQ hold back */
    SLOW_HITS_LEAST = 10, SLOW_HITS_MOST = 100000,
    SHOWN_LINES = 20, SHOWN_BYTES = 4096, /* of what the runner printed */
    ROWS_LIMIT = 64,
};

static const struct scenario scenarios[SCENE_COUNT] = {
    [SCENE_HITS] = { .cycle = { .users = 3, .hits = 4 } },
    [SCENE_TIME] = { .cycle = { .users = 2, .duration_s = 1 } },
    [SCENE_CROWD] = { .cycle = { .users = 3, .hits = 4 }, .one_process = true },
    [SCENE_OLDER] = { .cycle = { .users = 2, .hits = 4 }, .without_additions = true },
    [SCENE_STOP] = { .cycle = { .users = 1, .duration_s = 600 }, .disturbance = DISTURB_STOP },
    [SCENE_SLOW] = { .cycle = { .users = 1 }, .disturbance = DISTURB_SLOW }, /* hits: as many as fit */
    [SCENE_GONE] = { .cycle = { .users = 1, .duration_s = 1 }, .disturbance = DISTURB_GONE },
    [SCENE_RETURN] = { .cycle = { .users = 1, .duration_s = 3 }, .disturbance = DISTURB_RETURN },
};

struct conformance {
    struct plan plan;
    char *scratch;
    char run_id[40];
    struct stage stage;
    struct scene scenes[SCENE_COUNT];
};

/* As many tests as this one can do in a second, but not more than needed. */
static uint64_t
slow_hits(const struct scene *timed)
{
    uint64_t most = SLOW_HITS_MOST, tests = timed->ledger.stops / timed->scenario.cycle.users;

    if (timed->ledger.stops > 0)
        most = SLOW_BYTES / (timed->ledger.bytes / timed->ledger.stops + 1);
    tests = (uint64_t)((double)tests / timed->scenario.cycle.duration_s);
    tests = tests < most ? tests : most;
    return tests > SLOW_HITS_LEAST ? tests : SLOW_HITS_LEAST;
}

/* -1: the runner cannot be started. A runner that says nothing at all is not
 * tried further: every row would wait in vain. */
static int
play_all(struct conformance *self, struct err *err)
{
    for (size_t i = 0; i < SCENE_COUNT; i++) {
        struct scenario scenario = scenarios[i];

        if (i == SCENE_CROWD && self->plan.targets[0].process_users == 1)
            continue;
        if (i == SCENE_SLOW)
            scenario.cycle.hits = slow_hits(&self->scenes[SCENE_TIME]);
        if (scene_play(&self->scenes[i], &scenario, &self->stage, err) != 0)
            return -1;
        if (self->scenes[SCENE_HITS].ledger.messages == 0)
            return 0;
    }
    return 0;
}

static int
open_conformance(struct conformance *self, const struct run_settings *settings, struct err *err)
{
    if (plan_init(&self->plan, settings, err) != 0)
        return -1;
    signal(SIGPIPE, SIG_IGN);
    snprintf(self->run_id, sizeof self->run_id, "%016" PRIx64 "%016" PRIx64, (uint64_t)clock_wall_unix_ns(),
             (uint64_t)getpid());
    self->scratch = scratch_new(err);
    if (self->scratch == NULL)
        return -1;
    self->stage = (struct stage){ .plan = &self->plan, .scratch = self->scratch, .run_id = self->run_id,
                                  .next_number = 1, .patience_s = settings->external_process_timeout_s };
    if (self->stage.patience_s < 0)
        self->stage.patience_s = PATIENCE_S;
    self->stage.supervisor = supervisor_start(self->scratch, err);
    return self->stage.supervisor != NULL ? 0 : -1;
}

static void
close_conformance(struct conformance *self)
{
    for (size_t i = 0; i < SCENE_COUNT; i++)
        scene_clear(&self->scenes[i]);
    supervisor_stop(self->stage.supervisor);
    if (self->scratch != NULL)
        scratch_remove(self->scratch);
    free(self->scratch);
    plan_clear(&self->plan);
}

/* What it printed may say why. */
static void
show_output(const struct scene *scene)
{
    for (size_t i = 0; i < scene->process_count; i++) {
        if (scene->processes[i].output.length == 0)
            continue;
        log_info("the runner printed:");
        tail_print(&scene->processes[i].output, SHOWN_LINES, SHOWN_BYTES);
        return;
    }
}

static int
print(struct buffer *text)
{
    if (fwrite(text->data, 1, text->length, stdout) == text->length && fflush(stdout) == 0)
        return 0;
    log_error("cannot write to the standard output: %s", strerror(errno));
    return -1;
}

static int
judge_all(const struct conformance *self, bool as_json)
{
    struct grade grades[ROWS_LIMIT] = { 0 };
    int exit_code = EXIT_PASSED;
    struct buffer text;

    for (size_t i = 0; rows[i].name != NULL; i++) {
        if (self->scenes[SCENE_HITS].ledger.messages > 0 || rows[i].needs_no_messages)
            rows[i].judge(self->scenes, &grades[i]);
        else
            grades[i] = (struct grade){ RESULT_FAIL, "not tried, since no message came" };
        if (grades[i].result == RESULT_FAIL)
            exit_code = EXIT_TESTS_FAILED;
    }
    buffer_init(&text, TABLE_TEXT_LIMIT);
    if (as_json)
        table_as_json(&text, grades, self->plan.targets[0].name);
    else
        table_as_text(&text, grades);
    if (print(&text) != 0)
        exit_code = EXIT_INTERNAL;
    buffer_clear(&text);
    if (exit_code == EXIT_TESTS_FAILED)
        show_output(&self->scenes[SCENE_HITS]);
    return exit_code;
}

int
conformance_execute(const struct run_settings *settings)
{
    struct conformance self = { 0 };
    struct err err = { 0 };
    int exit_code;

    if (open_conformance(&self, settings, &err) == 0 && play_all(&self, &err) == 0) {
        exit_code = judge_all(&self, settings->as_json);
    } else {
        log_error("%s", err.text);
        exit_code = EXIT_USAGE;
    }
    close_conformance(&self);
    return exit_code;
}
