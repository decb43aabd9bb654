/* SPDX-License-Identifier: Apache-2.0 */
/* Reads totals, names, tests, targets, errors and the timeline of a result document.
 * What stands under "(other)" is the last row of its table, when `overflow` says that
 * there is such a row. */
#include "results/document_tables.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"

enum {
    METHOD_LIMIT = 32,
    CLASS_LIMIT = 256,
    NAME_LIMIT = 64 * 1024, /* of a target */
    STATUS_LIMIT = 999,
    STEP_LIMIT_S = 65536,
};

/* Members that are counts, and where they go. */
struct count_member {
    const char *key;
    size_t offset;
};

static int
read_counts(void *into, const struct count_member *members, size_t count, const struct json_node *object)
{
    for (size_t i = 0; i < count; i++)
        if (json_member_count(object, members[i].key, JSON_COUNT_LIMIT,
                              (uint64_t *)((char *)into + members[i].offset)) != 0)
            return -1;
    return 0;
}

/* How much of a table stands in its row "(other)"; 0: there is none. */
static int
read_overflow(const struct json_node *root, const char *table, uint64_t *overflow)
{
    struct json_node node;

    if (json_node_object(&node, root, "overflow") != 0)
        return -1;
    return json_member_count(&node, table, JSON_COUNT_LIMIT, overflow);
}

static int
no_room(const struct json_node *node)
{
    return json_node_fail(node, "the result has more in it than a result may hold");
}

/* ---- Latency. */

/* The exact figures beside the histogram, as near to it as its counters are wide. */
static int
check_exact(const struct json_node *node, const struct histogram *histogram, uint64_t count, int64_t sum_us,
            int64_t min_us, int64_t max_us)
{
    int64_t limit_us = MESSAGE_ELAPSED_LIMIT_US;

    if (count != histogram_count(histogram))
        return json_member_fail(node, "count", "is not what the histogram counts, %" PRIu64,
                                histogram_count(histogram));
    if (min_us > max_us || (min_us < histogram_min_us(histogram) && min_us > 0)
        || (max_us > histogram_max_us(histogram) && max_us <= limit_us))
        return json_member_fail(node, "min_us", "and max_us are not those of the histogram");
    if ((double)sum_us < (double)min_us * (double)count * (1 - 1e-9)
        || ((double)sum_us > (double)max_us * (double)count * (1 + 1e-9)))
        return json_member_fail(node, "sum_us", "is not between count times min_us and count times max_us");
    return 0;
}

/* Checks the decoded histogram against what stands beside it, and makes it exact. */
static int
complete_histogram(struct histogram *histogram, enum histogram_digits digits, const struct json_node *node)
{
    uint64_t count, sum_us, min_us, max_us;

    if (json_member_count(node, "count", JSON_COUNT_LIMIT, &count) != 0
        || json_member_count(node, "sum_us", INT64_MAX, &sum_us) != 0
        || json_member_count(node, "min_us", INT64_MAX, &min_us) != 0
        || json_member_count(node, "max_us", INT64_MAX, &max_us) != 0)
        return -1;
    if (count > 0 && histogram_digits(histogram) != digits)
        return json_member_fail(node, "histogram", "has %d digits, %d are expected here",
                                (int)histogram_digits(histogram), (int)digits);
    if (check_exact(node, histogram, count, (int64_t)sum_us, (int64_t)min_us, (int64_t)max_us) != 0)
        return -1;
    histogram_set_exact(histogram, (int64_t)sum_us, (int64_t)min_us, (int64_t)max_us);
    return 0;
}

/* The object's latency, for the caller to free; NULL when nothing was measured. */
static int
read_latency(struct histogram **histogram, enum histogram_digits digits, const struct json_node *object)
{
    struct json_node node;
    const char *text;
    struct err why = { 0 };
    int result;

    *histogram = NULL;
    if (json_node_object(&node, object, "latency") != 0
        || json_member_text(&node, "histogram", HISTOGRAM_TEXT_LIMIT, &text) != 0)
        return -1;
    *histogram = histogram_decode(slice_of(text), &why);
    if (*histogram == NULL)
        return json_member_fail(&node, "histogram", "%s", why.text);
    result = complete_histogram(*histogram, digits, &node);
    if (result != 0 || histogram_count(*histogram) == 0) {
        histogram_free(*histogram);
        *histogram = NULL;
    }
    return result;
}

/* The same for a row of a table, whose memory is limited. */
static int
read_row_latency(struct histogram **histogram, enum histogram_digits digits, const struct json_node *row,
                 size_t *room)
{
    if (read_latency(histogram, digits, row) != 0)
        return -1;
    if (*histogram == NULL)
        return 0;
    if (histogram_memory(*histogram) > *room)
        return no_room(row);
    *room -= histogram_memory(*histogram);
    return 0;
}

/* ---- Totals. */

static int
read_totals(struct tally *tally, const struct json_node *root)
{
#define SUM(field) { #field, offsetof(struct tally_sums, field) }
    static const struct count_member members[] = {
        SUM(hits), SUM(hit_errors), SUM(tests_started), SUM(tests_finished), SUM(success), SUM(failures),
        SUM(errors), SUM(sockets_opened), SUM(sockets_closed), SUM(socket_bytes),
    };
#undef SUM
    struct histogram *latency;
    struct json_node node;

    if (json_node_object(&node, root, "totals") != 0
        || read_counts(&tally->sums, members, sizeof members / sizeof members[0], &node) != 0
        || read_latency(&latency, HISTOGRAM_FINE, &node) != 0)
        return -1;
    if (latency != NULL)
        histogram_merge(tally->latency, latency);
    histogram_free(latency);
    return 0;
}

/* ---- Names. */

static int
read_statuses(struct hit_row *row, const struct json_node *object, size_t *room)
{
    struct json_node node;
    uint64_t sum = 0, hits;
    const char *key;
    json_t *value;

    if (json_node_object(&node, object, "statuses") != 0)
        return -1;
    json_object_foreach(node.json, key, value) {
        struct json_node item = json_node_at(&node, key, value);
        struct status_count *status;
        char *end;
        unsigned long number = strtoul(key, &end, 10);

        if (key[0] < '0' || key[0] > '9' || (key[0] == '0' && key[1] != '\0') || *end != '\0'
            || number > STATUS_LIMIT)
            return json_node_fail(&item, "is not a status");
        if (json_node_count(&item, JSON_COUNT_LIMIT, &hits) != 0)
            return -1;
        status = hit_row_status(row, (uint32_t)number, room);
        if (status == NULL)
            return no_room(&item);
        status->hits += hits;
        sum += hits;
    }
    return sum == row->hits ? 0 : json_node_fail(&node, "add up to %" PRIu64 ", not to the hits", sum);
}

static int
read_name(struct hits *hits, const struct json_node *item, bool is_other, size_t *room)
{
    const char *name, *method;
    struct hit_row *row;

    if (json_member_text(item, "name", RESULTS_KEY_LIMIT, &name) != 0
        || json_member_text(item, "method", METHOD_LIMIT, &method) != 0)
        return -1;
    row = is_other ? &hits->other : hits_claim(hits, slice_of(name), slice_of(method), room);
    if (row == NULL)
        return no_room(item);
    if (row->hits > 0)
        return json_node_fail(item, "is there twice");
    if (json_member_count(item, "hits", JSON_COUNT_LIMIT, &row->hits) != 0
        || json_member_count(item, "errors", row->hits, &row->errors) != 0
        || read_statuses(row, item, room) != 0)
        return -1;
    return row->hits > 0 ? read_row_latency(&row->latency, HISTOGRAM_COARSE, item, room)
                         : json_member_fail(item, "hits", "is 0");
}

static int
read_names(struct tally *tally, const struct json_node *root)
{
    struct json_node array, item;
    uint64_t overflow, sum = 0;
    size_t count;

    if (read_overflow(root, "names", &overflow) != 0
        || json_node_array(&array, root, "names", RESULTS_NAMES_LIMIT + 1) != 0)
        return -1;
    count = json_array_size(array.json);
    for (size_t i = 0; i < count; i++) {
        if (json_node_item(&item, &array, i) != 0
            || read_name(&tally->hits, &item, overflow > 0 && i + 1 == count, &tally->room) != 0)
            return -1;
        sum += (uint64_t)json_integer_value(json_object_get(item.json, "hits"));
    }
    if (tally->hits.other.hits != overflow)
        return json_node_fail(&array, "the last one does not have the %" PRIu64 " hits of overflow.names", overflow);
    return sum == tally->sums.hits ? 0 : json_node_fail(&array, "have %" PRIu64 " hits, totals %" PRIu64, sum,
                                                        tally->sums.hits);
}

/* ---- Tests and targets. */

/* The first target of the plan that has these names; of a merged result several may. */
static int
find_target(const struct document_info *info, const struct json_node *item, uint32_t *target)
{
    const char *name, *runner;

    if (json_member_text(item, "target", NAME_LIMIT, &name) != 0
        || json_member_text(item, "runner", NAME_LIMIT, &runner) != 0)
        return -1;
    for (*target = 0; *target < info->target_count; ++*target)
        if (strcmp(info->targets[*target].name, name) == 0
            && strcmp(info->targets[*target].runner, runner) == 0)
            return 0;
    return json_member_fail(item, "target", "is not in the plan with that runner");
}

static int
claim_test(struct test_row **row, struct tests *tests, const struct json_node *item,
           const struct document_info *info, size_t *room)
{
    const char *name;
    uint32_t target;

    if (json_member_text(item, "name", RESULTS_KEY_LIMIT, &name) != 0 || find_target(info, item, &target) != 0)
        return -1;
    *row = tests_claim(tests, slice_of(name), target, room);
    return *row != NULL ? 0 : no_room(item);
}

static int
read_test(struct tests *tests, const struct json_node *item, bool is_other,
          const struct document_info *info, size_t *room)
{
#define SUM(field) { #field, offsetof(struct test_row, field) }
    static const struct count_member members[] = {
        SUM(started), SUM(finished), SUM(success), SUM(failures), SUM(errors),
    };
#undef SUM
    struct test_row *row = &tests->other;

    if (!is_other && claim_test(&row, tests, item, info, room) != 0)
        return -1;
    if (row->messages > 0)
        return json_node_fail(item, "is there twice");
    if (read_counts(row, members, sizeof members / sizeof members[0], item) != 0)
        return -1;
    row->messages = row->started + row->finished + row->success + row->failures + row->errors;
    return row->messages > 0 ? read_row_latency(&row->latency, HISTOGRAM_FINE, item, room)
                             : json_node_fail(item, "counts nothing");
}

static int
read_tests(struct tally *tally, const struct json_node *root, const struct document_info *info)
{
    struct json_node array, item;
    uint64_t overflow;
    size_t count;

    if (read_overflow(root, "tests", &overflow) != 0
        || json_node_array(&array, root, "tests", RESULTS_TESTS_LIMIT + 1) != 0)
        return -1;
    count = json_array_size(array.json);
    for (size_t i = 0; i < count; i++)
        if (json_node_item(&item, &array, i) != 0
            || read_test(&tally->tests, &item, overflow > 0 && i + 1 == count, info, &tally->room) != 0)
            return -1;
    return tally->tests.other.messages == overflow
             ? 0 : json_node_fail(&array, "the last one does not have the %" PRIu64 " messages of overflow.tests",
                                  overflow);
}

/* Seconds since the run began; `has_come` is false for null. */
static int
read_time(const struct json_node *object, const char *key, bool *has_come, int64_t *time_us)
{
    double time_s;

    *has_come = !json_is_null(json_object_get(object->json, key));
    if (!*has_come)
        return 0;
    if (json_member_number(object, key, 0, 1e9, &time_s) != 0)
        return -1;
    *time_us = llround(time_s * (double)US_PER_S);
    return 0;
}

static int
read_target_sums(struct target_sums *sums, const struct json_node *item)
{
#define SUM(field) { #field, offsetof(struct target_sums, field) }
    static const struct count_member members[] = {
        SUM(hits), SUM(hit_errors), SUM(tests), SUM(success), SUM(failures), SUM(errors),
    };
#undef SUM
    bool has_last;

    if (read_counts(sums, members, sizeof members / sizeof members[0], item) != 0
        || read_time(item, "first_message_s", &sums->has_come, &sums->first_us) != 0
        || read_time(item, "last_message_s", &has_last, &sums->last_us) != 0)
        return -1;
    if (sums->has_come != has_last || sums->first_us > sums->last_us)
        return json_member_fail(item, "last_message_s", "is before the first message");
    return 0;
}

static int
read_targets(struct targets *targets, const struct json_node *root, const struct document_info *info)
{
    struct json_node array, item;

    if (json_node_array(&array, root, "targets", RESULTS_TARGETS_LIMIT) != 0)
        return -1;
    if (json_array_size(array.json) != info->target_count)
        return json_node_fail(&array, "there are not as many as in the plan");
    for (size_t i = 0; i < info->target_count; i++)
        if (json_node_item(&item, &array, i) != 0
            || read_target_sums(targets_at(targets, (uint32_t)i), &item) != 0)
            return -1;
    return 0;
}

/* ---- Errors. */

static int
read_error(struct errors *errors, const struct json_node *item, bool is_other, size_t *room)
{
    const char *class_name, *message, *traceback;
    struct error_row *row;

    if (json_member_text(item, "class", CLASS_LIMIT, &class_name) != 0
        || json_member_text(item, "message", RESULTS_MESSAGE_LIMIT, &message) != 0
        || json_member_text(item, "traceback", RESULTS_TRACEBACK_LIMIT, &traceback) != 0)
        return -1;
    row = is_other ? &errors->other : errors_claim(errors, slice_of(class_name), slice_of(message), room);
    if (row == NULL
        || (!is_other && traceback[0] != '\0'
            && !error_row_trace(row, slice_of(traceback), &(struct stamp){ 0 }, room)))
        return no_room(item);
    if (row->count > 0)
        return json_node_fail(item, "is there twice");
    if (json_member_count(item, "count", JSON_COUNT_LIMIT, &row->count) != 0)
        return -1;
    return row->count > 0 ? 0 : json_member_fail(item, "count", "is 0");
}

static int
read_errors(struct tally *tally, const struct json_node *root)
{
    struct json_node array, item;
    uint64_t overflow;
    size_t count;

    if (read_overflow(root, "errors", &overflow) != 0
        || json_node_array(&array, root, "errors", RESULTS_ERRORS_LIMIT + 1) != 0)
        return -1;
    count = json_array_size(array.json);
    for (size_t i = 0; i < count; i++)
        if (json_node_item(&item, &array, i) != 0
            || read_error(&tally->errors, &item, overflow > 0 && i + 1 == count, &tally->room) != 0)
            return -1;
    return tally->errors.other.count == overflow
             ? 0 : json_node_fail(&array, "the last one does not have the %" PRIu64 " errors of overflow.errors",
                                  overflow);
}

/* ---- The timeline. */

static int
read_slot(struct timeline_slot *slot, const struct json_node *item, uint64_t t_s)
{
#define SUM(field) { #field, offsetof(struct timeline_slot, field) }
    static const struct count_member members[] = { SUM(hits), SUM(errors), SUM(users) };
#undef SUM
    uint64_t told_s;

    if (json_member_count(item, "t_s", JSON_COUNT_LIMIT, &told_s) != 0)
        return -1;
    if (told_s != t_s)
        return json_member_fail(item, "t_s", "expected %" PRIu64 ": slots have no gap", t_s);
    if (read_counts(slot, members, sizeof members / sizeof members[0], item) != 0)
        return -1;
    return read_latency(&slot->latency, HISTOGRAM_COARSE, item);
}

static int
read_slots(struct timeline *slots, const struct json_node *array)
{
    struct json_node item;

    for (size_t i = 0; i < json_array_size(array->json); i++) {
        if (json_node_item(&item, array, i) != 0)
            return -1;
        slots->slot_count++;
        if (read_slot(&slots->slots[i], &item, i * slots->step_s) != 0)
            return -1;
    }
    return 0;
}

static int
read_timeline(struct timeline *timeline, const struct json_node *root)
{
    struct timeline slots = { 0 };
    struct json_node array;
    uint64_t step_s;
    int result;

    if (json_member_count(root, "timeline_step_s", STEP_LIMIT_S, &step_s) != 0
        || json_node_array(&array, root, "timeline", RESULTS_SLOTS_LIMIT) != 0)
        return -1;
    if (step_s == 0 || (step_s & (step_s - 1)) != 0)
        return json_member_fail(root, "timeline_step_s", "is not a power of two");
    slots.step_s = (uint32_t)step_s;
    slots.slots = xcalloc(json_array_size(array.json), sizeof *slots.slots);
    result = read_slots(&slots, &array);
    if (result == 0)
        timeline_merge(timeline, &slots, true);
    timeline_clear(&slots);
    return result;
}

int
document_read_tables(struct results *results, const struct json_node *root, const struct document_info *info)
{
    struct tally *tally = &results->tally;

    if (read_totals(tally, root) != 0
        || read_names(tally, root) != 0
        || read_tests(tally, root, info) != 0
        || read_targets(&tally->targets, root, info) != 0
        || document_read_metrics(tally, root) != 0
        || read_errors(tally, root) != 0)
        return -1;
    return read_timeline(&results->timeline, root);
}
