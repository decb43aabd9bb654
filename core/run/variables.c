/* SPDX-License-Identifier: Apache-2.0 */
/* The variables of one runner process. */
#include "run/variables.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"

void
variables_make(const struct variables_setup *setup, char *variables[static VARIABLES_LIMIT + 1])
{
    const struct plan_cycle *cycle = setup->cycle;
    uint64_t hits = setup->process_per_hit ? 1 : cycle->hits;
    size_t count = 0;

    variables[count++] = xasprintf("LOADS_ZMQ_RECEIVER=%s", setup->endpoint);
    variables[count++] = xasprintf("LOADS_RUN_ID=%s", setup->run_id);
    variables[count++] = xasprintf("LOADS_TOTAL_USERS=%" PRIu32, cycle->users);
    variables[count++] = xasprintf("LOADS_CURRENT_USER=%" PRIu32, setup->first_user);
    variables[count++] = hits > 0 ? xasprintf("LOADS_TOTAL_HITS=%" PRIu64, hits)
                                  : xasprintf("LOADS_DURATION=%.15g", cycle->duration_s);
    variables[count++] = xasprintf("LOADS_AGENT_ID=%s.%" PRIu32, setup->agent_prefix, setup->number);
    variables[count++] = xasprintf("LOADS_WORKER_ID=%s.%" PRIu32, setup->agent_prefix, setup->number);
    variables[count++] = xasprintf("LOADS_STATUS=%" PRIu64 ",%" PRIu32 ",%" PRIu64 ",%" PRIu32, cycle->hits,
                                   cycle->users, setup->hit, setup->first_user);
    if (!setup->without_additions) {
        variables[count++] = xasprintf("LOADS_PROTOCOL=2");
        variables[count++] = xasprintf("LOADS_PROCESS_USERS=%" PRIu32, setup->users);
    }
    variables[count] = NULL;
}

void
variables_free(char *variables[static VARIABLES_LIMIT + 1])
{
    for (size_t i = 0; variables[i] != NULL; i++)
        free(variables[i]);
}
