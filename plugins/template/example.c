/* SPDX-License-Identifier: Apache-2.0 */
/* Output "example": writes the hits that took too long, and how many they were. */
#include <errno.h>
#include <inttypes.h>
#include <loads/plugin.h>
#include <stdio.h>
#include <string.h>

/* The state of one instance: the host allocates it, all zero, and stores the
 * options in it before open(). */
struct example {
    const char *filename;
    double limit_s;
    FILE *out;
    uint64_t slow;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct example, filename, .flags = LOADS_REQUIRED, .help = "Where to write"),
    LOADS_OPTION(struct example, limit_s, .fallback = "1",
                 .help = "How many seconds a hit may take"),
    { 0 }
};

static int
example_open(void *state, const struct loads_host *host)
{
    struct example *example = state;

    example->out = fopen(example->filename, "w");
    if (example->out == NULL)
        return host->fail(host, "cannot open %s: %s", example->filename, strerror(errno));
    return 0;
}

static int
example_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    struct example *example = state;
    double elapsed_s;

    if (event->type != LOADS_HIT)
        return 0;
    elapsed_s = (double)event->as.hit.elapsed_us / 1e6;
    if (elapsed_s <= example->limit_s)
        return 0;
    example->slow++;
    if (fprintf(example->out, "%.3f s %s\n", elapsed_s, event->as.hit.url) < 0)
        return host->fail(host, "cannot write %s: %s", example->filename, strerror(errno));
    return 0;
}

static int
example_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    struct example *example = state;

    fprintf(example->out, "%" PRIu64 " of %" PRIu64 " hits were slow\n", example->slow,
            result->totals.hits);
    if (fflush(example->out) != 0)
        return host->fail(host, "cannot write %s: %s", example->filename, strerror(errno));
    return 0;
}

static void
example_close(void *state)
{
    struct example *example = state;

    fclose(example->out);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "example",
    .summary = "Write the hits that took too long",
    .state_size = sizeof(struct example),
    .options = options,
    .open = example_open,
    .on_event = example_event,
    .flush = example_flush,
    .close = example_close,
);
