/* SPDX-License-Identifier: Apache-2.0 */
/* Slow, which is not bad: it loses nothing. Writes how many events it got. */
#include <errno.h>
#include <loads/plugin.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct slow {
    const char *filename;
    int64_t event_us;
    uint64_t events;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct slow, filename, .flags = LOADS_REQUIRED,
                 .help = "Where to write the count of events"),
    LOADS_OPTION(struct slow, event_us, .fallback = "1000",
                 .help = "How long to take for each event, in microseconds"),
    { 0 }
};

static int
slow_on_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    struct slow *slow = state;
    struct timespec pause = { .tv_sec = slow->event_us / 1000000,
                              .tv_nsec = slow->event_us % 1000000 * 1000 };

    (void)host;
    (void)event;
    nanosleep(&pause, NULL);
    slow->events++;
    return 0;
}

static int
slow_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    const struct slow *slow = state;
    FILE *out = fopen(slow->filename, "w");

    (void)result;
    if (out == NULL)
        return host->fail(host, "cannot open %s: %s", slow->filename, strerror(errno));
    fprintf(out, "%llu\n", (unsigned long long)slow->events);
    if (fclose(out) != 0)
        return host->fail(host, "cannot write %s: %s", slow->filename, strerror(errno));
    return 0;
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "slow",
    .summary = "Takes its time for each event",
    .state_size = sizeof(struct slow),
    .options = options,
    .on_event = slow_on_event,
    .flush = slow_flush,
);
