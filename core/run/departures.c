/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that ended as if all were well. */
#include "run/departures.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"

enum {
    CAPACITY_MIN = 64,
    SHOWN_LIMIT = 5,
};

void
departures_clear(struct departures *departures)
{
    free(departures->list);
    *departures = (struct departures){ 0 };
}

void
departures_add(struct departures *departures, uint32_t number, uint32_t target)
{
    if (departures->count == departures->capacity) {
        departures->capacity = departures->capacity > 0 ? departures->capacity * 2 : CAPACITY_MIN;
        departures->list = xreallocarray(departures->list, departures->capacity, sizeof *departures->list);
    }
    departures->list[departures->count++] = (struct departure){ .number = number, .target = target };
}

void
departures_judge(const struct departures *departures, const struct plan *plan, const char *agent_prefix,
                 const struct receiver *receiver, struct verdict *verdict)
{
    size_t count = 0;

    for (size_t i = 0; i < departures->count; i++) {
        const struct departure *departure = &departures->list[i];
        char *text;

        if (receiver_has_ended(receiver, departure->number))
            continue;
        if (count++ >= SHOWN_LIMIT)
            continue;
        text = xasprintf("%s (%s.%" PRIu32 ") ended before it was done, with exit code 0: did a test end the process?",
                         plan->targets[departure->target].name, agent_prefix, departure->number);
        log_error("%s", text);
        verdict_add(verdict, EXIT_INVALID, "%s", text);
        free(text);
    }
    if (count > SHOWN_LIMIT) {
        log_error("%zu more processes ended before they were done", count - SHOWN_LIMIT);
        verdict_add(verdict, EXIT_INVALID, "%zu more processes ended before they were done", count - SHOWN_LIMIT);
    }
}
