/* SPDX-License-Identifier: Apache-2.0 */
/* Processes of our own runners that ended with exit code 0. Such a process has told
 * that it is done; one that has not was ended from within, as by a test that calls
 * exit(), and what it was to do is missing without any other sign. */
#ifndef RUN_DEPARTURES_H
#define RUN_DEPARTURES_H

#include <stddef.h>
#include <stdint.h>

#include "run/plan.h"
#include "run/receiver.h"
#include "run/verdict.h"

/* Zero-initialise. */
struct departures {
    struct departure {
        uint32_t number, target;
    } *list;
    size_t count, capacity;
};

void departures_clear(struct departures *departures);
void departures_add(struct departures *departures, uint32_t number, uint32_t target);

/* After receiver_stop: says on stderr which ones had not told that they were done, and
 * adds the reasons to the verdict. */
void departures_judge(const struct departures *departures, const struct plan *plan, const char *agent_prefix,
                      const struct receiver *receiver, struct verdict *verdict);

#endif
