/* SPDX-License-Identifier: Apache-2.0 */
/* Writes down what it is called with, and spoils what the host has stored in its
 * state: the host must not rely on that. One option of each type. */
#include <errno.h>
#include <loads/plugin.h>
#include <stdio.h>
#include <string.h>

struct record {
    const char *filename;
    bool append;
    int64_t max_size;
    double scale;
    const char *password;
    FILE *out;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct record, filename, .flags = LOADS_REQUIRED, .help = "Where to write"),
    LOADS_OPTION(struct record, append, .fallback = "no", .help = "Keep what the file already holds"),
    LOADS_OPTION(struct record, max_size, .fallback = "-1", .help = "A whole number"),
    LOADS_OPTION(struct record, scale, .fallback = "1.5",
                 .help = "A number, with a help text that is so long that it does not fit into one "
                         "line of a terminal"),
    LOADS_OPTION(struct record, password, .flags = LOADS_SECRET, .help = "Is kept to itself"),
    { 0 }
};

static int
record_open(void *state, const struct loads_host *host)
{
    struct record *record = state;

    record->out = fopen(record->filename, record->append ? "a" : "w");
    if (record->out == NULL)
        return host->fail(host, "cannot open %s: %s", record->filename, strerror(errno));
    fprintf(record->out, "open append=%d max_size=%lld scale=%g password=%s quiet=%d run=%s\n",
            record->append, (long long)record->max_size, record->scale,
            record->password != NULL ? record->password : "(none)", host->quiet, host->run_json);
    record->filename = "spoiled";
    record->password = NULL;
    return 0;
}

static int
record_on_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    struct record *record = state;

    (void)host;
    fprintf(record->out, "event %d %s\n", (int)event->type, event->raw);
    return 0;
}

static int
record_on_tick(void *state, const struct loads_host *host, const struct loads_totals *totals)
{
    struct record *record = state;

    host->log(host, LOADS_DEBUG, "a tick");
    fprintf(record->out, "tick hits=%llu\n", (unsigned long long)totals->hits);
    return 0;
}

static int
record_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    struct record *record = state;

    host->log(host, LOADS_INFO, "%s", "flushing");
    fprintf(record->out, "flush hits=%llu %s\n", (unsigned long long)result->totals.hits, result->json);
    return 0;
}

static void
record_close(void *state)
{
    struct record *record = state;

    fprintf(record->out, "close\n");
    fclose(record->out);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "record",
    .summary = "Write down every call",
    .state_size = sizeof(struct record),
    .options = options,
    .open = record_open,
    .on_event = record_on_event,
    .on_tick = record_on_tick,
    .flush = record_flush,
    .close = record_close,
);
