/* SPDX-License-Identifier: Apache-2.0 */
/* The differential fuzzer of the decoders, with its own inputs:
 *
 *     fuzz_decoder [--inputs N | --seconds S] [--seed N] [FOLDER]
 *
 * First the files of FOLDER are replayed, then inputs are made up. Prints what was
 * executed, the share of valid inputs, and the number of differences; prints TAP. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "differ.h"
#include "grammar.h"

enum { INPUT_LIMIT = 2 * 1024 * 1024, DIFFERENCES_LIMIT = 5, DEFAULT_SECONDS = 20 };

struct fuzz {
    struct differ differ;
    struct buffer input;
    uint64_t executed, valid, fast, differences;
};

static void
run(struct fuzz *fuzz)
{
    struct slice input = { .data = fuzz->input.data, .length = fuzz->input.length };
    bool is_fast = false;
    enum verdict verdict = differ_run(&fuzz->differ, input, &is_fast);

    fuzz->executed++;
    fuzz->fast += is_fast;
    fuzz->valid += verdict == VERDICT_VALID;
    fuzz->differences += verdict == VERDICT_DIFFERS;
}

static int
replay(struct fuzz *fuzz, const char *folder)
{
    DIR *files = opendir(folder);
    const struct dirent *entry;
    int count = 0;

    if (files == NULL)
        return 0;
    while ((entry = readdir(files)) != NULL) {
        char *path = xasprintf("%s/%s", folder, entry->d_name), piece[4096];
        FILE *file = entry->d_name[0] != '.' ? fopen(path, "rb") : NULL;
        size_t length;

        free(path);
        if (file == NULL)
            continue;
        buffer_reset(&fuzz->input);
        while ((length = fread(piece, 1, sizeof piece, file)) > 0)
            buffer_add(&fuzz->input, piece, length);
        fclose(file);
        run(fuzz);
        count++;
    }
    closedir(files);
    return count;
}

static void
make_up(struct fuzz *fuzz, uint64_t seed, uint64_t inputs, int64_t end_ns)
{
    struct chance chance = { .state = seed };

    for (uint64_t i = 0; i < inputs && fuzz->differences < DIFFERENCES_LIMIT; i++) {
        if (i % 256 == 0 && clock_monotonic_ns() > end_ns)
            break;
        grammar_frame(&chance, &fuzz->input);
        if (chance_next(&chance) % 4 == 0)
            grammar_bend(&chance, &fuzz->input);
        run(fuzz);
    }
}

static double
percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? 100 * (double)part / (double)whole : 0;
}

int
main(int argc, char **argv)
{
    const char *source = getenv("top_srcdir"), *folder = NULL;
    uint64_t inputs = UINT64_MAX, seed = (uint64_t)clock_wall_unix_ns();
    int64_t seconds = 0, start_ns = clock_monotonic_ns();
    char *corpus = xasprintf("%s/tests/fuzz/corpus", source != NULL ? source : ".");
    struct fuzz fuzz = { .executed = 0 };
    int replayed;
    bool has_shares;

    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";

        if (strcmp(argv[i], "--inputs") == 0)
            inputs = strtoull(value, NULL, 10), i++;
        else if (strcmp(argv[i], "--seconds") == 0)
            seconds = strtoll(value, NULL, 10), i++;
        else if (strcmp(argv[i], "--seed") == 0)
            seed = strtoull(value, NULL, 10), i++;
        else
            folder = argv[i];
    }
    if (inputs == UINT64_MAX && seconds == 0)
        seconds = DEFAULT_SECONDS;
    differ_init(&fuzz.differ);
    buffer_init(&fuzz.input, INPUT_LIMIT);
    printf("1..3\n# seed %" PRIu64 "\n", seed);
    replayed = replay(&fuzz, folder != NULL ? folder : corpus);
    printf("%s 1 - %d recorded inputs\n", replayed > 0 && fuzz.differences == 0 ? "ok" : "not ok", replayed);

    fuzz.executed = fuzz.valid = fuzz.fast = 0;
    make_up(&fuzz, seed, inputs, seconds > 0 ? start_ns + seconds * NS_PER_S : INT64_MAX);
    printf("# executed %" PRIu64 " in %.1f s, valid %.1f %%, fast path %.1f %%, differences %" PRIu64 "\n",
           fuzz.executed, (double)(clock_monotonic_ns() - start_ns) / 1e9, percent(fuzz.valid, fuzz.executed),
           percent(fuzz.fast, fuzz.executed), fuzz.differences);
    printf("%s 2 - the decoders agree\n", fuzz.differences == 0 ? "ok" : "not ok");
    has_shares = fuzz.valid * 2 >= fuzz.executed && fuzz.fast * 4 >= fuzz.executed;
    printf("%s 3 - half of the inputs are valid, and a quarter takes the fast path\n", has_shares ? "ok" : "not ok");
    differ_clear(&fuzz.differ);
    buffer_clear(&fuzz.input);
    free(corpus);
    return replayed == 0 || fuzz.differences > 0 || !has_shares;
}
