/* SPDX-License-Identifier: Apache-2.0 */
/* Bad: never returns from its first event. */
#include <loads/plugin.h>
#include <unistd.h>

static int
hang_on_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    (void)state;
    (void)host;
    (void)event;
    while (pause() < 0) {
        /* A signal is no reason to go on. */
    }
    return 0;
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "hang_event",
    .summary = "Hangs in on_event",
    .on_event = hang_on_event,
);
