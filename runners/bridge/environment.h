/* SPDX-License-Identifier: Apache-2.0 */
/* What a program finds in its environment: that of the bridge, with the orders
 * for one run of one user in place of its own. */
#ifndef BRIDGE_ENVIRONMENT_H
#define BRIDGE_ENVIRONMENT_H

#include <stddef.h>
#include <stdint.h>

#include "settings.h"

/* Variables of which some change with each run. */
struct environment {
    const struct settings *settings; /* borrowed */
    char **variables;                /* NULL-terminated */
    size_t shared_count;             /* the first ones, which are borrowed from our own */
    size_t fixed_count;              /* those behind them are of one run */
    size_t count;
    uint32_t user;
};

/* `recorder`: what to preload; NULL: nothing. `socket`: where it tells. */
void environment_init(struct environment *environment, const struct settings *settings,
                      const char *server_url, const char *recorder, const char *socket, uint32_t user);
void environment_clear(struct environment *environment);

/* For one run; valid until the next call. */
char *const *environment_of_run(struct environment *environment, uint64_t iteration);

#endif
