/* SPDX-License-Identifier: Apache-2.0 */
/* Sums by target. There are few targets, so that the table is an array. */
#include "results/targets.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/hits.h"
#include "results/results.h"

enum { CAPACITY_MIN = 8 };

void
targets_clear(struct targets *targets)
{
    free(targets->rows);
    *targets = (struct targets){ 0 };
}

void
targets_reset(struct targets *targets)
{
    if (targets->count > 0)
        memset(targets->rows, 0, targets->count * sizeof *targets->rows);
    targets->count = 0;
}

static void
grow(struct targets *targets, size_t count)
{
    size_t capacity = targets->capacity > 0 ? targets->capacity : CAPACITY_MIN;

    assert(count <= RESULTS_TARGETS_LIMIT);
    while (capacity < count)
        capacity *= 2;
    if (capacity > targets->capacity) {
        targets->rows = xreallocarray(targets->rows, capacity, sizeof *targets->rows);
        memset(targets->rows + targets->capacity, 0,
               (capacity - targets->capacity) * sizeof *targets->rows);
        targets->capacity = capacity;
    }
    targets->count = count;
}

struct target_sums *
targets_at(struct targets *targets, uint32_t target)
{
    if (target >= targets->count)
        grow(targets, (size_t)target + 1);
    return &targets->rows[target];
}

struct target_sums
targets_get(const struct targets *targets, size_t target)
{
    return target < targets->count ? targets->rows[target] : (struct target_sums){ 0 };
}

void
targets_add(struct targets *targets, const struct message *message, uint32_t target)
{
    struct target_sums *sums;

    if (target >= RESULTS_TARGETS_LIMIT)
        return; /* of no plan */
    sums = targets_at(targets, target);
    switch (message->type) {
    case LOADS_HIT:
        sums->hits++;
        sums->hit_errors += hit_is_error(message);
        break;
    case LOADS_TEST_STOP:
        sums->tests++;
        break;
    case LOADS_TEST_SUCCESS:
        sums->success++;
        break;
    case LOADS_TEST_FAILURE:
        sums->failures++;
        break;
    case LOADS_TEST_ERROR:
        sums->errors++;
        break;
    default:
        break;
    }
}

static void
note_times(struct target_sums *sums, int64_t first_us, int64_t last_us)
{
    if (!sums->has_come || first_us < sums->first_us)
        sums->first_us = first_us;
    if (!sums->has_come || last_us > sums->last_us)
        sums->last_us = last_us;
    sums->has_come = true;
}

void
targets_note_arrival(struct targets *targets, uint32_t target, int64_t received_us)
{
    note_times(targets_at(targets, target), received_us, received_us);
}

void
target_sums_add(struct target_sums *into, const struct target_sums *from)
{
    into->hits += from->hits;
    into->hit_errors += from->hit_errors;
    into->tests += from->tests;
    into->success += from->success;
    into->failures += from->failures;
    into->errors += from->errors;
    if (from->has_come)
        note_times(into, from->first_us, from->last_us);
}

void
targets_merge(struct targets *into, const struct targets *from, const uint32_t *map)
{
    for (size_t i = 0; i < from->count; i++)
        target_sums_add(targets_at(into, map != NULL ? map[i] : (uint32_t)i), &from->rows[i]);
}
