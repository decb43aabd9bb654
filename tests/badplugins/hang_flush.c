/* SPDX-License-Identifier: Apache-2.0 */
/* Bad: never returns from flush. */
#include <loads/plugin.h>
#include <unistd.h>

static int
hang_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    (void)state;
    (void)host;
    (void)result;
    while (pause() < 0) {
        /* A signal is no reason to go on. */
    }
    return 0;
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "hang_flush",
    .summary = "Hangs in flush",
    .flush = hang_flush,
);
