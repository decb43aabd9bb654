/* SPDX-License-Identifier: Apache-2.0 */
/* Bad: fails at the event `after` + 1. */
#include <loads/plugin.h>

struct fail_event {
    int64_t after, seen;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct fail_event, after, .fallback = "0", .help = "How many events go well"),
    { 0 }
};

static int
fail_on_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    struct fail_event *fail_event = state;

    (void)event;
    if (fail_event->seen++ < fail_event->after)
        return 0;
    return host->fail(host, "cannot write event %lld: no space left", (long long)fail_event->seen);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "fail_event",
    .summary = "Fails in on_event",
    .state_size = sizeof(struct fail_event),
    .options = options,
    .on_event = fail_on_event,
);
