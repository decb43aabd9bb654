/* SPDX-License-Identifier: Apache-2.0 */
/* A large state is fine, and zeroed. */
#include <loads/plugin.h>

struct big_state {
    char bytes[16 * 1024 * 1024];
};

static int
big_state_open(void *state, const struct loads_host *host)
{
    const struct big_state *big = state;

    for (size_t i = 0; i < sizeof big->bytes; i++)
        if (big->bytes[i] != 0)
            return host->fail(host, "byte %zu is not zero", i);
    return 0;
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "big_state",
    .summary = "Has 16 MiB of state",
    .state_size = sizeof(struct big_state),
    .open = big_state_open,
);
