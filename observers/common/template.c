/* SPDX-License-Identifier: Apache-2.0 */
/* The names that a template may have, and their values. */
#include "common/template.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/nearest.h"
#include "base/utf8.h"
#include "common/document.h"
#include "common/text.h"

enum { VALUE_LIMIT = 8 * 1024, NAME_LIMIT = 32, ESCAPED_LIMIT = 4096 };

typedef void value_writer(struct buffer *out, const struct template_values *values, const char *key);

static const json_t *
member(const struct template_values *values, const char *key)
{
    return json_object_get(values->document, key);
}

static void
add_text(struct buffer *out, const struct template_values *values, const char *key)
{
    buffer_add_slice(out, document_text(values->document, key));
}

const char *
template_moment(enum loads_moment moment)
{
    static const char *const words[] = { [LOADS_AT_END] = "end", [LOADS_AT_START] = "start",
                                         [LOADS_AT_BAD] = "bad" };

    return words[moment];
}

static void
add_moment(struct buffer *out, const struct template_values *values, const char *key)
{
    (void)key;
    buffer_add_text(out, template_moment(values->moment));
}

static void
add_verdict(struct buffer *out, const struct template_values *values, const char *key)
{
    buffer_add_slice(out, document_text(member(values, "verdict"), key));
}

static void
add_exit_code(struct buffer *out, const struct template_values *values, const char *key)
{
    buffer_printf(out, "%d", (int)document_number(member(values, "verdict"), key));
}

static void
add_reasons(struct buffer *out, const struct template_values *values, const char *key)
{
    const json_t *reasons = json_object_get(member(values, "verdict"), key), *reason;
    size_t i;

    json_array_foreach(reasons, i, reason) {
        buffer_add_text(out, i > 0 ? "; " : "");
        buffer_add(out, json_string_value(reason), json_string_length(reason));
    }
}

/* The targets: "shop.c, api.js". */
static void
add_targets(struct buffer *out, const struct template_values *values, const char *key)
{
    const json_t *target;
    size_t i;

    json_array_foreach(member(values, key), i, target) {
        buffer_add_text(out, i > 0 ? ", " : "");
        buffer_add_slice(out, document_text(target, "name"));
    }
}

/* What the run is about: its project and label, else its targets. */
static void
add_subject(struct buffer *out, const struct template_values *values, const char *key)
{
    struct slice project = document_text(values->document, "project");
    struct slice label = document_text(values->document, "label");

    (void)key;
    buffer_add_slice(out, project);
    buffer_add_text(out, project.length > 0 && label.length > 0 ? " " : "");
    buffer_add_slice(out, label);
    if (project.length + label.length == 0)
        add_targets(out, values, "plan");
}

/* "passed", "FAILED (3 tests failed)", "has started" */
static void
add_headline(struct buffer *out, const struct template_values *values, const char *key)
{
    struct slice status = document_text(member(values, "verdict"), "status");

    (void)key;
    if (values->moment == LOADS_AT_START) {
        buffer_add_text(out, "has started");
        return;
    }
    if (slice_equal(status, SLICE("pass"))) {
        buffer_add_text(out, "passed");
        return;
    }
    buffer_add_text(out, values->moment == LOADS_AT_BAD         ? "is FAILING ("
                         : slice_equal(status, SLICE("invalid")) ? "is INVALID ("
                                                                 : "FAILED (");
    add_reasons(out, values, "reasons");
    buffer_add_char(out, ')');
}

static void
add_count(struct buffer *out, const struct template_values *values, const char *key)
{
    buffer_printf(out, "%" PRIu64, document_count(member(values, "totals"), key));
}

static void
add_rate(struct buffer *out, const struct template_values *values, const char *key)
{
    char text[TEXT_NUMBER_SIZE];

    buffer_add_text(out, text_short_count(text, document_number(member(values, "totals"), key)));
}

static void
add_latency(struct buffer *out, const struct template_values *values, const char *key)
{
    const json_t *latency = json_object_get(member(values, "totals"), "latency");
    char text[TEXT_NUMBER_SIZE];

    buffer_add_text(out, text_duration(text, document_us(latency, key)));
}

static void
add_duration(struct buffer *out, const struct template_values *values, const char *key)
{
    char text[TEXT_NUMBER_SIZE];

    buffer_add_text(out, text_duration(text, (int64_t)(document_number(values->document, key) * 1e6)));
}

static void
add_link(struct buffer *out, const struct template_values *values, const char *key)
{
    (void)key;
    buffer_add_text(out, values->link != NULL ? values->link : "");
}

static const struct name {
    const char *name;
    value_writer *write;
    const char *key;
} names[] = {
    { "subject", add_subject, "" },
    { "headline", add_headline, "" },
    { "moment", add_moment, "" },
    { "verdict", add_verdict, "status" },
    { "exit_code", add_exit_code, "exit_code" },
    { "reasons", add_reasons, "reasons" },
    { "targets", add_targets, "plan" },
    { "project", add_text, "project" },
    { "label", add_text, "label" },
    { "run_id", add_text, "run_id" },
    { "started", add_text, "started" },
    { "duration", add_duration, "duration_s" },
    { "hits", add_count, "hits" },
    { "hits_per_s", add_rate, "requests_per_s" },
    { "hit_errors", add_count, "hit_errors" },
    { "tests", add_count, "tests_finished" },
    { "success", add_count, "success" },
    { "failures", add_count, "failures" },
    { "errors", add_count, "errors" },
    { "mean", add_latency, "mean_us" },
    { "p50", add_latency, "p50_us" },
    { "p90", add_latency, "p90_us" },
    { "p95", add_latency, "p95_us" },
    { "p99", add_latency, "p99_us" },
    { "max", add_latency, "max_us" },
    { "link", add_link, "" },
};
enum { NAME_COUNT = sizeof names / sizeof names[0] };

static const struct name *
find_name(struct slice text)
{
    for (size_t i = 0; i < NAME_COUNT; i++)
        if (slice_equal(slice_of(names[i].name), text))
            return &names[i];
    return NULL;
}

/* The next piece of a template: plain text (a name's length is 0), or a name.
 * Returns where the rest begins. */
static const char *
next_piece(const char *at, struct slice *plain, struct slice *name)
{
    size_t length = strcspn(at, "{");

    *plain = (struct slice){ at, length };
    *name = (struct slice){ 0 };
    if (length > 0 || *at == '\0')
        return at + length;
    if (at[1] == '{') {
        *plain = (struct slice){ at, 1 };
        return at + 2;
    }
    length = strcspn(at + 1, "}");
    *name = (struct slice){ at + 1, length };
    return at + 1 + length + (at[1 + length] == '}');
}

static int
refuse_name(struct slice name, struct err *err)
{
    const char *known[NAME_COUNT], *nearest;
    char typed[NAME_LIMIT + 1] = "";

    for (size_t i = 0; i < NAME_COUNT; i++)
        known[i] = names[i].name;
    memcpy(typed, name.data, name.length < NAME_LIMIT ? name.length : NAME_LIMIT);
    nearest = nearest_name(typed, known, NAME_COUNT);
    return err_set(err, "there is no {%s}%s%s%s", typed, nearest != NULL ? "; did you mean {" : "",
                   nearest != NULL ? nearest : "", nearest != NULL ? "}?" : "; {{ stands for a brace");
}

int
template_check(const char *template, struct err *err)
{
    struct slice plain, name;

    for (const char *at = template; *at != '\0';) {
        at = next_piece(at, &plain, &name);
        if ((name.length > 0 || plain.length == 0) && find_name(name) == NULL)
            return refuse_name(name, err);
    }
    return 0;
}

void
template_escape_plain(struct buffer *out, struct slice text)
{
    const char *newline = memchr(text.data, '\n', text.length);

    if (newline != NULL)
        text.length = (size_t)(newline - text.data);
    utf8_add_visible(out, utf8_prefix(text, ESCAPED_LIMIT), false);
}

void
template_expand(struct buffer *out, const char *template, const struct template_values *values,
                template_escape *escape)
{
    struct slice plain, name;
    struct buffer value;

    buffer_init(&value, VALUE_LIMIT);
    for (const char *at = template; *at != '\0';) {
        const struct name *known;

        at = next_piece(at, &plain, &name);
        buffer_add_slice(out, plain);
        known = name.length > 0 ? find_name(name) : NULL;
        if (known == NULL)
            continue;
        buffer_reset(&value);
        known->write(&value, values, known->key);
        if (value.length > 0)
            escape(out, (struct slice){ value.data, value.length });
    }
    buffer_clear(&value);
}
