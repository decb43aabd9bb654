/* SPDX-License-Identifier: Apache-2.0 */
/* One run: the main thread's loop. It goes from stage to stage, merges what the
 * receiver has counted, obeys Ctrl-C, and ends with the report. */
#include "run/run.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "plugins/dispatch.h"
#include "run/observers.h"
#include "run/plan.h"
#include "run/receiver.h"
#include "run/report.h"
#include "run/runners.h"
#include "run/scratch.h"
#include "run/stop_signals.h"
#include "run/supervisor.h"
#include "run/verdict.h"

enum {
    DRAIN_S = 30,          /* at the end of a stage, for connections to close */
    HURRIED_DRAIN_S = 2,   /* after the second Ctrl-C */
    GRACE_S = 30,          /* after the first, for runners to end */
    DESCRIPTORS = 65536,   /* that we ask for, as far as the hard limit goes */
    RUN_ID_SIZE = 33,      /* 128 bits in hex */
    PATIENCE = 2,          /* signals after which there is still a report */
};
/* The id of this host among agents; a process is "local.N". */
static const char agent_prefix[] = "local";

/* What the run waits for. */
enum phase {
    PHASE_RUNNING,  /* runners of the stage */
    PHASE_KILLING,  /* what they left behind is being killed */
    PHASE_DRAINING, /* results in flight */
    PHASE_OVER,
};

struct run {
    const struct run_settings *settings;
    struct plan plan;
    char id[RUN_ID_SIZE];
    char *scratch;
    struct supervisor *supervisor;
    struct dispatch *dispatch;
    struct receiver *receiver;
    struct runners *runners;
    struct results *results;
    struct verdict verdict;

    struct document_info info;
    struct document_target *targets;
    const char **target_names;

    struct supervisor *observer_supervisor; /* NULL without observers */
    struct observers *observers;            /* NULL without any */
    bool is_bad;                            /* they were told so */

    int signal_count; /* of SIGINT, SIGTERM and SIGHUP */
    bool is_stopping; /* no further stage begins */
    enum phase phase;
    size_t stage;
    int64_t epoch_ns, ended_ns; /* monotonic; ended_ns is 0 while runners run */
};

/* ---- Signals. */

static void
stop_gently(struct run *run)
{
    run->is_stopping = true;
    runners_stop(run->runners, GRACE_S * NS_PER_S);
}

/* First: end gently and report. Second: end now and report. Third: go. */
static void
obey_signal(struct run *run, int signal_number)
{
    bool is_interrupt = signal_number == SIGINT;

    run->signal_count++;
    if (run->signal_count == 1) {
        verdict_add(&run->verdict, is_interrupt ? EXIT_INTERRUPTED : EXIT_TERMINATED, "stopped by %s",
                    is_interrupt ? "SIGINT" : signal_number == SIGTERM ? "SIGTERM" : "SIGHUP");
        log_info("stopping: the runners have %d s to end; %s again to stop now", GRACE_S,
                 is_interrupt ? "Ctrl-C" : "send the signal");
        stop_gently(run);
    } else if (run->signal_count == 2) {
        log_info("stopping now");
        runners_stop(run->runners, 0);
        if (run->phase == PHASE_RUNNING) {
            supervisor_kill_all(run->supervisor);
            run->phase = PHASE_KILLING;
        } else if (run->phase == PHASE_DRAINING) {
            receiver_drain(run->receiver, runners_next_number(run->runners), clock_monotonic_ns());
        }
    } else {
        _exit(is_interrupt ? EXIT_INTERRUPTED : EXIT_TERMINATED);
    }
}

static void
read_signals(struct run *run)
{
    int signal_number;

    while ((signal_number = stop_signals_next()) != 0)
        obey_signal(run, signal_number);
}

/* ---- Stages. */

static void
begin_stage(struct run *run, size_t stage)
{
    run->stage = stage;
    run->phase = PHASE_RUNNING;
    run->ended_ns = 0;
    runners_start_stage(run->runners, stage);
}

static void
begin_drain(struct run *run)
{
    int64_t patience_s = run->signal_count >= 2 ? HURRIED_DRAIN_S : DRAIN_S;

    run->phase = PHASE_DRAINING;
    run->ended_ns = clock_monotonic_ns();
    receiver_drain(run->receiver, runners_next_number(run->runners),
                   run->ended_ns + patience_s * NS_PER_S);
}

static void
end_stage(struct run *run, enum receiver_drain outcome)
{
    if (outcome == RECEIVER_TIMED_OUT)
        verdict_add(&run->verdict, EXIT_INVALID, "results were still coming in %d s after the runners had ended",
                    run->signal_count >= 2 ? HURRIED_DRAIN_S : DRAIN_S);
    if (run->is_stopping || run->stage + 1 == run->plan.stage_count)
        run->phase = PHASE_OVER;
    else
        begin_stage(run, run->stage + 1);
}

/* ---- The first failure. */

static void
stop_at_failure(struct run *run, const char *what, uint32_t target)
{
    verdict_add(&run->verdict, EXIT_TESTS_FAILED, "stopped by --fail-fast: %s %s", run->target_names[target], what);
    log_info("stopping, since %s %s; the runners have %d s to end", run->target_names[target], what, GRACE_S);
    stop_gently(run);
}

/* What is counted is known once a second, what dies at once. Whether that is more
 * than failed tests is judged at the end. */
static void
watch_failures(struct run *run)
{
    bool is_over = run->phase != PHASE_RUNNING || runners_are_done(run->runners);
    bool is_ending = is_over && run->stage + 1 == run->plan.stage_count;
    uint32_t target;

    if (!run->settings->fail_fast || run->is_stopping || is_ending)
        return;
    if (results_has_complained(run->results, &target))
        stop_at_failure(run, "had a failure or an error", target);
    else if (runners_has_died(run->runners, &target))
        stop_at_failure(run, "lost a runner", target);
}

/* Moves on when what the phase waits for has come. */
static void
advance(struct run *run)
{
    if (run->phase == PHASE_RUNNING && runners_are_done(run->runners)) {
        run->phase = PHASE_KILLING;
        supervisor_kill_all(run->supervisor);
    } else if (run->phase == PHASE_DRAINING) {
        enum receiver_drain outcome = receiver_drained(run->receiver);

        if (outcome == RECEIVER_DRAINED || outcome == RECEIVER_TIMED_OUT)
            end_stage(run, outcome);
    }
}

static void
follow_supervisor(struct run *run)
{
    struct supervisor_event event;

    while (supervisor_next(run->supervisor, &event)) {
        if (event.type == SUPERVISOR_ALL_DEAD) {
            if (run->phase == PHASE_KILLING)
                begin_drain(run);
        } else if (event.type == SUPERVISOR_GONE) {
            verdict_add(&run->verdict, EXIT_INTERNAL, "the supervisor process has died, and the runners with it");
            run->ended_ns = clock_monotonic_ns();
            run->phase = PHASE_OVER;
        } else {
            runners_follow(run->runners, &event);
        }
    }
}

/* ---- Figures. */

static void
fill_totals(const struct run *run, struct loads_totals *totals)
{
    int64_t now_ns = run->ended_ns > 0 ? run->ended_ns : clock_monotonic_ns();

    *totals = (struct loads_totals){ .size = sizeof *totals };
    results_totals(run->results, totals);
    totals->elapsed_us = (now_ns - run->epoch_ns) / NS_PER_US;
    totals->planned_us = run->plan.planned_us;
    totals->planned_tests = run->plan.planned_tests;
    totals->users = runners_users(run->runners);
    totals->cycle = (uint32_t)run->stage + 1;
    totals->cycles = (uint32_t)run->plan.stage_count;
}

/* Returns how many there were. */
static size_t
merge_intervals(struct run *run)
{
    struct interval *interval;
    size_t count = 0;

    for (; (interval = receiver_take(run->receiver)) != NULL; count++) {
        results_merge_interval(run->results, interval);
        receiver_give_back(run->receiver, interval);
    }
    return count;
}

/* What they hear while it runs is the state of things: nothing but what the
 * figures so far say counts against the run. */
static void
tell_observers(struct run *run, enum loads_moment moment)
{
    struct loads_result result = { .size = sizeof result, .moment = moment };
    struct document_info info = run->info;
    struct verdict so_far = { 0 };
    struct buffer document;

    if (run->observers == NULL || !observers_want(run->observers, moment))
        return;
    fill_totals(run, &result.totals);
    if (run->phase == PHASE_OVER) {
        report_describe_verdict(&info, &run->verdict);
    } else {
        info.duration_ns = result.totals.elapsed_us * NS_PER_US;
        if (moment == LOADS_AT_BAD)
            report_judge(run->results, &so_far);
        report_describe_verdict(&info, &so_far);
    }
    if (moment == LOADS_AT_START)
        info.verdict.status = "running";
    report_document(run->results, &info, &document);
    result.json = document.data;
    result.json_length = document.length;
    observers_tell(run->observers, &result);
    buffer_clear(&document);
    verdict_clear(&so_far);
}

/* Full intervals come once a second: they set the pace of the ticks. */
static void
follow_receiver(struct run *run)
{
    struct loads_totals totals;

    receiver_clear_fd(run->receiver);
    if (merge_intervals(run) == 0)
        return;
    fill_totals(run, &totals);
    dispatch_tick(run->dispatch, &totals);
    if (!run->is_bad && totals.failures + totals.errors > 0) {
        run->is_bad = true;
        tell_observers(run, LOADS_AT_BAD);
    }
}

/* ---- The loop. */

static void
loop(struct run *run)
{
    struct pollfd polls[] = {
        { .fd = stop_signals_fd(), .events = POLLIN },
        { .fd = supervisor_fd(run->supervisor), .events = POLLIN },
        { .fd = receiver_fd(run->receiver), .events = POLLIN },
        { .fd = runners_fd(run->runners), .events = POLLIN },
        { .fd = run->observers != NULL ? observers_fd(run->observers) : -1, .events = POLLIN },
    };

    stop_signals_wait();
    tell_observers(run, LOADS_AT_START);
    begin_stage(run, 0);
    while (run->phase != PHASE_OVER) {
        int64_t now_ns = clock_monotonic_ns();
        int64_t deadline_ns = runners_enforce_deadlines(run->runners, now_ns);
        int64_t observers_ns = run->observers != NULL ? observers_follow(run->observers, now_ns) : INT64_MAX;

        if (observers_ns < deadline_ns)
            deadline_ns = observers_ns;

        if (poll(polls, sizeof polls / sizeof polls[0], clock_wait_ms(deadline_ns)) < 0) {
            if (errno == EINTR)
                continue;
            verdict_add(&run->verdict, EXIT_INTERNAL, "cannot wait for anything: %s", strerror(errno));
            break;
        }
        if (polls[0].revents != 0)
            read_signals(run);
        if (polls[3].revents != 0)
            runners_read_output(run->runners);
        if (polls[1].revents != 0)
            follow_supervisor(run);
        if (polls[2].revents != 0)
            follow_receiver(run);
        watch_failures(run);
        advance(run);
    }
}

/* ---- Beginning and end. */

static int
make_run_id(char id[static RUN_ID_SIZE], struct err *err)
{
    unsigned char bytes[(RUN_ID_SIZE - 1) / 2];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return err_set(err, "cannot get random bytes for the run's id: %s", strerror(errno));
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(id + 2 * i, 3, "%02x", bytes[i]);
    return 0;
}

/* The plan in the words of the result document. */
static void
describe_targets(struct run *run)
{
    run->targets = xcalloc(run->plan.target_count, sizeof *run->targets);
    run->target_names = xcalloc(run->plan.target_count, sizeof *run->target_names);
    for (size_t i = 0; i < run->plan.target_count; i++) {
        const struct plan_target *target = &run->plan.targets[i];

        run->target_names[i] = target->name;
        run->targets[i] = (struct document_target){
            .name = target->name, .runner = target->runner, .cycle_count = target->cycle_count,
            .cycles = xcalloc(target->cycle_count, sizeof *run->targets[i].cycles) };
        for (size_t j = 0; j < target->cycle_count; j++)
            run->targets[i].cycles[j] = (struct document_cycle){ .users = target->cycles[j].users,
                                                                 .hits = target->cycles[j].hits,
                                                                 .duration_s = target->cycles[j].duration_s };
    }
    run->info = (struct document_info){ .run_id = run->id, .project = run->settings->project_name,
                                        .label = run->settings->label, .version = PACKAGE_VERSION,
                                        .started_unix_ns = clock_wall_unix_ns(), .targets = run->targets,
                                        .target_count = run->plan.target_count };
}

/* Many runners are many connections and pipes. */
static void
raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Observers say what is wrong with their options before an output has opened,
 * and so emptied, its file. */
static int
open_observers(struct run *run, struct err *err)
{
    struct buffer head;

    if (run->settings->observers.count == 0)
        return 0;
    run->observer_supervisor = supervisor_start(NULL, err);
    if (run->observer_supervisor == NULL)
        return -1;
    report_head(&run->info, &head);
    run->observers = observers_new(run->observer_supervisor, run->scratch, head.data, run->settings->quiet);
    buffer_clear(&head);
    return observers_open(run->observers, run->settings, err);
}

/* In this order: the supervisors have no threads, and plugins may bring some. */
static int
open_run(struct run *run, struct err *err)
{
    raise_descriptor_limit();
    signal(SIGPIPE, SIG_IGN);
    if (make_run_id(run->id, err) != 0 || stop_signals_open(err) != 0)
        return -1;
    run->scratch = scratch_new(err);
    if (run->scratch == NULL)
        return -1;
    run->supervisor = supervisor_start(run->scratch, err);
    if (run->supervisor == NULL)
        return -1;
    /* From here on somebody cleans up, however the host ends. */
    stop_signals_end_after(0);
    describe_targets(run);
    if (open_observers(run, err) != 0)
        return -1;
    run->dispatch = report_open(run->settings, &run->info, NULL, err);
    if (run->dispatch == NULL)
        return -1;
    run->results = results_new();
    run->epoch_ns = clock_monotonic_ns();
    run->receiver = receiver_start(
        &(struct receiver_setup){ .run_id = run->id, .agent_prefix = agent_prefix,
                                  .target_names = run->target_names, .target_count = run->plan.target_count,
                                  .scratch = run->scratch, .shared_endpoint = run->settings->zmq_receiver,
                                  .dispatch = run->dispatch, .epoch_ns = run->epoch_ns,
                                  .keep_query = run->settings->keep_query },
        err);
    if (run->receiver == NULL)
        return -1;
    run->runners = runners_new(&(struct runners_setup){
        .plan = &run->plan, .supervisor = run->supervisor, .receiver = run->receiver, .run_id = run->id,
        .agent_prefix = agent_prefix,
        .external_process_timeout_s = run->settings->external_process_timeout_s });
    return 0;
}

static void
finish_run(struct run *run)
{
    struct loads_totals totals;
    size_t reasons;

    run->phase = PHASE_OVER;
    /* The outputs finish; who has asked three times in all does not wait for them. */
    stop_signals_end_after(run->signal_count < PATIENCE ? PATIENCE - run->signal_count : 0);
    if (run->ended_ns == 0)
        run->ended_ns = clock_monotonic_ns();
    merge_intervals(run);
    receiver_stop(run->receiver);
    merge_intervals(run);
    results_account(run->results)->lost = receiver_lost(run->receiver);
    runners_judge(run->runners, &run->verdict);
    reasons = run->verdict.reason_count;
    report_judge(run->results, &run->verdict);
    /* What makes a result invalid is said also where no output shows it. */
    for (; run->verdict.exit_code == EXIT_INVALID && reasons < run->verdict.reason_count; reasons++)
        log_error("%s", run->verdict.reasons[reasons]);
    run->info.duration_ns = run->ended_ns - run->epoch_ns;
    fill_totals(run, &totals);
    report_finish(run->dispatch, run->results, &run->info, &totals, &run->verdict);
    if (!run->is_bad && run->verdict.exit_code != EXIT_PASSED)
        tell_observers(run, LOADS_AT_BAD);
    tell_observers(run, LOADS_AT_END);
    if (run->observers != NULL)
        observers_finish(run->observers);
}

static void
close_run(struct run *run)
{
    runners_free(run->runners);
    receiver_free(run->receiver);
    if (run->dispatch != NULL)
        dispatch_free(run->dispatch);
    results_free(run->results);
    observers_free(run->observers);
    supervisor_stop(run->observer_supervisor);
    supervisor_stop(run->supervisor);
    if (run->scratch != NULL)
        scratch_remove(run->scratch);
    free(run->scratch);
    for (size_t i = 0; i < run->info.target_count; i++)
        free(run->targets[i].cycles);
    free(run->targets);
    free(run->target_names);
    verdict_clear(&run->verdict);
    plan_clear(&run->plan);
    stop_signals_close();
}

static int
print_plan(const struct plan *plan)
{
    enum { PLAN_LIMIT = 16 * 1024 * 1024 };
    struct buffer text;
    int rc;

    buffer_init(&text, PLAN_LIMIT);
    plan_describe(plan, &text);
    rc = fwrite(text.data, 1, text.length, stdout) == text.length && fflush(stdout) == 0 ? 0 : -1;
    if (rc != 0)
        log_error("cannot write the plan: %s", strerror(errno));
    buffer_clear(&text);
    return rc == 0 ? EXIT_PASSED : EXIT_USAGE;
}

int
run_execute(const struct run_settings *settings)
{
    struct run run = { .settings = settings };
    struct err err = { 0 };
    int exit_code;

    if (plan_init(&run.plan, settings, &err) != 0) {
        log_error("%s", err.text);
        return EXIT_USAGE;
    }
    if (settings->dry_run) {
        exit_code = print_plan(&run.plan);
        plan_clear(&run.plan);
        return exit_code;
    }
    if (open_run(&run, &err) != 0) {
        log_error("%s", err.text);
        close_run(&run);
        return EXIT_USAGE;
    }
    loop(&run);
    finish_run(&run);
    exit_code = (int)run.verdict.exit_code;
    if (dispatch_is_hung(run.dispatch)) {
        supervisor_stop(run.observer_supervisor);
        supervisor_stop(run.supervisor);
        _exit(exit_code);
    }
    close_run(&run);
    return exit_code;
}
