/* SPDX-License-Identifier: Apache-2.0 */
/* What counting costs: interval_add() of an ordinary hit, merging an interval into
 * results, and the document, over 1, 100 and 10 000 names. Medians of five, in
 * processor time: other work on the machine is not what is measured. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "results/results.h"
#include "tests/helpers/messages.h"

enum { RUNS = 5, SECONDS = 4, HITS = 500000 /* a second */, URL_SIZE = 64 };

static int64_t
processor_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double
median(double figures[static RUNS])
{
    qsort(figures, RUNS, sizeof *figures, compare);
    return figures[RUNS / 2];
}

/* Latencies as of a service: most between 1 and 4 ms, some slower. */
static int64_t
latency_us(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return 1000 + (int64_t)((*seed >> 40) % 3000) * ((*seed >> 33) % 100 == 0 ? 20 : 1);
}

static void
measure_document(const struct results *results)
{
    static const struct document_info info = { .run_id = "bench", .version = "0", .duration_ns = NS_PER_S,
                                               .verdict.status = "pass" };
    struct buffer text;
    int64_t start_ns = processor_ns();

    buffer_init(&text, 1u << 30);
    results_document(results, &info, &text);
    printf(", document %.1f MiB in %.0f ms\n", (double)text.length / 1048576,
           (double)(processor_ns() - start_ns) / 1e6);
    buffer_clear(&text);
}

struct figures {
    double add_ns[RUNS], merge_ns[RUNS], reset_ns[RUNS];
};

static void
measure(struct figures *figures, int run, uint32_t name_count, char (*urls)[URL_SIZE])
{
    struct interval *interval = interval_new(false);
    struct results *results = results_new();
    struct message message = a_hit("GET", urls[0], 200, 0);
    int64_t add_ns = 0, merge_ns = 0, reset_ns = 0;
    uint64_t seed = 1;

    for (uint32_t second = 0; second < SECONDS; second++) {
        int64_t start_ns = processor_ns(), added_ns, merged_ns;

        for (uint32_t i = 0; i < HITS; i++) {
            message.as.hit.url = slice_of(urls[(uint64_t)i * 7919 % name_count]);
            message.as.hit.elapsed_us = latency_us(&seed);
            interval_add(interval, &message, 0);
        }
        added_ns = processor_ns();
        results_merge_interval(results, interval);
        merged_ns = processor_ns();
        interval_reset(interval, second + 1);
        if (second > 0) { /* the first one sees the names for the first time */
            add_ns += added_ns - start_ns;
            merge_ns += merged_ns - added_ns;
            reset_ns += processor_ns() - merged_ns;
        }
    }
    figures->add_ns[run] = (double)add_ns / HITS / (SECONDS - 1);
    figures->merge_ns[run] = (double)merge_ns / (SECONDS - 1);
    figures->reset_ns[run] = (double)reset_ns / (SECONDS - 1);
    if (run == RUNS - 1) {
        printf("%6" PRIu32 " names: memory of interval %.1f MiB, of results %.1f MiB", name_count,
               (double)interval_memory(interval) / 1048576, (double)results_memory(results) / 1048576);
        measure_document(results);
    }
    interval_free(interval);
    results_free(results);
}

int
main(void)
{
    static const uint32_t name_counts[] = { 1, 100, 10000 };
    char (*urls)[URL_SIZE] = xcalloc(10000, sizeof *urls);

    for (uint32_t i = 0; i < 10000; i++)
        snprintf(urls[i], sizeof *urls, "http://localhost:8080/shop/items/%" PRIu32 "?session=1", i);
    for (size_t i = 0; i < sizeof name_counts / sizeof *name_counts; i++) {
        struct figures figures;

        for (int run = 0; run < RUNS; run++)
            measure(&figures, run, name_counts[i], urls);
        printf("%6" PRIu32 " names: add %.0f ns a hit, merge %.0f us, reset %.0f us an interval\n",
               name_counts[i], median(figures.add_ns), median(figures.merge_ns) / 1000,
               median(figures.reset_ns) / 1000);
    }
    free(urls);
    return 0;
}
