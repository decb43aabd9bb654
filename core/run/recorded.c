/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded run again: what output "file" wrote, counted as the receiver did. */
#include "run/recorded.h"

#include <inttypes.h>
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

/* A line is at most a message, its numbers, and what escaping a name adds. */
enum { LINE_LIMIT = 4 * MESSAGE_FRAME_LIMIT, SECONDS_LIMIT = 366 * 86400 };

struct recorded {
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
    struct results *results;   /* the caller's, as the next */
    struct dispatch *dispatch; /* may be NULL */
    size_t next_users; /* of the trailer's changes */
    uint32_t users;
    int64_t last_us, ticked_ns;
};

static void
forget_run(struct recorded *recorded)
{
    recording_head_clear(&recorded->head);
    recording_end_clear(&recorded->end);
    recorded->has_end = false;
}

/* ---- Lines. */

static bool
begins_with(const struct line *line, const char *prefix)
{
    return line->length >= strlen(prefix) && memcmp(line->text, prefix, strlen(prefix)) == 0;
}

/* Where an error stands. */
static int
at_line(const struct recorded *recorded, const struct line *line, struct err *err)
{
    return err_add(err, "%s:%" PRIu64, recorded->path, line->number);
}

/* What would be computed with, and may have been written by anybody. */
static int
check_end(const struct recording_end *end, struct err *err)
{
    if (!verdict_knows(end->exit_code))
        return err_set(err, "exit_code %d is none of loads", end->exit_code);
    if (end->seconds > SECONDS_LIMIT)
        return err_set(err, "timeline_s %" PRIu32 " is more than a year", end->seconds);
    return 0;
}

/* What a header or a trailer says; messages come later. */
static int
note_line(struct recorded *recorded, const struct line *line, struct err *err)
{
    struct slice text = { .data = line->text, .length = line->length };

    if (begins_with(line, RECORDING_HEAD_PREFIX)) {
        forget_run(recorded);
        if (recording_head_parse(&recorded->head, text, err) != 0)
            return at_line(recorded, line, err);
        recorded->run_count++;
        recorded->begin = lines_tell(recorded->lines);
    } else if (recorded->run_count == 0) {
        err_set(err, "not a file that output \"file\" wrote: it does not begin with a header");
        return at_line(recorded, line, err);
    } else if (begins_with(line, RECORDING_END_PREFIX)) {
        recording_end_clear(&recorded->end);
        if (recording_end_parse(&recorded->end, text, err) != 0 || check_end(&recorded->end, err) != 0)
            return at_line(recorded, line, err);
        recorded->has_end = true;
    }
    return 0;
}

/* A file that was appended to holds several runs: the last one counts. */
static int
find_last_run(struct recorded *recorded, bool allow_torn, struct err *err)
{
    enum lines_next next;
    struct line line;

    while ((next = lines_next(recorded->lines, &line, err)) == LINES_LINE)
        if ((!line.is_torn || recorded->run_count == 0) && note_line(recorded, &line, err) != 0)
            return -1;
    if (next == LINES_FAILED && !(allow_torn && recorded->run_count > 0))
        return -1;
    if (recorded->run_count == 0)
        return err_set(err, "%s is empty: there is no run in it", recorded->path);
    if (recorded->run_count > 1)
        log_info("%s holds %" PRIu64 " runs: this is the last one", recorded->path, recorded->run_count);
    return lines_seek(recorded->lines, recorded->begin, err);
}

/* ---- Seconds: each one gets an interval, as in the run. */

static void
begin_second(struct recorded *recorded, uint32_t second)
{
    interval_reset(recorded->interval, second);
    intake_set_interval(recorded->intake, recorded->interval);
    while (recorded->next_users < recorded->end.user_count &&
           recorded->end.users[recorded->next_users].second <= second)
        recorded->users = recorded->end.users[recorded->next_users++].users;
    interval_set_users(recorded->interval, recorded->users);
}

static void
tick(struct recorded *recorded)
{
    struct loads_totals totals = { .size = sizeof totals };

    if (recorded->dispatch == NULL || clock_monotonic_ns() - recorded->ticked_ns < NS_PER_S)
        return;
    recorded->ticked_ns = clock_monotonic_ns();
    results_totals(recorded->results, &totals);
    totals.elapsed_us = recorded->last_us;
    totals.planned_us = recorded->end.duration_ns / NS_PER_US;
    dispatch_tick(recorded->dispatch, &totals);
}

static void
advance_to(struct recorded *recorded, uint32_t second)
{
    uint32_t from = interval_second(recorded->interval);

    if (second <= from)
        return;
    results_merge_interval(recorded->results, recorded->interval);
    /* Without a trailer nothing is known of seconds in which nothing came. */
    while (recorded->has_end && ++from < second) {
        begin_second(recorded, from);
        results_merge_interval(recorded->results, recorded->interval);
    }
    begin_second(recorded, second);
    tick(recorded);
}

/* ---- Messages. */

static int
count_message(struct recorded *recorded, const struct line *line, struct err *err)
{
    struct slice message;
    int64_t received_us;
    uint32_t target;

    if (recording_message_parse(line->text, line->length, &received_us, &target, &message, err) != 0)
        return -1;
    if (target >= recorded->head.info.target_count)
        return err_set(err, "target %" PRIu32 " is not in the plan", target);
    if (received_us / US_PER_S > SECONDS_LIMIT)
        return err_set(err, "received_us %" PRId64 " is more than a year", received_us);
    advance_to(recorded, (uint32_t)(received_us / US_PER_S));
    recorded->last_us = received_us;
    intake_frame(recorded->intake, message, target, false, received_us);
    return 0;
}

/* Messages until the trailer. */
static int
count_messages(struct recorded *recorded, struct err *err)
{
    enum lines_next next;
    struct line line;

    while ((next = lines_next(recorded->lines, &line, err)) == LINES_LINE) {
        if (begins_with(&line, RECORDING_END_PREFIX) && !line.is_torn)
            return 0;
        if (line.is_torn) {
            err_set(err, "the line is torn");
            return at_line(recorded, &line, err);
        }
        if (count_message(recorded, &line, err) != 0)
            return at_line(recorded, &line, err);
    }
    return next == LINES_FAILED ? -1 : 0;
}

/* ---- The result. */

/* What was refused during the run is not in the file: the trailer knows. */
static void
judge(struct recorded *recorded, struct verdict *verdict)
{
    struct account *account = results_account(recorded->results);
    const struct recording_end *end = &recorded->end;

    if (!recorded->has_end) {
        verdict_add(verdict, EXIT_INVALID, "recovered from a run that did not end");
        report_judge(recorded->results, verdict);
        return;
    }
    if (account->counted != end->account.counted)
        verdict_add(verdict, EXIT_INVALID, "%s holds %" PRIu64 " messages, %" PRIu64 " were counted in the run",
                    recorded->path, account->counted, end->account.counted);
    *account = end->account;
    verdict_copy(verdict, (enum exit_code)end->exit_code, end->reasons, end->reason_count);
}

struct recorded *
recorded_open(const char *path, bool allow_torn, struct err *err)
{
    struct recorded *recorded = xcalloc(1, sizeof *recorded);

    recorded->path = path;
    recorded->lines = lines_open(path, LINE_LIMIT, err);
    if (recorded->lines == NULL || find_last_run(recorded, allow_torn, err) != 0)
        goto fail;
    if (!recorded->has_end && !allow_torn) {
        err_set(err, "%s has no trailer: the run did not end; `loads recover %s` takes it as far as it goes",
                path, path);
        goto fail;
    }
    return recorded;

fail:
    recorded_close(recorded);
    return NULL;
}

const struct document_info *
recorded_info(const struct recorded *recorded)
{
    return &recorded->head.info;
}

static void
begin_count(struct recorded *recorded, const struct recorded_sink *sink)
{
    recorded->results = sink->results;
    recorded->dispatch = sink->dispatch;
    recorded->agents = agents_new("local");
    agents_issue_all(recorded->agents);
    recorded->intake = intake_new(&(struct intake_setup){ .run_id = recorded->head.info.run_id,
                                                          .target_names = recorded->head.target_names,
                                                          .agents = recorded->agents,
                                                          .dispatch = sink->dispatch });
    recorded->interval = interval_new(sink->keep_query);
    begin_second(recorded, 0);
}

/* In a recovery, which has no trailer, the first bad line ends the file. */
static int
count_all(struct recorded *recorded, bool allow_torn, struct err *err)
{
    struct err why = { 0 };

    if (!allow_torn)
        return count_messages(recorded, err);
    if (count_messages(recorded, &why) != 0)
        log_warning("%s; what follows is left out", why.text);
    return 0;
}

int
recorded_count(struct recorded *recorded, const struct recorded_sink *sink, bool allow_torn,
               struct verdict *verdict, struct err *err)
{
    begin_count(recorded, sink);
    if (count_all(recorded, allow_torn, err) != 0)
        return -1;
    if (recorded->end.seconds > 0)
        advance_to(recorded, recorded->end.seconds - 1);
    results_merge_interval(recorded->results, recorded->interval);
    judge(recorded, verdict);
    recorded->head.info.duration_ns =
        recorded->has_end ? recorded->end.duration_ns : recorded->last_us * NS_PER_US;
    return 0;
}

void
recorded_close(struct recorded *recorded)
{
    if (recorded == NULL)
        return;
    intake_free(recorded->intake);
    agents_free(recorded->agents);
    interval_free(recorded->interval);
    forget_run(recorded);
    lines_close(recorded->lines);
    free(recorded);
}
