/* SPDX-License-Identifier: Apache-2.0 */
/* Output "ffi": calls functions of a plain shared library, which knows nothing of
 * Loads, as its user declares them. */
#include <loads/plugin.h>

#include "ffi/calls.h"
#include "ffi/facts.h"

struct ffi {
    const char *library;
    const char *declarations[MOMENT_COUNT];
    struct calls calls;
};

#define DECLARATION(option, moment, text) \
    { .name = option, .type = LOADS_STRING, .help = text, \
      .offset = offsetof(struct ffi, declarations[moment]) }

static const struct loads_option options[] = {
    LOADS_OPTION(struct ffi, library, .flags = LOADS_REQUIRED, .help = "The shared library, a file"),
    DECLARATION("on_start", ON_START,
                "Before the run: what to call, as in \"int begin(string run_id, string label)\""),
    DECLARATION("on_hit", ON_HIT, "For each hit, as in \"my_hit(string url, int status, double elapsed_s)\""),
    DECLARATION("on_test_start", ON_TEST_START, "When a test begins"),
    DECLARATION("on_test_stop", ON_TEST_STOP, "When a test ends"),
    DECLARATION("on_test_success", ON_TEST_SUCCESS, "When a test has passed"),
    DECLARATION("on_test_failure", ON_TEST_FAILURE, "When a test has failed"),
    DECLARATION("on_test_error", ON_TEST_ERROR, "When a test had an error"),
    DECLARATION("on_socket_open", ON_SOCKET_OPEN, "When a web socket was opened"),
    DECLARATION("on_socket_close", ON_SOCKET_CLOSE, "When a web socket was closed"),
    DECLARATION("on_socket_message", ON_SOCKET_MESSAGE, "When a web socket got a message"),
    DECLARATION("on_counter", ON_COUNTER, "When a test counts something"),
    DECLARATION("on_metric", ON_METRIC, "When a test measures something of its own"),
    DECLARATION("on_tick", ON_TICK, "Once a second"),
    DECLARATION("on_end", ON_END, "When the result is final"),
    { 0 }
};

static int
call_start(struct ffi *ffi, const struct loads_host *host, struct err *err)
{
    struct facts facts;
    int failed;

    if (!calls_have(&ffi->calls, ON_START))
        return 0;
    if (facts_of_run(&facts, host->run_json, err) != 0)
        return -1;
    failed = calls_make(&ffi->calls, ON_START, (const void *[SOURCE_COUNT]){ [SOURCE_FACTS] = &facts }, err);
    facts_clear(&facts);
    return failed;
}

static int
ffi_open(void *state, const struct loads_host *host)
{
    struct ffi *ffi = state;
    struct err err = { 0 };

    if (calls_open(&ffi->calls, ffi->library, ffi->declarations, &err) != 0)
        return host->fail(host, "%s", err.text);
    if (call_start(ffi, host, &err) == 0)
        return 0;
    calls_close(&ffi->calls);
    return host->fail(host, "%s", err.text);
}

static int
ffi_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    static const enum moment moments[] = {
        [LOADS_TEST_START] = ON_TEST_START,
        [LOADS_TEST_STOP] = ON_TEST_STOP,
        [LOADS_TEST_SUCCESS] = ON_TEST_SUCCESS,
        [LOADS_TEST_FAILURE] = ON_TEST_FAILURE,
        [LOADS_TEST_ERROR] = ON_TEST_ERROR,
        [LOADS_HIT] = ON_HIT,
        [LOADS_SOCKET_OPEN] = ON_SOCKET_OPEN,
        [LOADS_SOCKET_CLOSE] = ON_SOCKET_CLOSE,
        [LOADS_SOCKET_MESSAGE] = ON_SOCKET_MESSAGE,
        [LOADS_COUNTER] = ON_COUNTER,
        [LOADS_METRIC] = ON_METRIC,
    };
    const struct ffi *ffi = state;
    struct err err = { 0 };

    if ((size_t)event->type >= sizeof moments / sizeof moments[0])
        return 0;
    if (calls_make(&ffi->calls, moments[event->type], (const void *[SOURCE_COUNT]){ [SOURCE_EVENT] = event },
                   &err) != 0)
        return host->fail(host, "%s", err.text);
    return 0;
}

static int
ffi_tick(void *state, const struct loads_host *host, const struct loads_totals *totals)
{
    const struct ffi *ffi = state;
    struct err err = { 0 };

    if (calls_make(&ffi->calls, ON_TICK, (const void *[SOURCE_COUNT]){ [SOURCE_TOTALS] = totals }, &err) != 0)
        return host->fail(host, "%s", err.text);
    return 0;
}

static int
ffi_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    const struct ffi *ffi = state;
    struct err err = { 0 };

    if (calls_make_result(&ffi->calls, ON_END, result, &err) != 0)
        return host->fail(host, "%s", err.text);
    return 0;
}

static void
ffi_close(void *state)
{
    struct ffi *ffi = state;

    calls_close(&ffi->calls);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "ffi",
    .summary = "Call functions of a plain shared library",
    .state_size = sizeof(struct ffi),
    .options = options,
    .open = ffi_open,
    .on_event = ffi_event,
    .on_tick = ffi_tick,
    .flush = ffi_flush,
    .close = ffi_close,
);
