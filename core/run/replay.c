/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded run again: reads what output "file" wrote, counts it as the receiver
 * did, and hands the result to other outputs. */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lines.h"
#include "base/log.h"
#include "base/memory.h"
#include "protocol/recording.h"
#include "run/agents.h"
#include "run/intake.h"
#include "run/report.h"
#include "run/run.h"
#include "run/verdict.h"

/* A line is at most a message, its numbers, and what escaping a name adds. */
enum { LINE_LIMIT = 4 * MESSAGE_FRAME_LIMIT, REPLAY_SECONDS_LIMIT = 366 * 86400 };

struct replay {
    const char *path;
    struct lines *lines;

    uint64_t run_count; /* in the file; what follows is of the last one */
    struct recording_head head;
    struct recording_end end;
    bool has_end;
    struct lines_place begin; /* of the first line behind the header */

    struct agents *agents;
    struct intake *intake;
    struct interval *interval;
    struct results *results;
    struct dispatch *dispatch;
    struct verdict verdict;
    size_t next_users; /* of the trailer's changes */
    uint32_t users;
    int64_t last_us, ticked_ns;
};

static void
forget_run(struct replay *replay)
{
    recording_head_clear(&replay->head);
    recording_end_clear(&replay->end);
    replay->has_end = false;
}

/* ---- Lines. */

static bool
begins_with(const struct line *line, const char *prefix)
{
    return line->length >= strlen(prefix) && memcmp(line->text, prefix, strlen(prefix)) == 0;
}

/* Where an error stands. */
static int
at_line(const struct replay *replay, const struct line *line, struct err *err)
{
    return err_add(err, "%s:%" PRIu64, replay->path, line->number);
}

/* What would be computed with, and may have been written by anybody. */
static int
check_end(const struct recording_end *end, struct err *err)
{
    if (!verdict_knows(end->exit_code))
        return err_set(err, "exit_code %d is none of loads", end->exit_code);
    if (end->seconds > REPLAY_SECONDS_LIMIT)
        return err_set(err, "timeline_s %" PRIu32 " is more than a year", end->seconds);
    return 0;
}

/* What a header or a trailer says; messages come later. */
static int
note_line(struct replay *replay, const struct line *line, struct err *err)
{
    struct slice text = { .data = line->text, .length = line->length };

    if (begins_with(line, RECORDING_HEAD_PREFIX)) {
        forget_run(replay);
        if (recording_head_parse(&replay->head, text, err) != 0)
            return at_line(replay, line, err);
        replay->run_count++;
        replay->begin = lines_tell(replay->lines);
    } else if (replay->run_count == 0) {
        err_set(err, "not a file that output \"file\" wrote: it does not begin with a header");
        return at_line(replay, line, err);
    } else if (begins_with(line, RECORDING_END_PREFIX)) {
        recording_end_clear(&replay->end);
        if (recording_end_parse(&replay->end, text, err) != 0 || check_end(&replay->end, err) != 0)
            return at_line(replay, line, err);
        replay->has_end = true;
    }
    return 0;
}

/* A file that was appended to holds several runs: the last one counts. */
static int
find_last_run(struct replay *replay, bool allow_torn, struct err *err)
{
    enum lines_next next;
    struct line line;

    while ((next = lines_next(replay->lines, &line, err)) == LINES_LINE)
        if ((!line.is_torn || replay->run_count == 0) && note_line(replay, &line, err) != 0)
            return -1;
    if (next == LINES_FAILED && !(allow_torn && replay->run_count > 0))
        return -1;
    if (replay->run_count == 0)
        return err_set(err, "%s is empty: there is no run in it", replay->path);
    if (replay->run_count > 1)
        log_info("%s holds %" PRIu64 " runs: this is the last one", replay->path, replay->run_count);
    return lines_seek(replay->lines, replay->begin, err);
}

/* ---- Seconds: each one gets an interval, as in the run. */

static void
begin_second(struct replay *replay, uint32_t second)
{
    interval_reset(replay->interval, second);
    intake_set_interval(replay->intake, replay->interval);
    while (replay->next_users < replay->end.user_count &&
           replay->end.users[replay->next_users].second <= second)
        replay->users = replay->end.users[replay->next_users++].users;
    interval_set_users(replay->interval, replay->users);
}

static void
tick(struct replay *replay)
{
    struct loads_totals totals = { .size = sizeof totals };

    if (clock_monotonic_ns() - replay->ticked_ns < NS_PER_S)
        return;
    replay->ticked_ns = clock_monotonic_ns();
    results_totals(replay->results, &totals);
    totals.elapsed_us = replay->last_us;
    totals.planned_us = replay->end.duration_ns / NS_PER_US;
    dispatch_tick(replay->dispatch, &totals);
}

static void
advance_to(struct replay *replay, uint32_t second)
{
    uint32_t from = interval_second(replay->interval);

    if (second <= from)
        return;
    results_merge_interval(replay->results, replay->interval);
    /* Without a trailer nothing is known of seconds in which nothing came. */
    while (replay->has_end && ++from < second) {
        begin_second(replay, from);
        results_merge_interval(replay->results, replay->interval);
    }
    begin_second(replay, second);
    tick(replay);
}

/* ---- Messages. */

static int
replay_message(struct replay *replay, const struct line *line, struct err *err)
{
    struct slice message;
    int64_t received_us;
    uint32_t target;

    if (recording_message_parse(line->text, line->length, &received_us, &target, &message, err) != 0)
        return -1;
    if (target >= replay->head.info.target_count)
        return err_set(err, "target %" PRIu32 " is not in the plan", target);
    if (received_us / US_PER_S > REPLAY_SECONDS_LIMIT)
        return err_set(err, "received_us %" PRId64 " is more than a year", received_us);
    advance_to(replay, (uint32_t)(received_us / US_PER_S));
    replay->last_us = received_us;
    intake_frame(replay->intake, message, target, false, received_us);
    return 0;
}

/* Messages until the trailer. */
static int
replay_messages(struct replay *replay, struct err *err)
{
    enum lines_next next;
    struct line line;

    while ((next = lines_next(replay->lines, &line, err)) == LINES_LINE) {
        if (begins_with(&line, RECORDING_END_PREFIX) && !line.is_torn)
            return 0;
        if (line.is_torn) {
            err_set(err, "the line is torn");
            return at_line(replay, &line, err);
        }
        if (replay_message(replay, &line, err) != 0)
            return at_line(replay, &line, err);
    }
    return next == LINES_FAILED ? -1 : 0;
}

/* In a recovery the first bad line ends the file. */
static int
recover_messages(struct replay *replay)
{
    struct err err = { 0 };

    if (replay_messages(replay, &err) != 0)
        log_warning("%s; what follows is left out", err.text);
    return 0;
}

/* ---- The result. */

/* What was refused during the run is not in the file: the trailer knows. */
static void
judge(struct replay *replay)
{
    struct account *account = results_account(replay->results);

    if (!replay->has_end) {
        verdict_add(&replay->verdict, EXIT_INVALID, "recovered from a run that did not end");
        report_judge(replay->results, &replay->verdict);
        return;
    }
    if (account->counted != replay->end.account.counted)
        verdict_add(&replay->verdict, EXIT_INVALID,
                    "%s holds %" PRIu64 " messages, %" PRIu64 " were counted in the run", replay->path,
                    account->counted, replay->end.account.counted);
    *account = replay->end.account;
    for (size_t i = 0; i < replay->end.reason_count; i++)
        verdict_add(&replay->verdict, (enum exit_code)replay->end.exit_code, "%s", replay->end.reasons[i]);
}

static int
open_replay(struct replay *replay, const struct run_settings *settings, bool allow_torn, struct err *err)
{
    replay->lines = lines_open(replay->path, LINE_LIMIT, err);
    if (replay->lines == NULL || find_last_run(replay, allow_torn, err) != 0)
        return -1;
    if (!replay->has_end && !allow_torn)
        return err_set(err, "%s has no trailer: the run did not end; `loads recover %s` takes it as far as it goes",
                       replay->path, replay->path);
    replay->dispatch = report_open(settings, &replay->head.info, err);
    if (replay->dispatch == NULL)
        return -1;
    replay->agents = agents_new("local");
    agents_issue_all(replay->agents);
    replay->intake = intake_new(&(struct intake_setup){ .run_id = replay->head.info.run_id,
                                                        .target_names = replay->head.target_names,
                                                        .agents = replay->agents,
                                                        .dispatch = replay->dispatch });
    replay->results = results_new();
    replay->interval = interval_new(settings->keep_query);
    begin_second(replay, 0);
    return 0;
}

static void
close_replay(struct replay *replay)
{
    intake_free(replay->intake);
    agents_free(replay->agents);
    interval_free(replay->interval);
    results_free(replay->results);
    if (replay->dispatch != NULL)
        dispatch_free(replay->dispatch);
    forget_run(replay);
    verdict_clear(&replay->verdict);
    lines_close(replay->lines);
}

static void
finish_replay(struct replay *replay)
{
    struct document_info *info = &replay->head.info;
    struct loads_totals totals = { .size = sizeof totals };

    if (replay->end.seconds > 0)
        advance_to(replay, replay->end.seconds - 1);
    results_merge_interval(replay->results, replay->interval);
    judge(replay);
    info->duration_ns = replay->has_end ? replay->end.duration_ns : replay->last_us * NS_PER_US;
    results_totals(replay->results, &totals);
    totals.elapsed_us = info->duration_ns / NS_PER_US;
    report_finish(replay->dispatch, replay->results, info, &totals, &replay->verdict);
}

int
run_replay(const char *file, const struct run_settings *settings, bool allow_torn)
{
    struct replay replay = { .path = file };
    struct err err = { 0 };
    int exit_code = EXIT_PASSED;

    signal(SIGPIPE, SIG_IGN);
    if (open_replay(&replay, settings, allow_torn, &err) != 0 ||
        (allow_torn ? recover_messages(&replay) : replay_messages(&replay, &err)) != 0) {
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
