/* SPDX-License-Identifier: Apache-2.0 */
/* A file that holds a result: a document that output "json" wrote, or a recording of
 * output "file". */
#ifndef RUN_SOURCE_H
#define RUN_SOURCE_H

#include <stdbool.h>

#include "base/err.h"
#include "results/document_reader.h"
#include "run/recorded.h"
#include "run/verdict.h"

struct source {
    const char *path;            /* borrowed */
    struct recorded *recorded;   /* NULL: it is a document */
    struct document document;
    const struct document_info *info; /* of either */
    struct results *results;     /* of a recording after source_count */
    struct verdict verdict;      /* as that */
};

/* Opens the file, whichever it is. With `allow_torn` only recordings are taken, those
 * without an end too. On failure nothing needs to be closed. */
int source_open(struct source *source, const char *path, bool allow_torn, struct err *err);
void source_close(struct source *source);

/* Makes `results` and `verdict` be there. `dispatch` gets the events and ticks of a
 * recording; it may be NULL. */
int source_count(struct source *source, struct dispatch *dispatch, bool keep_query, bool allow_torn,
                 struct err *err);
/* Frees the results, which are large, and keeps all else. */
void source_free_results(struct source *source);

#endif
