/* SPDX-License-Identifier: Apache-2.0 */
/* Hits by name. A row's key is its name, a NUL and its method: sorted by key they
 * are in the order of the result document. */
#include "results/hits.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/key.h"
#include "results/results.h"

enum { METHOD_LIMIT = 32, STATUSES_MIN = 4 };

void
hits_init(struct hits *hits, bool keep_query)
{
    *hits = (struct hits){ .keep_query = keep_query };
    key_table_init(&hits->table, sizeof(struct hit_row), RESULTS_NAMES_LIMIT);
}

static void
row_clear(struct hit_row *row)
{
    free(row->statuses);
    histogram_free(row->latency);
}

void
hits_clear(struct hits *hits)
{
    for (size_t i = 0; i < hits->table.row_count; i++)
        row_clear((struct hit_row *)hits->table.rows[i]);
    row_clear(&hits->other);
    hits->other = (struct hit_row){ 0 };
    key_table_clear(&hits->table);
}

static void
row_reset(struct hit_row *row)
{
    row->hits = row->errors = 0;
    for (uint32_t i = 0; i < row->status_count; i++)
        row->statuses[i].hits = 0;
    if (row->latency != NULL)
        histogram_reset(row->latency);
}

void
hits_reset(struct hits *hits)
{
    for (size_t i = 0; i < hits->table.touched_count; i++)
        row_reset((struct hit_row *)hits->table.touched[i]);
    row_reset(&hits->other);
    key_table_reset(&hits->table);
}

struct status_count *
hit_row_status(struct hit_row *row, uint32_t status, size_t *room)
{
    uint32_t at = 0;

    while (at < row->status_count && row->statuses[at].status < status)
        at++;
    if (at < row->status_count && row->statuses[at].status == status)
        return &row->statuses[at];
    if (row->status_count == row->status_capacity) {
        uint32_t capacity = row->status_capacity > 0 ? row->status_capacity * 2 : STATUSES_MIN;
        size_t cost = (capacity - row->status_capacity) * sizeof *row->statuses;

        if (*room < cost)
            return NULL;
        *room -= cost;
        row->statuses = xreallocarray(row->statuses, capacity, sizeof *row->statuses);
        row->status_capacity = capacity;
    }
    memmove(row->statuses + at + 1, row->statuses + at,
            (row->status_count - at) * sizeof *row->statuses);
    row->statuses[at] = (struct status_count){ .status = status };
    row->status_count++;
    return &row->statuses[at];
}

/* All of a hit or nothing of it. */
static bool
row_add(struct hit_row *row, const struct message *message, size_t *room)
{
    bool is_error = hit_is_error(message);
    struct status_count *status = hit_row_status(row, is_error ? 0 : (uint32_t)message->as.hit.status, room);

    if (status == NULL)
        return false;
    if (!is_error && message->as.hit.elapsed_us >= 0) {
        struct histogram *latency = histogram_claim(&row->latency, HISTOGRAM_COARSE, room);

        if (latency == NULL || !histogram_add_within(latency, message->as.hit.elapsed_us, room))
            return false;
    }
    status->hits++;
    row->hits++;
    row->errors += is_error;
    return true;
}

struct hit_row *
hits_claim(struct hits *hits, struct slice name, struct slice method, size_t *room)
{
    struct key key;

    key_begin(&key);
    key_add_text(&key, name, RESULTS_KEY_LIMIT);
    key_add_byte(&key, '\0');
    key_add_text(&key, method, METHOD_LIMIT);
    return key_table_claim(&hits->table, key_slice(&key), room);
}

void
hits_add(struct hits *hits, const struct message *message, size_t *room)
{
    size_t unlimited = SIZE_MAX;
    struct hit_row *row;
    struct key key;

    key_begin(&key);
    if (message->as.hit.name.length > 0)
        key_add_text(&key, message->as.hit.name, RESULTS_KEY_LIMIT);
    else
        key_add_url(&key, message->as.hit.url, hits->keep_query, RESULTS_KEY_LIMIT);
    key_add_byte(&key, '\0');
    key_add_text(&key, message->as.hit.method, METHOD_LIMIT);

    row = key_table_claim(&hits->table, key_slice(&key), room);
    if (row == NULL || !row_add(row, message, room))
        row_add(&hits->other, message, &unlimited);
}

static bool
row_merge(struct hit_row *row, const struct hit_row *from, size_t *room)
{
    for (uint32_t i = 0; i < from->status_count; i++)
        if (from->statuses[i].hits > 0 && hit_row_status(row, from->statuses[i].status, room) == NULL)
            return false;
    if (from->latency != NULL && histogram_count(from->latency) > 0) {
        struct histogram *latency = histogram_claim(&row->latency, HISTOGRAM_COARSE, room);

        if (latency == NULL || !histogram_merge_within(latency, from->latency, room))
            return false;
    }
    for (uint32_t i = 0; i < from->status_count; i++)
        if (from->statuses[i].hits > 0)
            hit_row_status(row, from->statuses[i].status, room)->hits += from->statuses[i].hits;
    row->hits += from->hits;
    row->errors += from->errors;
    return true;
}

void
hits_merge(struct hits *hits, const struct hits *from, size_t *room)
{
    size_t unlimited = SIZE_MAX;

    for (size_t i = 0; i < from->table.touched_count; i++) {
        const struct hit_row *row = (const struct hit_row *)from->table.touched[i];
        struct slice key = key_table_key(&from->table, &row->key);
        struct hit_row *into;

        if (row->hits == 0) /* all went to the other row */
            continue;
        into = key_table_claim(&hits->table, key, room);
        if (into == NULL || !row_merge(into, row, room))
            row_merge(&hits->other, row, &unlimited);
    }
    row_merge(&hits->other, &from->other, &unlimited);
}

/* A name holds no NUL: the decoders refuse it. */
struct slice
hits_name(const struct hits *hits, const struct hit_row *row)
{
    struct slice key = key_table_key(&hits->table, &row->key);

    return (struct slice){ .data = key.data, .length = strnlen(key.data, key.length) };
}

struct slice
hits_method(const struct hits *hits, const struct hit_row *row)
{
    struct slice key = key_table_key(&hits->table, &row->key);
    size_t from = strnlen(key.data, key.length) + 1;

    return (struct slice){ .data = key.data + from, .length = key.length - from };
}
