/* SPDX-License-Identifier: Apache-2.0 */
/* Hits by name and method: how many, their statuses and their latency. */
#ifndef RESULTS_HITS_H
#define RESULTS_HITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/message.h"
#include "results/histogram.h"
#include "results/key_table.h"

struct status_count {
    uint32_t status;
    uint64_t hits; /* may be 0 */
};

struct hit_row {
    struct key_row key;
    uint64_t hits, errors;         /* errors: hits that got no response */
    struct status_count *statuses; /* sorted by status */
    uint32_t status_count, status_capacity;
    struct histogram *latency; /* 2 digits */
};

struct hits {
    struct key_table table;
    struct hit_row other; /* hits of names that found no room */
    bool keep_query;
};

void hits_init(struct hits *hits, bool keep_query);
void hits_clear(struct hits *hits);
void hits_reset(struct hits *hits); /* keeps the memory */

/* Counts a hit; what it takes of memory is taken from `*room`. */
void hits_add(struct hits *hits, const struct message *message, size_t *room);
/* The row of that name and method, to add to; NULL when there is no room. */
struct hit_row *hits_claim(struct hits *hits, struct slice name, struct slice method, size_t *room);
/* The row's counter of `status`; NULL when it is new and there is no room. */
struct status_count *hit_row_status(struct hit_row *row, uint32_t status, size_t *room);
void hits_merge(struct hits *hits, const struct hits *from, size_t *room);

/* What a row's key says. */
struct slice hits_name(const struct hits *hits, const struct hit_row *row);
struct slice hits_method(const struct hits *hits, const struct hit_row *row);

/* A hit without response: it has an `error`, no status and no latency. */
static inline bool
hit_is_error(const struct message *message)
{
    return message->as.hit.error.length > 0;
}

#endif
