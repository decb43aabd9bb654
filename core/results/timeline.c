/* SPDX-License-Identifier: Apache-2.0 */
/* Slots, and how neighbours become one. */
#include "results/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/results.h"

enum { SLOTS_MIN = 64 };

void
timeline_init(struct timeline *timeline)
{
    *timeline = (struct timeline){ .step_s = 1 };
}

void
timeline_clear(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->slot_count; i++)
        histogram_free(timeline->slots[i].latency);
    free(timeline->slots);
    timeline_init(timeline);
}

/* Adds all but the users to one slot, and keeps account of the memory of its
 * histogram. */
static void
slot_add(struct timeline *timeline, struct timeline_slot *slot, const struct timeline_slot *from)
{
    slot->hits += from->hits;
    slot->errors += from->errors;
    if (from->latency == NULL || histogram_count(from->latency) == 0)
        return;
    if (slot->latency == NULL)
        slot->latency = histogram_new(HISTOGRAM_COARSE);
    else
        timeline->memory -= histogram_memory(slot->latency);
    histogram_merge(slot->latency, from->latency);
    timeline->memory += histogram_memory(slot->latency);
}

static void
slot_clear(struct timeline *timeline, struct timeline_slot *slot)
{
    if (slot->latency != NULL)
        timeline->memory -= histogram_memory(slot->latency);
    histogram_free(slot->latency);
    *slot = (struct timeline_slot){ 0 };
}

static void
double_step(struct timeline *timeline)
{
    for (size_t i = 1; i < timeline->slot_count; i++) {
        struct timeline_slot moved = timeline->slots[i];

        if (i % 2 == 1) {
            slot_add(timeline, &timeline->slots[i / 2], &moved);
            slot_clear(timeline, &moved);
        } else {
            timeline->slots[i / 2] = moved;
        }
        timeline->slots[i] = (struct timeline_slot){ 0 };
    }
    timeline->slot_count = (timeline->slot_count + 1) / 2;
    timeline->step_s *= 2;
}

/* Makes the slots up to `index` be there. */
static void
grow(struct timeline *timeline, size_t index)
{
    size_t capacity = timeline->slot_capacity > 0 ? timeline->slot_capacity : SLOTS_MIN;

    while (capacity <= index)
        capacity *= 2;
    if (capacity > timeline->slot_capacity) {
        timeline->slots = xreallocarray(timeline->slots, capacity, sizeof *timeline->slots);
        memset(timeline->slots + timeline->slot_capacity, 0,
               (capacity - timeline->slot_capacity) * sizeof *timeline->slots);
        timeline->slot_capacity = capacity;
    }
    if (index >= timeline->slot_count)
        timeline->slot_count = index + 1;
}

/* Adds all but the users, which the caller adds to the slot that this returns; NULL:
 * the second is not the first one of a slot. */
static struct timeline_slot *
add_slot(struct timeline *timeline, uint32_t second, const struct timeline_slot *from)
{
    while (second / timeline->step_s >= RESULTS_SLOTS_LIMIT)
        double_step(timeline);
    grow(timeline, second / timeline->step_s);
    slot_add(timeline, &timeline->slots[second / timeline->step_s], from);
    while (timeline->memory > RESULTS_TIMELINE_MEMORY && timeline->slot_count > 1)
        double_step(timeline);
    return second % timeline->step_s == 0 ? &timeline->slots[second / timeline->step_s] : NULL;
}

void
timeline_add(struct timeline *timeline, uint32_t second, uint64_t hits, uint64_t errors, uint32_t users,
             const struct histogram *latency)
{
    const struct timeline_slot from = { .hits = hits, .errors = errors,
                                        .latency = (struct histogram *)latency };
    struct timeline_slot *slot = add_slot(timeline, second, &from);

    if (slot != NULL && users > slot->users)
        slot->users = users;
}

void
timeline_merge(struct timeline *timeline, const struct timeline *from, bool is_other_run)
{
    while (timeline->step_s < from->step_s)
        double_step(timeline);
    for (size_t i = 0; i < from->slot_count; i++) {
        struct timeline_slot *slot = add_slot(timeline, (uint32_t)i * from->step_s, &from->slots[i]);

        if (slot != NULL && is_other_run)
            slot->users += from->slots[i].users;
        else if (slot != NULL && from->slots[i].users > slot->users)
            slot->users = from->slots[i].users;
    }
}
