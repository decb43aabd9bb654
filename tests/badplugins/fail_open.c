/* SPDX-License-Identifier: Apache-2.0 */
/* Bad: cannot be opened. */
#include <loads/plugin.h>

static int
fail_open(void *state, const struct loads_host *host)
{
    (void)state;
    return host->fail(host, "cannot open the %s of the moon", "back");
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "fail_open",
    .summary = "Fails in open",
    .open = fail_open,
);
