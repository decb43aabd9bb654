/* SPDX-License-Identifier: Apache-2.0 */
/* From the result document to the data of the page. The document's tree is
 * changed and not copied: what the digest leaves alone passes through as it is,
 * new members of later versions too. */
#include "html/digest.h"

#include <math.h>
#include <string.h>

#include "common/document.h"
#include "html/distribution.h"

/* Bytes of messages and tracebacks. */
enum { ERRORS_ROOM = 256 * 1024 };

/* The histograms behind these have two significant digits. */
static json_int_t
round_us(double us)
{
    double unit = us >= 1000 ? pow(10, floor(log10(us)) - 2) : 1;

    return us < 0x1p53 ? llround(llround(us / unit) * unit) : 0;
}

static json_t *
column_of_us(const json_t *rows, const char *key)
{
    json_t *column = json_array(), *row;
    size_t index;

    json_array_foreach(rows, index, row)
        json_array_append_new(column, json_integer(round_us(document_number(json_object_get(row, "latency"), key))));
    return column;
}

static json_t *
column_of(const json_t *rows, const char *key)
{
    json_t *column = json_array(), *row;
    size_t index;

    json_array_foreach(rows, index, row) {
        json_t *value = json_object_get(row, key);

        json_array_append(column, value != NULL ? value : json_null());
    }
    return column;
}

static void
add_columns(json_t *columns, const json_t *rows, const char *const keys[],
            json_t *(*column)(const json_t *rows, const char *key))
{
    for (size_t i = 0; keys[i] != NULL; i++)
        json_object_set_new(columns, keys[i], column(rows, keys[i]));
}

static json_t *
timeline_columns(const json_t *timeline)
{
    static const char *const counts[] = { "t_s", "hits", "errors", "users", NULL };
    static const char *const times[] = { "mean_us", "p50_us", "p90_us", "p95_us", "p99_us", "max_us", NULL };
    json_t *columns = json_object();

    add_columns(columns, timeline, counts, column_of);
    add_columns(columns, timeline, times, column_of_us);
    return columns;
}

/* Bytes that both texts begin with. Only ASCII: there a byte is a character for
 * every reader. */
static size_t
shared_length(struct slice a, struct slice b)
{
    size_t length = 0;

    while (length < a.length && length < b.length && a.data[length] == b.data[length] &&
           (unsigned char)a.data[length] < 0x80)
        length++;
    return length;
}

/* Names are sorted and start alike: each is told as how much it shares with the
 * one before, and the rest. */
static void
add_name_columns(json_t *columns, const json_t *names)
{
    json_t *shared = json_array(), *rest = json_array(), *row;
    struct slice before = { 0 };
    size_t index;

    json_array_foreach(names, index, row) {
        struct slice name = document_text(row, "name");
        size_t length = shared_length(before, name);

        json_array_append_new(shared, json_integer((json_int_t)length));
        json_array_append_new(rest, json_stringn(name.data + length, name.length - length));
        before = name;
    }
    json_object_set_new(columns, "name_shared", shared);
    json_object_set_new(columns, "name_rest", rest);
}

/* Most names have one status: then it is a text instead of an object. */
static json_t *
statuses_of(const json_t *name)
{
    json_t *statuses = json_object_get(name, "statuses");

    if (json_object_size(statuses) == 1)
        return json_string(json_object_iter_key(json_object_iter(statuses)));
    return statuses != NULL ? json_incref(statuses) : json_object();
}

static json_t *
name_columns(const json_t *names)
{
    static const char *const counts[] = { "method", "hits", "errors", NULL };
    static const char *const times[] = { "mean_us", "p50_us", "p90_us", "p95_us", "p99_us", "max_us", NULL };
    json_t *columns = json_object(), *statuses = json_array(), *row;
    size_t index;

    add_name_columns(columns, names);
    add_columns(columns, names, counts, column_of);
    json_array_foreach(names, index, row)
        json_array_append_new(statuses, statuses_of(row));
    json_object_set_new(columns, "statuses", statuses);
    add_columns(columns, names, times, column_of_us);
    return columns;
}

/* The most frequent errors stand first. */
static void
cut_errors(json_t *document)
{
    json_t *errors = json_object_get(document, "errors"), *error;
    json_int_t kinds = 0, count = 0;
    size_t index, kept = 0, room = ERRORS_ROOM;

    json_array_foreach(errors, index, error) {
        size_t length = document_text(error, "class").length + document_text(error, "message").length +
                        document_text(error, "traceback").length;

        if (kinds == 0 && length <= room) {
            room -= length;
            kept++;
        } else {
            kinds++;
            count += json_integer_value(json_object_get(error, "count"));
        }
    }
    while (json_array_size(errors) > kept)
        json_array_remove(errors, json_array_size(errors) - 1);
    json_object_set_new(document, "errors_left", json_pack("{s:I, s:I}", "kinds", kinds, "count", count));
}

static void
strip_histograms(json_t *document)
{
    json_t *rows = json_object_get(document, "tests"), *row, *metric;
    const char *name;
    size_t index;

    json_object_del(json_object_get(json_object_get(document, "totals"), "latency"), "histogram");
    json_array_foreach(rows, index, row)
        json_object_del(json_object_get(row, "latency"), "histogram");
    json_object_foreach(json_object_get(document, "metrics"), name, metric)
        json_object_del(json_object_get(metric, "trend"), "buckets");
}

void
digest_document(json_t *document, struct err *err)
{
    json_t *distribution =
        distribution_of(json_object_get(json_object_get(document, "totals"), "latency"), err);

    if (distribution != NULL)
        json_object_set_new(document, "distribution", distribution);
    strip_histograms(document);
    cut_errors(document);
    json_object_set_new(document, "names", name_columns(json_object_get(document, "names")));
    json_object_set_new(document, "timeline", timeline_columns(json_object_get(document, "timeline")));
}
