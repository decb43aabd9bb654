/* SPDX-License-Identifier: Apache-2.0 */
/* Several results become one, as if all runs had begun at the same moment: counts,
 * histograms and users add up, second by second since each run's start. The same
 * bits come out whatever the order, and whether all are merged at once or some
 * first. */
#ifndef RUN_MERGE_H
#define RUN_MERGE_H

#include <stddef.h>

#include "base/err.h"
#include "run/source.h"

enum { MERGE_SOURCES_LIMIT = 64 };

struct merge;

/* Makes one run of those of all sources, which are open and borrowed. NULL when a run
 * is in two of them. */
struct merge *merge_new(struct source *sources, size_t count, struct err *err);
void merge_free(struct merge *merge);

/* Identity and plan; all of it after merge_count. */
const struct document_info *merge_info(const struct merge *merge);

/* Counts each source, adds it to the empty results and frees it. The verdict is the
 * worst of all, with the reasons of each run. */
int merge_count(struct merge *merge, struct results *results, bool keep_query, struct verdict *verdict,
                struct err *err);

#endif
