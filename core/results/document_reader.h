/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a result document back: the results in it, exactly, and what it says of the
 * run. It may come from anybody: what is not a document of ours is an error that
 * says where and why. Members of later versions are ignored. */
#ifndef RESULTS_DOCUMENT_READER_H
#define RESULTS_DOCUMENT_READER_H

#include <stddef.h>

#include "base/err.h"
#include "base/slice.h"
#include "results/results.h"

enum {
    DOCUMENT_PARTS_LIMIT = 10000, /* cycles of a target, runs */
    DOCUMENT_REASONS_LIMIT = 101, /* of a verdict */
    DOCUMENT_TEXT_LIMIT = 64 * 1024, /* bytes of a name of the plan or of a reason */
};

struct document {
    struct document_info info; /* its texts and lists belong to the document */
    struct results *results;
    void *json; /* keeps the texts */
};

/* On failure nothing needs to be cleared. */
int document_read_text(struct document *document, struct slice text, struct err *err);
void document_clear(struct document *document);

#endif
