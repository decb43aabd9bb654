/* SPDX-License-Identifier: Apache-2.0 */
/* Counting, merging and percentiles of a histogram. */
#include "results/histogram.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/histogram_layout.h"
#include "results/rank.h"

/* A block is half a doubling of the value (2 digits) or a quarter (3): what one
 * name's latencies usually touch is a handful of them. */
static const struct histogram_scale scales[] = {
    { .digits = HISTOGRAM_COARSE, .sub_bits = 8, .block_bits = 6, .counter_count = 31 * 128 },
    { .digits = HISTOGRAM_FINE, .sub_bits = 11, .block_bits = 8, .counter_count = 28 * 1024 },
};

const struct histogram_scale *
histogram_scale(int64_t digits)
{
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        if (scales[i].digits == digits)
            return &scales[i];
    return NULL;
}

static size_t
block_bytes(const struct histogram_scale *scale)
{
    return sizeof(uint64_t) << scale->block_bits;
}

static uint32_t
block_count(const struct histogram_scale *scale)
{
    return scale->counter_count >> scale->block_bits;
}

static size_t
empty_bytes(const struct histogram_scale *scale)
{
    return sizeof(struct histogram) + block_count(scale) * sizeof(uint64_t *);
}

static uint32_t
counter_index(const struct histogram_scale *scale, int64_t value_us)
{
    uint64_t value = value_us < 1 ? 1
                   : value_us > HISTOGRAM_HIGHEST_US ? (uint64_t)HISTOGRAM_HIGHEST_US
                   : (uint64_t)value_us;
    uint64_t mask = (UINT64_C(1) << scale->sub_bits) - 1;
    unsigned doublings = 64 - (unsigned)__builtin_clzll(value | mask) - scale->sub_bits;

    /* For values past the first 2^sub_bits the top bit of the shifted value is
     * always set: it carries into the number of doublings. */
    return (uint32_t)((doublings << (scale->sub_bits - 1)) + (value >> doublings));
}

int64_t
histogram_lowest_us(const struct histogram_scale *scale, uint32_t index)
{
    uint32_t half = UINT32_C(1) << (scale->sub_bits - 1);
    uint32_t doublings = index < 2 * half ? 0 : index / half - 1;

    return (int64_t)(index - doublings * half) << doublings;
}

int64_t
histogram_highest_us(const struct histogram_scale *scale, uint32_t index)
{
    return histogram_lowest_us(scale, index + 1) - 1;
}

struct histogram *
histogram_new(enum histogram_digits digits)
{
    const struct histogram_scale *scale = histogram_scale((int64_t)digits);
    struct histogram *histogram = xcalloc(1, empty_bytes(scale));

    histogram->scale = scale;
    histogram->memory = empty_bytes(scale);
    return histogram;
}

struct histogram *
histogram_claim(struct histogram **place, enum histogram_digits digits, size_t *room)
{
    size_t cost = empty_bytes(histogram_scale((int64_t)digits));

    if (*place == NULL && *room >= cost) {
        *room -= cost;
        *place = histogram_new(digits);
    }
    return *place;
}

void
histogram_free(struct histogram *histogram)
{
    if (histogram == NULL)
        return;
    for (uint32_t i = 0; i < block_count(histogram->scale); i++)
        free(histogram->blocks[i]);
    free(histogram);
}

/* The first live block from `block` on, or the number of blocks. */
static uint32_t
next_live(const struct histogram *histogram, uint32_t block)
{
    uint32_t count = block_count(histogram->scale);

    while (block < count) {
        uint64_t rest = histogram->live[block / 64] >> block % 64;

        if (rest != 0)
            return block + (uint32_t)__builtin_ctzll(rest);
        block = (block / 64 + 1) * 64;
    }
    return count;
}

static uint64_t *
block_at(struct histogram *histogram, uint32_t block)
{
    if (histogram->blocks[block] == NULL) {
        histogram->blocks[block] = xcalloc(1, block_bytes(histogram->scale));
        histogram->memory += block_bytes(histogram->scale);
    }
    histogram->live[block / 64] |= UINT64_C(1) << block % 64;
    return histogram->blocks[block];
}

void
histogram_count_at(struct histogram *histogram, uint32_t index, uint64_t count)
{
    unsigned bits = histogram->scale->block_bits;

    block_at(histogram, index >> bits)[index & ((UINT32_C(1) << bits) - 1)] += count;
}

uint64_t
histogram_counter(const struct histogram *histogram, uint32_t index)
{
    unsigned bits = histogram->scale->block_bits;
    const uint64_t *block = histogram->blocks[index >> bits];

    return block != NULL ? block[index & ((UINT32_C(1) << bits) - 1)] : 0;
}

uint32_t
histogram_end(const struct histogram *histogram)
{
    uint32_t index = histogram->scale->counter_count;

    while (index > 0 && histogram_counter(histogram, index - 1) == 0)
        index--;
    return index;
}

/* Stops at the largest number: terms are never negative, so that the order of
 * additions still makes no difference. */
static int64_t
sum_of(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static void
add_exact(struct histogram *histogram, uint64_t count, int64_t sum_us, int64_t min_us, int64_t max_us)
{
    if (histogram->count == 0 || min_us < histogram->min_us)
        histogram->min_us = min_us;
    if (histogram->count == 0 || max_us > histogram->max_us)
        histogram->max_us = max_us;
    histogram->sum_us = sum_of(histogram->sum_us, sum_us);
    histogram->count += count;
}

bool
histogram_add_within(struct histogram *histogram, int64_t value_us, size_t *room)
{
    uint32_t index = counter_index(histogram->scale, value_us);
    size_t memory = histogram->memory;

    if (histogram->blocks[index >> histogram->scale->block_bits] == NULL
        && *room < block_bytes(histogram->scale))
        return false;
    if (value_us < 0)
        value_us = 0;
    histogram_count_at(histogram, index, 1);
    add_exact(histogram, 1, value_us, value_us, value_us);
    *room -= histogram->memory - memory;
    return true;
}

void
histogram_add(struct histogram *histogram, int64_t value_us)
{
    size_t room = SIZE_MAX;

    histogram_add_within(histogram, value_us, &room);
}

/* Bytes of the blocks that `into` lacks. */
static size_t
merge_cost(const struct histogram *into, const struct histogram *from)
{
    uint32_t count = block_count(from->scale);
    size_t cost = 0;

    for (uint32_t block = next_live(from, 0); block < count; block = next_live(from, block + 1))
        if (into->blocks[block] == NULL)
            cost += block_bytes(into->scale);
    return cost;
}

static void
merge_block(struct histogram *into, const struct histogram *from, uint32_t block)
{
    const uint64_t *counters = from->blocks[block];
    uint64_t *sums = block_at(into, block);

    for (uint32_t i = 0; i < UINT32_C(1) << into->scale->block_bits; i++)
        sums[i] += counters[i];
}

/* A counter of the finer scale lies within one of the coarser. */
static void
merge_finer_block(struct histogram *into, const struct histogram *from, uint32_t block)
{
    for (uint32_t i = 0; i < UINT32_C(1) << from->scale->block_bits; i++) {
        uint32_t index = (block << from->scale->block_bits) + i;
        int64_t value_us = histogram_lowest_us(from->scale, index);

        if (from->blocks[block][i] > 0)
            histogram_count_at(into, counter_index(into->scale, value_us), from->blocks[block][i]);
    }
}

void
histogram_merge(struct histogram *into, const struct histogram *from)
{
    uint32_t count = block_count(from->scale);

    assert(into->scale->digits <= from->scale->digits);
    if (from->count == 0)
        return;
    for (uint32_t block = next_live(from, 0); block < count; block = next_live(from, block + 1)) {
        if (into->scale == from->scale)
            merge_block(into, from, block);
        else
            merge_finer_block(into, from, block);
    }
    add_exact(into, from->count, from->sum_us, from->min_us, from->max_us);
}

bool
histogram_merge_within(struct histogram *into, const struct histogram *from, size_t *room)
{
    size_t memory = into->memory;

    assert(into->scale == from->scale);
    if (merge_cost(into, from) > *room)
        return false;
    histogram_merge(into, from);
    *room -= into->memory - memory;
    return true;
}

void
histogram_reset(struct histogram *histogram)
{
    uint32_t count = block_count(histogram->scale);

    for (uint32_t block = next_live(histogram, 0); block < count; block = next_live(histogram, block + 1))
        memset(histogram->blocks[block], 0, block_bytes(histogram->scale));
    memset(histogram->live, 0, sizeof histogram->live);
    histogram->count = 0;
    histogram->sum_us = histogram->min_us = histogram->max_us = 0;
}

uint64_t
histogram_count(const struct histogram *histogram)
{
    return histogram->count;
}

int64_t
histogram_sum_us(const struct histogram *histogram)
{
    return histogram->sum_us;
}

int64_t
histogram_min_us(const struct histogram *histogram)
{
    return histogram->min_us;
}

int64_t
histogram_max_us(const struct histogram *histogram)
{
    return histogram->max_us;
}

double
histogram_mean_us(const struct histogram *histogram)
{
    return histogram->count > 0 ? (double)histogram->sum_us / (double)histogram->count : 0;
}

int64_t
histogram_percentile_us(const struct histogram *histogram, double percent)
{
    uint32_t bits = histogram->scale->block_bits;
    uint64_t rank = rank_of(percent, histogram->count), seen = 0;

    if (histogram->count == 0 || !(percent > 0))
        return histogram->min_us;
    for (uint32_t block = next_live(histogram, 0); block < block_count(histogram->scale);
         block = next_live(histogram, block + 1)) {
        for (uint32_t i = 0; i < UINT32_C(1) << bits; i++) {
            seen += histogram->blocks[block][i];
            if (seen >= rank) {
                int64_t value_us = histogram_highest_us(histogram->scale, (block << bits) + i);

                return value_us < histogram->min_us ? histogram->min_us
                     : value_us > histogram->max_us ? histogram->max_us : value_us;
            }
        }
    }
    return histogram->max_us;
}

size_t
histogram_memory(const struct histogram *histogram)
{
    return histogram->memory;
}

void
histogram_set_exact(struct histogram *histogram, int64_t sum_us, int64_t min_us, int64_t max_us)
{
    histogram->sum_us = sum_us;
    histogram->min_us = min_us;
    histogram->max_us = max_us;
}
