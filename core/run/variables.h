/* SPDX-License-Identifier: Apache-2.0 */
/* The environment in which a runner starts: the protocol's variables, nothing
 * else. docs/reference/protocol.md describes them. */
#ifndef RUN_VARIABLES_H
#define RUN_VARIABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "run/plan.h"

enum { VARIABLES_LIMIT = 10 };

/* One process. */
struct variables_setup {
    const char *endpoint, *run_id, *agent_prefix;
    uint32_t number;      /* its agent id is PREFIX.NUMBER */
    const struct plan_cycle *cycle;
    uint32_t first_user, users;
    uint64_t hit;         /* from 1; with process_per_hit the one that it runs */
    bool process_per_hit;
    bool without_additions; /* as hosts of older releases: the runner may use none */
};

/* Fills `variables` with "NAME=value", ended by NULL. */
void variables_make(const struct variables_setup *setup, char *variables[static VARIABLES_LIMIT + 1]);
void variables_free(char *variables[static VARIABLES_LIMIT + 1]);

#endif
