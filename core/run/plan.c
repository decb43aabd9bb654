/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the plan from the settings, and splits users over processes. */
#include "run/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/memory.h"
#include "run/endpoint.h"
#include "run/target.h"
#include "run/words.h"

static int
resolve_test_dir(struct plan *plan, const char *typed, struct err *err)
{
    struct stat found;

    plan->test_dir = realpath(typed, NULL);
    if (plan->test_dir == NULL || stat(plan->test_dir, &found) != 0)
        return err_set(err, "--test-dir %s: %s", typed, strerror(errno));
    if (!S_ISDIR(found.st_mode))
        return err_set(err, "--test-dir %s: is not a directory", typed);
    return 0;
}

/* The cartesian product: users in the outer loop, hits in the inner one. */
static int
make_cycles(struct plan_target *target, const struct target_settings *settings, struct err *err)
{
    bool is_timed = settings->duration_s > 0;
    size_t hits_count = is_timed ? 1 : settings->hits.count;
    size_t count = settings->users.count * hits_count;

    if (count > SETTINGS_CYCLES_LIMIT)
        return err_set(err, "%zu users times %zu hits make %zu cycles; at most %d are allowed",
                       settings->users.count, hits_count, count, SETTINGS_CYCLES_LIMIT);
    target->cycles = xcalloc(count, sizeof *target->cycles);
    target->cycle_count = count;
    for (size_t i = 0; i < count; i++)
        target->cycles[i] = (struct plan_cycle){
            .users = (uint32_t)settings->users.values[i / hits_count],
            .hits = is_timed ? 0 : settings->hits.values[i % hits_count],
            .duration_s = is_timed ? settings->duration_s : 0,
        };
    return 0;
}

static int
make_target(struct plan_target *target, const struct target_settings *settings,
            const struct plan *plan, const struct run_settings *run, struct err *err)
{
    target->name = xstrdup(settings->name);
    target->processes = settings->processes;
    target->process_per_hit = settings->process_per_hit;
    if (target_resolve(target, settings, plan->test_dir, run, err) != 0)
        return -1;
    target->process_users = settings->process_users;
    if (target->process_users == 0)
        target->process_users = settings->test_runner != NULL ? 1 : UINT32_MAX;
    return make_cycles(target, settings, err);
}

/* Targets run side by side, so the limits hold for what a stage runs at once. */
static int
check_stage(const struct plan *plan, size_t stage, struct err *err)
{
    uint64_t users = 0, processes = 0;

    for (size_t i = 0; i < plan->target_count; i++) {
        const struct plan_target *target = &plan->targets[i];

        if (stage >= target->cycle_count)
            continue;
        users += target->cycles[stage].users;
        processes += plan_process_count(target, &target->cycles[stage]);
    }
    if (users > SETTINGS_USERS_LIMIT)
        return err_set(err, "cycle %zu has %llu users in all; at most %d are allowed", stage + 1,
                       (unsigned long long)users, SETTINGS_USERS_LIMIT);
    if (processes > PLAN_PROCESSES_LIMIT)
        return err_set(err,
                       "cycle %zu needs %llu processes; at most %d are allowed: if the runner can "
                       "run several users in one, say so with --process-users N",
                       stage + 1, (unsigned long long)processes, PLAN_PROCESSES_LIMIT);
    return 0;
}

/* The sums that progress is measured by: one of them, or neither in a mixed run. */
static void
add_up(struct plan *plan)
{
    bool all_by_hits = true, all_by_time = true;

    for (size_t stage = 0; stage < plan->stage_count; stage++) {
        double longest_s = 0;

        for (size_t i = 0; i < plan->target_count; i++) {
            const struct plan_target *target = &plan->targets[i];
            const struct plan_cycle *cycle;

            if (stage >= target->cycle_count)
                continue;
            cycle = &target->cycles[stage];
            plan->planned_tests += cycle->users * cycle->hits;
            if (cycle->duration_s > longest_s)
                longest_s = cycle->duration_s;
            all_by_hits = all_by_hits && cycle->hits > 0;
            all_by_time = all_by_time && cycle->hits == 0;
        }
        plan->planned_us += (int64_t)(longest_s * (double)US_PER_S);
    }
    if (!all_by_hits)
        plan->planned_tests = 0;
    if (!all_by_time)
        plan->planned_us = 0;
}

static int
make_plan(struct plan *plan, const struct run_settings *settings, struct err *err)
{
    if (settings->target_count == 0)
        return err_set(err, "no test to run: name a TARGET, such as shop.c:test_home");
    if (resolve_test_dir(plan, settings->test_dir, err) != 0)
        return -1;
    if (settings->zmq_receiver != NULL && endpoint_check(settings->zmq_receiver, err) != 0)
        return -1;
    plan->targets = xcalloc(settings->target_count, sizeof *plan->targets);
    for (size_t i = 0; i < settings->target_count; i++) {
        struct plan_target *target = &plan->targets[plan->target_count++];

        if (make_target(target, &settings->targets[i], plan, settings, err) != 0)
            return err_add(err, "target %s", target->name);
        if (target->cycle_count > plan->stage_count)
            plan->stage_count = target->cycle_count;
    }
    for (size_t stage = 0; stage < plan->stage_count; stage++)
        if (check_stage(plan, stage, err) != 0)
            return -1;
    add_up(plan);
    return 0;
}

int
plan_init(struct plan *plan, const struct run_settings *settings, struct err *err)
{
    *plan = (struct plan){ 0 };
    if (make_plan(plan, settings, err) == 0)
        return 0;
    plan_clear(plan);
    return -1;
}

void
plan_clear(struct plan *plan)
{
    for (size_t i = 0; i < plan->target_count; i++) {
        free(plan->targets[i].name);
        words_free(plan->targets[i].argv);
        free(plan->targets[i].cycles);
    }
    free(plan->targets);
    free(plan->test_dir);
    *plan = (struct plan){ 0 };
}

uint32_t
plan_process_count(const struct plan_target *target, const struct plan_cycle *cycle)
{
    if (target->process_per_hit)
        return cycle->users;
    if (target->processes > 0)
        return target->processes < cycle->users ? target->processes : cycle->users;
    /* Not (users + limit - 1) / limit: the limit may be UINT32_MAX. */
    return cycle->users / target->process_users + (cycle->users % target->process_users > 0);
}

void
plan_process_users(const struct plan_target *target, const struct plan_cycle *cycle, uint32_t index,
                   uint32_t *first, uint32_t *count)
{
    uint32_t processes = plan_process_count(target, cycle);
    uint32_t share = cycle->users / processes;
    uint32_t larger = cycle->users % processes; /* the first ones take one user more */

    *first = 1 + index * share + (index < larger ? index : larger);
    *count = share + (index < larger);
}
