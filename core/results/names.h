/* SPDX-License-Identifier: Apache-2.0 */
/* Hits by name and method: how many, their statuses and their latency. */
#ifndef RESULTS_NAMES_H
#define RESULTS_NAMES_H

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

struct name_row {
    struct key_row key;
    uint64_t hits, errors;         /* errors: hits that got no response */
    struct status_count *statuses; /* sorted by status */
    uint32_t status_count, status_capacity;
    struct histogram *latency; /* 2 digits */
};

struct names {
    struct key_table table;
    struct name_row other; /* hits of names that found no room */
    bool keep_query;
};

void names_init(struct names *names, bool keep_query);
void names_clear(struct names *names);
void names_reset(struct names *names); /* keeps the memory */

/* Counts a hit; what it takes of memory is taken from `*room`. */
void names_add(struct names *names, const struct message *message, size_t *room);
void names_merge(struct names *names, const struct names *from, size_t *room);

/* What a row's key says. */
struct slice names_name(const struct names *names, const struct name_row *row);
struct slice names_method(const struct names *names, const struct name_row *row);

/* A hit without response: it has an `error`, no status and no latency. */
static inline bool
hit_is_error(const struct message *message)
{
    return message->as.hit.error.length > 0;
}

#endif
