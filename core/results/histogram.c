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

static uint32_t
block_size(const struct histogram_scale *scale)
{
    return UINT32_C(1) << scale->block_bits;
}

static size_t
block_bytes(const struct histogram_scale *scale, bool is_wide)
{
    return block_size(scale) * (is_wide ? sizeof(uint64_t) : sizeof(uint16_t));
}

static uint32_t
block_count(const struct histogram_scale *scale)
{
    return scale->counter_count >> scale->block_bits;
}

static size_t
empty_bytes(const struct histogram_scale *scale)
{
    return sizeof(struct histogram) + block_count(scale) * sizeof(void *);
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

static bool
has_bit(const uint64_t bits[static HISTOGRAM_BLOCK_WORDS], uint32_t block)
{
    return (bits[block / 64] >> block % 64 & 1) != 0;
}

static void
set_bit(uint64_t bits[static HISTOGRAM_BLOCK_WORDS], uint32_t block)
{
    bits[block / 64] |= UINT64_C(1) << block % 64;
}

static uint64_t
counter_in(const struct histogram *histogram, uint32_t block, uint32_t at)
{
    if (histogram->blocks[block] == NULL)
        return 0;
    return has_bit(histogram->wide, block) ? ((const uint64_t *)histogram->blocks[block])[at]
                                           : ((const uint16_t *)histogram->blocks[block])[at];
}

static void
make_block(struct histogram *histogram, uint32_t block)
{
    if (histogram->blocks[block] == NULL) {
        histogram->blocks[block] = xcalloc(1, block_bytes(histogram->scale, false));
        histogram->memory += block_bytes(histogram->scale, false);
    }
    set_bit(histogram->live, block);
}

static void
widen_block(struct histogram *histogram, uint32_t block)
{
    uint16_t *narrow = histogram->blocks[block];
    uint64_t *wide = xmalloc(block_bytes(histogram->scale, true));

    for (uint32_t i = 0; i < block_size(histogram->scale); i++)
        wide[i] = narrow[i];
    free(narrow);
    histogram->blocks[block] = wide;
    set_bit(histogram->wide, block);
    histogram->memory += block_bytes(histogram->scale, true) - block_bytes(histogram->scale, false);
}

static void
add_count(struct histogram *histogram, uint32_t block, uint32_t at, uint64_t count)
{
    make_block(histogram, block);
    if (!has_bit(histogram->wide, block)) {
        uint16_t *narrow = histogram->blocks[block];

        if (count <= (uint64_t)(UINT16_MAX - narrow[at])) {
            narrow[at] = (uint16_t)(narrow[at] + count);
            return;
        }
        widen_block(histogram, block);
    }
    ((uint64_t *)histogram->blocks[block])[at] += count;
}

void
histogram_count_at(struct histogram *histogram, uint32_t index, uint64_t count)
{
    uint32_t size = block_size(histogram->scale);

    add_count(histogram, index / size, index % size, count);
}

uint64_t
histogram_counter(const struct histogram *histogram, uint32_t index)
{
    uint32_t size = block_size(histogram->scale);

    return counter_in(histogram, index / size, index % size);
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

/* Bytes that one more count in this counter takes. */
static size_t
add_cost(const struct histogram *histogram, uint32_t block, uint32_t at)
{
    const struct histogram_scale *scale = histogram->scale;

    if (histogram->blocks[block] == NULL)
        return block_bytes(scale, false);
    if (has_bit(histogram->wide, block) || ((const uint16_t *)histogram->blocks[block])[at] < UINT16_MAX)
        return 0;
    return block_bytes(scale, true) - block_bytes(scale, false);
}

bool
histogram_add_within(struct histogram *histogram, int64_t value_us, size_t *room)
{
    uint32_t index = counter_index(histogram->scale, value_us);
    uint32_t block = index >> histogram->scale->block_bits;
    uint32_t at = index & (block_size(histogram->scale) - 1);
    size_t cost = add_cost(histogram, block, at);

    if (cost > *room)
        return false;
    *room -= cost;
    if (value_us < 0)
        value_us = 0;
    add_count(histogram, block, at, 1);
    add_exact(histogram, 1, value_us, value_us, value_us);
    return true;
}

void
histogram_add(struct histogram *histogram, int64_t value_us)
{
    size_t room = SIZE_MAX;

    histogram_add_within(histogram, value_us, &room);
}

/* Whether the sums of a block's counters fit in 16 bits each; `into` may lack the
 * block. */
static bool
sums_are_narrow(const struct histogram *into, const struct histogram *from, uint32_t block)
{
    uint64_t bits = 0; /* of any sum: one of 17 bits sets a high one */

    if (has_bit(from->wide, block) || into->blocks[block] == NULL) {
        for (uint32_t i = 0; i < block_size(into->scale); i++)
            bits |= counter_in(into, block, i) + counter_in(from, block, i);
    } else {
        const uint16_t *sums = into->blocks[block], *counters = from->blocks[block];
        uint32_t narrow_bits = 0;

        for (uint32_t i = 0; i < block_size(into->scale); i++)
            narrow_bits |= (uint32_t)sums[i] + counters[i];
        bits = narrow_bits;
    }
    return bits <= UINT16_MAX;
}

/* Bytes that merging takes: blocks that `into` lacks, or has with too narrow counters. */
static size_t
merge_cost(const struct histogram *into, const struct histogram *from)
{
    const struct histogram_scale *scale = into->scale;
    size_t cost = 0;

    for (uint32_t block = next_live(from, 0); block < block_count(scale); block = next_live(from, block + 1)) {
        if (has_bit(into->wide, block))
            continue;
        cost += block_bytes(scale, !sums_are_narrow(into, from, block));
        if (into->blocks[block] != NULL)
            cost -= block_bytes(scale, false);
    }
    return cost;
}

static void
merge_block(struct histogram *into, const struct histogram *from, uint32_t block)
{
    uint32_t size = block_size(into->scale);

    if (!has_bit(into->wide, block) && !has_bit(from->wide, block) && sums_are_narrow(into, from, block)) {
        const uint16_t *counters = from->blocks[block];
        uint16_t *sums;

        make_block(into, block);
        sums = into->blocks[block];
        for (uint32_t i = 0; i < size; i++)
            sums[i] = (uint16_t)(sums[i] + counters[i]);
        return;
    }
    for (uint32_t i = 0; i < size; i++)
        if (counter_in(from, block, i) > 0)
            add_count(into, block, i, counter_in(from, block, i));
}

/* A counter of the finer scale lies within one of the coarser. */
static void
merge_finer_block(struct histogram *into, const struct histogram *from, uint32_t block)
{
    uint32_t size = block_size(from->scale);

    for (uint32_t i = 0; i < size; i++) {
        uint64_t count = counter_in(from, block, i);
        int64_t value_us = histogram_lowest_us(from->scale, block * size + i);

        if (count > 0)
            histogram_count_at(into, counter_index(into->scale, value_us), count);
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
    size_t cost = merge_cost(into, from);

    assert(into->scale == from->scale);
    if (cost > *room)
        return false;
    *room -= cost;
    histogram_merge(into, from);
    return true;
}

void
histogram_reset(struct histogram *histogram)
{
    uint32_t count = block_count(histogram->scale);

    for (uint32_t block = next_live(histogram, 0); block < count; block = next_live(histogram, block + 1))
        memset(histogram->blocks[block], 0,
               block_bytes(histogram->scale, has_bit(histogram->wide, block)));
    memset(histogram->live, 0, sizeof histogram->live);
    histogram->count = 0;
    histogram->sum_us = histogram->min_us = histogram->max_us = 0;
}

enum histogram_digits
histogram_digits(const struct histogram *histogram)
{
    return histogram->scale->digits;
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
    uint32_t size = block_size(histogram->scale);
    uint64_t rank = rank_of(percent, histogram->count), seen = 0;

    if (histogram->count == 0 || !(percent > 0))
        return histogram->min_us;
    for (uint32_t block = next_live(histogram, 0); block < block_count(histogram->scale);
         block = next_live(histogram, block + 1)) {
        for (uint32_t i = 0; i < size; i++) {
            seen += counter_in(histogram, block, i);
            if (seen >= rank) {
                int64_t value_us = histogram_highest_us(histogram->scale, block * size + i);

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
