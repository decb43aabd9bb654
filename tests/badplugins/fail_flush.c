/* SPDX-License-Identifier: Apache-2.0 */
/* Bad: fails in the end, and does not say why. */
#include <loads/plugin.h>

static int
fail_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    (void)state;
    (void)host;
    (void)result;
    return -1;
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "fail_flush",
    .summary = "Fails in flush",
    .flush = fail_flush,
);
