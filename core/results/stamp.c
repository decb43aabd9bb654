/* SPDX-License-Identifier: Apache-2.0 */
/* The order of messages. */
#include "results/stamp.h"

#include <string.h>

struct stamp
stamp_of(const struct message *message, uint32_t second)
{
    struct stamp stamp = { .second = second, .seq = message->seq };
    size_t length = message->agent_id.length;

    stamp.agent_length = (uint32_t)(length < STAMP_AGENT_LIMIT ? length : STAMP_AGENT_LIMIT);
    if (length > 0)
        memcpy(stamp.agent, message->agent_id.data, stamp.agent_length);
    return stamp;
}

int
stamp_compare(const struct stamp *a, const struct stamp *b)
{
    int order = (a->second > b->second) - (a->second < b->second);

    /* What is not set of `agent` is 0, and shorter ids come first. */
    if (order == 0)
        order = memcmp(a->agent, b->agent, sizeof a->agent);
    if (order == 0)
        order = (a->agent_length > b->agent_length) - (a->agent_length < b->agent_length);
    return order != 0 ? order : (a->seq > b->seq) - (a->seq < b->seq);
}
