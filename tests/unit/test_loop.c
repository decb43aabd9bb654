/* SPDX-License-Identifier: Apache-2.0 */
/* runners/c/wheel.h and loop.h. */
#include "loop.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "wheel.h"

/* ---- The wheel, beside a list that is searched ---- */

enum { TIMERS = 300, STEPS = 20000 };

struct item {
    struct timer timer;
    uint64_t due; /* UINT64_MAX: not set */
};

static uint64_t
draw(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static uint64_t
earliest(const struct item *items)
{
    uint64_t due = UINT64_MAX;

    for (int i = 0; i < TIMERS; i++)
        due = items[i].due < due ? items[i].due : due;
    return due;
}

static void
set_one(struct wheel *wheel, struct item *item, uint64_t due)
{
    wheel_unset(&item->timer);
    wheel_set(wheel, &item->timer, due);
    item->due = due;
}

static void
expire_all(struct wheel *wheel, struct item *items, uint64_t now)
{
    struct timer *timer;

    while ((timer = wheel_advance(wheel, now)) != NULL) {
        struct item *item = (struct item *)timer;

        assert_true(item->due <= now);
        assert_false(timer_is_set(timer));
        item->due = UINT64_MAX;
    }
    assert_true(earliest(items) > now);
}

static void
test_wheel_agrees_with_a_list(void **state)
{
    static struct item items[TIMERS];
    static struct wheel wheel;
    uint64_t seed = 1, now = 123456789;

    (void)state;
    wheel_init(&wheel, now);
    for (int i = 0; i < TIMERS; i++)
        items[i] = (struct item){ .due = UINT64_MAX };
    for (int step = 0; step < STEPS; step++) {
        struct item *item = &items[draw(&seed) % TIMERS];
        /* Distances of every level, so 1 to half of what the wheel holds. */
        uint64_t reach = UINT64_C(1) << draw(&seed) % 29;

        switch (draw(&seed) % 4) {
        case 0:
        case 1:
            set_one(&wheel, item, now + draw(&seed) % reach);
            break;
        case 2:
            wheel_unset(&item->timer);
            item->due = UINT64_MAX;
            break;
        default:
            now += draw(&seed) % reach / 4;
            expire_all(&wheel, items, now);
        }
        assert_true(wheel_next(&wheel) <= earliest(items) || earliest(items) < now);
    }
    /* Always straight to what wheel_next says: every timer comes at its tick. */
    while (wheel_next(&wheel) != WHEEL_NEVER) {
        now = wheel_next(&wheel) > now ? wheel_next(&wheel) : now;
        expire_all(&wheel, items, now);
    }
    assert_true(earliest(items) == UINT64_MAX);
}

static void
test_wheel_wakes_at_the_tick(void **state)
{
    static struct wheel wheel;
    struct timer timer = { 0 };

    (void)state;
    for (uint64_t distance = 1; distance < WHEEL_SPAN / 2; distance = distance * 3 + 1) {
        uint64_t due = 1000 + distance;

        wheel_init(&wheel, 1000);
        wheel_set(&wheel, &timer, due);
        assert_null(wheel_advance(&wheel, due - 1));
        assert_ptr_equal(wheel_advance(&wheel, due), &timer);
        assert_null(wheel_advance(&wheel, due));
    }
}

/* ---- Tasks ---- */

struct scene {
    struct loop *loop;
    struct gate gate;
    int fds[2];
    char order[32];
    size_t count;
    int64_t slept_ns;
};

static void
note(struct scene *scene, char what)
{
    scene->order[scene->count++] = what;
}

static void
open_scene(struct scene *scene)
{
    *scene = (struct scene){ .loop = loop_new(NULL) };
    assert_non_null(scene->loop);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, scene->fds), 0);
    gate_open(scene->loop, &scene->gate);
}

static void
close_scene(struct scene *scene)
{
    gate_close(scene->loop, &scene->gate);
    loop_free(scene->loop);
}

static void
spawn(struct scene *scene, void (*run)(void *))
{
    assert_int_equal(loop_spawn(scene->loop, 32768, run, scene, NULL), 0);
}

static void
read_twice(void *argument)
{
    struct scene *scene = argument;
    struct watch watch;
    char got;

    assert_int_equal(watch_open(scene->loop, &watch, scene->fds[0]), 0);
    for (int i = 0; i < 2; i++) {
        assert_true(watch_wait(scene->loop, &watch, EPOLLIN, LOOP_FOREVER));
        watch.ready &= ~(uint32_t)EPOLLIN;
        assert_int_equal(read(watch.fd, &got, 1), 1);
        note(scene, got);
    }
    assert_false(watch_wait(scene->loop, &watch, EPOLLIN, clock_monotonic_ns() + 5 * NS_PER_MS));
    note(scene, 'l');
    watch_close(scene->loop, &watch);
}

static void
write_twice(void *argument)
{
    struct scene *scene = argument;

    assert_ptr_equal(loop_running(scene->loop), scene);
    note(scene, '1');
    assert_int_equal(write(scene->fds[1], "a", 1), 1);
    loop_sleep_until(scene->loop, clock_monotonic_ns() + 2 * NS_PER_MS);
    note(scene, '2');
    assert_int_equal(write(scene->fds[1], "b", 1), 1);
}

static void
test_waits_for_edges(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    spawn(&scene, read_twice);
    spawn(&scene, write_twice);
    loop_run(scene.loop);
    assert_string_equal(scene.order, "1a2bl");
    assert_null(loop_running(scene.loop));
    close(scene.fds[1]);
    close_scene(&scene);
}

static void
sleep_short(void *argument)
{
    struct scene *scene = argument;
    int64_t began_ns = clock_monotonic_ns();

    loop_sleep_until(scene->loop, began_ns + 3 * NS_PER_MS);
    scene->slept_ns = clock_monotonic_ns() - began_ns;
    note(scene, 's');
}

static void
sleep_long(void *argument)
{
    struct scene *scene = argument;

    loop_sleep_until(scene->loop, clock_monotonic_ns() + 90 * NS_PER_MS);
    note(scene, 'L');
}

static void
test_sleeps_are_never_short(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    spawn(&scene, sleep_long);
    spawn(&scene, sleep_short);
    loop_run(scene.loop);
    assert_string_equal(scene.order, "sL");
    assert_true(scene.slept_ns >= 3 * NS_PER_MS);
    close(scene.fds[0]);
    close(scene.fds[1]);
    close_scene(&scene);
}

/* A timer may be left from a wait that was answered early: the waits after it end
 * neither with it nor without their own. */
static void
wait_after_answers(void *argument)
{
    struct scene *scene = argument;
    struct watch watch;
    int64_t began_ns, taken_ns;
    char got;

    assert_int_equal(watch_open(scene->loop, &watch, scene->fds[0]), 0);
    for (int wait_ms = 20; wait_ms > 0; wait_ms -= 5) {
        assert_int_equal(write(scene->fds[1], "a", 1), 1);
        assert_true(watch_wait(scene->loop, &watch, EPOLLIN, clock_monotonic_ns() + wait_ms * NS_PER_MS));
        watch.ready &= ~(uint32_t)EPOLLIN;
        assert_int_equal(read(watch.fd, &got, 1), 1);
    }
    began_ns = clock_monotonic_ns();
    loop_sleep_until(scene->loop, began_ns + 2 * NS_PER_MS);
    assert_true(clock_monotonic_ns() - began_ns >= 2 * NS_PER_MS);
    assert_false(watch_wait(scene->loop, &watch, EPOLLIN, began_ns + 30 * NS_PER_MS));
    taken_ns = clock_monotonic_ns() - began_ns;
    assert_true(taken_ns >= 30 * NS_PER_MS && taken_ns < 5 * NS_PER_S);
    assert_int_equal(write(scene->fds[1], "b", 1), 1);
    assert_true(watch_wait(scene->loop, &watch, EPOLLIN, clock_monotonic_ns() + 60 * NS_PER_S));
    note(scene, 'e');
    watch_close(scene->loop, &watch);
}

static void
test_timers_that_outlive_their_waits(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    spawn(&scene, wait_after_answers);
    loop_run(scene.loop);
    assert_string_equal(scene.order, "e");
    close(scene.fds[1]);
    close_scene(&scene);
}

static void
test_dates(void **state)
{
    struct scene scene;
    int64_t unix_ns, before_ns;

    (void)state;
    open_scene(&scene);
    before_ns = clock_wall_unix_ns();
    unix_ns = loop_unix_ns(scene.loop, clock_monotonic_ns());
    assert_in_range(unix_ns - before_ns + NS_PER_S, 0, 2 * NS_PER_S);
    close(scene.fds[0]);
    close(scene.fds[1]);
    close_scene(&scene);
}

static void
wait_at_gate(void *argument)
{
    struct scene *scene = argument;

    note(scene, gate_wait(scene->loop, &scene->gate, LOOP_FOREVER) ? 'o' : 'x');
}

static void
wait_too_short(void *argument)
{
    struct scene *scene = argument;

    note(scene, gate_wait(scene->loop, &scene->gate, clock_monotonic_ns() + NS_PER_MS) ? 'x' : 't');
}

/* Knocks when the third task has said that the two others wait. */
static void *
knock(void *argument)
{
    struct scene *scene = argument;
    char got;

    while (read(scene->fds[0], &got, 1) != 1)
        assert_int_equal(errno, EAGAIN);
    gate_knock(scene->loop, &scene->gate);
    return NULL;
}

static void
say_all_wait(void *argument)
{
    struct scene *scene = argument;

    while (scene->count == 0)
        loop_sleep_until(scene->loop, clock_monotonic_ns() + NS_PER_MS);
    assert_int_equal(write(scene->fds[1], "w", 1), 1);
}

static void
test_gates_open_from_another_thread(void **state)
{
    struct scene scene;
    pthread_t thread;

    (void)state;
    open_scene(&scene);
    spawn(&scene, wait_at_gate);
    spawn(&scene, wait_too_short);
    spawn(&scene, wait_at_gate);
    spawn(&scene, say_all_wait);
    assert_int_equal(pthread_create(&thread, NULL, knock, &scene), 0);
    loop_run(scene.loop);
    pthread_join(thread, NULL);
    assert_string_equal(scene.order, "too");
    close(scene.fds[0]);
    close(scene.fds[1]);
    close_scene(&scene);
}

/* What is spawned but never run is freed too. */
static void
test_loop_that_never_runs(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    spawn(&scene, sleep_long);
    close(scene.fds[0]);
    close(scene.fds[1]);
    close_scene(&scene);
    assert_int_equal(scene.count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wheel_agrees_with_a_list),
        cmocka_unit_test(test_wheel_wakes_at_the_tick),
        cmocka_unit_test(test_waits_for_edges),
        cmocka_unit_test(test_sleeps_are_never_short),
        cmocka_unit_test(test_timers_that_outlive_their_waits),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_gates_open_from_another_thread),
        cmocka_unit_test(test_loop_that_never_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
