/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, grouped by class and message: how often, and the first
 * traceback. */
#ifndef RESULTS_ERRORS_H
#define RESULTS_ERRORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/message.h"
#include "results/key_table.h"
#include "results/stamp.h"

struct error_row {
    struct key_row key;
    uint64_t count;
    struct stamp first; /* of the traceback */
    char *traceback;    /* RESULTS_TRACEBACK_LIMIT bytes, or NULL until there is one */
    size_t traceback_length;
};

struct errors {
    struct key_table table;
    struct error_row other; /* errors whose text found no room */
};

void errors_init(struct errors *errors);
void errors_clear(struct errors *errors);
void errors_reset(struct errors *errors); /* keeps the memory */

/* Counts a failure or error of a test, or a hit with an error. */
void errors_add(struct errors *errors, const struct message *message, uint32_t second, size_t *room);
/* With `is_other_run` times are not compared: of two tracebacks the text decides. */
void errors_merge(struct errors *errors, const struct errors *from, bool is_other_run, size_t *room);

/* The row of an error, to add to; NULL when there is no room. */
struct error_row *errors_claim(struct errors *errors, struct slice class_name, struct slice message,
                               size_t *room);
/* Gives the row its traceback; false when there is no room for one. */
bool error_row_trace(struct error_row *row, struct slice traceback, const struct stamp *stamp, size_t *room);

struct slice errors_class(const struct errors *errors, const struct error_row *row);
struct slice errors_message(const struct errors *errors, const struct error_row *row);

/* All rows, the most frequent first, then by class and message; for free(). */
struct error_row **errors_sorted(const struct errors *errors);

#endif
