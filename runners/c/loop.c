/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: runs what is ready, then asks epoll and the wheel who is next. No
 * task runs while events are handed out, so none can close what another event
 * of the same batch still names. */
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "fiber.h"
#include "wheel.h"

enum { EVENTS_AT_ONCE = 512, LINE = 64 };
#define COMPARE_EVERY_NS (10 * NS_PER_MS)
#define EDGES (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)
#define ALWAYS_WANTED (EPOLLERR | EPOLLHUP)

/* What each switch touches comes first, in one line of the processor's caches. */
struct task {
    _Alignas(LINE) struct task *next; /* in the queue of those that are ready, or at a gate */
    struct loop *loop;
    void *argument;
    struct gate *gate; /* it waits at; NULL: at none */
    uint64_t due;      /* the tick until which it waits */
    bool is_late;      /* the timer woke it */
    bool is_queued;    /* it is among those that are ready */
    struct fiber fiber;
    struct timer timer; /* may stand for an earlier tick than `due`, as it outlives what it was set for */
    void (*run)(void *argument);
};

struct loop {
    struct fiber thread;
    struct task *running;
    void *_Atomic running_argument; /* for other threads: a task may end while they look */
    _Atomic uint64_t switches;
    struct task *first, *last; /* ready */
    struct task *ended;        /* its stack is freed from another one */
    size_t tasks;
    struct wheel wheel;
    struct gate *gates;
    struct watch knock;        /* an eventfd */
    int epoll;
    int64_t compared_ns, wall_offset_ns; /* the clocks */
    struct epoll_event events[EVENTS_AT_ONCE];
    char scratch[LOOP_SCRATCH_SIZE];
};

/* How far the wall clock is from the monotonic one, looked at now and then: to read
 * one clock costs more than all that a turn of the loop does for a task. */
static void
compare_clocks(struct loop *loop, int64_t monotonic_ns)
{
    loop->compared_ns = monotonic_ns;
    loop->wall_offset_ns = clock_wall_unix_ns() - clock_monotonic_ns();
}

int64_t
loop_unix_ns(struct loop *loop, int64_t monotonic_ns)
{
    if (monotonic_ns - loop->compared_ns >= COMPARE_EVERY_NS)
        compare_clocks(loop, monotonic_ns);
    return monotonic_ns + loop->wall_offset_ns;
}

/* A tick is a millisecond; a deadline is rounded up, now is rounded down. */
static uint64_t
tick_now(void)
{
    return (uint64_t)(clock_monotonic_ns() / NS_PER_MS);
}

static uint64_t
tick_of(int64_t deadline_ns)
{
    return (uint64_t)((deadline_ns + NS_PER_MS - 1) / NS_PER_MS);
}

struct loop *
loop_new(struct err *err)
{
    struct loop *loop = xcalloc(1, sizeof *loop);
    int knock;

    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    knock = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll < 0 || knock < 0 || watch_open(loop, &loop->knock, knock) < 0) {
        err_set(err, "cannot start an event loop: %s", strerror(errno));
        if (knock >= 0)
            close(knock);
        if (loop->epoll >= 0)
            close(loop->epoll);
        free(loop);
        return NULL;
    }
    wheel_init(&loop->wheel, tick_now());
    compare_clocks(loop, clock_monotonic_ns());
    return loop;
}

static void
bury(struct loop *loop)
{
    if (loop->ended == NULL)
        return;
    fiber_clear(&loop->ended->fiber);
    free(loop->ended);
    loop->ended = NULL;
}

/* Tasks that were spawned and never run. */
static void
drop_ready(struct loop *loop)
{
    while (loop->first != NULL) {
        struct task *task = loop->first;

        loop->first = task->next;
        fiber_clear(&task->fiber);
        free(task);
    }
}

void
loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    bury(loop);
    drop_ready(loop);
    watch_close(loop, &loop->knock);
    close(loop->epoll);
    free(loop);
}

/* ---- Tasks ---- */

static void
make_ready(struct task *task)
{
    struct loop *loop = task->loop;

    if (task->is_queued)
        return;
    task->is_queued = true;
    task->next = NULL;
    if (loop->first == NULL)
        loop->first = task;
    else
        loop->last->next = task;
    loop->last = task;
}

static void
task_run(void *argument)
{
    struct task *task = argument;
    struct loop *loop = task->loop;

    task->run(task->argument);
    wheel_unset(&task->timer);
    loop->tasks--;
    loop->ended = task;
    fiber_leave(&task->fiber, &loop->thread);
}

int
loop_spawn(struct loop *loop, size_t stack_size, void (*run)(void *argument), void *argument, struct err *err)
{
    struct task *task = aligned_alloc(LINE, sizeof *task);

    if (task == NULL)
        return err_set(err, "no memory for a task");
    *task = (struct task){ .loop = loop, .run = run, .argument = argument };
    if (fiber_init(&task->fiber, stack_size, task_run, task, err) < 0) {
        free(task);
        return -1;
    }
    loop->tasks++;
    make_ready(task);
    return 0;
}

struct task *
loop_task(struct loop *loop)
{
    return loop->running;
}

void *
loop_running(const struct loop *loop)
{
    return atomic_load_explicit(&loop->running_argument, memory_order_acquire);
}

uint64_t
loop_switches(const struct loop *loop)
{
    return atomic_load_explicit(&loop->switches, memory_order_relaxed);
}

/* Most waits end long before their deadline, and the next one has a later deadline:
 * the timer that is set already will do, and is set anew when it goes off. */
static void
set_timer(struct loop *loop, struct task *task)
{
    if (timer_is_set(&task->timer) && task->timer.due <= task->due)
        return;
    wheel_unset(&task->timer);
    wheel_set(&loop->wheel, &task->timer, task->due);
}

/* Lets the others run until somebody makes the task ready. False: that was the
 * deadline. */
static bool
park(struct loop *loop, struct task *task, int64_t deadline_ns)
{
    task->is_late = false;
    task->due = WHEEL_NEVER;
    if (deadline_ns != LOOP_FOREVER) {
        task->due = tick_of(deadline_ns);
        set_timer(loop, task);
    }
    fiber_switch(&task->fiber, &loop->thread);
    return !task->is_late;
}

void
loop_sleep_until(struct loop *loop, int64_t deadline_ns)
{
    park(loop, loop_task(loop), deadline_ns);
}

void
loop_yield(struct loop *loop)
{
    struct task *task = loop_task(loop);

    make_ready(task);
    park(loop, task, LOOP_FOREVER);
}

char *
loop_scratch(struct loop *loop)
{
    return loop->scratch;
}

/* ---- Watches ---- */

int
watch_open(struct loop *loop, struct watch *watch, int fd)
{
    struct epoll_event event = { .events = EDGES, .data.ptr = watch };

    *watch = (struct watch){ .fd = fd };
    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event);
}

void
watch_close(struct loop *loop, struct watch *watch)
{
    (void)loop; /* the descriptor takes itself out of epoll */
    close(watch->fd);
    watch->fd = -1;
}

void
watch_close_shared(struct loop *loop, struct watch *watch)
{
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    watch_close(loop, watch);
}

bool
watch_wait(struct loop *loop, struct watch *watch, uint32_t events, int64_t deadline_ns)
{
    struct task *task = loop_task(loop);
    bool is_ready = true;

    watch->wanted = events | EPOLLRDHUP | ALWAYS_WANTED;
    if ((watch->ready & watch->wanted) == 0) {
        watch->waiter = task;
        is_ready = park(loop, task, deadline_ns);
        watch->waiter = NULL;
    }
    return is_ready;
}

int
watch_level(struct loop *loop, struct watch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };
    int operation = watch->told == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

    watch->ready = 0; /* what is still so will be told again */
    watch->wanted = events == 0 ? 0 : events | ALWAYS_WANTED;
    if (events == 0 || events == watch->told)
        return 0;
    if (epoll_ctl(loop->epoll, operation, watch->fd, &event) < 0)
        return -1;
    watch->told = events;
    return 0;
}

void
watch_forget(struct loop *loop, struct watch *watch)
{
    if (watch->told != 0)
        epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->told = watch->wanted = watch->ready = 0;
}

void
loop_wait_any(struct loop *loop, int64_t deadline_ns)
{
    park(loop, loop_task(loop), deadline_ns);
}

/* ---- Gates ---- */

void
gate_open(struct loop *loop, struct gate *gate)
{
    gate->first = gate->last = NULL;
    atomic_init(&gate->is_knocked, false);
    gate->next = loop->gates;
    loop->gates = gate;
}

void
gate_close(struct loop *loop, struct gate *gate)
{
    struct gate **at = &loop->gates;

    while (*at != gate)
        at = &(*at)->next;
    *at = gate->next;
}

static void
gate_remove(struct gate *gate, struct task *task)
{
    struct task *before = NULL;
    struct task **at = &gate->first;

    while (*at != task) {
        before = *at;
        at = &before->next;
    }
    *at = task->next;
    if (gate->last == task)
        gate->last = before;
    task->gate = NULL;
}

bool
gate_wait(struct loop *loop, struct gate *gate, int64_t deadline_ns)
{
    struct task *task = loop_task(loop);

    task->next = NULL;
    task->gate = gate;
    if (gate->first == NULL)
        gate->first = task;
    else
        gate->last->next = task;
    gate->last = task;
    return park(loop, task, deadline_ns);
}

void
gate_release(struct loop *loop, struct gate *gate)
{
    struct task *task = gate->first;

    (void)loop;
    gate->first = gate->last = NULL;
    while (task != NULL) {
        struct task *next = task->next;

        task->gate = NULL;
        make_ready(task);
        task = next;
    }
}

void
gate_knock(struct loop *loop, struct gate *gate)
{
    atomic_store(&gate->is_knocked, true);
    eventfd_write(loop->knock.fd, 1);
}

static void
answer_knocks(struct loop *loop)
{
    eventfd_t count;

    eventfd_read(loop->knock.fd, &count);
    for (struct gate *gate = loop->gates; gate != NULL; gate = gate->next) {
        if (atomic_exchange(&gate->is_knocked, false))
            gate_release(loop, gate);
    }
}

/* ---- The loop ---- */

static void
run_task(struct loop *loop, struct task *task)
{
    loop->running = task;
    atomic_store_explicit(&loop->running_argument, task->argument, memory_order_release);
    atomic_store_explicit(&loop->switches, loop_switches(loop) + 1, memory_order_relaxed);
    fiber_switch(&loop->thread, &task->fiber);
    atomic_store_explicit(&loop->running_argument, NULL, memory_order_relaxed);
    loop->running = NULL;
    bury(loop);
}

/* A thousand tasks do not fit into the processor's caches: what the next one will
 * touch first is fetched while this one runs, and the task after it, so that we need
 * not wait for that when its turn to be fetched comes. */
static void
expect(const struct task *task)
{
    enum { LINES = 10 };
    const char *at = task->argument;

    fiber_expect(&task->fiber);
    for (int i = 0; i < LINES; i++)
        __builtin_prefetch(at + i * LINE);
    __builtin_prefetch(task->next);
}

/* Those that are ready now; who becomes ready meanwhile comes after the events. */
static void
run_ready(struct loop *loop)
{
    struct task *last = loop->last;
    struct task *task;

    if (loop->first == NULL)
        return;
    do {
        task = loop->first;
        loop->first = task->next;
        task->is_queued = false;
        if (loop->first != NULL)
            expect(loop->first);
        run_task(loop, task);
    } while (task != last); /* compared, not followed: it may be gone */
}

static int
timeout_ms(struct loop *loop)
{
    uint64_t next, now;

    if (loop->first != NULL)
        return 0;
    next = wheel_next(&loop->wheel);
    if (next == WHEEL_NEVER)
        return -1;
    now = tick_now();
    /* Now is rounded down: one more is never too early. */
    return next <= now ? 0 : next - now > 60000 ? 60000 : (int)(next - now);
}

static void
hand_out(struct loop *loop, int count)
{
    enum { AHEAD = 4 };

    for (int i = 0; i < count; i++) {
        struct watch *watch = loop->events[i].data.ptr;

        if (i + AHEAD < count)
            __builtin_prefetch(loop->events[i + AHEAD].data.ptr, 1);
        watch->ready |= loop->events[i].events;
        if (watch == &loop->knock)
            answer_knocks(loop);
        else if (watch->told != 0 && watch->wanted == 0)
            watch_forget(loop, watch);
        else if (watch->waiter != NULL && (watch->ready & watch->wanted) != 0)
            make_ready(watch->waiter);
    }
}

static void
expire(struct loop *loop)
{
    uint64_t now = tick_now();
    struct timer *timer;

    while ((timer = wheel_advance(&loop->wheel, now)) != NULL) {
        struct task *task = (struct task *)((char *)timer - offsetof(struct task, timer));

        /* What it waited for may have come in the same moment: that counts. */
        if (task->is_queued)
            continue;
        if (task->due > now) {
            if (task->due != WHEEL_NEVER)
                set_timer(loop, task);
            continue;
        }
        task->is_late = true;
        if (task->gate != NULL)
            gate_remove(task->gate, task);
        make_ready(task);
    }
}

void
loop_run(struct loop *loop)
{
    fiber_init_thread(&loop->thread);
    while (loop->tasks > 0) {
        int count;

        run_ready(loop);
        if (loop->tasks == 0)
            break;
        count = epoll_wait(loop->epoll, loop->events, EVENTS_AT_ONCE, timeout_ms(loop));
        hand_out(loop, count);
        expire(loop);
    }
}
