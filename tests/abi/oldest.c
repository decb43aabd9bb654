/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin from the time of the oldest header, which is all it is built against:
 * writes down what it is given. Every Loads of that ABI number must serve it. */
#include <errno.h>
#include <inttypes.h>
#include <loads/plugin.h>
#include <stdio.h>
#include <string.h>

struct oldest {
    const char *filename;
    bool loud;
    int64_t count;
    double factor;
    FILE *out;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct oldest, filename, .flags = LOADS_REQUIRED, .help = "Where to write"),
    LOADS_OPTION(struct oldest, loud, .fallback = "no", .help = "A truth"),
    LOADS_OPTION(struct oldest, count, .fallback = "12", .help = "A number"),
    LOADS_OPTION(struct oldest, factor, .fallback = "0.5", .help = "Another number"),
    { 0 }
};

static int
oldest_open(void *state, const struct loads_host *host)
{
    struct oldest *oldest = state;

    oldest->out = fopen(oldest->filename, "w");
    if (oldest->out == NULL)
        return host->fail(host, "cannot open %s: %s", oldest->filename, strerror(errno));
    host->log(host, LOADS_WARNING, "is old");
    fprintf(oldest->out, "open %d %" PRId64 " %g %d %.1s\n", oldest->loud, oldest->count, oldest->factor,
            host->quiet, host->run_json);
    return 0;
}

static int
oldest_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    struct oldest *oldest = state;

    (void)host;
    if (event->type == LOADS_HIT)
        fprintf(oldest->out, "hit %s %s %d %" PRId64 "us %" PRId64 " user %u %.1s\n", event->as.hit.method,
                event->as.hit.url, event->as.hit.status, event->as.hit.elapsed_us, event->as.hit.bytes_out,
                (unsigned)event->cycle.user, event->raw);
    else if (event->type == LOADS_TEST_SUCCESS)
        fprintf(oldest->out, "success %s\n", event->as.test.name);
    return 0;
}

static int
oldest_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    struct oldest *oldest = state;

    (void)host;
    fprintf(oldest->out, "flush %" PRIu64 " hits %" PRIu64 " passed max %" PRId64 "us %u of %u %d %.*s\n",
            result->totals.hits, result->totals.success, result->totals.max_us, (unsigned)result->totals.cycle,
            (unsigned)result->totals.cycles, (int)result->moment, (int)result->json_length, result->json);
    return 0;
}

static void
oldest_close(void *state)
{
    struct oldest *oldest = state;

    fprintf(oldest->out, "close\n");
    fclose(oldest->out);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "oldest",
    .summary = "Write down what an old plugin is given",
    .state_size = sizeof(struct oldest),
    .options = options,
    .open = oldest_open,
    .on_event = oldest_event,
    .flush = oldest_flush,
    .close = oldest_close,
);
