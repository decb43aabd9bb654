/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a test for one user, and the functions of <loads/test.h> but requests'
 * responses and comparisons. */
#include "user.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "parameters.h"
#include "patch.h"

struct allocation {
    struct allocation *next;
    max_align_t data[];
};

static struct event
event_of(const struct loads_test *user, enum event_type type)
{
    return (struct event){
        .type = type, .test = user->test, .user = user->number, .is_hook = user->is_in_hook,
        .iteration = user->iteration > 0 ? user->iteration : 1, /* set-up comes before the first */
    };
}

static void
tell(const struct loads_test *user, const struct event *event)
{
    user->listener.tell(user->listener.context, event);
}

void
user_tell_hit(struct loads_test *user, const struct hit *hit)
{
    struct event event = event_of(user, EVENT_HIT);

    event.as.hit = hit;
    tell(user, &event);
}

static void
on_hit(void *context, const struct hit *hit)
{
    user_tell_hit(context, hit);
}

void
user_init(struct loads_test *user, uint32_t number, const struct network *network, const char *server_url,
          struct listener listener)
{
    *user = (struct loads_test){
        .number = number, .network = network, .server_url = server_url, .listener = listener
    };
    session_init(&user->session, network, server_url, on_hit, user);
}

static void
free_all(struct allocation **allocations)
{
    while (*allocations != NULL) {
        struct allocation *allocation = *allocations;

        *allocations = allocation->next;
        free(allocation);
    }
}

void
user_clear(struct loads_test *user)
{
    free_all(&user->kept);
    sockets_clear(&user->sockets);
    session_clear(&user->session);
    patched_free(user->patched);
    user->patched = NULL;
}

/* Calls the function until it returns or ends the test; how long it took. */
static int64_t
execute(struct loads_test *user, const struct test *test)
{
    int64_t started_ns = clock_monotonic_ns();

    if (_setjmp(user->end) == 0)
        test_call(test, user);
    sockets_release_all(&user->sockets);
    return (clock_monotonic_ns() - started_ns) / NS_PER_US;
}

static void
begin(struct loads_test *user, const struct test *test)
{
    user->test = test->name;
    user->outcome = EVENT_SUCCESS;
}

static void
end(struct loads_test *user)
{
    session_release_all(&user->session);
    free_all(&user->allocations);
    user->allocated = 0;
    user->test = NULL;
}

static void
tell_start(struct loads_test *user)
{
    struct event event = event_of(user, EVENT_TEST_START);

    tell(user, &event);
}

static void
tell_outcome(struct loads_test *user, int64_t elapsed_us)
{
    struct event event = event_of(user, user->outcome);

    event.as.problem = &user->problem;
    tell(user, &event);
    event = event_of(user, EVENT_TEST_STOP);
    event.as.elapsed_us = elapsed_us;
    tell(user, &event);
}

void
user_run(struct loads_test *user, const struct test *test)
{
    begin(user, test);
    tell_start(user);
    tell_outcome(user, execute(user, test));
    end(user);
}

/* Puts what a hook allocated in front of what is kept already. */
static void
keep_allocations(struct loads_test *user)
{
    struct allocation **last = &user->allocations;

    while (*last != NULL)
        last = &(*last)->next;
    *last = user->kept;
    user->kept = user->allocations;
    user->allocations = NULL;
}

bool
user_run_hook(struct loads_test *user, const struct test *hook)
{
    int64_t elapsed_us;

    if (hook->run == NULL)
        return true;
    begin(user, hook);
    user->is_in_hook = true;
    elapsed_us = execute(user, hook);
    if (user->outcome != EVENT_SUCCESS) {
        user->outcome = EVENT_ERROR;
        tell_start(user);
        tell_outcome(user, elapsed_us);
    }
    keep_allocations(user);
    end(user);
    user->is_in_hook = false;
    return user->outcome == EVENT_SUCCESS;
}

void
user_end_test_va(struct loads_test *user, enum event_type outcome, const char *class_name, const char *file,
                 int line, const char *fmt, va_list args)
{
    user->outcome = outcome;
    user->problem.class_name = class_name;
    user->problem.file = file;
    user->problem.line = line;
    vsnprintf(user->problem.message, sizeof user->problem.message, fmt, args);
    _longjmp(user->end, 1);
}

void
user_end_test(struct loads_test *user, enum event_type outcome, const char *class_name, const char *file,
              int line, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    user_end_test_va(user, outcome, class_name, file, line, fmt, args);
}

void
loads_end_failed(struct loads_test *t, const char *file, int line, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    user_end_test_va(t, EVENT_FAILURE, "Failure", file, line, fmt, args);
}

void
loads_end_error(struct loads_test *t, const char *file, int line, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    user_end_test_va(t, EVENT_ERROR, "Error", file, line, fmt, args);
}

const struct loads_response *
loads_send(struct loads_test *t, const struct loads_request *given)
{
    struct loads_request request = { 0 };
    const struct loads_response *response;

    /* A test that was built with an older header has a shorter struct. */
    memcpy(&request, given, given->size < sizeof request ? given->size : sizeof request);
    if (session_send(&t->session, &request, &response, &t->problem) < 0 &&
        !(request.may_fail && response != NULL)) {
        t->outcome = EVENT_ERROR;
        t->problem.file = request.file;
        t->problem.line = request.line;
        _longjmp(t->end, 1);
    }
    return response;
}

void
loads_release(struct loads_test *t, const struct loads_response *response)
{
    session_release(&t->session, response);
}

void
loads_clear_cookies(struct loads_test *t)
{
    session_clear_cookies(&t->session);
}

uint32_t
loads_user(const struct loads_test *t)
{
    return t->number;
}

uint64_t
loads_iteration(const struct loads_test *t)
{
    return t->iteration;
}

const char *
loads_test_name(const struct loads_test *t)
{
    return t->test;
}

const char *
loads_server_url(const struct loads_test *t)
{
    return t->server_url;
}

void
loads_sleep(struct loads_test *t, double seconds)
{
    if (!(seconds >= 0 && seconds <= 86400))
        user_end_test(t, EVENT_ERROR, "Error", NULL, 0, "cannot sleep %g seconds", seconds);
    loop_sleep_until(t->network->loop, clock_monotonic_ns() + (int64_t)(seconds * NS_PER_S));
}

void *
loads_alloc(struct loads_test *t, size_t size)
{
    struct allocation *allocation;

    if (size > USER_MEMORY_LIMIT - t->allocated)
        user_end_test(t, EVENT_ERROR, "MemoryError", NULL, 0, "the test takes more than %d MiB of memory",
                      USER_MEMORY_LIMIT / (1024 * 1024));
    allocation = xcalloc(1, sizeof *allocation + size);
    allocation->next = t->allocations;
    t->allocations = allocation;
    t->allocated += size;
    return allocation->data;
}

char *
loads_format(struct loads_test *t, const char *fmt, ...)
{
    va_list args, again;
    char *text;
    int length;

    va_start(args, fmt);
    va_copy(again, args);
    length = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    text = loads_alloc(t, length < 0 ? 1 : (size_t)length + 1);
    if (length > 0)
        vsnprintf(text, (size_t)length + 1, fmt, again);
    va_end(again);
    return text;
}

static void
tell_number(struct loads_test *t, enum event_type type, const char *name, double value)
{
    struct event event = event_of(t, type);

    if (name == NULL || *name == '\0')
        user_end_test(t, EVENT_ERROR, "Error", NULL, 0, "a counter or metric has no name");
    if (!isfinite(value))
        user_end_test(t, EVENT_ERROR, "Error", NULL, 0, "the value of %.200s is not a finite number", name);
    event.as.metric.name = name;
    event.as.metric.value = value;
    tell(t, &event);
}

void
loads_incr_counter(struct loads_test *t, const char *name, int64_t by)
{
    tell_number(t, EVENT_COUNTER, name, (double)by);
}

void
loads_gauge(struct loads_test *t, const char *name, double value)
{
    tell_number(t, EVENT_GAUGE, name, value);
}

void
loads_rate(struct loads_test *t, const char *name, bool is_true)
{
    tell_number(t, EVENT_RATE, name, is_true ? 1 : 0);
}

void
loads_trend(struct loads_test *t, const char *name, double value)
{
    tell_number(t, EVENT_TREND, name, value);
}
