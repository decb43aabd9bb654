/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing, at most half full. The hash's key is
 * random for each table: who sends names cannot make them collide. */
#include "results/key_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { SLOTS_MIN = 16 };

struct key_slot {
    uint64_t hash;
    struct key_row *row; /* NULL: free */
};

/* A row is followed by its key. */
static size_t
row_cost(const struct key_table *table, struct slice key)
{
    /* Tables grow by doubling: up to four slots and two entries in each list. */
    return table->row_size + key.length + 4 * sizeof *table->slots + 4 * sizeof *table->rows;
}

void
key_table_init(struct key_table *table, size_t row_size, size_t limit)
{
    *table = (struct key_table){ .row_size = row_size, .limit = limit };
    siphash_key_random(&table->secret);
}

void
key_table_clear(struct key_table *table)
{
    for (size_t i = 0; i < table->row_count; i++)
        free(table->rows[i]);
    free(table->rows);
    free(table->touched);
    free(table->slots);
    *table = (struct key_table){ .secret = table->secret, .row_size = table->row_size,
                                 .limit = table->limit };
}

void
key_table_reset(struct key_table *table)
{
    for (size_t i = 0; i < table->touched_count; i++)
        table->touched[i]->is_touched = false;
    table->touched_count = 0;
}

struct slice
key_table_key(const struct key_table *table, const struct key_row *row)
{
    return (struct slice){ .data = (const char *)row + table->row_size, .length = row->key_length };
}

/* The slot that holds the key, or the free one where it belongs. */
static struct key_slot *
slot_of(const struct key_table *table, uint64_t hash, struct slice key)
{
    size_t at = hash & table->slot_mask;

    while (table->slots[at].row != NULL
           && (table->slots[at].hash != hash
               || !slice_equal(key_table_key(table, table->slots[at].row), key)))
        at = (at + 1) & table->slot_mask;
    return &table->slots[at];
}

static void
grow_slots(struct key_table *table)
{
    size_t old_count = table->slots != NULL ? table->slot_mask + 1 : 0;
    size_t count = old_count > 0 ? old_count * 2 : SLOTS_MIN;
    struct key_slot *old = table->slots;

    table->slots = xcalloc(count, sizeof *table->slots);
    table->slot_mask = count - 1;
    for (size_t i = 0; i < old_count; i++)
        if (old[i].row != NULL)
            *slot_of(table, old[i].hash, key_table_key(table, old[i].row)) = old[i];
    free(old);
}

static void
grow_rows(struct key_table *table)
{
    table->row_capacity = table->row_capacity > 0 ? table->row_capacity * 2 : SLOTS_MIN / 2;
    table->rows = xreallocarray(table->rows, table->row_capacity, sizeof *table->rows);
    table->touched = xreallocarray(table->touched, table->row_capacity, sizeof *table->touched);
}

static struct key_row *
add_row(struct key_table *table, uint64_t hash, struct slice key)
{
    struct key_row *row = xcalloc(1, table->row_size + key.length);

    row->key_length = (uint32_t)key.length;
    if (key.length > 0)
        memcpy((char *)row + table->row_size, key.data, key.length);
    if (table->row_count == table->row_capacity)
        grow_rows(table);
    if (2 * (table->row_count + 1) > table->slot_mask + 1)
        grow_slots(table);
    table->rows[table->row_count++] = row;
    *slot_of(table, hash, key) = (struct key_slot){ .hash = hash, .row = row };
    return row;
}

static struct key_row *
find_or_add(struct key_table *table, struct slice key, size_t *room)
{
    uint64_t hash = siphash(&table->secret, key);
    struct key_row *row = table->slots != NULL ? slot_of(table, hash, key)->row : NULL;
    size_t cost;

    if (row != NULL)
        return row;
    cost = row_cost(table, key);
    if (table->row_count >= table->limit || *room < cost)
        return NULL;
    *room -= cost;
    return add_row(table, hash, key);
}

void *
key_table_claim(struct key_table *table, struct slice key, size_t *room)
{
    struct key_row *row = table->last;

    /* Messages in a row are mostly of one key: to compare it is cheaper than to hash it. */
    if (row == NULL || !slice_equal(key_table_key(table, row), key)) {
        row = find_or_add(table, key, room);
        if (row == NULL)
            return NULL;
        table->last = row;
    }
    if (!row->is_touched) {
        row->is_touched = true;
        table->touched[table->touched_count++] = row;
    }
    return row;
}

/* qsort_r() hands the comparison the table, which knows where a row's key is. */
static int
compare_keys(const void *a, const void *b, void *context)
{
    const struct key_table *table = context;
    struct slice left = key_table_key(table, *(struct key_row *const *)a);
    struct slice right = key_table_key(table, *(struct key_row *const *)b);
    int order = memcmp(left.data, right.data, left.length < right.length ? left.length : right.length);

    return order != 0 ? order : (left.length > right.length) - (left.length < right.length);
}

struct key_row **
key_table_sorted(const struct key_table *table)
{
    struct key_row **sorted = xreallocarray(NULL, table->row_count, sizeof *sorted);

    if (table->row_count > 0)
        memcpy(sorted, table->rows, table->row_count * sizeof *sorted);
    qsort_r(sorted, table->row_count, sizeof *sorted, compare_keys, (void *)table);
    return sorted;
}
