/* SPDX-License-Identifier: Apache-2.0 */
/* Small charts: a column is one slot of the timeline, or several neighbours. */
#include "stdout/chart.h"

#include <stdio.h>
#include <string.h>

#include "common/document.h"
#include "common/text.h"

enum {
    LABEL_COLUMNS = 10,
    PEAK_COLUMNS = 14,
    CHART_COLUMNS = 56,
    SLOTS_LEAST = 4,
};

struct chart {
    const char *label;
    double values[CHART_COLUMNS], peak;
};

/* The slots of one column put together. A column shows the highest slot of its
 * own, so that no peak is averaged away. */
static void
add_slot(struct chart *chart, size_t column, double value)
{
    if (value > chart->values[column])
        chart->values[column] = value;
    if (value > chart->peak)
        chart->peak = value;
}

/* A mark that is there for every value above none. */
static const char *
mark(const struct page *page, const struct chart *chart, double value)
{
    static const char *const blocks[] = { " ", "\u2581", "\u2582", "\u2583", "\u2584",
                                          "\u2585", "\u2586", "\u2587", "\u2588" };
    static const char *const signs[] = { " ", ".", ".", ":", ":", "+", "+", "#", "#" };
    int level = value <= 0 ? 0 : 1 + (int)(value / chart->peak * 7.999);

    return page->is_utf8 ? blocks[level] : signs[level];
}

static void
print_chart(const struct page *page, const struct chart *chart, size_t columns, size_t repeat, const char *peak)
{
    buffer_printf(page->out, "  %-*s", LABEL_COLUMNS, chart->label);
    for (size_t i = 0; i < columns * repeat; i++)
        buffer_add_text(page->out, mark(page, chart, chart->values[i / repeat]));
    buffer_printf(page->out, "  %s\n", peak);
}

void
chart_print(const struct page *page, const json_t *document)
{
    const json_t *timeline = json_object_get(document, "timeline");
    struct chart rate = { .label = "hits/s" }, latency = { .label = "p95" }, users = { .label = "users" };
    size_t slots = json_array_size(timeline), room = page->columns - LABEL_COLUMNS - PEAK_COLUMNS;
    size_t columns, repeat;
    double step_s = document_number(document, "timeline_step_s");
    char text[TEXT_NUMBER_SIZE];
    json_t *slot;
    size_t index;

    if (slots < SLOTS_LEAST)
        return;
    room = room < CHART_COLUMNS ? room : CHART_COLUMNS;
    columns = room < slots ? room : slots;
    repeat = room / columns; /* a short run's slots are drawn wide */
    json_array_foreach(timeline, index, slot) {
        size_t column = index * columns / slots;

        add_slot(&rate, column, document_number(slot, "hits") / (step_s > 0 ? step_s : 1));
        add_slot(&latency, column, (double)document_us(json_object_get(slot, "latency"), "p95_us"));
        add_slot(&users, column, document_number(slot, "users"));
    }
    buffer_add_char(page->out, '\n');
    page_style(page, PAGE_TITLE);
    buffer_add_text(page->out, "Over time");
    page_style(page, PAGE_PLAIN);
    text_add_blanks(page->out, 2 + LABEL_COLUMNS - strlen("Over time") + columns * repeat);
    buffer_add_text(page->out, "  highest\n");
    print_chart(page, &rate, columns, repeat, text_short_count(text, rate.peak));
    print_chart(page, &latency, columns, repeat, text_duration(text, (int64_t)latency.peak));
    print_chart(page, &users, columns, repeat, text_short_count(text, users.peak));
}
