/* SPDX-License-Identifier: Apache-2.0 */
/* Prints grades. */
#include "conformance/table.h"

#include "base/json_writer.h"
#include "base/utf8.h"

enum { NAME_WIDTH = 15, RESULT_WIDTH = 10, TEXT_WIDTH = 55 };

/* Where a line of at most TEXT_WIDTH bytes may end: at a blank, or at a border
 * between characters when there is none. */
static size_t
line_length(struct slice text)
{
    size_t length;

    if (text.length <= TEXT_WIDTH)
        return text.length;
    for (length = TEXT_WIDTH; length > 0 && text.data[length] != ' '; length--)
        continue;
    return length > 0 ? length : utf8_prefix(text, TEXT_WIDTH).length;
}

/* The lines after the first are put below it. */
static void
add_wrapped(struct buffer *out, struct slice text)
{
    for (;;) {
        size_t length = line_length(text);

        buffer_add(out, text.data, length);
        buffer_add_char(out, '\n');
        while (length < text.length && text.data[length] == ' ')
            length++;
        text = (struct slice){ text.data + length, text.length - length };
        if (text.length == 0)
            return;
        buffer_printf(out, "%*s", NAME_WIDTH + RESULT_WIDTH, "");
    }
}

static void
add_row(struct buffer *out, const struct row *row, const struct grade *grade)
{
    struct buffer text;

    buffer_init(&text, TABLE_TEXT_LIMIT);
    utf8_add_visible(&text, slice_of(grade->seen), false);
    buffer_printf(out, "%-*s%-*s", NAME_WIDTH, row->name, RESULT_WIDTH, result_names[grade->result]);
    add_wrapped(out, (struct slice){ text.data, text.length });
    if (grade->result == RESULT_FAIL) {
        buffer_reset(&text);
        buffer_printf(&text, "expected: %s", row->expected);
        buffer_printf(out, "%*s", NAME_WIDTH + RESULT_WIDTH, "");
        add_wrapped(out, (struct slice){ text.data, text.length });
    }
    buffer_clear(&text);
}

static void
count_results(const struct grade *grades, size_t counts[static RESULT_COUNT])
{
    for (size_t i = 0; rows[i].name != NULL; i++)
        counts[grades[i].result]++;
}

void
table_as_text(struct buffer *out, const struct grade *grades)
{
    size_t counts[RESULT_COUNT] = { 0 };

    for (size_t i = 0; rows[i].name != NULL; i++)
        add_row(out, &rows[i], &grades[i]);
    count_results(grades, counts);
    buffer_printf(out, "\n%zu passed, %zu failed, %zu not used\n", counts[RESULT_PASS], counts[RESULT_FAIL],
                  counts[RESULT_NOT_USED]);
}

void
table_as_json(struct buffer *out, const struct grade *grades, const char *runner)
{
    static const char *const results[RESULT_COUNT] = { "pass", "fail", "not_used" };
    struct json_writer json = { .out = out };
    size_t counts[RESULT_COUNT] = { 0 };

    count_results(grades, counts);
    json_begin_object(&json, NULL);
    json_put_text(&json, "schema", "loads-conformance/1");
    json_put_text(&json, "runner", runner);
    json_put_text(&json, "verdict", results[counts[RESULT_FAIL] > 0 ? RESULT_FAIL : RESULT_PASS]);
    json_begin_array(&json, "rows");
    for (size_t i = 0; rows[i].name != NULL; i++) {
        json_begin_object(&json, NULL);
        json_put_text(&json, "name", rows[i].name);
        json_put_text(&json, "result", results[grades[i].result]);
        json_put_text(&json, "seen", grades[i].seen);
        json_put_text(&json, "expected", rows[i].expected);
        json_end_object(&json);
    }
    json_end_array(&json);
    json_end_object(&json);
    buffer_add_char(out, '\n');
}
