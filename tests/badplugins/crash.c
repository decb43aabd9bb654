/* SPDX-License-Identifier: Apache-2.0 */
/* Bad: crashes in the callback that the option `in` names. */
#include <loads/plugin.h>
#include <stdlib.h>
#include <string.h>

struct crash {
    const char *in;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct crash, in, .fallback = "event",
                 .help = "Where: open, event, flush; or in flush: abort, stack"),
    { 0 }
};

static void
crash_if_in(const struct crash *crash, const char *place)
{
    volatile uintptr_t nowhere = 16; /* not NULL, which a sanitizer would catch before */

    if (strcmp(crash->in, place) == 0)
        *(volatile int *)nowhere = 1;
}

/* Uses up the thread's stack. */
static int
fall(volatile char *above)
{
    volatile char frame[256]; /* less than the guard behind the stack */

    if (above[0] != 0) /* it never is, which compilers must not know */
        return 0;
    frame[0] = 0;
    return fall(frame) + frame[0];
}

static int
crash_open(void *state, const struct loads_host *host)
{
    (void)host;
    crash_if_in(state, "open");
    return 0;
}

static int
crash_on_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    (void)host;
    (void)event;
    crash_if_in(state, "event");
    return 0;
}

static int
crash_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    const struct crash *crash = state;

    (void)host;
    (void)result;
    crash_if_in(crash, "flush");
    if (strcmp(crash->in, "abort") == 0)
        abort();
    if (strcmp(crash->in, "stack") == 0)
        return fall(&(volatile char){ 0 });
    return 0;
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "crash",
    .summary = "Crashes",
    .state_size = sizeof(struct crash),
    .options = options,
    .open = crash_open,
    .on_event = crash_on_event,
    .flush = crash_flush,
);
