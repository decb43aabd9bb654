/* SPDX-License-Identifier: Apache-2.0 */
/* `loads report` and `loads recover`: results that were kept are handed to outputs. */
#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "run/merge.h"
#include "run/report.h"
#include "run/run.h"

struct replay {
    const struct run_settings *settings;
    bool allow_torn;
    struct source *sources;
    size_t source_count;
    struct merge *merge; /* NULL: there is one source */
    struct dispatch *dispatch;
    struct results *results; /* the merge's; NULL: those of the source */
    struct verdict verdict;
};

static int
open_sources(struct replay *replay, const char *const *files, size_t count, struct err *err)
{
    replay->sources = xcalloc(count, sizeof *replay->sources);
    for (; replay->source_count < count; replay->source_count++)
        if (source_open(&replay->sources[replay->source_count], files[replay->source_count],
                        replay->allow_torn, err) != 0)
            return -1;
    if (count == 1)
        return 0;
    replay->merge = merge_new(replay->sources, count, err);
    return replay->merge != NULL ? 0 : -1;
}

/* Why there are no messages to hand on, only sums; NULL: there are. */
static const char *
why_no_events(const struct replay *replay)
{
    if (replay->merge != NULL)
        return "a merged result has only sums; report one recording of the output file alone";
    if (replay->sources[0].recorded == NULL)
        return "a result document has only sums; report a recording that the output file wrote";
    return NULL;
}

static int
count(struct replay *replay, struct err *err)
{
    struct source *source = &replay->sources[0];

    if (replay->merge != NULL) {
        replay->results = results_new();
        return merge_count(replay->merge, replay->results, replay->settings->keep_query, &replay->verdict, err);
    }
    if (source_count(source, replay->dispatch, replay->settings->keep_query, replay->allow_torn, err) != 0)
        return -1;
    replay->verdict = source->verdict;
    source->verdict = (struct verdict){ 0 };
    return 0;
}

/* What is known of the run; how long it took only after the count. */
static const struct document_info *
info_of(const struct replay *replay)
{
    return replay->merge != NULL ? merge_info(replay->merge) : replay->sources[0].info;
}

static int
open_replay(struct replay *replay, const char *const *files, size_t file_count, struct err *err)
{
    if (open_sources(replay, files, file_count, err) != 0)
        return -1;
    replay->dispatch = report_open(replay->settings, info_of(replay), why_no_events(replay), err);
    return replay->dispatch != NULL ? count(replay, err) : -1;
}

static void
close_replay(struct replay *replay)
{
    results_free(replay->results);
    if (replay->dispatch != NULL)
        dispatch_free(replay->dispatch);
    merge_free(replay->merge);
    for (size_t i = 0; i < replay->source_count; i++)
        source_close(&replay->sources[i]);
    free(replay->sources);
    verdict_clear(&replay->verdict);
}

static void
finish_replay(struct replay *replay)
{
    struct results *results = replay->merge != NULL ? replay->results : replay->sources[0].results;
    struct document_info info = *info_of(replay);
    struct loads_totals totals = { .size = sizeof totals };

    results_totals(results, &totals);
    totals.elapsed_us = info.duration_ns / NS_PER_US;
    report_finish(replay->dispatch, results, &info, &totals, &replay->verdict);
}

int
run_replay(const char *const *files, size_t file_count, const struct run_settings *settings, bool allow_torn)
{
    struct replay replay = { .settings = settings, .allow_torn = allow_torn };
    struct err err = { 0 };
    int exit_code = EXIT_PASSED;

    signal(SIGPIPE, SIG_IGN);
    if (open_replay(&replay, files, file_count, &err) != 0) {
        log_error("%s", err.text);
        close_replay(&replay);
        return EXIT_USAGE;
    }
    finish_replay(&replay);
    /* A report of a bad run is a good report; one that was not written is not. */
    if (dispatch_failure_count(replay.dispatch) > 0)
        exit_code = EXIT_INVALID;
    if (dispatch_is_hung(replay.dispatch))
        _Exit(exit_code);
    close_replay(&replay);
    return exit_code;
}
