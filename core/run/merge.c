/* SPDX-License-Identifier: Apache-2.0 */
/* The union of runs. Runs stand in the order of their starts, and their targets with
 * them, whatever the order in which they were named. */
#include "run/merge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/siphash.h"

enum { RUN_ID_SIZE = 33, ID_SHOWN = 8 };

/* A run, and where it is from: run number `index` of a merged source, or the only one. */
struct part {
    struct source *source;
    size_t index;
};

struct merge {
    struct source *sources;
    size_t source_count;
    struct part *parts;
    size_t part_count;
    struct document_info info;
    struct document_run *runs;       /* of the info */
    struct document_target *targets; /* as those; their cycles are the sources' */
    uint32_t **maps;  /* by source: the number here of each of its targets */
    uint32_t *tests;  /* by target: the first one with the same name and runner */
    char run_id[RUN_ID_SIZE];
};

static struct document_run
run_of(const struct part *part)
{
    const struct document_info *info = part->source->info;
    const struct verdict *verdict = &part->source->verdict;

    if (info->run_count > 0)
        return info->runs[part->index];
    return (struct document_run){ .run_id = info->run_id, .project = info->project, .label = info->label,
                                  .version = info->version, .started_unix_ns = info->started_unix_ns,
                                  .duration_ns = info->duration_ns,
                                  .verdict = { .status = verdict_status(verdict),
                                               .exit_code = (int)verdict->exit_code,
                                               .reasons = (const char *const *)verdict->reasons,
                                               .reason_count = verdict->reason_count } };
}

static int
compare_parts(const void *a, const void *b)
{
    struct document_run left = run_of(a), right = run_of(b);

    if (left.started_unix_ns != right.started_unix_ns)
        return left.started_unix_ns < right.started_unix_ns ? -1 : 1;
    return strcmp(left.run_id, right.run_id);
}

static void
list_parts(struct merge *merge)
{
    for (size_t i = 0; i < merge->source_count; i++) {
        size_t runs = merge->sources[i].info->run_count;

        merge->parts = xreallocarray(merge->parts, merge->part_count + runs + 1, sizeof *merge->parts);
        for (size_t j = 0; j < (runs > 0 ? runs : 1); j++)
            merge->parts[merge->part_count++] = (struct part){ .source = &merge->sources[i], .index = j };
    }
    qsort(merge->parts, merge->part_count, sizeof *merge->parts, compare_parts);
}

/* The same run has the same start, so that it stands beside itself. */
static int
check_parts(const struct merge *merge, struct err *err)
{
    size_t targets = 0;

    for (size_t i = 1; i < merge->part_count; i++)
        if (compare_parts(&merge->parts[i - 1], &merge->parts[i]) == 0)
            return err_set(err, "%s and %s both hold the run %s", merge->parts[i - 1].source->path,
                           merge->parts[i].source->path, run_of(&merge->parts[i]).run_id);
    for (size_t i = 0; i < merge->source_count; i++)
        targets += merge->sources[i].info->target_count;
    if (targets > RESULTS_TARGETS_LIMIT)
        return err_set(err, "the results have %zu targets in all; at most %d are merged", targets,
                       RESULTS_TARGETS_LIMIT);
    return 0;
}

/* ---- The plan. */

static uint32_t
first_alike(const struct merge *merge, size_t target)
{
    uint32_t first = 0;

    while (strcmp(merge->targets[first].name, merge->targets[target].name) != 0
           || strcmp(merge->targets[first].runner, merge->targets[target].runner) != 0)
        first++;
    return first;
}

/* Adds the targets of one run, in the order of its plan. */
static void
add_targets(struct merge *merge, const struct part *part, const char *run_id)
{
    const struct document_info *info = part->source->info;
    uint32_t *map = merge->maps[part->source - merge->sources];

    for (size_t i = 0; i < info->target_count; i++) {
        size_t index = merge->info.target_count;

        if (info->run_count > 0 && strcmp(info->targets[i].run_id, run_id) != 0)
            continue;
        merge->targets[index] = info->targets[i];
        merge->targets[index].run_id = run_id;
        map[i] = (uint32_t)index;
        merge->tests[index] = first_alike(merge, index);
        merge->info.target_count++;
    }
}

static void
make_plan(struct merge *merge)
{
    size_t count = 0;

    merge->maps = xcalloc(merge->source_count, sizeof *merge->maps);
    for (size_t i = 0; i < merge->source_count; i++) {
        merge->maps[i] = xcalloc(merge->sources[i].info->target_count, sizeof **merge->maps);
        count += merge->sources[i].info->target_count;
    }
    merge->targets = xcalloc(count, sizeof *merge->targets);
    merge->tests = xcalloc(count, sizeof *merge->tests);
    merge->info.targets = merge->targets;
    for (size_t i = 0; i < merge->part_count; i++)
        add_targets(merge, &merge->parts[i], run_of(&merge->parts[i]).run_id);
}

/* ---- Identity. */

/* A number made from theirs, so that the same runs give the same one. */
static void
make_run_id(struct merge *merge)
{
    static const struct siphash_key keys[] = { { 0, 0 }, { 0, 1 } };
    struct buffer ids;

    buffer_init(&ids, SIZE_MAX / 2);
    for (size_t i = 0; i < merge->part_count; i++) {
        const char *id = run_of(&merge->parts[i]).run_id;

        buffer_add(&ids, id, strlen(id) + 1);
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        snprintf(merge->run_id + 16 * i, 17, "%016" PRIx64,
                 siphash(&keys[i], (struct slice){ ids.data, ids.length }));
    buffer_clear(&ids);
}

/* What all have in common, else nothing. */
static const char *
common(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0 ? a : NULL;
}

static void
make_identity(struct merge *merge)
{
    struct document_run first = run_of(&merge->parts[0]);

    make_run_id(merge);
    merge->info.run_id = merge->run_id;
    merge->info.version = PACKAGE_VERSION;
    merge->info.started_unix_ns = first.started_unix_ns;
    merge->info.project = first.project;
    merge->info.label = first.label;
    for (size_t i = 1; i < merge->part_count; i++) {
        struct document_run run = run_of(&merge->parts[i]);

        merge->info.project = common(merge->info.project, run.project);
        merge->info.label = common(merge->info.label, run.label);
    }
}

struct merge *
merge_new(struct source *sources, size_t count, struct err *err)
{
    struct merge *merge = xcalloc(1, sizeof *merge);

    merge->sources = sources;
    merge->source_count = count;
    list_parts(merge);
    if (check_parts(merge, err) != 0) {
        merge_free(merge);
        return NULL;
    }
    make_plan(merge);
    make_identity(merge);
    return merge;
}

void
merge_free(struct merge *merge)
{
    if (merge == NULL)
        return;
    for (size_t i = 0; merge->maps != NULL && i < merge->source_count; i++)
        free(merge->maps[i]);
    free(merge->maps);
    free(merge->tests);
    free(merge->targets);
    free(merge->runs);
    free(merge->parts);
    free(merge);
}

const struct document_info *
merge_info(const struct merge *merge)
{
    return &merge->info;
}

/* ---- Results. */

static void
add_source(struct merge *merge, struct results *results, size_t index)
{
    struct source *source = &merge->sources[index];
    size_t count = source->info->target_count;
    uint32_t *tests = xcalloc(count, sizeof *tests);

    for (size_t i = 0; i < count; i++)
        tests[i] = merge->tests[merge->maps[index][i]];
    results_merge_run(results, source->results, merge->maps[index], tests);
    source_free_results(source);
    free(tests);
}

static void
add_verdict(struct verdict *verdict, const struct document_run *run)
{
    verdict_raise(verdict, (enum exit_code)run->verdict.exit_code);
    for (size_t i = 0; i < run->verdict.reason_count; i++)
        verdict_add(verdict, (enum exit_code)run->verdict.exit_code, "run %.*s: %s", ID_SHOWN, run->run_id,
                    run->verdict.reasons[i]);
}

/* Of a recording the verdict and the duration are known only now. */
static void
describe_runs(struct merge *merge, struct verdict *verdict)
{
    merge->runs = xcalloc(merge->part_count, sizeof *merge->runs);
    merge->info.runs = merge->runs;
    merge->info.run_count = merge->part_count;
    for (size_t i = 0; i < merge->part_count; i++) {
        merge->runs[i] = run_of(&merge->parts[i]);
        if (merge->runs[i].duration_ns > merge->info.duration_ns)
            merge->info.duration_ns = merge->runs[i].duration_ns;
        add_verdict(verdict, &merge->runs[i]);
    }
}

int
merge_count(struct merge *merge, struct results *results, bool keep_query, struct verdict *verdict,
            struct err *err)
{
    for (size_t i = 0; i < merge->source_count; i++) {
        if (source_count(&merge->sources[i], NULL, keep_query, false, err) != 0)
            return -1;
        add_source(merge, results, i);
    }
    describe_runs(merge, verdict);
    return 0;
}
