/* SPDX-License-Identifier: Apache-2.0 */
/* Output "stdout": progress on standard error while the run lasts, the summary
 * on standard output at its end. */
#include <errno.h>
#include <loads/plugin.h>
#include <string.h>
#include <unistd.h>

#include "common/document.h"
#include "common/write.h"
#include "stdout/progress.h"
#include "stdout/summary.h"
#include "stdout/terminal.h"

enum { SUMMARY_LIMIT = 1024 * 1024 };

struct report {
    struct progress progress;
};

static int
report_open(void *state, const struct loads_host *host)
{
    struct report *report = state;

    progress_start(&report->progress, host->quiet);
    return 0;
}

static int
report_on_tick(void *state, const struct loads_host *host, const struct loads_totals *totals)
{
    struct report *report = state;

    (void)host;
    progress_tick(&report->progress, totals);
    return 0;
}

static struct page
page_for_stdout(struct buffer *out)
{
    size_t columns = terminal_columns(STDOUT_FILENO);

    if (columns > SUMMARY_COLUMNS_MOST)
        columns = SUMMARY_COLUMNS_MOST;
    if (columns < SUMMARY_COLUMNS_LEAST)
        columns = SUMMARY_COLUMNS_LEAST;
    return (struct page){
        .out = out,
        .columns = columns,
        .has_colour = terminal_has_colour(STDOUT_FILENO),
        .is_utf8 = terminal_is_utf8(),
    };
}

static int
report_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    struct report *report = state;
    struct err err = { 0 };
    struct buffer text;
    struct page page;
    json_t *document;
    int failed = 0;

    progress_end(&report->progress);
    document = document_read(result, &err);
    if (document == NULL)
        return host->fail(host, "%s", err.text);
    buffer_init(&text, SUMMARY_LIMIT);
    page = page_for_stdout(&text);
    summary_print(&page, document);
    json_decref(document);
    if (write_all(STDOUT_FILENO, text.data, text.length) < text.length &&
        !write_is_unwanted(STDOUT_FILENO, errno))
        failed = host->fail(host, "cannot write standard output: %s", strerror(errno));
    buffer_clear(&text);
    return failed;
}

static void
report_close(void *state)
{
    struct report *report = state;

    progress_end(&report->progress);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "stdout",
    .summary = "Show progress while the run lasts, and a summary at its end",
    .state_size = sizeof(struct report),
    .open = report_open,
    .on_tick = report_on_tick,
    .flush = report_flush,
    .close = report_close,
);
