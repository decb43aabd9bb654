/* SPDX-License-Identifier: Apache-2.0 */
/* An observer that writes down what it hears, and misbehaves when asked to. */
#include <errno.h>
#include <inttypes.h>
#include <loads/plugin.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct witness {
    const char *filename, *mode, *password;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct witness, filename, .flags = LOADS_REQUIRED, .help = "Where to write"),
    LOADS_OPTION(struct witness, mode, .fallback = "good", .help = "good, refuse, fail, crash or hang"),
    LOADS_OPTION(struct witness, password, .flags = LOADS_SECRET, .help = "Is written down"),
    { 0 }
};

static int
witness_open(void *state, const struct loads_host *host)
{
    struct witness *witness = state;

    if (strcmp(witness->mode, "refuse") == 0)
        return host->fail(host, "the mode \"refuse\" is refused");
    return 0;
}

static int
witness_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    static const char *const moments[] = { "end", "start", "bad" };
    struct witness *witness = state;
    FILE *out;

    if (strcmp(witness->mode, "fail") == 0)
        return host->fail(host, "nobody listens");
    if (strcmp(witness->mode, "crash") == 0)
        raise(SIGSEGV);
    if (strcmp(witness->mode, "leave") == 0)
        _exit(9);
    while (strcmp(witness->mode, "hang") == 0)
        pause();
    out = fopen(witness->filename, "a");
    if (out == NULL)
        return host->fail(host, "cannot open %s: %s", witness->filename, strerror(errno));
    fprintf(out, "%s %" PRIu64 " hits, password %s, process %s: %s\n", moments[result->moment],
            result->totals.hits, witness->password != NULL ? witness->password : "(none)",
            getenv("LOADS_RUN_ID") != NULL ? "of a runner" : "of its own", result->json);
    fclose(out);
    host->log(host, LOADS_INFO, "was told of the %s", moments[result->moment]);
    return 0;
}

LOADS_PLUGIN(
    .kind = LOADS_OBSERVER,
    .name = "witness",
    .summary = "Write down what an observer hears",
    .state_size = sizeof(struct witness),
    .options = options,
    .open = witness_open,
    .flush = witness_flush,
);
