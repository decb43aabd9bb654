/* SPDX-License-Identifier: Apache-2.0 */
/* Users as tasks: the loop's thread runs them, the main thread looks on. */
#include "crowd.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/memory.h"
#include "crash.h"
#include "parameters.h"
#include "patch.h"
#include "user.h"

#define PATIENCE_NS (5 * NS_PER_S) /* with a test that does not let others run */

struct member {
    struct loads_test user; /* first: the crash handler looks for it */
    struct crowd *crowd;
};

struct crowd {
    const struct settings *settings;
    const struct library *library;
    struct loop *loop;
    int wake_fd;
    struct member *members;
    uint32_t started;
    pthread_t thread;
    int64_t until_ns; /* INT64_MAX: by hits */
    atomic_bool is_done, is_stopping;

    /* The main thread's: what it saw when it last looked. */
    uint64_t seen_switches;
    int64_t seen_ns;
    bool has_complained;
};

static bool
has_more(const struct member *member)
{
    struct crowd *crowd = member->crowd;

    if (atomic_load_explicit(&crowd->is_stopping, memory_order_relaxed))
        return false;
    if (crowd->settings->hits > 0)
        return member->user.iteration < crowd->settings->hits;
    return clock_monotonic_ns() < crowd->until_ns;
}

static void
member_run(void *argument)
{
    struct member *member = argument;
    struct crowd *crowd = member->crowd;
    const struct library *library = crowd->library;
    struct loads_test *user = &member->user;

    if (!user_run_hook(user, &library->setup_user))
        return;
    while (has_more(member)) {
        uint64_t switches = loop_switches(crowd->loop);

        user->iteration++;
        if (!parameters_deal(library, user))
            break;
        for (size_t i = 0; i < library->test_count; i++)
            user_run(user, &library->tests[i]);
        /* One whose tests never wait must let the others in. */
        if (loop_switches(crowd->loop) == switches)
            loop_yield(crowd->loop);
    }
    user_run_hook(user, &library->teardown_user);
}

static void *
crowd_run(void *argument)
{
    struct crowd *crowd = argument;
    struct crash_guard guard;

    crash_guard_enter(&guard, crowd->loop);
    if (!crowd->settings->no_patching)
        patch_enter(crowd->loop);
    if (crowd->settings->hits == 0)
        crowd->until_ns = clock_monotonic_ns() + (int64_t)(crowd->settings->duration_s * NS_PER_S);
    loop_run(crowd->loop);
    patch_leave();
    crash_guard_leave(&guard);
    atomic_store(&crowd->is_done, true);
    eventfd_write(crowd->wake_fd, 1);
    return NULL;
}

/* In big pages, where the kernel has them: a thousand users touch more small pages
 * than the processor remembers. Zeroed. */
static struct member *
members_map(size_t count, struct err *err)
{
    size_t size = count * sizeof(struct member);
    void *members = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (members == MAP_FAILED) {
        err_set(err, "cannot map %zu bytes for %zu users: %s", size, count, strerror(errno));
        return NULL;
    }
    madvise(members, size, MADV_HUGEPAGE);
    return members;
}

static int
add_members(struct crowd *crowd, const struct network *network, struct listener listener, struct err *err)
{
    const struct settings *settings = crowd->settings;
    struct siphash_key seed = seed_key(settings->seed);

    for (uint32_t i = 0; i < settings->process_users; i++) {
        struct member *member = &crowd->members[i];

        member->crowd = crowd;
        user_init(&member->user, settings->first_user + i, network, settings->server_url, listener);
        random_start(&member->user.random, &seed, member->user.number, settings->first_turn);
        crowd->started++;
        if (loop_spawn(crowd->loop, settings->stack_size, member_run, member, err) < 0)
            return err_add(err, "cannot start user %u of %u", (unsigned)i + 1, (unsigned)settings->process_users);
    }
    return 0;
}

static void
free_members(struct crowd *crowd)
{
    for (uint32_t i = 0; i < crowd->started; i++)
        user_clear(&crowd->members[i].user);
    if (crowd->members != NULL)
        munmap(crowd->members, crowd->settings->process_users * sizeof *crowd->members);
    free(crowd);
}

struct crowd *
crowd_start(const struct settings *settings, const struct library *library, const struct network *network,
            struct listener listener, int wake_fd, struct err *err)
{
    struct crowd *crowd = xcalloc(1, sizeof *crowd);
    int code;

    *crowd = (struct crowd){
        .settings = settings,
        .library = library,
        .loop = network->loop,
        .wake_fd = wake_fd,
        .members = members_map(settings->process_users, err),
        .until_ns = INT64_MAX,
        .seen_ns = clock_monotonic_ns(),
    };
    if (crowd->members == NULL || add_members(crowd, network, listener, err) < 0)
        goto fail;
    code = pthread_create(&crowd->thread, NULL, crowd_run, crowd);
    if (code != 0) {
        err_set(err, "cannot start a thread: %s", strerror(code));
        goto fail;
    }
    return crowd;

fail:
    free_members(crowd);
    return NULL;
}

void
crowd_stop(struct crowd *crowd)
{
    atomic_store(&crowd->is_stopping, true);
}

bool
crowd_is_done(struct crowd *crowd)
{
    return atomic_load(&crowd->is_done);
}

void
crowd_watch(struct crowd *crowd)
{
    uint64_t switches = loop_switches(crowd->loop);
    const struct loads_test *user = loop_running(crowd->loop);
    int64_t now_ns = clock_monotonic_ns();
    const char *test;

    if (user == NULL || switches != crowd->seen_switches) {
        crowd->seen_switches = switches;
        crowd->seen_ns = now_ns;
        return;
    }
    /* The user may go on at any moment, but users and tests' names stay. */
    test = user->test;
    if (crowd->has_complained || now_ns - crowd->seen_ns < PATIENCE_NS || test == NULL)
        return;
    crowd->has_complained = true;
    fprintf(stderr, "loads-c-runner: %s (user %u, iteration %" PRIu64 ") has run for %d s without waiting: "
            "all other users of this process stand still\n", test, (unsigned)user->number, user->iteration,
            (int)(PATIENCE_NS / NS_PER_S));
}

void
crowd_free(struct crowd *crowd)
{
    pthread_join(crowd->thread, NULL);
    free_members(crowd);
}
