/* SPDX-License-Identifier: Apache-2.0 */
/* Result documents: one that is read can be written and read again, to the same
 * bytes, and added to another. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "reader.h"
#include "results/document_reader.h"

enum { TEXT_LIMIT = 256 * 1024 * 1024 };

static struct buffer
written(const struct document *document)
{
    struct buffer text;

    buffer_init(&text, TEXT_LIMIT);
    results_document(document->results, &document->info, &text);
    READER_CHECK(!text.is_full);
    return text;
}

static void
merge(const struct document *document)
{
    struct results *sum = results_new();
    uint32_t *targets = xcalloc(document->info.target_count, sizeof *targets);

    for (size_t i = 0; i < document->info.target_count; i++)
        targets[i] = (uint32_t)i;
    results_merge_run(sum, document->results, targets, targets);
    results_merge_run(sum, document->results, targets, targets);
    free(targets);
    results_free(sum);
}

static void
run(const char *data, size_t length)
{
    struct document document, again;
    struct buffer first, second;
    struct err err = { 0 };

    if (document_read_text(&document, (struct slice){ data, length }, &err) != 0) {
        READER_CHECK(err.text[0] != '\0');
        return;
    }
    first = written(&document);
    READER_CHECK(document_read_text(&again, (struct slice){ first.data, first.length }, &err) == 0);
    second = written(&again);
    READER_CHECK(first.length == second.length && memcmp(first.data, second.data, first.length) == 0);
    merge(&again);
    buffer_clear(&first);
    buffer_clear(&second);
    document_clear(&document);
    document_clear(&again);
}

const struct reader reader_document = { .name = "document", .run = run };
