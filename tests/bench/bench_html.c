/* SPDX-License-Identifier: Apache-2.0 */
/* What the page of a big run costs: 10 million hits of 10 000 names in 500 s. Tells
 * how long the output html takes at the end, by the clock (median of five), and how
 * big the page is. */
#include <dlfcn.h>
#include <inttypes.h>
#include <loads/plugin.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "results/results.h"
#include "tests/helpers/messages.h"

enum { RUNS = 5, SECONDS = 500, HITS = 20000 /* a second */, NAMES = 10000, URL_SIZE = 64 };

static int64_t
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

/* Latencies as of a service: most between 1 and 4 ms, some slower. */
static int64_t
latency_us(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return 1000 + (int64_t)((*seed >> 40) % 3000) * ((*seed >> 33) % 100 == 0 ? 20 : 1);
}

/* The result document of the run. */
static void
write_document(struct buffer *out)
{
    static const struct document_info info = { .run_id = "bench", .version = "0", .duration_ns = SECONDS * NS_PER_S,
                                               .verdict.status = "pass" };
    char (*urls)[URL_SIZE] = xcalloc(NAMES, sizeof *urls);
    struct interval *interval = interval_new(false);
    struct results *results = results_new();
    uint64_t seed = 1;

    for (uint32_t i = 0; i < NAMES; i++)
        snprintf(urls[i], sizeof *urls, "http://localhost:8080/shop/items/%" PRIu32, i);
    for (uint32_t second = 0; second < SECONDS; second++) {
        interval_reset(interval, second);
        for (uint32_t i = 0; i < HITS; i++) {
            struct message message = a_hit("GET", urls[(uint64_t)i * 7919 % NAMES], i % 100 == 0 ? 503 : 200,
                                           latency_us(&seed));

            interval_add(interval, &message, 0);
        }
        results_merge_interval(results, interval);
    }
    results_document(results, &info, out);
    interval_free(interval);
    results_free(results);
    free(urls);
}

static void LOADS_PRINTF(3, 4)
host_log(const struct loads_host *host, enum loads_level level, const char *fmt, ...)
{
    (void)host;
    (void)level;
    (void)fmt;
}

static int LOADS_PRINTF(2, 3)
host_fail(const struct loads_host *host, const char *fmt, ...)
{
    va_list args;

    (void)host;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    exit(1);
}

/* The first option of html is the name of its file. */
static double
flush_s(const struct loads_plugin *plugin, const char *file, const struct loads_result *result)
{
    static const struct loads_host host = { .size = sizeof host, .log = host_log, .fail = host_fail };
    char *state = xcalloc(1, plugin->state_size);
    int64_t start_ns = now_ns();
    double seconds;

    *(const char **)(state + plugin->options[0].offset) = file;
    plugin->flush(state, &host, result);
    seconds = (double)(now_ns() - start_ns) / 1e9;
    free(state);
    return seconds;
}

/* usage: bench_html PLUGIN FILE */
int
main(int argc, char **argv)
{
    void *so = argc == 3 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    const struct loads_plugin *plugin = so != NULL ? dlsym(so, "loads_plugin") : NULL;
    struct loads_result result = { .size = sizeof result };
    double seconds[RUNS];
    struct buffer json;
    struct stat page;

    if (plugin == NULL) {
        fprintf(stderr, "bench_html: %s\n", argc == 3 ? dlerror() : "needs PLUGIN FILE");
        return 2;
    }
    buffer_init(&json, 1u << 30);
    write_document(&json);
    result.json = json.data;
    result.json_length = json.length;
    for (int run = 0; run < RUNS; run++)
        seconds[run] = flush_s(plugin, argv[2], &result);
    qsort(seconds, RUNS, sizeof *seconds, compare);
    stat(argv[2], &page);
    printf("html of %d hits of %d names: %.0f ms from a document of %.1f MiB to a page of %.2f MiB\n", SECONDS * HITS,
           NAMES, seconds[RUNS / 2] * 1e3, (double)json.length / 1048576, (double)page.st_size / 1048576);
    remove(argv[2]);
    buffer_clear(&json);
    dlclose(so);
    return 0;
}
