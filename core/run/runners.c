/* SPDX-License-Identifier: Apache-2.0 */
/* The runner processes of a run. */
#include "run/runners.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "run/agents.h"
#include "run/departures.h"
#include "run/suspects.h"
#include "run/tail.h"
#include "run/variables.h"

enum {
    STARTING_LIMIT = 64,        /* processes that are asked for and not yet there */
    DEFAULT_TIMEOUT_S = 30,     /* after a duration */
    KILL_AFTER_S = 5,           /* between SIGTERM and SIGKILL */
};

enum runner_state { RUNNER_WAITING, RUNNER_STARTING, RUNNER_RUNNING };

/* One place in a stage: a process, or with process_per_hit one after another. */
struct runner {
    uint32_t number; /* 0: not started yet */
    uint32_t target, first_user, users;
    uint64_t hit; /* from 1; stays 1 unless process_per_hit */
    enum runner_state state;
    int output_fd; /* -1: closed */
    struct tail output;
    int64_t deadline_ns; /* when it is told to end, then when it is killed */
    bool is_told;        /* SIGTERM was sent */
    bool is_hung;        /* it was told because its time was over */
};

struct runners {
    struct runners_setup setup;
    int epoll_fd;
    uint32_t next_number, running_users;
    struct runner *stage; /* the places of this stage */
    size_t stage_count, stage_index, live_count, starting_count;
    size_t first_waiting;     /* no place before it waits */
    int64_t stage_began_ns;
    int64_t next_deadline_ns; /* no place has an earlier one */
    bool is_stopping;
    struct suspects suspects; /* of all stages */
    struct departures departures;
};

struct runners *
runners_new(const struct runners_setup *setup)
{
    struct runners *runners = xcalloc(1, sizeof *runners);

    runners->setup = *setup;
    runners->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    runners->next_number = 1;
    return runners;
}

static void
free_stage(struct runners *runners)
{
    for (size_t i = 0; i < runners->stage_count; i++) {
        if (runners->stage[i].output_fd >= 0)
            close(runners->stage[i].output_fd);
        tail_clear(&runners->stage[i].output);
    }
    free(runners->stage);
    runners->stage = NULL;
    runners->stage_count = 0;
}

void
runners_free(struct runners *runners)
{
    if (runners == NULL)
        return;
    free_stage(runners);
    suspects_clear(&runners->suspects);
    departures_clear(&runners->departures);
    close(runners->epoll_fd);
    free(runners);
}

static const struct plan_target *
target_of(const struct runners *runners, const struct runner *runner)
{
    return &runners->setup.plan->targets[runner->target];
}

static const struct plan_cycle *
cycle_of(const struct runners *runners, const struct runner *runner)
{
    return &target_of(runners, runner)->cycles[runners->stage_index];
}

/* The supervisor knows a process by its place: it has at most one at a time, and
 * all have ended when the next stage begins. */
static uint32_t
place_of(const struct runners *runners, const struct runner *runner)
{
    return (uint32_t)(runner - runners->stage);
}

static void
set_deadline(struct runners *runners, struct runner *runner, int64_t deadline_ns)
{
    runner->deadline_ns = deadline_ns;
    if (deadline_ns < runners->next_deadline_ns)
        runners->next_deadline_ns = deadline_ns;
}

/* ---- When something goes wrong. */

static void
describe_runner(const struct runners *runners, const struct runner *runner, char *text, size_t size)
{
    const char *name = target_of(runners, runner)->name;
    uint32_t last = runner->first_user + runner->users - 1;

    if (runner->users == 1)
        snprintf(text, size, "%s, user %" PRIu32 " (%s.%" PRIu32 ")", name, runner->first_user,
                 runners->setup.agent_prefix, runner->number);
    else
        snprintf(text, size, "%s, users %" PRIu32 " to %" PRIu32 " (%s.%" PRIu32 ")", name,
                 runner->first_user, last, runners->setup.agent_prefix, runner->number);
}

static void add_suspect(struct runners *runners, struct runner *runner, bool is_excusable, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

static void
add_suspect(struct runners *runners, struct runner *runner, bool is_excusable, const char *fmt, ...)
{
    char who[600], what[400];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    describe_runner(runners, runner, who, sizeof who);
    suspects_take(&runners->suspects,
                  (struct suspect){ .number = runner->number, .target = runner->target,
                                    .is_excusable = is_excusable, .output = runner->output },
                  who, what);
    runner->output = (struct tail){ 0 };
}

/* What a process that was asked to end does with its exit code is its affair. */
static void
judge_exit(struct runners *runners, struct runner *runner, int wait_status)
{
    if (runner->is_hung)
        add_suspect(runners, runner, false, "did not end in time and was stopped");
    else if (runner->is_told)
        return;
    else if (WIFSIGNALED(wait_status))
        add_suspect(runners, runner, false, "was killed by signal %d (%s)", WTERMSIG(wait_status),
                    strsignal(WTERMSIG(wait_status)));
    else if (WEXITSTATUS(wait_status) != 0)
        add_suspect(runners, runner, true, "ended with exit code %d", WEXITSTATUS(wait_status));
    else if (target_of(runners, runner)->tells_end)
        departures_add(&runners->departures, runner->number, runner->target);
}

/* ---- Output. */

static void
close_output(struct runners *runners, struct runner *runner)
{
    if (runner->output_fd < 0)
        return;
    epoll_ctl(runners->epoll_fd, EPOLL_CTL_DEL, runner->output_fd, NULL);
    close(runner->output_fd);
    runner->output_fd = -1;
}

/* Reads what is there, a few pieces at most so that a flood delays nobody. */
static void
read_output(struct runners *runners, struct runner *runner)
{
    enum { PIECES = 4 };

    for (int i = 0; i < PIECES && runner->output_fd >= 0; i++) {
        char piece[16 * 1024];
        ssize_t length = read(runner->output_fd, piece, sizeof piece);

        if (length > 0)
            tail_add(&runner->output, piece, (size_t)length);
        else if (length == 0)
            close_output(runners, runner);
        else if (errno != EINTR)
            return;
    }
}

int
runners_fd(const struct runners *runners)
{
    return runners->epoll_fd;
}

void
runners_read_output(struct runners *runners)
{
    struct epoll_event events[64];
    int count = epoll_wait(runners->epoll_fd, events, 64, 0);

    for (int i = 0; i < count; i++)
        read_output(runners, &runners->stage[events[i].data.u64]);
}

/* A pipe for what the process prints; returns the end that it writes to. */
static int
open_output(struct runners *runners, struct runner *runner)
{
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = place_of(runners, runner) };
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    runner->output_fd = ends[0];
    epoll_ctl(runners->epoll_fd, EPOLL_CTL_ADD, ends[0], &event);
    return ends[1];
}

/* ---- Starting. */

static void
make_variables(const struct runners *runners, const struct runner *runner,
               char *variables[static VARIABLES_LIMIT + 1])
{
    variables_make(
        &(struct variables_setup){ .endpoint = receiver_endpoint(runners->setup.receiver, runner->target),
                                   .run_id = runners->setup.run_id,
                                   .agent_prefix = runners->setup.agent_prefix, .number = runner->number,
                                   .cycle = cycle_of(runners, runner), .first_user = runner->first_user,
                                   .users = runner->users, .hit = runner->hit,
                                   .process_per_hit = target_of(runners, runner)->process_per_hit },
        variables);
}

static void
start_failed(struct runners *runners, struct runner *runner, const char *why)
{
    add_suspect(runners, runner, false, "could not be started: %s", why);
    runner->state = RUNNER_WAITING;
    runner->hit = UINT64_MAX; /* never again */
    close_output(runners, runner);
    runners->live_count--;
}

static void
start_runner(struct runners *runners, struct runner *runner)
{
    const struct plan_target *target = target_of(runners, runner);
    char *variables[VARIABLES_LIMIT + 1];
    struct err err = { 0 };
    int output_fd, rc;

    runner->state = RUNNER_STARTING;
    runners->live_count++;
    if (runners->next_number > AGENTS_NUMBER_LIMIT) {
        start_failed(runners, runner, "the run has had too many processes");
        return;
    }
    runner->number = runners->next_number++;
    output_fd = open_output(runners, runner);
    if (output_fd < 0) {
        start_failed(runners, runner, strerror(errno));
        return;
    }
    receiver_issue(runners->setup.receiver, runner->number, runner->target);
    make_variables(runners, runner, variables);
    rc = supervisor_spawn(runners->setup.supervisor,
                          &(struct supervisor_spawn){ .id = place_of(runners, runner), .argv = target->argv,
                                                      .environ = (const char *const *)variables,
                                                      .directory = runners->setup.plan->test_dir,
                                                      .output_fd = output_fd },
                          &err);
    close(output_fd);
    variables_free(variables);
    if (rc != 0)
        start_failed(runners, runner, err.text);
    else
        runners->starting_count++;
}

static bool
has_more_to_do(const struct runners *runners, const struct runner *runner, int64_t now_ns)
{
    const struct plan_cycle *cycle = cycle_of(runners, runner);

    if (runners->is_stopping || runner->state != RUNNER_WAITING || runner->hit == UINT64_MAX)
        return false;
    if (runner->number == 0)
        return true;
    if (!target_of(runners, runner)->process_per_hit)
        return false;
    if (cycle->hits > 0)
        return runner->hit < cycle->hits;
    return now_ns - runners->stage_began_ns < (int64_t)(cycle->duration_s * NS_PER_S);
}

/* Starts places that have never run, as many as may be on their way. */
static void
start_waiting(struct runners *runners)
{
    while (!runners->is_stopping && runners->first_waiting < runners->stage_count &&
           runners->starting_count < STARTING_LIMIT)
        start_runner(runners, &runners->stage[runners->first_waiting++]);
}

/* The processes of a target in this stage. */
static uint32_t
count_places(const struct runners *runners, uint32_t target_index)
{
    const struct plan_target *target = &runners->setup.plan->targets[target_index];

    return runners->stage_index < target->cycle_count
             ? plan_process_count(target, &target->cycles[runners->stage_index]) : 0;
}

static void
add_place(struct runners *runners, uint32_t target_index, uint32_t index)
{
    const struct plan_target *target = &runners->setup.plan->targets[target_index];
    struct runner *runner = &runners->stage[runners->stage_count++];

    *runner = (struct runner){ .target = target_index, .hit = 1, .output_fd = -1, .deadline_ns = INT64_MAX };
    plan_process_users(target, &target->cycles[runners->stage_index], index, &runner->first_user,
                       &runner->users);
}

/* In turn one of each target: a target of many processes does not keep the others
 * from beginning. */
static void
add_places(struct runners *runners)
{
    uint32_t target_count = (uint32_t)runners->setup.plan->target_count, most = 0;
    size_t count = 0;

    for (uint32_t i = 0; i < target_count; i++) {
        uint32_t places = count_places(runners, i);

        count += places;
        most = places > most ? places : most;
    }
    runners->stage = xcalloc(count, sizeof *runners->stage);
    for (uint32_t index = 0; index < most; index++)
        for (uint32_t i = 0; i < target_count; i++)
            if (index < count_places(runners, i))
                add_place(runners, i, index);
}

void
runners_start_stage(struct runners *runners, size_t stage)
{
    free_stage(runners);
    runners->stage_index = stage;
    runners->first_waiting = 0;
    runners->next_deadline_ns = INT64_MAX;
    runners->stage_began_ns = clock_monotonic_ns();
    add_places(runners);
    start_waiting(runners);
}

/* ---- Following. */

static int64_t
deadline_of(const struct runners *runners, const struct runner *runner, int64_t now_ns)
{
    const struct plan_cycle *cycle = cycle_of(runners, runner);
    double given_s = runners->setup.external_process_timeout_s;
    double limit_s;

    if (cycle->hits > 0 && given_s < 0)
        return INT64_MAX;
    if (cycle->hits > 0)
        limit_s = given_s * (double)(target_of(runners, runner)->process_per_hit ? 1 : cycle->hits);
    else
        limit_s = cycle->duration_s + (given_s < 0 ? DEFAULT_TIMEOUT_S : given_s);
    return limit_s < (double)((INT64_MAX - now_ns) / NS_PER_S) ? now_ns + (int64_t)(limit_s * NS_PER_S)
                                                               : INT64_MAX;
}

static void
count_users(struct runners *runners, int64_t change)
{
    runners->running_users = (uint32_t)(runners->running_users + change);
    receiver_set_users(runners->setup.receiver, runners->running_users);
}

static void
runner_started(struct runners *runners, struct runner *runner)
{
    runners->starting_count--;
    runner->state = RUNNER_RUNNING;
    count_users(runners, runner->users);
    if (runners->is_stopping) {
        supervisor_signal(runners->setup.supervisor, place_of(runners, runner), SIGTERM);
        set_deadline(runners, runner, runner->deadline_ns);
    } else {
        set_deadline(runners, runner, deadline_of(runners, runner, clock_monotonic_ns()));
    }
}

static void
runner_exited(struct runners *runners, struct runner *runner, int wait_status)
{
    read_output(runners, runner);
    close_output(runners, runner);
    count_users(runners, -(int64_t)runner->users);
    runners->live_count--;
    runner->state = RUNNER_WAITING;
    judge_exit(runners, runner, wait_status);
    tail_clear(&runner->output);
    if (!has_more_to_do(runners, runner, clock_monotonic_ns()))
        return;
    runner->hit++;
    runner->is_told = runner->is_hung = false;
    start_runner(runners, runner);
}

void
runners_follow(struct runners *runners, const struct supervisor_event *event)
{
    struct runner *runner = &runners->stage[event->id];

    if (event->type == SUPERVISOR_STARTED) {
        runner_started(runners, runner);
    } else if (event->type == SUPERVISOR_FAILED) {
        runners->starting_count--;
        start_failed(runners, runner, strerror(event->error));
    } else if (event->type == SUPERVISOR_EXITED) {
        runner_exited(runners, runner, event->wait_status);
    }
    start_waiting(runners);
}

static void
enforce_deadline(struct runners *runners, struct runner *runner, int64_t now_ns)
{
    supervisor_signal(runners->setup.supervisor, place_of(runners, runner), runner->is_told ? SIGKILL : SIGTERM);
    runner->deadline_ns = runner->is_told ? INT64_MAX : now_ns + KILL_AFTER_S * NS_PER_S;
    runner->is_hung = runner->is_hung || !runners->is_stopping;
    runner->is_told = true;
}

int64_t
runners_enforce_deadlines(struct runners *runners, int64_t now_ns)
{
    if (now_ns < runners->next_deadline_ns)
        return runners->next_deadline_ns;
    runners->next_deadline_ns = INT64_MAX;
    for (size_t i = 0; i < runners->stage_count; i++) {
        struct runner *runner = &runners->stage[i];

        if (runner->state != RUNNER_RUNNING)
            continue;
        if (runner->deadline_ns <= now_ns)
            enforce_deadline(runners, runner, now_ns);
        set_deadline(runners, runner, runner->deadline_ns);
    }
    return runners->next_deadline_ns;
}

void
runners_stop(struct runners *runners, int64_t grace_ns)
{
    int64_t deadline_ns = clock_monotonic_ns() + grace_ns;

    runners->is_stopping = true;
    for (size_t i = 0; i < runners->stage_count; i++) {
        struct runner *runner = &runners->stage[i];

        if (runner->state == RUNNER_WAITING)
            continue;
        if (runner->state == RUNNER_RUNNING && !runner->is_told)
            supervisor_signal(runners->setup.supervisor, place_of(runners, runner), SIGTERM);
        /* One that hangs gets no longer by that. */
        if (!runner->is_told || deadline_ns < runner->deadline_ns)
            set_deadline(runners, runner, deadline_ns);
        runner->is_told = true;
    }
}

bool
runners_are_done(const struct runners *runners)
{
    return runners->live_count == 0 &&
           (runners->is_stopping || runners->first_waiting == runners->stage_count);
}

uint32_t
runners_users(const struct runners *runners)
{
    return runners->running_users;
}

uint32_t
runners_next_number(const struct runners *runners)
{
    return runners->next_number;
}

bool
runners_has_died(const struct runners *runners, uint32_t *target)
{
    return suspects_first(&runners->suspects, target);
}

void
runners_judge(struct runners *runners, struct verdict *verdict)
{
    suspects_judge(&runners->suspects, runners->setup.receiver, verdict);
    departures_judge(&runners->departures, runners->setup.plan, runners->setup.agent_prefix,
                     runners->setup.receiver, verdict);
}
