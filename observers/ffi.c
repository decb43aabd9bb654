/* SPDX-License-Identifier: Apache-2.0 */
/* Observer "ffi": calls functions of a plain shared library, as the output of the
 * same name does, at the moments of which it is told. */
#include <loads/plugin.h>

#include "ffi/calls.h"

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
    DECLARATION("on_start", ON_START, "At the start, as in \"begun(string run_id, string label)\""),
    DECLARATION("on_bad", ON_BAD, "When something speaks against the run, as in \"alarm(string reasons)\""),
    DECLARATION("on_end", ON_END, "At the end, as in \"over(string verdict, long hits, double p95_s)\""),
    { 0 }
};

static int
ffi_open(void *state, const struct loads_host *host)
{
    struct ffi *ffi = state;
    struct err err = { 0 };

    if (calls_open(&ffi->calls, ffi->library, ffi->declarations, &err) != 0)
        return host->fail(host, "%s", err.text);
    return 0;
}

static int
ffi_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    static const enum moment moments[] = {
        [LOADS_AT_END] = ON_END, [LOADS_AT_START] = ON_START, [LOADS_AT_BAD] = ON_BAD
    };
    const struct ffi *ffi = state;
    enum moment moment = moments[result->moment];
    struct err err = { 0 };

    if (!calls_have(&ffi->calls, moment))
        host->log(host, LOADS_WARNING, "nothing to call: %s is not declared", moment_kinds[moment].option);
    if (calls_make_result(&ffi->calls, moment, result, &err) != 0)
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
    .kind = LOADS_OBSERVER,
    .name = "ffi",
    .summary = "Call functions of a plain shared library",
    .state_size = sizeof(struct ffi),
    .options = options,
    .open = ffi_open,
    .flush = ffi_flush,
    .close = ffi_close,
);
