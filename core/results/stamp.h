/* SPDX-License-Identifier: Apache-2.0 */
/* When and by whom something was sent: decides which of several is the first or
 * the last one, the same whatever the order in which they are merged. */
#ifndef RESULTS_STAMP_H
#define RESULTS_STAMP_H

#include <stdint.h>

#include "protocol/message.h"

enum { STAMP_AGENT_LIMIT = 48 };

struct stamp {
    uint32_t second; /* of its arrival, since the run began */
    uint32_t agent_length;
    uint64_t seq;
    char agent[STAMP_AGENT_LIMIT]; /* the first bytes of the agent's id */
};

struct stamp stamp_of(const struct message *message, uint32_t second);
/* Below, at or above 0, as `a` comes before, with or after `b`: by time, then
 * agent, then sequence. */
int stamp_compare(const struct stamp *a, const struct stamp *b);

#endif
