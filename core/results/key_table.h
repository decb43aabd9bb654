/* SPDX-License-Identifier: Apache-2.0 */
/* Rows by key: a hash table whose rows live where they were made until the table
 * is cleared. It knows which rows were touched since the last reset, so that
 * work on them costs what was touched and not what the table holds. */
#ifndef RESULTS_KEY_TABLE_H
#define RESULTS_KEY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/siphash.h"

/* First member of every row. The rest of a new row is zero. */
struct key_row {
    uint32_t key_length;
    bool is_touched;
};

struct key_table {
    struct siphash_key secret;
    struct key_slot *slots;
    size_t slot_mask; /* number of slots - 1 */
    size_t row_size, limit;
    struct key_row **rows;    /* in the order in which they were made */
    struct key_row **touched; /* since the last reset */
    struct key_row *last;     /* claimed; NULL: none */
    size_t row_count, touched_count, row_capacity;
};

/* Rows have `row_size` bytes; there are at most `limit`. */
void key_table_init(struct key_table *table, size_t row_size, size_t limit);
/* Frees the rows, not what they own; ready for use again. */
void key_table_clear(struct key_table *table);
/* Forgets which rows were touched. */
void key_table_reset(struct key_table *table);

/* The row under `key`, touched. A new one is made when the limit and `*room` allow;
 * what it takes is taken from `*room`. NULL when they do not. */
void *key_table_claim(struct key_table *table, struct slice key, size_t *room);

struct slice key_table_key(const struct key_table *table, const struct key_row *row);

/* All rows, sorted by key; the array is the caller's to free(). */
struct key_row **key_table_sorted(const struct key_table *table);

#endif
