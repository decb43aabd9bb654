/* SPDX-License-Identifier: Apache-2.0 */
/* Progress of a run on standard error. */
#include "stdout/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/text.h"
#include "common/write.h"
#include "stdout/terminal.h"

enum {
    BAR_LEAST = 10,    /* columns, with its brackets */
    BAR_MOST = 40,
    BAR_LIMIT = 4096,  /* bytes of a line */
    FIELD_BYTES = 40,
};
#define LINE_EVERY_US INT64_C(10000000)

/* What the line says, in this order. */
enum field { ELAPSED, USERS, HITS, RATE, P95, FAILED, CYCLE, FIELD_COUNT };

/* Where room is short, these go first; the rest stays to the last. */
static const enum field least_needed[] = { ELAPSED, USERS, CYCLE, HITS, P95, RATE, FAILED };

struct fields {
    char text[FIELD_COUNT][FIELD_BYTES]; /* empty: not told */
    int percent;                         /* -1: not known */
};

static int
percent_of(const struct loads_totals *totals)
{
    double done;

    if (totals->planned_us > 0)
        done = (double)totals->elapsed_us / (double)totals->planned_us;
    else if (totals->planned_tests > 0)
        done = (double)totals->tests_finished / (double)totals->planned_tests;
    else
        return -1;
    return done >= 1 ? 100 : (int)(done * 100);
}

static void
fields_fill(struct fields *fields, const struct loads_totals *totals, double hits_per_s)
{
    uint64_t failed = totals->failures + totals->errors;
    char number[TEXT_NUMBER_SIZE];

    *fields = (struct fields){ .percent = percent_of(totals) };
    snprintf(fields->text[ELAPSED], FIELD_BYTES, "%s", text_clock(number, totals->elapsed_us));
    snprintf(fields->text[USERS], FIELD_BYTES, "%s user%s", text_short_count(number, (double)totals->users),
             totals->users == 1 ? "" : "s");
    snprintf(fields->text[HITS], FIELD_BYTES, "%s hits", text_short_count(number, (double)totals->hits));
    snprintf(fields->text[RATE], FIELD_BYTES, "%s/s", text_short_count(number, hits_per_s));
    if (totals->hits > 0)
        snprintf(fields->text[P95], FIELD_BYTES, "p95 %s", text_duration(number, totals->p95_us));
    snprintf(fields->text[FAILED], FIELD_BYTES, "%s failed", text_short_count(number, (double)failed));
    if (totals->cycles > 1)
        snprintf(fields->text[CYCLE], FIELD_BYTES, "cycle %" PRIu32 "/%" PRIu32, totals->cycle, totals->cycles);
}

/* Columns of all fields and the percent, each behind `gap` blanks. */
static size_t
fields_columns(const struct fields *fields, size_t gap)
{
    size_t columns = fields->percent >= 0 ? gap + strlen("100%") : 0;

    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (fields->text[i][0] != '\0')
            columns += gap + strlen(fields->text[i]);
    return columns;
}

static void
add_bar(struct buffer *out, int percent, size_t columns)
{
    size_t cells = columns - 2, full = cells * (size_t)percent / 100;

    buffer_add_char(out, '[');
    for (size_t i = 0; i < cells; i++)
        buffer_add_char(out, i < full ? '=' : i == full ? '>' : ' ');
    buffer_add_char(out, ']');
}

/* Adds them with the bar in front, which takes what they leave of `columns`. */
static void
add_fields(struct buffer *out, const struct fields *fields, size_t gap, size_t columns)
{
    size_t start = out->length, left = columns - fields_columns(fields, gap);

    if (fields->percent >= 0) {
        if (left >= BAR_LEAST)
            add_bar(out, fields->percent, left < BAR_MOST ? left : BAR_MOST);
        text_add_blanks(out, out->length > start ? gap : 0);
        buffer_printf(out, "%3d%%", fields->percent);
    }
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (fields->text[i][0] == '\0')
            continue;
        text_add_blanks(out, out->length > start ? gap : 0);
        buffer_add_text(out, fields->text[i]);
    }
}

void
progress_bar(struct buffer *out, const struct loads_totals *totals, double hits_per_s, size_t columns)
{
    struct fields fields;
    size_t least, gap = 2;

    fields_fill(&fields, totals, hits_per_s);
    least = fields.percent >= 0 ? BAR_LEAST : 0;
    if (fields_columns(&fields, gap) + least > columns)
        gap = 1;
    for (size_t i = 0; i < FIELD_COUNT && fields_columns(&fields, gap) + least > columns; i++)
        fields.text[least_needed[i]][0] = '\0';
    if (fields_columns(&fields, gap) <= columns)
        add_fields(out, &fields, gap, columns);
}

void
progress_start(struct progress *progress, bool is_quiet)
{
    const char *ci = getenv("CI");
    bool is_ci = ci != NULL && ci[0] != '\0' && strcasecmp(ci, "false") != 0 && strcmp(ci, "0") != 0;

    *progress = (struct progress){ .kind = PROGRESS_LINES, .next_line_us = LINE_EVERY_US };
    if (is_quiet)
        progress->kind = PROGRESS_NONE;
    else if (!is_ci && terminal_can_move(STDERR_FILENO))
        progress->kind = PROGRESS_BAR;
}

/* A terminal that somebody has stopped (Ctrl-S) misses a picture; the run and
 * its other outputs must not wait for it. */
static bool
can_write(void)
{
    struct pollfd poller = { .fd = STDERR_FILENO, .events = POLLOUT };

    return poll(&poller, 1, 0) == 1 && (poller.revents & POLLOUT) != 0;
}

/* That nobody sees progress is no failure. */
static void
show(const struct buffer *text)
{
    if (can_write())
        write_all(STDERR_FILENO, text->data, text->length);
}

static void
add_line(struct buffer *out, const struct loads_totals *totals, double hits_per_s)
{
    struct fields fields;

    fields_fill(&fields, totals, hits_per_s);
    buffer_printf(out, "loads: %s", fields.text[ELAPSED]);
    if (fields.percent >= 0)
        buffer_printf(out, ", %d%%", fields.percent);
    for (size_t i = ELAPSED + 1; i < FIELD_COUNT; i++)
        if (fields.text[i][0] != '\0')
            buffer_printf(out, ", %s", fields.text[i]);
    buffer_add_char(out, '\n');
}

/* Hits per second since the last time that something was shown. */
static double
present_rate(struct progress *progress, const struct loads_totals *totals)
{
    int64_t span_us = totals->elapsed_us - progress->last_us;
    uint64_t hits = totals->hits - progress->last_hits;

    progress->last_us = totals->elapsed_us;
    progress->last_hits = totals->hits;
    return span_us > 0 ? (double)hits * 1e6 / (double)span_us : 0;
}

void
progress_tick(struct progress *progress, const struct loads_totals *totals)
{
    struct buffer text;

    if (progress->kind == PROGRESS_NONE ||
        (progress->kind == PROGRESS_LINES && totals->elapsed_us < progress->next_line_us))
        return;
    buffer_init(&text, BAR_LIMIT);
    if (progress->kind == PROGRESS_LINES) {
        add_line(&text, totals, present_rate(progress, totals));
        progress->next_line_us = (totals->elapsed_us / LINE_EVERY_US + 1) * LINE_EVERY_US;
    } else {
        buffer_add_char(&text, '\r');
        /* One column stays free: some terminals wrap as soon as the last is used. */
        progress_bar(&text, totals, present_rate(progress, totals), terminal_columns(STDERR_FILENO) - 1);
        buffer_add_text(&text, "\x1B[K");
        progress->is_drawn = true;
    }
    show(&text);
    buffer_clear(&text);
}

void
progress_end(struct progress *progress)
{
    static char clear[] = "\r\x1B[K";

    if (progress->is_drawn)
        show(&(struct buffer){ .data = clear, .length = sizeof clear - 1 });
    progress->is_drawn = false;
}
