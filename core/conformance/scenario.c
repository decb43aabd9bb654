/* SPDX-License-Identifier: Apache-2.0 */
/* Plays a scenario: one thread, one loop. The connections wait for everything
 * else too: their wake_fd is an epoll of the supervisor and of what processes print. */
#include "conformance/scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "conformance/leftovers.h"
#include "run/connections.h"
#include "run/variables.h"

enum {
    TICK_MS = 20,
    KILL_AFTER_S = 5,        /* between SIGTERM and SIGKILL, as in a run */
    DRAIN_S = 5,             /* for what is in flight when all have ended */
    DISTURB_AFTER_MS = 300,  /* the first message */
    ABSENT_MS = 700,         /* how long the endpoint is closed */
    HOLD_MS = 1500,          /* how long a slow host reads nothing */
};
#define AGENT_PREFIX "local"

struct play {
    struct scene *scene;
    struct stage *stage;
    struct connections_sink sink;
    struct connections *connections; /* NULL: closed */
    char *endpoint;
    int wake_fd;
    int64_t disturbed_ns; /* 0: not yet */
    bool has_returned, is_all_dead;
    struct err failure;
};

/* ---- Connections. */

static bool
is_wanted(void *context)
{
    (void)context;
    return true;
}

static void
on_frame(void *context, uint32_t target, struct slice body)
{
    struct play *play = context;

    (void)target;
    ledger_frame(&play->scene->ledger, body, clock_monotonic_ns());
}

static void
on_too_big(void *context, uint32_t target, uint64_t length)
{
    struct play *play = context;

    (void)target;
    ledger_invalid(&play->scene->ledger, "too_big: a frame of %" PRIu64 " bytes", length);
}

static void
on_multipart(void *context, uint32_t target)
{
    struct play *play = context;

    (void)target;
    ledger_invalid(&play->scene->ledger, "multipart: a message is one frame");
}

static void
on_stranger(void *context, uint32_t target, const char *why)
{
    struct play *play = context;

    (void)target;
    ledger_invalid(&play->scene->ledger, "a connection was closed: %s", why);
}

static int
open_endpoint(struct play *play, struct err *err)
{
    play->connections = connections_open(
        &(struct connections_setup){ .shared_endpoint = play->endpoint, .scratch = play->stage->scratch,
                                     .target_count = 1, .wake_fd = play->wake_fd, .sink = &play->sink },
        err);
    return play->connections != NULL ? 0 : -1;
}

static void
close_endpoint(struct play *play)
{
    connections_free(play->connections);
    play->connections = NULL;
}

/* ---- Processes. */

static void
watch(struct play *play, int fd, uint64_t what)
{
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = what };

    epoll_ctl(play->wake_fd, EPOLL_CTL_ADD, fd, &event);
}

static int
spawn(struct play *play, struct scene_process *process, struct err *err)
{
    const struct scenario *scenario = &play->scene->scenario;
    const struct plan *plan = play->stage->plan;
    char *variables[VARIABLES_LIMIT + 1];
    int ends[2], rc;

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return err_set(err, "cannot make a pipe: %s", strerror(errno));
    /* The writer expects to wait. */
    fcntl(ends[1], F_SETFL, 0);
    process->output_fd = ends[0];
    watch(play, ends[0], (uint64_t)(process - play->scene->processes));
    variables_make(&(struct variables_setup){ .endpoint = play->endpoint, .run_id = play->stage->run_id,
                                              .agent_prefix = AGENT_PREFIX, .number = process->who.number,
                                              .cycle = &scenario->cycle, .first_user = process->who.first_user,
                                              .users = process->who.users, .hit = 1,
                                              .without_additions = scenario->without_additions },
                   variables);
    rc = supervisor_spawn(play->stage->supervisor,
                          &(struct supervisor_spawn){ .id = process->who.number, .argv = plan->targets[0].argv,
                                                      .environ = (const char *const *)variables,
                                                      .directory = plan->test_dir, .output_fd = ends[1] },
                          err);
    close(ends[1]);
    variables_free(variables);
    process->is_running = rc == 0;
    process->started_ns = clock_monotonic_ns();
    return rc;
}

static void
read_output(struct play *play, struct scene_process *process)
{
    char piece[4096];
    ssize_t length;

    while (process->output_fd >= 0 && (length = read(process->output_fd, piece, sizeof piece)) >= 0) {
        if (length > 0) {
            tail_add(&process->output, piece, (size_t)length);
        } else {
            epoll_ctl(play->wake_fd, EPOLL_CTL_DEL, process->output_fd, NULL);
            close(process->output_fd);
            process->output_fd = -1;
        }
    }
}

static struct scene_process *
process_numbered(struct play *play, uint32_t number)
{
    for (size_t i = 0; i < play->scene->process_count; i++)
        if (play->scene->processes[i].who.number == number)
            return &play->scene->processes[i];
    return NULL;
}

static void
follow_supervisor(struct play *play)
{
    struct supervisor_event event;

    while (supervisor_next(play->stage->supervisor, &event)) {
        struct scene_process *process = process_numbered(play, event.id);

        if (event.type == SUPERVISOR_GONE) {
            err_set(&play->failure, "the supervisor process has died");
        } else if (event.type == SUPERVISOR_ALL_DEAD) {
            play->is_all_dead = true;
        } else if (event.type == SUPERVISOR_FAILED && process != NULL) {
            err_set(&play->failure, "cannot start %s: %s", play->stage->plan->targets[0].argv[0],
                    strerror(event.error));
        } else if (event.type == SUPERVISOR_EXITED && process != NULL) {
            process->ended_ns = clock_monotonic_ns();
            process->wait_status = event.wait_status;
            process->is_running = false;
        }
    }
}

static bool
is_running(const struct scene *scene)
{
    for (size_t i = 0; i < scene->process_count; i++)
        if (scene->processes[i].is_running)
            return true;
    return false;
}

static void
tell_to_end(struct play *play, struct scene_process *process, bool is_overdue)
{
    process->told_ns = clock_monotonic_ns();
    process->is_overdue = is_overdue;
    supervisor_signal(play->stage->supervisor, process->who.number, SIGTERM);
}

/* As the host: SIGTERM some time past the end, SIGKILL 5 s later. Who was told to
 * stop in the middle has as long as others have past their end. */
static void
enforce_deadline(struct play *play, struct scene_process *process)
{
    const struct scenario *scenario = &play->scene->scenario;
    double limit_s = scenario->cycle.duration_s + play->stage->patience_s;
    double grace_s = process->is_overdue ? KILL_AFTER_S : play->stage->patience_s;
    int64_t now_ns = clock_monotonic_ns();

    if (!process->is_running || process->is_killed)
        return;
    if (process->told_ns == 0) {
        bool is_early = scenario->disturbance == DISTURB_STOP;

        limit_s = is_early ? play->stage->patience_s : limit_s;
        if (now_ns - process->started_ns > (int64_t)(limit_s * (double)NS_PER_S))
            tell_to_end(play, process, true);
    } else if (now_ns - process->told_ns > (int64_t)(grace_s * (double)NS_PER_S)) {
        process->is_killed = true;
        supervisor_signal(play->stage->supervisor, process->who.number, SIGKILL);
    }
}

/* ---- Disturbances. */

static bool
is_time_to_disturb(const struct play *play)
{
    const struct ledger *ledger = &play->scene->ledger;

    if (play->scene->scenario.disturbance == DISTURB_NOTHING || play->disturbed_ns > 0)
        return false;
    if (play->scene->scenario.disturbance == DISTURB_STOP)
        return ledger->stops > 0;
    if (play->scene->scenario.disturbance == DISTURB_SLOW)
        return ledger->messages > 0;
    return ledger->messages > 0 && clock_monotonic_ns() - ledger->first_ns > DISTURB_AFTER_MS * NS_PER_MS;
}

static void
disturb(struct play *play)
{
    struct scene *scene = play->scene;

    play->disturbed_ns = clock_monotonic_ns();
    scene->was_disturbed = true;
    if (scene->scenario.disturbance == DISTURB_GONE || scene->scenario.disturbance == DISTURB_RETURN)
        close_endpoint(play);
    for (size_t i = 0; scene->scenario.disturbance == DISTURB_STOP && i < scene->process_count; i++)
        if (scene->processes[i].is_running)
            tell_to_end(play, &scene->processes[i], false);
}

static void
return_when_due(struct play *play)
{
    if (play->scene->scenario.disturbance != DISTURB_RETURN || play->connections != NULL ||
        clock_monotonic_ns() - play->disturbed_ns < ABSENT_MS * NS_PER_MS)
        return;
    if (open_endpoint(play, &play->failure) == 0) {
        play->has_returned = true;
        play->scene->messages_before = play->scene->ledger.messages;
    }
}

/* ---- The loop. */

/* A slow host takes one read of each connection a tick, after it has taken none
 * for long enough that everybody's queues are full. */
static void
listen(struct play *play)
{
    bool is_slow = play->scene->scenario.disturbance == DISTURB_SLOW && play->disturbed_ns > 0;
    bool is_holding = is_slow && clock_monotonic_ns() - play->disturbed_ns < HOLD_MS * NS_PER_MS;
    struct pollfd wake = { .fd = play->wake_fd, .events = POLLIN };

    if (play->connections != NULL && !is_slow) {
        connections_wait(play->connections, TICK_MS);
        return;
    }
    poll(&wake, 1, TICK_MS);
    if (play->connections != NULL && !is_holding)
        connections_wait(play->connections, 0);
}

static void
turn(struct play *play)
{
    listen(play);
    follow_supervisor(play);
    for (size_t i = 0; i < play->scene->process_count; i++) {
        read_output(play, &play->scene->processes[i]);
        enforce_deadline(play, &play->scene->processes[i]);
    }
    if (is_time_to_disturb(play))
        disturb(play);
    return_when_due(play);
}

/* When all have ended: what is still in flight, then what they left behind. */
static void
finish(struct play *play)
{
    int64_t deadline_ns = clock_monotonic_ns() + DRAIN_S * NS_PER_S;

    while (play->connections != NULL && !connections_are_over(play->connections) &&
           clock_monotonic_ns() < deadline_ns)
        connections_wait(play->connections, TICK_MS);
    play->scene->leftovers = leftovers_count(play->stage->run_id, play->scene->leftover,
                                             sizeof play->scene->leftover);
    supervisor_kill_all(play->stage->supervisor);
    while (!play->is_all_dead && play->failure.text[0] == '\0') {
        struct pollfd answer = { .fd = supervisor_fd(play->stage->supervisor), .events = POLLIN };

        poll(&answer, 1, -1);
        follow_supervisor(play);
    }
}

static void
cast(struct scene *scene, const struct scenario *scenario, struct stage *stage)
{
    const struct plan_target target = { .process_users = scenario->one_process ? scenario->cycle.users : 1 };
    uint32_t count = plan_process_count(&target, &scenario->cycle);

    *scene = (struct scene){ .scenario = *scenario, .was_played = true, .process_count = count,
                             .who = xcalloc(count, sizeof *scene->who),
                             .processes = xcalloc(count, sizeof *scene->processes) };
    for (uint32_t i = 0; i < count; i++) {
        plan_process_users(&target, &scenario->cycle, i, &scene->who[i].first_user, &scene->who[i].users);
        scene->who[i].number = stage->next_number++;
        scene->processes[i] = (struct scene_process){ .who = scene->who[i], .output_fd = -1 };
    }
    ledger_init(&scene->ledger,
                &(struct ledger_setup){ .run_id = stage->run_id, .agent_prefix = AGENT_PREFIX,
                                        .cycle = &scene->scenario.cycle, .processes = scene->who,
                                        .process_count = count });
}

int
scene_play(struct scene *scene, const struct scenario *scenario, struct stage *stage, struct err *err)
{
    struct play play = { .scene = scene, .stage = stage };

    cast(scene, scenario, stage);
    play.sink = (struct connections_sink){ .context = &play, .is_wanted = is_wanted, .frame = on_frame,
                                           .too_big = on_too_big, .multipart = on_multipart,
                                           .stranger = on_stranger };
    play.endpoint = xasprintf("ipc://%s/%" PRIu32 ".ipc", stage->scratch, scene->who[0].number);
    play.wake_fd = epoll_create1(EPOLL_CLOEXEC);
    watch(&play, supervisor_fd(stage->supervisor), UINT64_MAX);
    if (open_endpoint(&play, &play.failure) == 0) {
        for (size_t i = 0; i < scene->process_count && play.failure.text[0] == '\0'; i++)
            spawn(&play, &scene->processes[i], &play.failure);
        while (is_running(scene) && play.failure.text[0] == '\0')
            turn(&play);
        finish(&play);
    }
    close_endpoint(&play);
    close(play.wake_fd);
    free(play.endpoint);
    return play.failure.text[0] == '\0' ? 0 : err_set(err, "%s", play.failure.text);
}

void
scene_clear(struct scene *scene)
{
    if (!scene->was_played)
        return;
    ledger_clear(&scene->ledger);
    for (size_t i = 0; i < scene->process_count; i++) {
        if (scene->processes[i].output_fd >= 0)
            close(scene->processes[i].output_fd);
        tail_clear(&scene->processes[i].output);
    }
    free(scene->processes);
    free(scene->who);
    *scene = (struct scene){ 0 };
}
