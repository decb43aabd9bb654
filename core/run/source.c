/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the two kinds of files apart, and reads either. */
#include "run/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "protocol/recording.h"

enum { DOCUMENT_FILE_LIMIT = 256 * 1024 * 1024 };

/* The whole file, unless it begins as a recording does. */
static int
read_text(struct buffer *text, bool *is_recording, const char *path, struct err *err)
{
    FILE *file = fopen(path, "re");
    char piece[64 * 1024];
    size_t length;
    bool is_failed;

    *is_recording = false;
    if (file == NULL)
        return err_set(err, "cannot open %s: %s", path, strerror(errno));
    while (!*is_recording && !text->is_full && (length = fread(piece, 1, sizeof piece, file)) > 0) {
        buffer_add(text, piece, length);
        *is_recording = text->length >= strlen(RECORDING_HEAD_PREFIX)
                     && memcmp(text->data, RECORDING_HEAD_PREFIX, strlen(RECORDING_HEAD_PREFIX)) == 0;
    }
    is_failed = ferror(file) != 0;
    if (is_failed)
        err_set(err, "cannot read %s: %s", path, strerror(errno));
    fclose(file);
    if (is_failed)
        return -1;
    if (text->is_full)
        return err_set(err, "%s has more than %d bytes, which no result document has", path, DOCUMENT_FILE_LIMIT);
    return text->length > 0 ? 0 : err_set(err, "%s is empty: there is no run in it", path);
}

static int
check_verdict(const struct document_verdict *told, struct err *err)
{
    struct verdict verdict = { 0 };

    if (!verdict_knows(told->exit_code))
        return err_set(err, "verdict.exit_code: %d is none of loads", told->exit_code);
    verdict_copy(&verdict, (enum exit_code)told->exit_code, NULL, 0);
    if (strcmp(told->status, verdict_status(&verdict)) != 0)
        return err_set(err, "verdict.status: expected %s with the exit code %d", verdict_status(&verdict),
                       told->exit_code);
    return 0;
}

static int
open_document(struct source *source, struct slice text, struct err *err)
{
    struct document *document = &source->document;
    int result;

    if (document_read_text(document, text, err) != 0)
        return err_add(err, "%s", source->path);
    result = check_verdict(&document->info.verdict, err);
    for (size_t i = 0; i < document->info.run_count && result == 0; i++)
        result = check_verdict(&document->info.runs[i].verdict, err);
    if (result != 0) {
        document_clear(document);
        return err_add(err, "%s", source->path);
    }
    source->info = &document->info;
    return 0;
}

int
source_open(struct source *source, const char *path, bool allow_torn, struct err *err)
{
    bool is_recording = true;
    struct buffer text;
    int result = 0;

    *source = (struct source){ .path = path };
    buffer_init(&text, DOCUMENT_FILE_LIMIT);
    if (!allow_torn)
        result = read_text(&text, &is_recording, path, err);
    if (result == 0 && is_recording) {
        source->recorded = recorded_open(path, allow_torn, err);
        result = source->recorded != NULL ? 0 : -1;
        source->info = result == 0 ? recorded_info(source->recorded) : NULL;
    } else if (result == 0) {
        result = open_document(source, (struct slice){ text.data, text.length }, err);
    }
    buffer_clear(&text);
    return result;
}

int
source_count(struct source *source, struct dispatch *dispatch, bool keep_query, bool allow_torn,
             struct err *err)
{
    const struct document_verdict *told = &source->info->verdict;

    if (source->recorded == NULL) {
        source->results = source->document.results;
        source->document.results = NULL;
        verdict_copy(&source->verdict, (enum exit_code)told->exit_code, told->reasons, told->reason_count);
        return 0;
    }
    source->results = results_new();
    return recorded_count(source->recorded,
                          &(struct recorded_sink){ .results = source->results, .dispatch = dispatch,
                                                   .keep_query = keep_query },
                          allow_torn, &source->verdict, err);
}

void
source_free_results(struct source *source)
{
    results_free(source->results);
    source->results = NULL;
}

void
source_close(struct source *source)
{
    source_free_results(source);
    recorded_close(source->recorded);
    document_clear(&source->document);
    verdict_clear(&source->verdict);
}
