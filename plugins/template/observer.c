/* SPDX-License-Identifier: Apache-2.0 */
/* Observer "@NAME@": adds a line about the run to a file. */
#include <errno.h>
#include <inttypes.h>
#include <loads/plugin.h>
#include <stdio.h>
#include <string.h>

/* The state: the host allocates it, all zero, and stores the options in it before
 * open(). */
struct notice {
    const char *filename;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct notice, filename, .flags = LOADS_REQUIRED, .help = "Where to add a line"),
    { 0 }
};

/* Before the run, to check the options: nobody is told anything yet. */
static int
notice_open(void *state, const struct loads_host *host)
{
    const struct notice *notice = state;

    if (notice->filename[0] == '\0')
        return host->fail(host, "the filename is empty");
    return 0;
}

/* The run has reached a moment that the user wants to hear of. */
static int
notice_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    static const char *const moments[] = { [LOADS_AT_END] = "is over", [LOADS_AT_START] = "has begun",
                                           [LOADS_AT_BAD] = "goes wrong" };
    const struct notice *notice = state;
    const struct loads_totals *totals = &result->totals;
    FILE *out = fopen(notice->filename, "a");

    if (out == NULL)
        return host->fail(host, "cannot open %s: %s", notice->filename, strerror(errno));
    fprintf(out, "the run %s: %" PRIu64 " hits, %" PRIu64 " of %" PRIu64 " tests passed\n",
            moments[result->moment], totals->hits, totals->success, totals->tests_finished);
    if (fclose(out) != 0)
        return host->fail(host, "cannot write %s: %s", notice->filename, strerror(errno));
    return 0;
}

LOADS_PLUGIN(
    .kind = LOADS_OBSERVER,
    .name = "@NAME@",
    .summary = "Add a line about the run to a file",
    .state_size = sizeof(struct notice),
    .options = options,
    .open = notice_open,
    .flush = notice_flush,
);
