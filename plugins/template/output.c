/* SPDX-License-Identifier: Apache-2.0 */
/* Output "@NAME@": writes the hits that took too long, and how many they were. */
#include <errno.h>
#include <inttypes.h>
#include <loads/plugin.h>
#include <stdio.h>
#include <string.h>

/* The state of one instance: the host allocates it, all zero, and stores the
 * options in it before open(). */
struct report {
    const char *filename;
    double limit_s;
    FILE *out;
    uint64_t slow;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct report, filename, .flags = LOADS_REQUIRED, .help = "Where to write"),
    LOADS_OPTION(struct report, limit_s, .fallback = "1",
                 .help = "How many seconds a hit may take"),
    { 0 }
};

static int
report_open(void *state, const struct loads_host *host)
{
    struct report *report = state;

    report->out = fopen(report->filename, "w");
    if (report->out == NULL)
        return host->fail(host, "cannot open %s: %s", report->filename, strerror(errno));
    return 0;
}

static int
report_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    struct report *report = state;
    double elapsed_s;

    if (event->type != LOADS_HIT)
        return 0;
    elapsed_s = (double)event->as.hit.elapsed_us / 1e6;
    if (elapsed_s <= report->limit_s)
        return 0;
    report->slow++;
    if (fprintf(report->out, "%.3f s %s\n", elapsed_s, event->as.hit.url) < 0)
        return host->fail(host, "cannot write %s: %s", report->filename, strerror(errno));
    return 0;
}

static int
report_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    struct report *report = state;

    fprintf(report->out, "%" PRIu64 " of %" PRIu64 " hits were slow\n", report->slow,
            result->totals.hits);
    if (fflush(report->out) != 0)
        return host->fail(host, "cannot write %s: %s", report->filename, strerror(errno));
    return 0;
}

static void
report_close(void *state)
{
    struct report *report = state;

    fclose(report->out);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "@NAME@",
    .summary = "Write the hits that took too long",
    .state_size = sizeof(struct report),
    .options = options,
    .open = report_open,
    .on_event = report_event,
    .flush = report_flush,
    .close = report_close,
);
