/* SPDX-License-Identifier: Apache-2.0 */
/* A run that output "file" recorded: its identity and plan, and its messages, which
 * are counted as the receiver did. */
#ifndef RUN_RECORDED_H
#define RUN_RECORDED_H

#include <stdbool.h>

#include "base/err.h"
#include "plugins/dispatch.h"
#include "results/results.h"
#include "run/verdict.h"

struct recorded;

/* Finds the last run in the file; NULL on failure. With `allow_torn` the file may
 * lack its trailer. `path` is borrowed. */
struct recorded *recorded_open(const char *path, bool allow_torn, struct err *err);
void recorded_close(struct recorded *recorded);

/* Its duration is known after recorded_count. */
const struct document_info *recorded_info(const struct recorded *recorded);

/* Where messages go. */
struct recorded_sink {
    struct results *results;   /* empty */
    struct dispatch *dispatch; /* gets events and ticks; may be NULL */
    bool keep_query;
};

/* Counts all messages, once, and copies the run's verdict. With `allow_torn` the
 * first bad line is the end, and the verdict says that the result is not whole. */
int recorded_count(struct recorded *recorded, const struct recorded_sink *sink, bool allow_torn,
                   struct verdict *verdict, struct err *err);

#endif
