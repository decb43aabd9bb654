/* SPDX-License-Identifier: Apache-2.0 */
/* What decoding one message costs: the fast path, the slow path, and jansson
 * alone on the same messages. Usage: bench_decoder CORPUS, a message a line.
 *
 * The messages are visited in a scattered order, as many runners' arrive, each
 * figure is the median of five rounds, and the rounds are interleaved. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "protocol/decoder.h"

enum { ROUNDS = 5, FAST_PASSES = 100, SLOW_PASSES = 5, STRIDE = 7919, CORPUS_LIMIT = 64 * 1024 * 1024 };

struct corpus {
    char *text;
    size_t bytes;
    struct slice *frames; /* in the order of visits */
    size_t count;
};

static void
die(const char *what, const char *name)
{
    fprintf(stderr, "bench_decoder: %s %s\n", what, name);
    exit(2);
}

static void
corpus_read(struct corpus *corpus, const char *name)
{
    FILE *file = fopen(name, "rb");
    size_t lines = 0, at = 0;
    struct slice *in_order;

    if (file == NULL)
        die("cannot open", name);
    corpus->text = xmalloc(CORPUS_LIMIT);
    corpus->bytes = fread(corpus->text, 1, CORPUS_LIMIT, file);
    fclose(file);
    for (size_t i = 0; i < corpus->bytes; i++)
        lines += corpus->text[i] == '\n';
    if (lines == 0)
        die("no messages in", name);
    in_order = xreallocarray(NULL, lines, sizeof *in_order);
    for (size_t i = 0; i < lines; i++) {
        char *end = memchr(corpus->text + at, '\n', corpus->bytes - at);

        in_order[i] = (struct slice){ corpus->text + at, (size_t)(end - (corpus->text + at)) };
        at += in_order[i].length + 1;
    }
    corpus->count = lines;
    corpus->frames = xreallocarray(NULL, lines, sizeof *corpus->frames);
    for (size_t i = 0; i < lines; i++)
        corpus->frames[i] = in_order[i * STRIDE % lines];
    free(in_order);
}

static void
on_message(void *context, const struct message *message)
{
    uint64_t *sum = context;

    *sum += (uint64_t)message->as.hit.elapsed_us;
}

static void
on_rejected(void *context, enum reject reason, const char *why, struct slice text)
{
    (void)context;
    fprintf(stderr, "bench_decoder: rejected: %s: %s: %.*s\n", reject_names[reason], why, (int)text.length, text.data);
    exit(1);
}

static void
on_unknown(void *context, struct slice data_type, struct slice text)
{
    (void)context, (void)data_type;
    fprintf(stderr, "bench_decoder: unknown: %.*s\n", (int)text.length, text.data);
    exit(1);
}

static double
per_message(const struct corpus *corpus, int passes, int64_t start_ns)
{
    return (double)(clock_monotonic_ns() - start_ns) / (double)(corpus->count * (size_t)passes);
}

static double
time_fast(const struct corpus *corpus, struct decoder *decoder, const struct decoder_sink *sink)
{
    int64_t start_ns = clock_monotonic_ns();

    for (int pass = 0; pass < FAST_PASSES; pass++)
        for (size_t i = 0; i < corpus->count; i++)
            decoder_fast(decoder, corpus->frames[i], sink);
    return per_message(corpus, FAST_PASSES, start_ns);
}

static double
time_slow(const struct corpus *corpus, struct decoder *decoder, const struct decoder_sink *sink)
{
    int64_t start_ns = clock_monotonic_ns();

    for (int pass = 0; pass < SLOW_PASSES; pass++)
        for (size_t i = 0; i < corpus->count; i++)
            decoder_slow(decoder, corpus->frames[i], sink);
    return per_message(corpus, SLOW_PASSES, start_ns);
}

static double
time_jansson(const struct corpus *corpus)
{
    int64_t start_ns = clock_monotonic_ns();

    for (int pass = 0; pass < SLOW_PASSES; pass++)
        for (size_t i = 0; i < corpus->count; i++)
            json_decref(json_loadb(corpus->frames[i].data, corpus->frames[i].length, 0, NULL));
    return per_message(corpus, SLOW_PASSES, start_ns);
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, compare_doubles);
    return values[ROUNDS / 2];
}

int
main(int argc, char **argv)
{
    double fast[ROUNDS], slow[ROUNDS], jansson[ROUNDS];
    struct corpus corpus;
    uint64_t sum = 0;
    struct decoder_sink sink = { &sum, on_message, on_rejected, on_unknown };
    struct decoder *decoder = decoder_new();
    struct decoder_stats stats;

    if (argc != 2)
        die("usage: bench_decoder", "CORPUS");
    corpus_read(&corpus, argv[1]);
    for (size_t i = 0; i < corpus.count; i++)
        decoder_decode(decoder, corpus.frames[i], &sink);
    stats = decoder_stats(decoder);
    for (int round = 0; round < ROUNDS; round++) {
        fast[round] = time_fast(&corpus, decoder, &sink);
        slow[round] = time_slow(&corpus, decoder, &sink);
        jansson[round] = time_jansson(&corpus);
    }
    printf("decoder: %zu messages of %.0f bytes on average\n", corpus.count,
           (double)corpus.bytes / (double)corpus.count - 1);
    printf("decoder: fast path %.0f ns a message, slow path %.0f, jansson alone %.0f\n", median(fast),
           median(slow), median(jansson));
    printf("decoder: %.3f %% of them took the slow path\n",
           100 * (double)stats.slow / (double)(stats.fast + stats.slow));
    decoder_free(decoder);
    free(corpus.frames);
    free(corpus.text);
    return 0;
}
