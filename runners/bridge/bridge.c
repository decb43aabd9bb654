/* SPDX-License-Identifier: Apache-2.0 */
/* A task for each user, and one that minds the time and the signals. */
#include "bridge.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "user.h"

/* A run that has begun may end by itself: when the time is over for as long as
 * the first says. When we are stopped the host may kill us 5 s later. */
#define OVERTIME_NS (5 * NS_PER_S)
#define GRACE_NS (3 * NS_PER_S)
#define KILL_AFTER_NS (1 * NS_PER_S) /* after SIGTERM */

struct bridge {
    const struct bridge_setup *setup;
    const char *test;
    struct decoder *decoder;
    struct member {
        struct bridge *bridge;
        struct user user;
    } * members;
    uint32_t member_count, live_count;
    int64_t until_ns; /* INT64_MAX: by hits */
    bool is_stopping;

    /* The keeper's. */
    struct watch signals, ended; /* ended: an eventfd, when nobody is left */
    enum user_stop why;
    int64_t term_ns, kill_ns; /* when programs are told to end, and killed */
};

static bool
has_more(const struct member *member, uint64_t done)
{
    const struct bridge *bridge = member->bridge;

    if (bridge->is_stopping)
        return false;
    return bridge->setup->settings->hits > 0 ? done < bridge->setup->settings->hits
                                             : clock_monotonic_ns() < bridge->until_ns;
}

static void
member_run(void *argument)
{
    struct member *member = argument;

    for (uint64_t done = 0; has_more(member, done); done++)
        user_run(&member->user);
    if (--member->bridge->live_count == 0)
        eventfd_write(member->bridge->ended.fd, 1);
}

/* ---- The keeper. */

static void
end_programs(struct bridge *bridge, int signal_number)
{
    for (uint32_t i = 0; i < bridge->member_count; i++)
        user_end_program(&bridge->members[i].user, bridge->why, signal_number);
}

static void
set_deadlines(struct bridge *bridge, enum user_stop why, int64_t term_ns)
{
    if (term_ns >= bridge->term_ns)
        return;
    bridge->why = why;
    bridge->term_ns = term_ns;
    bridge->kill_ns = term_ns + KILL_AFTER_NS;
}

static void
read_signals(struct bridge *bridge)
{
    struct signalfd_siginfo info;

    bridge->signals.ready = 0;
    while (read(bridge->signals.fd, &info, sizeof info) == sizeof info) {
        /* The second one is impatient. */
        set_deadlines(bridge, USER_IS_STOPPED, clock_monotonic_ns() + (bridge->is_stopping ? 0 : GRACE_NS));
        bridge->is_stopping = true;
    }
}

static void
keep_deadlines(struct bridge *bridge)
{
    int64_t now_ns = clock_monotonic_ns();

    if (now_ns >= bridge->term_ns) {
        end_programs(bridge, SIGTERM);
        bridge->term_ns = INT64_MIN; /* it is done, and cannot come earlier */
    }
    if (now_ns >= bridge->kill_ns) {
        end_programs(bridge, SIGKILL);
        bridge->kill_ns = INT64_MAX;
    }
}

static int64_t
next_deadline(const struct bridge *bridge)
{
    int64_t next_ns = bridge->term_ns != INT64_MIN ? bridge->term_ns : bridge->kill_ns;

    return next_ns == INT64_MAX ? LOOP_FOREVER : next_ns;
}

static void
keeper_run(void *argument)
{
    struct bridge *bridge = argument;
    struct loop *loop = bridge->setup->loop;

    bridge->signals.wanted = bridge->ended.wanted = EPOLLIN;
    bridge->signals.waiter = bridge->ended.waiter = loop_task(loop);
    while (bridge->live_count > 0) {
        if (bridge->signals.ready == 0)
            loop_wait_any(loop, next_deadline(bridge));
        read_signals(bridge);
        keep_deadlines(bridge);
    }
}

/* ---- All of it. */

static int
open_watches(struct bridge *bridge, struct err *err)
{
    int ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    bridge->ended.fd = -1;
    if (watch_open(bridge->setup->loop, &bridge->signals, bridge->setup->signal_fd) == 0 && ended_fd >= 0 &&
        watch_open(bridge->setup->loop, &bridge->ended, ended_fd) == 0)
        return 0;
    return err_set(err, "cannot watch for signals: %s", strerror(errno));
}

static int
add_members(struct bridge *bridge, struct err *err)
{
    const struct bridge_setup *setup = bridge->setup;
    const struct settings *settings = setup->settings;

    for (uint32_t i = 0; i < settings->process_users; i++) {
        struct member *member = &bridge->members[i];

        member->bridge = bridge;
        bridge->member_count++;
        if (user_init(&member->user, setup, bridge->decoder, bridge->test, settings->first_user + i,
                      &bridge->is_stopping, err) < 0 ||
            loop_spawn(setup->loop, settings->stack_size, member_run, member, err) < 0)
            return err_add(err, "cannot start user %u of %u", (unsigned)i + 1,
                           (unsigned)settings->process_users);
    }
    bridge->live_count = bridge->member_count;
    return loop_spawn(setup->loop, settings->stack_size, keeper_run, bridge, err);
}

static void
bridge_free(struct bridge *bridge)
{
    for (uint32_t i = 0; i < bridge->member_count; i++)
        user_clear(&bridge->members[i].user);
    if (bridge->ended.fd >= 0)
        watch_close(bridge->setup->loop, &bridge->ended);
    watch_close(bridge->setup->loop, &bridge->signals);
    decoder_free(bridge->decoder);
    free(bridge->members);
    free(bridge);
}

int
bridge_run(const struct bridge_setup *setup, struct err *err)
{
    struct bridge *bridge = xcalloc(1, sizeof *bridge);
    const struct settings *settings = setup->settings;
    int result;

    *bridge = (struct bridge){
        .setup = setup,
        .test = strrchr(setup->program, '/') + 1,
        .decoder = decoder_new(),
        .members = xcalloc(settings->process_users, sizeof *bridge->members),
        .until_ns = INT64_MAX,
        .term_ns = INT64_MAX,
        .kill_ns = INT64_MAX,
    };
    result = open_watches(bridge, err);
    if (result == 0)
        result = add_members(bridge, err);
    if (result == 0) {
        if (settings->hits == 0) {
            bridge->until_ns = clock_monotonic_ns() + (int64_t)(settings->duration_s * NS_PER_S);
            set_deadlines(bridge, USER_TIME_IS_OVER, bridge->until_ns + OVERTIME_NS);
        }
        loop_run(setup->loop);
    }
    bridge_free(bridge);
    return result;
}
