/* SPDX-License-Identifier: Apache-2.0 */
/* The targets of reader.h with inputs that are made up from the seeds, the same ones
 * in each run:
 *
 *     fuzz_readers [--inputs N] [--seed N] [TARGET...]
 *
 * Prints TAP, a test for each target. What breaks one ends the program. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "grammar.h"
#include "reader.h"

enum { SEEDS_LIMIT = 64, INPUT_LIMIT = 1024 * 1024, DEFAULT_INPUTS = 1500, BENDS_MOST = 4 };

struct seeds {
    struct buffer items[SEEDS_LIMIT];
    size_t count;
};

static void
read_seed(struct buffer *seed, const char *path)
{
    FILE *file = fopen(path, "rb");
    char piece[4096];
    size_t length;

    READER_CHECK(file != NULL);
    buffer_init(seed, INPUT_LIMIT);
    while ((length = fread(piece, 1, sizeof piece, file)) > 0)
        buffer_add(seed, piece, length);
    fclose(file);
}

static int
is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* In the order of their names: runs are to be the same. */
static void
read_seeds(struct seeds *seeds, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_file, alphasort);

    seeds->count = 0;
    for (int i = 0; i < count; i++) {
        char *path = xasprintf("%s/%s", folder, entries[i]->d_name);

        if (seeds->count < SEEDS_LIMIT)
            read_seed(&seeds->items[seeds->count++], path);
        free(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* A block of its own, so that a sanitizer sees each byte read past the end. */
static void
run_one(const struct reader *reader, const struct buffer *input)
{
    char *copy = xmalloc(input->length);

    if (input->length > 0)
        memcpy(copy, input->data, input->length);
    reader->run(copy, input->length);
    free(copy);
}

static void
run_target(const struct reader *reader, const struct seeds *seeds, uint64_t inputs, uint64_t seed)
{
    struct chance chance = { .state = seed };
    struct buffer input;

    buffer_init(&input, INPUT_LIMIT);
    for (size_t i = 0; i < seeds->count; i++)
        run_one(reader, &seeds->items[i]);
    for (uint64_t i = 0; i < inputs; i++) {
        buffer_reset(&input);
        buffer_add_slice(&input, (struct slice){ seeds->items[i % seeds->count].data,
                                                 seeds->items[i % seeds->count].length });
        for (uint64_t bends = 1 + chance_next(&chance) % BENDS_MOST; bends > 0; bends--)
            grammar_bend(&chance, &input);
        run_one(reader, &input);
    }
    buffer_clear(&input);
}

static bool
is_wanted(const char *name, char **wanted)
{
    bool is_any = *wanted == NULL;

    for (; *wanted != NULL; wanted++)
        is_any = is_any || strcmp(*wanted, name) == 0;
    return is_any;
}

int
main(int argc, char **argv)
{
    const char *source = getenv("top_srcdir");
    uint64_t inputs = DEFAULT_INPUTS, seed = 1;
    int number = 0, failed = 0, at = 1;

    for (; at + 1 < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
        if (strcmp(argv[at], "--inputs") == 0)
            inputs = strtoull(argv[at + 1], NULL, 10);
        else
            seed = strtoull(argv[at + 1], NULL, 10);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; readers[i] != NULL; i++) {
        char *folder = xasprintf("%s/tests/fuzz/seeds/%s", source != NULL ? source : ".", readers[i]->name);
        struct seeds seeds;

        if (is_wanted(readers[i]->name, argv + at)) {
            read_seeds(&seeds, folder);
            printf("# %s: %zu seeds, %" PRIu64 " inputs made of them\n", readers[i]->name, seeds.count, inputs);
            if (seeds.count > 0)
                run_target(readers[i], &seeds, inputs, seed);
            printf("%s %d - %s\n", seeds.count > 0 ? "ok" : "not ok", ++number, readers[i]->name);
            failed += seeds.count == 0;
            for (size_t j = 0; j < seeds.count; j++)
                buffer_clear(&seeds.items[j]);
        }
        free(folder);
    }
    printf("1..%d\n", number);
    return failed > 0 || number == 0;
}
