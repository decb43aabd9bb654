/* SPDX-License-Identifier: Apache-2.0 */
/* One plugin, its thread and its queue. */
#include "plugins/instance.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "plugins/crash.h"
#include "plugins/dispatch.h"
#include "plugins/queue.h"
#include "plugins/search.h"

/* A thread that finds nothing to do naps first, because events come in streams: a
 * nap lets them gather, so that the receiver need not wake anybody for each. */
enum rest { AWAKE, NAPPING, SLEEPING };
#define NAP_NS (5 * NS_PER_MS)
enum { NAP_BYTES = DISPATCH_QUEUE_BYTES / 8 }; /* gathered, which end a nap early */

enum phase {
    OPEN,
    FLUSHING,
    FAILED,    /* by itself: it gets close() */
    ABANDONED, /* by us: it gets nothing */
    CLOSED,
};

struct instance {
    struct loads_host host; /* first: what a plugin hands back leads to the rest */
    struct loaded loaded;
    void *state;
    char *label; /* "output file" */
    pthread_t thread;
    bool is_started;

    struct queue *queue; /* NULL when it takes no events */
    atomic_int phase;    /* changed under the mutex */
    atomic_int rest;
    atomic_bool has_tick, is_finishing;
    _Atomic uint64_t calls; /* that have returned; written by one thread */

    struct err said; /* by host->fail in the call that runs */

    pthread_mutex_t mutex; /* for all below */
    pthread_cond_t wake;   /* the thread, from its rest */
    pthread_cond_t end;    /* of the thread */
    bool has_ended;
    struct loads_totals tick;
    const struct loads_result *result;
    char *failure;
};

/* What plugins call. */

static struct instance *
instance_of(const struct loads_host *host)
{
    /* Plugins get the host as const; the instance around it is ours. */
    return (struct instance *)(uintptr_t)host;
}

static void LOADS_PRINTF(3, 4)
host_log(const struct loads_host *host, enum loads_level level, const char *fmt, ...)
{
    const char *label = instance_of(host)->label;
    char text[2048];
    va_list args;

    if (level < LOADS_INFO)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (level == LOADS_INFO)
        log_info("%s: %s", label, text);
    else
        log_warning("%s: %s", label, text);
}

static int LOADS_PRINTF(2, 3)
host_fail(const struct loads_host *host, const char *fmt, ...)
{
    struct err *said = &instance_of(host)->said;
    char text[sizeof said->text];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return err_set(said, "%s", text);
}

/* What is called in plugins. */

/* Around each call. */
static void
call_begin(struct instance *instance)
{
    instance->said.text[0] = '\0';
    crash_blame(instance->label);
}

static void
call_end(struct instance *instance)
{
    crash_blame(NULL);
    /* Only this thread writes it: no need for a locked addition. */
    atomic_store_explicit(&instance->calls,
                          atomic_load_explicit(&instance->calls, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

static const char *
reason(const struct instance *instance)
{
    return instance->said.text[0] != '\0' ? instance->said.text : "failed without saying why";
}

static enum phase
phase_of(const struct instance *instance)
{
    return (enum phase)atomic_load(&instance->phase);
}

/* Goes from phase `from` to `to`; false when somebody else has changed it. The
 * first failure is the one that is kept. */
static bool
change_phase(struct instance *instance, enum phase from, enum phase to, const char *failure)
{
    bool changed;

    pthread_mutex_lock(&instance->mutex);
    changed = phase_of(instance) == from;
    if (changed) {
        atomic_store(&instance->phase, (int)to);
        if (failure != NULL && instance->failure == NULL)
            instance->failure = xasprintf("%s: %s", instance->label, failure);
    }
    pthread_mutex_unlock(&instance->mutex);
    return changed;
}

/* After a call that did not return 0. */
static void
fail(struct instance *instance, enum phase from)
{
    if (change_phase(instance, from, FAILED, reason(instance)))
        log_error("%s; it is closed", instance->failure);
}

static void
call_close(struct instance *instance)
{
    if (instance->loaded.plugin.close == NULL)
        return;
    call_begin(instance);
    instance->loaded.plugin.close(instance->state);
    call_end(instance);
}

static bool
call_open(struct instance *instance)
{
    int outcome = 0;

    call_begin(instance);
    if (instance->loaded.plugin.open != NULL)
        outcome = instance->loaded.plugin.open(instance->state, &instance->host);
    call_end(instance);
    return outcome == 0;
}

static void
deliver_event(struct instance *instance, const struct loads_event *event)
{
    int outcome;

    call_begin(instance);
    outcome = instance->loaded.plugin.on_event(instance->state, &instance->host, event);
    call_end(instance);
    if (outcome != 0)
        fail(instance, OPEN);
}

static void
deliver_tick(struct instance *instance)
{
    struct loads_totals totals;
    int outcome;

    pthread_mutex_lock(&instance->mutex);
    totals = instance->tick;
    atomic_store(&instance->has_tick, false);
    pthread_mutex_unlock(&instance->mutex);

    call_begin(instance);
    outcome = instance->loaded.plugin.on_tick(instance->state, &instance->host, &totals);
    call_end(instance);
    if (outcome != 0)
        fail(instance, OPEN);
}

/* The thread. */

static bool
has_work(const struct instance *instance)
{
    return atomic_load(&instance->has_tick) || atomic_load(&instance->is_finishing) ||
           (instance->queue != NULL && !queue_is_empty(instance->queue));
}

static struct timespec
deadline_in(int64_t ns)
{
    int64_t at_ns = clock_monotonic_ns() + ns;

    return (struct timespec){ .tv_sec = at_ns / NS_PER_S, .tv_nsec = at_ns % NS_PER_S };
}

/* Returns when there may be work. The order matters: we say that we rest and then
 * look for work; the other side adds work and then looks whether we rest. So one
 * of us sees the other. */
static void
rest(struct instance *instance, enum rest how)
{
    struct timespec until = deadline_in(NAP_NS);
    int outcome = 0;

    pthread_mutex_lock(&instance->mutex);
    atomic_store(&instance->rest, (int)how);
    while (outcome == 0 && atomic_load(&instance->rest) != AWAKE && !has_work(instance)) {
        if (how == NAPPING)
            outcome = pthread_cond_timedwait(&instance->wake, &instance->mutex, &until);
        else
            pthread_cond_wait(&instance->wake, &instance->mutex);
    }
    atomic_store(&instance->rest, AWAKE);
    pthread_mutex_unlock(&instance->mutex);
}

static void
wake(struct instance *instance)
{
    pthread_mutex_lock(&instance->mutex);
    atomic_store(&instance->rest, AWAKE);
    pthread_cond_signal(&instance->wake);
    pthread_mutex_unlock(&instance->mutex);
}

/* Delivers one thing; false when there was none. */
static bool
deliver_next(struct instance *instance)
{
    struct record *record;

    if (atomic_load_explicit(&instance->has_tick, memory_order_relaxed)) {
        deliver_tick(instance);
        return true;
    }
    record = instance->queue != NULL ? queue_front(instance->queue) : NULL;
    if (record == NULL)
        return false;
    deliver_event(instance, &record->event);
    queue_pop(instance->queue);
    return true;
}

/* Until all is delivered after instance_finish, or something has gone wrong. */
static void
deliver_all(struct instance *instance)
{
    enum rest next_rest = NAPPING;

    while (phase_of(instance) == OPEN) {
        /* Asked first: nothing is added after it is set. */
        bool is_last = atomic_load(&instance->is_finishing);

        if (deliver_next(instance)) {
            next_rest = NAPPING;
        } else if (is_last) {
            break;
        } else {
            rest(instance, next_rest);
            next_rest = SLEEPING;
        }
    }
}

static void
flush(struct instance *instance)
{
    int outcome = 0;

    if (!change_phase(instance, OPEN, FLUSHING, NULL))
        return;
    if (instance->result != NULL && instance->loaded.plugin.flush != NULL) {
        call_begin(instance);
        outcome = instance->loaded.plugin.flush(instance->state, &instance->host, instance->result);
        call_end(instance);
    }
    if (outcome != 0)
        fail(instance, FLUSHING);
}

static void *
instance_run(void *context)
{
    struct instance *instance = context;
    struct crash_stack stack;

    crash_stack_init(&stack);
    deliver_all(instance);
    flush(instance);
    /* An abandoned plugin is left as it is: nobody waits for its close(). */
    if (phase_of(instance) != ABANDONED)
        call_close(instance);
    change_phase(instance, FLUSHING, CLOSED, NULL);

    pthread_mutex_lock(&instance->mutex);
    instance->has_ended = true;
    pthread_cond_broadcast(&instance->end);
    pthread_mutex_unlock(&instance->mutex);
    crash_stack_clear(&stack);
    return NULL;
}

/* From outside. */

static void
condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void
instance_release(struct instance *instance)
{
    plugin_state_free(instance->state, &instance->loaded);
    loaded_close(&instance->loaded);
    queue_free(instance->queue);
    pthread_cond_destroy(&instance->wake);
    pthread_cond_destroy(&instance->end);
    pthread_mutex_destroy(&instance->mutex);
    free(instance->failure);
    free(instance->label);
    free(instance);
}

struct instance *
instance_take(struct loaded *loaded, void *state, const char *run_json, bool quiet, struct err *err)
{
    struct instance *instance = xcalloc(1, sizeof *instance);
    const struct loads_plugin *plugin = &instance->loaded.plugin;

    instance->loaded = *loaded;
    *loaded = (struct loaded){ 0 };
    instance->state = state;
    instance->host = (struct loads_host){ .size = sizeof instance->host,
                                          .log = host_log,
                                          .fail = host_fail,
                                          .run_json = run_json,
                                          .quiet = quiet };
    instance->label = xasprintf("%s %s", plugin_kind_name(plugin->kind), plugin->name);
    pthread_mutex_init(&instance->mutex, NULL);
    condition_init(&instance->wake);
    condition_init(&instance->end);

    if (!call_open(instance)) {
        err_set(err, "%s: %s", instance->label, reason(instance));
        instance_release(instance);
        return NULL;
    }
    if (plugin->on_event != NULL)
        instance->queue = queue_new(DISPATCH_QUEUE_BYTES);
    return instance;
}

void
instance_free(struct instance *instance)
{
    if (instance == NULL)
        return;
    if (instance->is_started)
        pthread_join(instance->thread, NULL);
    else
        call_close(instance);
    instance_release(instance);
}

/* Creates the thread so that signals to the process stay the main thread's, and a
 * plugin that writes to a closed pipe gets EPIPE. Crashes are its own. */
static int
create_thread(struct instance *instance)
{
    static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    sigset_t masked, before;
    int outcome;

    sigfillset(&masked);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        sigdelset(&masked, own[i]);
    pthread_sigmask(SIG_SETMASK, &masked, &before);
    outcome = pthread_create(&instance->thread, NULL, instance_run, instance);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return outcome;
}

void
instance_start(struct instance *instance)
{
    int outcome = create_thread(instance);

    if (outcome == 0) {
        instance->is_started = true;
        return;
    }
    call_begin(instance);
    host_fail(&instance->host, "cannot start a thread: %s", strerror(outcome));
    call_end(instance);
    fail(instance, OPEN);
    instance->has_ended = true;
}

bool
instance_takes_events(const struct instance *instance)
{
    return instance->queue != NULL &&
           atomic_load_explicit(&instance->phase, memory_order_relaxed) == OPEN;
}

struct record *
instance_reserve(struct instance *instance, size_t size)
{
    return queue_reserve(instance->queue, size);
}

void
instance_commit(struct instance *instance)
{
    int resting;

    queue_commit(instance->queue);
    resting = atomic_load(&instance->rest);
    if (resting == AWAKE || (resting == NAPPING && queue_waiting(instance->queue) < NAP_BYTES))
        return;
    wake(instance);
}

void
instance_tick(struct instance *instance, const struct loads_totals *totals)
{
    if (instance->loaded.plugin.on_tick == NULL || phase_of(instance) != OPEN)
        return;
    pthread_mutex_lock(&instance->mutex);
    instance->tick = *totals;
    atomic_store(&instance->has_tick, true);
    pthread_mutex_unlock(&instance->mutex);
    wake(instance);
}

void
instance_finish(struct instance *instance, const struct loads_result *result)
{
    instance->result = result;
    atomic_store(&instance->is_finishing, true);
    wake(instance);
}

bool
instance_wait(struct instance *instance, int64_t timeout_ns)
{
    struct timespec until = deadline_in(timeout_ns);
    int outcome = 0;
    bool has_ended;

    pthread_mutex_lock(&instance->mutex);
    while (!instance->has_ended && outcome == 0)
        outcome = pthread_cond_timedwait(&instance->end, &instance->mutex, &until);
    has_ended = instance->has_ended;
    pthread_mutex_unlock(&instance->mutex);
    return has_ended;
}

uint64_t
instance_progress(const struct instance *instance)
{
    return atomic_load_explicit(&instance->calls, memory_order_relaxed);
}

bool
instance_is_flushing(const struct instance *instance)
{
    return phase_of(instance) != OPEN;
}

void
instance_abandon(struct instance *instance, const char *why)
{
    pthread_mutex_lock(&instance->mutex);
    if (!instance->has_ended) {
        atomic_store(&instance->phase, ABANDONED);
        if (instance->failure == NULL)
            instance->failure = xasprintf("%s: %s", instance->label, why);
    }
    pthread_mutex_unlock(&instance->mutex);
    if (instance_is_abandoned(instance))
        log_error("%s", instance->failure);
}

bool
instance_is_abandoned(const struct instance *instance)
{
    return phase_of(instance) == ABANDONED;
}

const char *
instance_failure(struct instance *instance)
{
    const char *failure;

    pthread_mutex_lock(&instance->mutex);
    failure = instance->failure;
    pthread_mutex_unlock(&instance->mutex);
    return failure;
}
