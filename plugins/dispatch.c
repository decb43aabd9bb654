/* SPDX-License-Identifier: Apache-2.0 */
/* The plugins of one run: hands everything to each of them, waits for the slow
 * ones, and gives up those that hang. */
#include "plugins/dispatch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "plugins/crash.h"
#include "plugins/instance.h"

/* How often a full queue is looked at. The plugin that is waited for is the slow
 * side: it has 8 MiB to go on with, so nothing is lost by not being told at once. */
#define ROOM_POLL_NS NS_PER_MS
/* How long one instance is waited for before the next is looked at. */
#define END_POLL_NS (10 * NS_PER_MS)

struct dispatch {
    struct instance **instances;
    size_t count;
    char *run_json;
    bool quiet, is_started, is_finished;
    struct dispatch_limits limits;
    /* Copies of what dispatch_finish was given: what hangs may go on reading. */
    struct loads_result result;
    char *result_json;
};

/* Whether a plugin still moves. */
struct watch {
    uint64_t progress;
    int64_t since_ns; /* monotonic: when `progress` was first seen */
};

struct dispatch *
dispatch_new(const char *run_json, bool quiet)
{
    struct dispatch *dispatch = xcalloc(1, sizeof *dispatch);

    dispatch->run_json = xstrdup(run_json);
    dispatch->quiet = quiet;
    dispatch->limits = (struct dispatch_limits){ .stall_ns = DISPATCH_STALL_S * NS_PER_S,
                                                 .flush_ns = DISPATCH_FLUSH_S * NS_PER_S };
    return dispatch;
}

void
dispatch_limit(struct dispatch *dispatch, struct dispatch_limits limits)
{
    dispatch->limits = limits;
}

int
dispatch_take(struct dispatch *dispatch, struct loaded *loaded, void *state, struct err *err)
{
    struct instance *instance = instance_take(loaded, state, dispatch->run_json, dispatch->quiet, err);

    if (instance == NULL)
        return -1;
    dispatch->instances = xreallocarray(dispatch->instances, dispatch->count + 1,
                                        sizeof *dispatch->instances);
    dispatch->instances[dispatch->count++] = instance;
    return 0;
}

void
dispatch_start(struct dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++)
        instance_start(dispatch->instances[i]);
    dispatch->is_started = true;
}

static struct watch
watch_start(const struct instance *instance)
{
    return (struct watch){ .progress = instance_progress(instance), .since_ns = clock_monotonic_ns() };
}

/* Whether no call has returned for so long. */
static bool
watch_is_stalled(struct watch *watch, const struct instance *instance, int64_t limit_ns)
{
    int64_t now_ns = clock_monotonic_ns();
    uint64_t progress = instance_progress(instance);

    if (progress != watch->progress)
        *watch = (struct watch){ .progress = progress, .since_ns = now_ns };
    return now_ns - watch->since_ns >= limit_ns;
}

static void
abandon_stalled(const struct dispatch *dispatch, struct instance *instance)
{
    char why[64];

    snprintf(why, sizeof why, "no progress for %g s, abandoned",
             (double)dispatch->limits.stall_ns / (double)NS_PER_S);
    instance_abandon(instance, why);
}

/* Room for an event, or NULL when the instance has failed or has to be given up.
 * Not being read from is what slows the runners down. */
static struct record *
wait_for_room(const struct dispatch *dispatch, struct instance *instance, size_t size)
{
    const struct timespec pause = { .tv_nsec = ROOM_POLL_NS };
    struct watch watch = watch_start(instance);
    struct record *record = NULL;

    while (instance_takes_events(instance)) {
        record = instance_reserve(instance, size);
        if (record != NULL)
            return record;
        if (watch_is_stalled(&watch, instance, dispatch->limits.stall_ns))
            abandon_stalled(dispatch, instance);
        else
            nanosleep(&pause, NULL);
    }
    return NULL;
}

bool
dispatch_event(struct dispatch *dispatch, const struct message *message, uint32_t target,
               int64_t received_us, const char *run_id)
{
    size_t size = 0;
    bool is_wanted = false;

    for (size_t i = 0; i < dispatch->count; i++) {
        struct instance *instance = dispatch->instances[i];
        struct record *record;

        if (!instance_takes_events(instance))
            continue;
        if (size == 0)
            size = record_size(message, run_id);
        record = instance_reserve(instance, size);
        if (record == NULL)
            record = wait_for_room(dispatch, instance, size);
        if (record == NULL)
            continue;
        record_write(record, message, target, received_us, run_id);
        instance_commit(instance);
        is_wanted = true;
    }
    return is_wanted;
}

void
dispatch_tick(struct dispatch *dispatch, const struct loads_totals *totals)
{
    for (size_t i = 0; i < dispatch->count; i++)
        instance_tick(dispatch->instances[i], totals);
}

/* Waits a little for an instance to end; whether nothing more is to come from it. */
static bool
is_over(const struct dispatch *dispatch, struct instance *instance, struct watch *watch,
        int64_t deadline_ns)
{
    char why[64];

    if (instance_is_abandoned(instance) || instance_wait(instance, END_POLL_NS))
        return true;
    if (clock_monotonic_ns() >= deadline_ns) {
        snprintf(why, sizeof why, "did not finish within %g s, abandoned",
                 (double)dispatch->limits.flush_ns / (double)NS_PER_S);
        instance_abandon(instance, why);
    } else if (!instance_is_flushing(instance) &&
               watch_is_stalled(watch, instance, dispatch->limits.stall_ns)) {
        abandon_stalled(dispatch, instance);
    }
    return false;
}

void
dispatch_finish(struct dispatch *dispatch, const struct loads_result *result)
{
    int64_t deadline_ns = clock_monotonic_ns() + dispatch->limits.flush_ns;
    struct watch *watches = xcalloc(dispatch->count, sizeof *watches);
    bool all_over = false;

    assert(dispatch->is_started);
    if (result != NULL) {
        dispatch->result = *result;
        dispatch->result_json = xstrndup(result->json, result->json_length);
        dispatch->result.json = dispatch->result_json;
    }
    for (size_t i = 0; i < dispatch->count; i++) {
        instance_finish(dispatch->instances[i], result != NULL ? &dispatch->result : NULL);
        watches[i] = watch_start(dispatch->instances[i]);
    }
    while (!all_over) {
        all_over = true;
        for (size_t i = 0; i < dispatch->count; i++)
            all_over &= is_over(dispatch, dispatch->instances[i], &watches[i], deadline_ns);
    }
    dispatch->is_finished = true;
    free(watches);
}

size_t
dispatch_failure_count(const struct dispatch *dispatch)
{
    size_t count = 0;

    for (size_t i = 0; i < dispatch->count; i++)
        count += instance_failure(dispatch->instances[i]) != NULL;
    return count;
}

const char *
dispatch_failure(const struct dispatch *dispatch, size_t index)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        const char *failure = instance_failure(dispatch->instances[i]);

        if (failure != NULL && index-- == 0)
            return failure;
    }
    return NULL;
}

bool
dispatch_is_hung(const struct dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++)
        if (instance_is_abandoned(dispatch->instances[i]))
            return true;
    return false;
}

void
dispatch_free(struct dispatch *dispatch)
{
    bool is_hung;

    if (dispatch == NULL)
        return;
    if (dispatch->is_started && !dispatch->is_finished)
        dispatch_finish(dispatch, NULL);
    is_hung = dispatch_is_hung(dispatch);
    for (size_t i = 0; i < dispatch->count; i++)
        if (!instance_is_abandoned(dispatch->instances[i]))
            instance_free(dispatch->instances[i]);
    free(dispatch->instances);
    /* A thread that hangs may still read these, and the dispatch that holds one. */
    if (is_hung)
        return;
    free(dispatch->result_json);
    free(dispatch->run_json);
    free(dispatch);
}

void
dispatch_install_crash_handler(void)
{
    crash_handler_install();
}
