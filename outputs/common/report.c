/* SPDX-License-Identifier: Apache-2.0 */
/* From the result document to a file. */
#include "common/report.h"

#include "common/document.h"
#include "common/report_file.h"

int
report_open(const struct loads_host *host, const char *filename)
{
    struct err err = { 0 };

    return report_file_check(filename, &err) == 0 ? 0 : host->fail(host, "%s", err.text);
}

int
report_flush(const struct loads_host *host, const struct loads_result *result, const char *filename,
             report_add *add, const void *context)
{
    struct err err = { 0 };
    json_t *document = document_read(result, &err);
    struct buffer text;
    int failed = -1;

    buffer_init(&text, REPORT_LIMIT);
    if (document != NULL) {
        add(&text, document, context);
        failed = text.is_full
               ? err_set(&err, "cannot write %s: more than %d bytes", filename, REPORT_LIMIT)
               : report_file_write(filename, (struct slice){ text.data, text.length }, &err);
    }
    buffer_clear(&text);
    json_decref(document);
    return failed == 0 ? 0 : host->fail(host, "%s", err.text);
}
