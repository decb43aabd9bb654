/* SPDX-License-Identifier: Apache-2.0 */
/* Users as threads with small stacks, behind a gate that opens once. */
#include "crowd.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "crash.h"
#include "parameters.h"
#include "user.h"

enum { STACK_SIZE = 256 * 1024 };

struct member {
    struct loads_test user;
    struct crowd *crowd;
    pthread_t thread;
};

struct crowd {
    const struct settings *settings;
    const struct library *library;
    struct siphash_key seed;
    int wake_fd;
    struct member *members;
    uint32_t started;     /* members with a user and a thread */
    atomic_uint running;
    atomic_bool is_stopping;

    pthread_mutex_t lock; /* for all below */
    pthread_cond_t opened;
    bool is_open;
    int64_t until_ns;     /* INT64_MAX: by hits; written before the gate opens */
};

static void
wait_at_gate(struct crowd *crowd)
{
    pthread_mutex_lock(&crowd->lock);
    while (!crowd->is_open)
        pthread_cond_wait(&crowd->opened, &crowd->lock);
    pthread_mutex_unlock(&crowd->lock);
}

static void
open_gate(struct crowd *crowd)
{
    const struct settings *settings = crowd->settings;

    pthread_mutex_lock(&crowd->lock);
    crowd->until_ns = settings->hits > 0
                    ? INT64_MAX
                    : clock_monotonic_ns() + (int64_t)(settings->duration_s * NS_PER_S);
    crowd->is_open = true;
    pthread_cond_broadcast(&crowd->opened);
    pthread_mutex_unlock(&crowd->lock);
}

static bool
has_more(const struct member *member)
{
    struct crowd *crowd = member->crowd;

    if (atomic_load(&crowd->is_stopping))
        return false;
    if (crowd->settings->hits > 0)
        return member->user.iteration < crowd->settings->hits;
    return clock_monotonic_ns() < crowd->until_ns;
}

/* Until the user's hits, time or rows are used up. */
static void
member_work(struct member *member)
{
    const struct library *library = member->crowd->library;
    struct loads_test *user = &member->user;

    if (!user_run_hook(user, &library->setup_user))
        return;
    while (has_more(member)) {
        user->iteration++;
        if (!parameters_deal(library, user))
            break;
        for (size_t i = 0; i < library->test_count; i++)
            user_run(user, &library->tests[i]);
    }
    user_run_hook(user, &library->teardown_user);
}

static void *
member_run(void *argument)
{
    struct member *member = argument;
    struct crowd *crowd = member->crowd;
    struct crash_guard guard;

    crash_guard_enter(&guard, &member->user);
    wait_at_gate(crowd);
    member_work(member);
    crash_guard_leave(&guard);
    if (atomic_fetch_sub(&crowd->running, 1) == 1)
        eventfd_write(crowd->wake_fd, 1);
    return NULL;
}

static int
member_start(struct crowd *crowd, uint32_t index, struct listener listener, const pthread_attr_t *attributes,
             struct err *err)
{
    const struct settings *settings = crowd->settings;
    struct member *member = &crowd->members[index];
    uint32_t number = settings->first_user + index;
    int code;

    member->crowd = crowd;
    if (user_init(&member->user, number, settings->server_url, listener, err) < 0)
        return -1;
    random_start(&member->user.random, &crowd->seed, number, settings->first_turn);
    code = pthread_create(&member->thread, attributes, member_run, member);
    if (code != 0) {
        user_clear(&member->user);
        return err_set(err, "cannot start user %u of %u: %s", (unsigned)index + 1,
                       (unsigned)settings->process_users, strerror(code));
    }
    crowd->started++;
    return 0;
}

struct crowd *
crowd_start(const struct settings *settings, const struct library *library, struct listener listener,
            int wake_fd, struct err *err)
{
    struct crowd *crowd = xcalloc(1, sizeof *crowd);
    pthread_attr_t attributes;
    int result = 0;

    crowd->settings = settings;
    crowd->library = library;
    crowd->seed = seed_key(settings->seed);
    crowd->wake_fd = wake_fd;
    crowd->members = xcalloc(settings->process_users, sizeof *crowd->members);
    atomic_init(&crowd->running, settings->process_users);
    pthread_mutex_init(&crowd->lock, NULL);
    pthread_cond_init(&crowd->opened, NULL);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    for (uint32_t i = 0; i < settings->process_users && result == 0; i++)
        result = member_start(crowd, i, listener, &attributes, err);
    pthread_attr_destroy(&attributes);
    if (result < 0)
        crowd_stop(crowd);
    open_gate(crowd);
    if (result < 0) {
        crowd_free(crowd);
        return NULL;
    }
    return crowd;
}

void
crowd_stop(struct crowd *crowd)
{
    atomic_store(&crowd->is_stopping, true);
}

bool
crowd_is_done(struct crowd *crowd)
{
    return atomic_load(&crowd->running) == 0;
}

void
crowd_free(struct crowd *crowd)
{
    for (uint32_t i = 0; i < crowd->started; i++) {
        pthread_join(crowd->members[i].thread, NULL);
        user_clear(&crowd->members[i].user);
    }
    pthread_cond_destroy(&crowd->opened);
    pthread_mutex_destroy(&crowd->lock);
    free(crowd->members);
    free(crowd);
}
