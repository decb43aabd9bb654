/* SPDX-License-Identifier: Apache-2.0 */
/* The distribution of a metric's values. */
#include "results/trend.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/rank.h"

enum {
    COUNTER_BITS = 7, /* after the leading one */
    COUNTERS = 1 << COUNTER_BITS,
    DROPPED_BITS = 52 - COUNTER_BITS,
    BLOCK_COST = COUNTERS * 8 + 32, /* the entry counts twice: arrays grow by doubling */
};

struct trend_block {
    uint32_t id; /* sign and exponent, in the order of values */
    uint64_t *counters;
};

/* Doubles in the order of their values, as integers: for the negative ones the
 * larger magnitude comes first. Those too small for an exponent are 0. */
static uint64_t
order_of(double value)
{
    uint64_t bits;

    if (fabs(value) < DBL_MIN)
        value = 0;
    memcpy(&bits, &value, sizeof bits);
    if (value == 0)
        bits = 0; /* -0 as well */
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

/* The value nearest to zero that the counter stands for. */
static double
value_of(uint32_t id, uint32_t counter)
{
    uint64_t order = ((uint64_t)id << COUNTER_BITS | counter) << DROPPED_BITS, bits;
    double value;

    bits = order >> 63 ? order & ~(UINT64_C(1) << 63)
                       : ~order & ~((UINT64_C(1) << DROPPED_BITS) - 1);
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The position of the first block whose id is not below `id`. */
static uint32_t
position_of(const struct trend *trend, uint32_t id)
{
    uint32_t low = 0, high = trend->block_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (trend->blocks[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool
has_block(const struct trend *trend, uint32_t id)
{
    uint32_t at = position_of(trend, id);

    return at < trend->block_count && trend->blocks[at].id == id;
}

/* The block's counters; the block is made when there is none. */
static uint64_t *
counters_of(struct trend *trend, uint32_t id)
{
    uint32_t at = position_of(trend, id);

    if (at < trend->block_count && trend->blocks[at].id == id)
        return trend->blocks[at].counters;
    if (trend->block_count == trend->block_capacity) {
        trend->block_capacity = trend->block_capacity > 0 ? trend->block_capacity * 2 : 4;
        trend->blocks = xreallocarray(trend->blocks, trend->block_capacity, sizeof *trend->blocks);
    }
    memmove(trend->blocks + at + 1, trend->blocks + at,
            (trend->block_count - at) * sizeof *trend->blocks);
    trend->blocks[at] = (struct trend_block){ .id = id, .counters = xcalloc(COUNTERS, sizeof(uint64_t)) };
    trend->block_count++;
    return trend->blocks[at].counters;
}

static void
add_extremes(struct trend *trend, uint64_t count, double min, double max)
{
    trend->min = trend->count == 0 ? min : fmin(trend->min, min);
    trend->max = trend->count == 0 ? max : fmax(trend->max, max);
    trend->count += count;
}

bool
trend_add_within(struct trend *trend, double value, size_t *room)
{
    return trend_add_bucket_within(trend, value, 1, room);
}

void
trend_set_extremes(struct trend *trend, double min, double max)
{
    trend->min = min;
    trend->max = max;
}

bool
trend_add_bucket_within(struct trend *trend, double value, uint64_t count, size_t *room)
{
    uint64_t index = order_of(value) >> DROPPED_BITS;
    uint32_t id = (uint32_t)(index >> COUNTER_BITS);

    value += 0.0; /* -0 is 0 */
    if (!has_block(trend, id)) {
        if (*room < BLOCK_COST)
            return false;
        *room -= BLOCK_COST;
    }
    counters_of(trend, id)[index & (COUNTERS - 1)] += count;
    add_extremes(trend, count, value, value);
    return true;
}

bool
trend_merge_within(struct trend *trend, const struct trend *from, size_t *room)
{
    size_t cost = 0;

    if (from->count == 0)
        return true;
    for (uint32_t i = 0; i < from->block_count; i++)
        cost += has_block(trend, from->blocks[i].id) ? 0 : BLOCK_COST;
    if (cost > *room)
        return false;
    *room -= cost;
    for (uint32_t i = 0; i < from->block_count; i++) {
        uint64_t *counters = counters_of(trend, from->blocks[i].id);

        for (uint32_t at = 0; at < COUNTERS; at++)
            counters[at] += from->blocks[i].counters[at];
    }
    add_extremes(trend, from->count, from->min, from->max);
    return true;
}

double
trend_percentile(const struct trend *trend, double percent)
{
    uint64_t rank = rank_of(percent, trend->count), seen = 0;

    if (trend->count == 0 || !(percent > 0))
        return trend->min;
    for (uint32_t i = 0; i < trend->block_count; i++) {
        for (uint32_t at = 0; at < COUNTERS; at++) {
            seen += trend->blocks[i].counters[at];
            if (seen >= rank)
                return fmin(fmax(value_of(trend->blocks[i].id, at), trend->min), trend->max);
        }
    }
    return trend->max;
}

void
trend_visit(const struct trend *trend, void (*visit)(void *context, double value, uint64_t count),
            void *context)
{
    for (uint32_t i = 0; i < trend->block_count; i++)
        for (uint32_t at = 0; at < COUNTERS; at++)
            if (trend->blocks[i].counters[at] > 0)
                visit(context, value_of(trend->blocks[i].id, at), trend->blocks[i].counters[at]);
}

void
trend_reset(struct trend *trend)
{
    for (uint32_t i = 0; i < trend->block_count; i++)
        memset(trend->blocks[i].counters, 0, COUNTERS * sizeof(uint64_t));
    trend->count = 0;
    trend->min = trend->max = 0;
}

void
trend_clear(struct trend *trend)
{
    for (uint32_t i = 0; i < trend->block_count; i++)
        free(trend->blocks[i].counters);
    free(trend->blocks);
    *trend = (struct trend){ 0 };
}

size_t
trend_memory(const struct trend *trend)
{
    return trend->block_count * (size_t)BLOCK_COST;
}
