/* SPDX-License-Identifier: Apache-2.0 */
/* plugins/dispatch.h: what plugins get, and what becomes of those that are slow,
 * fail, hang or crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "plugins/dispatch.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define RUN_JSON "{\"run_id\":\"r1\"}"

static const struct loads_result final = { .size = sizeof final, .totals = { .hits = 7 },
                                           .json = "{}", .json_length = 2 };

/* A plugin inside of the test: writes down what it is called with. host->fail is
 * in brackets because cmocka has a macro of that name. */
struct probe {
    struct buffer calls;
    int fail_at;         /* the on_event that fails, from 1; 0: none */
    bool complain_only;  /* host->fail without returning its -1 */
    sem_t *gate;         /* not NULL: on_event waits for it */
    sem_t *entered;      /* not NULL: told by on_event */
    atomic_int events;
};

static struct probe *
probe_of(void *state)
{
    return *(struct probe **)state;
}

static int
probe_open(void *state, const struct loads_host *host)
{
    (void)state;
    return strcmp(host->run_json, RUN_JSON) == 0 ? 0 : (host->fail)(host, "run_json is %s", host->run_json);
}

static int
probe_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    struct probe *probe = probe_of(state);
    int count = atomic_fetch_add(&probe->events, 1) + 1;

    if (probe->entered != NULL)
        sem_post(probe->entered);
    if (probe->gate != NULL)
        sem_wait(probe->gate);
    buffer_printf(&probe->calls, "event %s\n", event->raw);
    if (count == probe->fail_at)
        return (host->fail)(host, "event %d is %s", count, "too much");
    if (probe->complain_only)
        (host->fail)(host, "never mind");
    return 0;
}

static int
probe_tick(void *state, const struct loads_host *host, const struct loads_totals *totals)
{
    (void)host;
    buffer_printf(&probe_of(state)->calls, "tick %llu\n", (unsigned long long)totals->hits);
    return 0;
}

static int
probe_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    (void)host;
    buffer_printf(&probe_of(state)->calls, "flush %s\n", result->json);
    return 0;
}

static void
probe_close(void *state)
{
    buffer_add_text(&probe_of(state)->calls, "close\n");
}

static const struct loads_plugin probe_plugin = {
    .kind = LOADS_OUTPUT,
    .name = "probe",
    .state_size = sizeof(struct probe *),
    .open = probe_open,
    .on_event = probe_event,
    .on_tick = probe_tick,
    .flush = probe_flush,
    .close = probe_close,
};

static void
take_plugin(struct dispatch *dispatch, const struct loads_plugin *plugin, void *context)
{
    struct loaded loaded = { .plugin = *plugin, .path = xstrdup("inside of the test") };
    struct err err = { 0 };
    void *state;

    assert_int_equal(plugin_state_new(&state, &loaded, NULL, 0, &err), 0);
    memcpy(state, &context, sizeof context);
    assert_int_equal(dispatch_take(dispatch, &loaded, state, &err), 0);
}

static void
take_probe(struct dispatch *dispatch, struct probe *probe)
{
    buffer_init(&probe->calls, 1024 * 1024 * 1024);
    take_plugin(dispatch, &probe_plugin, probe);
}

/* One of tests/badplugins, with settings NAME, VALUE, ..., NULL. */
static int
take_bad(struct dispatch *dispatch, const char *name, struct err *err, ...)
{
    const char *builddir = getenv("top_builddir");
    char *folder = xasprintf("%s/tests/badplugins", builddir != NULL ? builddir : ".");
    struct plugin_path *path = plugin_path_new(folder, NULL);
    struct setting settings[4];
    size_t count = 0;
    struct loaded loaded;
    void *state;
    va_list args;

    va_start(args, err);
    while ((settings[count].name = va_arg(args, const char *)) != NULL)
        settings[count++].value = va_arg(args, const char *);
    va_end(args);
    assert_int_equal(loaded_open(&loaded, path, LOADS_OUTPUT, name, err), 0);
    assert_int_equal(plugin_state_new(&state, &loaded, settings, count, err), 0);
    plugin_path_free(path);
    free(folder);
    return dispatch_take(dispatch, &loaded, state, err);
}

static struct message
counter_message(const char *raw)
{
    return (struct message){ .type = LOADS_COUNTER, .raw = slice_of(raw), .agent_id = SLICE("a.1") };
}

static bool
send_text(struct dispatch *dispatch, const char *raw)
{
    struct message message = counter_message(raw);

    return dispatch_event(dispatch, &message, 0, 0, "r1");
}

static void
calls_come_in_order(void **state)
{
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    struct probe probe = { 0 };

    (void)state;
    take_probe(dispatch, &probe);
    dispatch_start(dispatch);
    assert_true(send_text(dispatch, "1"));
    assert_true(send_text(dispatch, "2"));
    dispatch_finish(dispatch, &final);
    assert_int_equal(dispatch_failure_count(dispatch), 0);
    assert_null(dispatch_failure(dispatch, 0));
    assert_false(dispatch_is_hung(dispatch));
    assert_string_equal(probe.calls.data, "event 1\nevent 2\nflush {}\nclose\n");
    dispatch_free(dispatch);
    buffer_clear(&probe.calls);
}

static void
without_start_there_is_only_close(void **state)
{
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    struct probe probe = { 0 };

    (void)state;
    take_probe(dispatch, &probe);
    dispatch_free(dispatch);
    assert_string_equal(probe.calls.data, "close\n");
    buffer_clear(&probe.calls);
    dispatch_free(NULL);
}

static void
without_finish_there_is_no_flush(void **state)
{
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    struct probe probe = { 0 };

    (void)state;
    take_probe(dispatch, &probe);
    dispatch_start(dispatch);
    send_text(dispatch, "1");
    dispatch_free(dispatch);
    assert_string_equal(probe.calls.data, "event 1\nclose\n");
    buffer_clear(&probe.calls);
}

static void
nobody_may_want_events(void **state)
{
    static const struct loads_plugin idle = { .kind = LOADS_OUTPUT, .name = "idle" };
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    struct loads_totals totals = { .size = sizeof totals };
    struct loaded loaded = { .plugin = idle };
    void *plugin_state;

    (void)state;
    assert_int_equal(plugin_state_new(&plugin_state, &loaded, NULL, 0, NULL), 0);
    assert_int_equal(dispatch_take(dispatch, &loaded, plugin_state, NULL), 0);
    dispatch_start(dispatch);
    assert_false(send_text(dispatch, "1"));
    dispatch_tick(dispatch, &totals);
    dispatch_finish(dispatch, &final);
    assert_int_equal(dispatch_failure_count(dispatch), 0);
    dispatch_free(dispatch);
}

/* Checks each kind of event as it arrives; cmocka's own assertions belong to the
 * main thread. */
#define CHECK(condition)                                                                            \
    do {                                                                                            \
        if (!(condition))                                                                           \
            return (host->fail)(host, "type %d: not so: %s", (int)event->type, #condition);           \
    } while (0)
#define CHECK_TEXT(text, expected) CHECK(strcmp(text, expected) == 0)

static int
check_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    CHECK(event->size == sizeof *event);
    CHECK(event->target == 3);
    CHECK(event->received_us == 1234567);
    CHECK_TEXT(event->run_id, "r1");
    CHECK_TEXT(event->agent_id, "a.1");
    CHECK_TEXT(event->raw, "{\"a\":1}");
    CHECK(event->raw_length == 7);
    CHECK(event->cycle.hits == 1);
    CHECK(event->cycle.users == 2);
    CHECK(event->cycle.hit == 3);
    CHECK(event->cycle.user == 4);
    switch (event->type) {
    case LOADS_HIT:
        CHECK_TEXT(event->as.hit.url, "http://localhost/");
        CHECK_TEXT(event->as.hit.name, "");
        CHECK_TEXT(event->as.hit.method, "GET");
        CHECK_TEXT(event->as.hit.error, "refused");
        CHECK(event->as.hit.status == 200);
        CHECK(event->as.hit.started_unix_us == 11);
        CHECK(event->as.hit.elapsed_us == 12);
        CHECK(event->as.hit.dns_us == 13);
        CHECK(event->as.hit.connect_us == 14);
        CHECK(event->as.hit.tls_us == 15);
        CHECK(event->as.hit.ttfb_us == -1);
        CHECK(event->as.hit.bytes_in == 16);
        CHECK(event->as.hit.bytes_out == -1);
        break;
    case LOADS_TEST_ERROR:
        CHECK_TEXT(event->as.test.name, "test_es");
        CHECK_TEXT(event->as.test.message, "m\xC3\xA9");
        CHECK_TEXT(event->as.test.class_name, "");
        CHECK_TEXT(event->as.test.traceback, "line 1");
        break;
    case LOADS_METRIC:
        CHECK_TEXT(event->as.metric.test, "test_es");
        CHECK_TEXT(event->as.metric.name, "queue");
        CHECK(event->as.metric.value == 0.5);
        CHECK(event->as.metric.kind == LOADS_METRIC_GAUGE);
        break;
    case LOADS_SOCKET_MESSAGE:
        CHECK(event->as.socket.bytes == UINT64_MAX);
        break;
    default:
        CHECK(event->type == LOADS_RUN_STOP);
    }
    **(unsigned **)state |= 1u << event->type;
    return 0;
}

static void
events_carry_all_of_the_message(void **state)
{
    static const struct loads_plugin checker = { .kind = LOADS_OUTPUT, .name = "checker",
                                                 .state_size = sizeof(unsigned *),
                                                 .on_event = check_event };
    /* Slices without NULs, as they are in a frame. */
    static const char bytes[] = "http://localhost/GETrefusedtest_esm\xC3\xA9line 1queue{\"a\":1}a.1";
    const struct slice url = { bytes, 17 }, method = { bytes + 17, 3 }, error = { bytes + 20, 7 },
                       name = { bytes + 27, 7 }, text = { bytes + 34, 3 }, traceback = { bytes + 37, 6 },
                       queue = { bytes + 43, 5 }, raw = { bytes + 48, 7 }, agent = { bytes + 55, 3 };
    struct message messages[] = {
        { .type = LOADS_HIT,
          .as.hit = { .url = url, .method = method, .error = error, .status = 200, .started_unix_us = 11,
                      .elapsed_us = 12, .dns_us = 13, .connect_us = 14, .tls_us = 15, .ttfb_us = -1,
                      .bytes_in = 16, .bytes_out = -1 } },
        { .type = LOADS_TEST_ERROR,
          .as.test = { .name = name, .message = text, .traceback = traceback } },
        { .type = LOADS_METRIC,
          .as.metric = { .test = name, .name = queue, .value = 0.5, .kind = LOADS_METRIC_GAUGE } },
        { .type = LOADS_SOCKET_MESSAGE, .as.socket = { .bytes = UINT64_MAX } },
        { .type = LOADS_RUN_STOP },
    };
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    unsigned seen = 0;

    (void)state;
    take_plugin(dispatch, &checker, &seen);
    dispatch_start(dispatch);
    for (size_t i = 0; i < COUNT(messages); i++) {
        messages[i].raw = raw;
        messages[i].agent_id = agent;
        messages[i].cycle.hits = 1;
        messages[i].cycle.users = 2;
        messages[i].cycle.hit = 3;
        messages[i].cycle.user = 4;
        assert_true(dispatch_event(dispatch, &messages[i], 3, 1234567, "r1"));
    }
    dispatch_finish(dispatch, &final);
    if (dispatch_failure(dispatch, 0) != NULL)
        fail_msg("%s", dispatch_failure(dispatch, 0));
    assert_int_equal(seen, 1u << LOADS_HIT | 1u << LOADS_TEST_ERROR | 1u << LOADS_METRIC |
                               1u << LOADS_SOCKET_MESSAGE | 1u << LOADS_RUN_STOP);
    dispatch_free(dispatch);
}

static void
unread_tick_is_replaced(void **state)
{
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    sem_t gate, entered;
    struct probe probe = { .gate = &gate, .entered = &entered };

    (void)state;
    sem_init(&gate, 0, 0);
    sem_init(&entered, 0, 0);
    take_probe(dispatch, &probe);
    dispatch_start(dispatch);
    send_text(dispatch, "1");
    sem_wait(&entered);
    for (uint64_t i = 1; i <= 3; i++)
        dispatch_tick(dispatch, &(struct loads_totals){ .hits = i });
    sem_post(&gate);
    dispatch_finish(dispatch, &final);
    assert_string_equal(probe.calls.data, "event 1\ntick 3\nflush {}\nclose\n");
    dispatch_free(dispatch);
    buffer_clear(&probe.calls);
}

/* A plugin that takes nothing until the queue must be full. */
struct laggard {
    size_t record_bytes;
    uint64_t wait_for; /* events sent before it takes the second */
    _Atomic uint64_t sent;
    uint64_t taken;
    int64_t most_behind;
};

static int
laggard_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    struct laggard *laggard = *(struct laggard **)state;
    uint64_t number = strtoull(event->raw, NULL, 10);
    int64_t behind;

    while (atomic_load(&laggard->sent) < laggard->wait_for)
        sched_yield();
    if (number != laggard->taken || event->raw_length != laggard->record_bytes ||
        strspn(event->raw + 20, "x") != laggard->record_bytes - 20)
        return (host->fail)(host, "event %llu is %llu", (unsigned long long)laggard->taken,
                          (unsigned long long)number);
    laggard->taken++;
    /* It may be counted as sent only after it was taken. */
    behind = (int64_t)(atomic_load(&laggard->sent) - laggard->taken);
    if (laggard->most_behind < behind)
        laggard->most_behind = behind;
    return 0;
}

static void
check_full_queue(size_t record_bytes, uint64_t events)
{
    static const struct loads_plugin plugin = { .kind = LOADS_OUTPUT, .name = "laggard",
                                                .state_size = sizeof(struct laggard *),
                                                .on_event = laggard_event };
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    /* So many certainly fit, with what comes around the raw message. */
    struct laggard laggard = { .record_bytes = record_bytes,
                               .wait_for = DISPATCH_QUEUE_BYTES / 2 / (record_bytes + 512) };
    char *raw = xmalloc(record_bytes + 1);

    memset(raw, 'x', record_bytes);
    raw[record_bytes] = '\0';
    take_plugin(dispatch, &plugin, &laggard);
    dispatch_start(dispatch);
    for (uint64_t i = 0; i < events; i++) {
        char number[21];

        snprintf(number, sizeof number, "%020llu", (unsigned long long)i);
        memcpy(raw, number, 20);
        assert_true(send_text(dispatch, raw));
        atomic_fetch_add(&laggard.sent, 1);
    }
    dispatch_finish(dispatch, &final);
    assert_int_equal(dispatch_failure_count(dispatch), 0);
    assert_true(laggard.taken == events);
    assert_true(laggard.most_behind > 0);
    assert_true((size_t)laggard.most_behind * record_bytes <= DISPATCH_QUEUE_BYTES);
    dispatch_free(dispatch);
    free(raw);
}

static void
full_queue_holds_back_and_loses_nothing(void **state)
{
    (void)state;
    check_full_queue(290, 100000);
    check_full_queue(MESSAGE_FRAME_LIMIT, 40);
    check_full_queue(700001, 60);
}

static void
one_that_fails_is_closed_and_the_others_go_on(void **state)
{
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    struct probe bad = { .fail_at = 2 }, good = { .complain_only = true };

    (void)state;
    take_probe(dispatch, &bad);
    take_probe(dispatch, &good);
    dispatch_start(dispatch);
    for (int i = 0; i < 1000; i++)
        assert_true(send_text(dispatch, "x"));
    dispatch_finish(dispatch, &final);

    assert_int_equal(dispatch_failure_count(dispatch), 1);
    assert_string_equal(dispatch_failure(dispatch, 0), "output probe: event 2 is too much");
    assert_null(dispatch_failure(dispatch, 1));
    assert_false(dispatch_is_hung(dispatch));
    assert_string_equal(bad.calls.data, "event x\nevent x\nclose\n");
    assert_int_equal(atomic_load(&good.events), 1000);
    dispatch_free(dispatch);
    buffer_clear(&bad.calls);
    buffer_clear(&good.calls);
}

static void
when_all_have_failed_nobody_wants_events(void **state)
{
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    struct err err = { 0 };

    (void)state;
    assert_int_equal(take_bad(dispatch, "fail_event", &err, "after", "2", NULL), 0);
    dispatch_start(dispatch);
    while (send_text(dispatch, "x")) {
        /* Ends with the failure, or the test by its time limit. */
    }
    dispatch_finish(dispatch, &final);
    assert_string_equal(dispatch_failure(dispatch, 0),
                        "output fail_event: cannot write event 3: no space left");
    dispatch_free(dispatch);
}

static void
failing_flush_is_named(void **state)
{
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    struct err err = { 0 };

    (void)state;
    assert_int_equal(take_bad(dispatch, "fail_flush", &err, NULL), 0);
    dispatch_start(dispatch);
    dispatch_finish(dispatch, &final);
    assert_int_equal(dispatch_failure_count(dispatch), 1);
    assert_string_equal(dispatch_failure(dispatch, 0), "output fail_flush: failed without saying why");
    dispatch_free(dispatch);
}

static void
failing_open_is_refused(void **state)
{
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    struct err err = { 0 };

    (void)state;
    assert_int_equal(take_bad(dispatch, "fail_open", &err, NULL), -1);
    assert_string_equal(err.text, "output fail_open: cannot open the back of the moon");
    dispatch_free(dispatch);
}

static void
odd_but_good_plugins_work(void **state)
{
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    struct err err = { 0 };

    (void)state;
    assert_int_equal(take_bad(dispatch, "older", &err, NULL), 0);
    assert_int_equal(take_bad(dispatch, "newer", &err, NULL), 0);
    assert_int_equal(take_bad(dispatch, "big_state", &err, NULL), 0);
    dispatch_start(dispatch);
    dispatch_finish(dispatch, &final);
    assert_int_equal(dispatch_failure_count(dispatch), 0);
    dispatch_free(dispatch);
}

/* The text of an unlinked temporary file. */
static char *
file_text(FILE *file)
{
    char *text = xcalloc(1, 4096);

    rewind(file);
    text[fread(text, 1, 4095, file)] = '\0';
    fclose(file);
    return text;
}

static void
library_gets_options_and_calls(void **state)
{
    struct dispatch *dispatch = dispatch_new(RUN_JSON, true);
    FILE *file = tmpfile();
    char *filename = xasprintf("/proc/self/fd/%d", fileno(file)), *text;
    struct err err = { 0 };

    (void)state;
    setenv("DISPATCH_TEST_PASSWORD", "p", 1);
    assert_int_equal(take_bad(dispatch, "record", &err, "filename", filename, "max-size", "12",
                              "password", "env:DISPATCH_TEST_PASSWORD", NULL), 0);
    dispatch_start(dispatch);
    send_text(dispatch, "{}");
    dispatch_finish(dispatch, &final);
    assert_int_equal(dispatch_failure_count(dispatch), 0);
    dispatch_free(dispatch);
    text = file_text(file);
    assert_string_equal(text, "open append=0 max_size=12 scale=1.5 password=p quiet=1 run=" RUN_JSON "\n"
                              "event 12 {}\nflush hits=7 {}\nclose\n");
    free(text);
    free(filename);
}

static void
slow_one_is_waited_for(void **state)
{
    /* It needs more than the stall time in all, and much less for each event. */
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    FILE *file = tmpfile();
    char *filename = xasprintf("/proc/self/fd/%d", fileno(file)), *text;
    struct err err = { 0 };

    (void)state;
    dispatch_limit(dispatch, (struct dispatch_limits){ .stall_ns = NS_PER_S, .flush_ns = 60 * NS_PER_S });
    assert_int_equal(take_bad(dispatch, "slow", &err, "filename", filename, "event_us", "60000", NULL), 0);
    dispatch_start(dispatch);
    for (int i = 0; i < 20; i++)
        send_text(dispatch, "x");
    dispatch_finish(dispatch, &final);
    assert_int_equal(dispatch_failure_count(dispatch), 0);
    dispatch_free(dispatch);
    text = file_text(file);
    assert_string_equal(text, "20\n");
    free(text);
    free(filename);
}

/* What hangs or crashes does so in a child of its own. */

struct outcome {
    int status;      /* of waitpid */
    char *text;      /* what it wrote to stderr */
};

static struct outcome
run_child(void (*body)(const void *), const void *context)
{
    struct outcome outcome = { .text = xcalloc(1, 65536) };
    size_t length = 0;
    ssize_t count;
    int ends[2];
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        body(context);
        _exit(0);
    }
    close(ends[1]);
    while ((count = read(ends[0], outcome.text + length, 65535 - length)) > 0)
        length += (size_t)count;
    close(ends[0]);
    assert_int_equal(waitpid(child, &outcome.status, 0), child);
    return outcome;
}

/* In the child, where cmocka is of no use. */
static void
expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "not so: %s\n", what);
    _exit(1);
}
#define EXPECT(condition) expect(condition, #condition)

static void
assert_child_passed(struct outcome outcome)
{
    if (!WIFEXITED(outcome.status) || WEXITSTATUS(outcome.status) != 0)
        fail_msg("status %x: %s", (unsigned)outcome.status, outcome.text);
    free(outcome.text);
}

/* What hangs blocks neither the sender, nor the other, nor the end. */
static void
hang_in_event(const void *context)
{
    const int *events = context;
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    struct probe good = { 0 };
    char raw[4096];

    memset(raw, 'x', sizeof raw);
    raw[sizeof raw - 1] = '\0';
    dispatch_limit(dispatch, (struct dispatch_limits){ .stall_ns = NS_PER_S / 5, .flush_ns = 60 * NS_PER_S });
    EXPECT(take_bad(dispatch, "hang_event", NULL, NULL) == 0);
    take_probe(dispatch, &good);
    dispatch_start(dispatch);
    for (int i = 0; i < *events; i++)
        EXPECT(send_text(dispatch, raw));
    dispatch_finish(dispatch, &final);
    EXPECT(dispatch_is_hung(dispatch));
    EXPECT(dispatch_failure_count(dispatch) == 1);
    EXPECT(strcmp(dispatch_failure(dispatch, 0),
                  "output hang_event: no progress for 0.2 s, abandoned") == 0);
    EXPECT(atomic_load(&good.events) == *events);
    dispatch_free(dispatch);
}

static void
hanging_event_is_abandoned(void **state)
{
    static const int few = 3, more_than_fit = 2 * DISPATCH_QUEUE_BYTES / 4096;

    (void)state;
    assert_child_passed(run_child(hang_in_event, &few));
    assert_child_passed(run_child(hang_in_event, &more_than_fit));
}

static void
hang_in_flush(const void *context)
{
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    struct probe good = { 0 };

    (void)context;
    dispatch_limit(dispatch, (struct dispatch_limits){ .stall_ns = 60 * NS_PER_S, .flush_ns = NS_PER_S / 5 });
    EXPECT(take_bad(dispatch, "hang_flush", NULL, NULL) == 0);
    take_probe(dispatch, &good);
    dispatch_start(dispatch);
    dispatch_finish(dispatch, &final);
    EXPECT(dispatch_is_hung(dispatch));
    EXPECT(strcmp(dispatch_failure(dispatch, 0),
                  "output hang_flush: did not finish within 0.2 s, abandoned") == 0);
    EXPECT(dispatch_failure(dispatch, 1) == NULL);
    EXPECT(strcmp(good.calls.data, "flush {}\nclose\n") == 0);
    dispatch_free(dispatch);
}

static void
hanging_flush_is_abandoned(void **state)
{
    (void)state;
    assert_child_passed(run_child(hang_in_flush, NULL));
}

static void
crash_in(const void *context)
{
    const char *place = context;
    struct dispatch *dispatch = dispatch_new(RUN_JSON, false);
    struct err err = { 0 };

    /* cmocka's handler would make a failed test of the child's crash. */
    signal(SIGSEGV, SIG_DFL);
    dispatch_install_crash_handler();
    dispatch_install_crash_handler(); /* twice is once */
    EXPECT(take_bad(dispatch, "crash", &err, "in", place, NULL) == 0);
    dispatch_start(dispatch);
    send_text(dispatch, "x");
    dispatch_finish(dispatch, &final);
    if (strcmp(place, "outside") == 0)
        raise(SIGSEGV);
}

static void
crash_names_the_plugin(void **state)
{
    static const struct { const char *place; int signal; const char *line; } cases[] = {
        { "open", SIGSEGV, "loads: output crash crashed (signal 11)\n" },
        { "event", SIGSEGV, "loads: output crash crashed (signal 11)\n" },
        { "flush", SIGSEGV, "loads: output crash crashed (signal 11)\n" },
        { "stack", SIGSEGV, "loads: output crash crashed (signal 11)\n" },
        { "abort", SIGABRT, "loads: output crash crashed (signal 6)\n" },
        { "outside", SIGSEGV, "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct outcome outcome = run_child(crash_in, cases[i].place);

        if (!WIFSIGNALED(outcome.status) || WTERMSIG(outcome.status) != cases[i].signal)
            fail_msg("%s: status %x: %s", cases[i].place, (unsigned)outcome.status, outcome.text);
        if (strncmp(outcome.text, cases[i].line, strlen(cases[i].line)) != 0)
            fail_msg("%s: %s", cases[i].place, outcome.text);
        if (cases[i].line[0] == '\0')
            assert_null(strstr(outcome.text, "loads: output"));
        free(outcome.text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_come_in_order),
        cmocka_unit_test(without_start_there_is_only_close),
        cmocka_unit_test(without_finish_there_is_no_flush),
        cmocka_unit_test(nobody_may_want_events),
        cmocka_unit_test(events_carry_all_of_the_message),
        cmocka_unit_test(unread_tick_is_replaced),
        cmocka_unit_test(full_queue_holds_back_and_loses_nothing),
        cmocka_unit_test(one_that_fails_is_closed_and_the_others_go_on),
        cmocka_unit_test(when_all_have_failed_nobody_wants_events),
        cmocka_unit_test(failing_flush_is_named),
        cmocka_unit_test(failing_open_is_refused),
        cmocka_unit_test(odd_but_good_plugins_work),
        cmocka_unit_test(library_gets_options_and_calls),
        cmocka_unit_test(slow_one_is_waited_for),
        cmocka_unit_test(hanging_event_is_abandoned),
        cmocka_unit_test(hanging_flush_is_abandoned),
        cmocka_unit_test(crash_names_the_plugin),
    };

    return cmocka_run_group_tests_name("dispatch", tests, NULL, NULL);
}
