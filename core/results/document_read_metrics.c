/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the counters and metrics of a result document. */
#include <float.h>
#include <string.h>

#include "results/document_tables.h"

enum {
    REST_LIMIT = 64,             /* numbers that make up the exact rest of a sum */
    BUCKETS_LIMIT = 2048 * 256,  /* all that a trend can have */
};

static int
read_value(const struct json_node *object, const char *key, double *value)
{
    return json_member_number(object, key, -DBL_MAX, DBL_MAX, value);
}

/* `array` belongs to `node`, whose err it shares. */
static int
add_rest(struct exact_sum *sum, const struct json_node *node)
{
    double value;

    if (!json_is_array(node->json) || json_array_size(node->json) > REST_LIMIT)
        return json_node_fail(node, "expected an array of at most %d numbers", REST_LIMIT);
    for (size_t i = 0; i < json_array_size(node->json); i++) {
        struct json_node item = { .parent = node, .index = i, .err = node->err,
                                  .json = json_array_get(node->json, i) };

        if (json_node_number(&item, -DBL_MAX, DBL_MAX, &value) != 0)
            return -1;
        exact_sum_add(sum, value);
    }
    return 0;
}

static int
read_sum(struct exact_sum *sum, const struct json_node *object)
{
    struct json_node rest = json_node_at(object, "sum_rest", json_object_get(object->json, "sum_rest"));
    double value;

    if (read_value(object, "sum", &value) != 0)
        return -1;
    exact_sum_add(sum, value);
    return rest.json != NULL ? add_rest(sum, &rest) : 0;
}

static int
no_room(const struct json_node *node)
{
    return json_node_fail(node, "the result has more in it than a result may hold");
}

static int
check_name(const struct json_node *node)
{
    if (strlen(node->key) > RESULTS_KEY_LIMIT)
        return json_node_fail(node, "the name has more than %d bytes", RESULTS_KEY_LIMIT);
    return 0;
}

/* ---- Counters. */

static int
read_counter(struct metrics *counters, const struct json_node *node, const struct json_node *rests, size_t *room)
{
    struct json_node rest = json_node_at(rests, node->key, json_object_get(rests->json, node->key));
    struct metric_row *row;
    double value;

    if (check_name(node) != 0 || json_node_number(node, -DBL_MAX, DBL_MAX, &value) != 0)
        return -1;
    row = metrics_claim(counters, slice_of(node->key), LOADS_METRIC_COUNTER, room);
    if (row == NULL)
        return no_room(node);
    row->count = 1; /* the document does not say how many values there were */
    exact_sum_add(&row->sum, value);
    return rest.json != NULL ? add_rest(&row->sum, &rest) : 0;
}

static int
read_counters(struct tally *tally, const struct json_node *root)
{
    struct json_node node, rests;
    const char *name;
    json_t *value;

    if (json_node_object(&node, root, "counters") != 0 || json_node_object(&rests, root, "counter_rests") != 0)
        return -1;
    json_object_foreach(node.json, name, value) {
        struct json_node item = json_node_at(&node, name, value);

        if (read_counter(&tally->counters, &item, &rests, &tally->room) != 0)
            return -1;
    }
    json_object_foreach(rests.json, name, value)
        if (json_object_get(node.json, name) == NULL)
            return json_member_fail(&rests, name, "there is no such counter");
    return 0;
}

/* ---- Metrics. */

static int
read_counter_kind(struct metric_row *row, const struct json_node *node, size_t *room)
{
    (void)room;
    return read_sum(&row->sum, node);
}

static int
read_extremes(struct metric_row *row, const struct json_node *node)
{
    if (read_value(node, "min", &row->min) != 0 || read_value(node, "max", &row->max) != 0)
        return -1;
    return row->min <= row->max ? 0 : json_member_fail(node, "min", "is more than max");
}

static int
read_gauge(struct metric_row *row, const struct json_node *node, size_t *room)
{
    (void)room;
    if (read_extremes(row, node) != 0)
        return -1;
    return json_member_number(node, "last", row->min, row->max, &row->last);
}

static int
read_rate(struct metric_row *row, const struct json_node *node, size_t *room)
{
    (void)room;
    return json_member_count(node, "nonzero", row->count, &row->nonzero);
}

static int
read_bucket(struct trend *trend, const struct json_node *buckets, size_t index, size_t *room)
{
    const json_t *pair = json_array_get(buckets->json, index);
    const json_t *value = json_array_get(pair, 0), *count = json_array_get(pair, 1);
    struct json_node node = { .parent = buckets, .index = index, .err = buckets->err };

    if (json_array_size(pair) != 2 || !json_is_number(value) || !json_is_integer(count)
        || json_integer_value(count) < 1 || json_integer_value(count) > (json_int_t)JSON_COUNT_LIMIT)
        return json_node_fail(&node, "expected a pair of a value and how often it came");
    if (trend->count + (uint64_t)json_integer_value(count) > JSON_COUNT_LIMIT)
        return json_node_fail(&node, "counts more than 2^53 values");
    if (!trend_add_bucket_within(trend, json_number_value(value), (uint64_t)json_integer_value(count), room))
        return no_room(&node);
    return 0;
}

static int
read_trend(struct metric_row *row, const struct json_node *node, size_t *room)
{
    struct json_node buckets;

    if (read_sum(&row->sum, node) != 0 || read_extremes(row, node) != 0
        || json_node_array(&buckets, node, "buckets", BUCKETS_LIMIT) != 0)
        return -1;
    for (size_t i = 0; i < json_array_size(buckets.json); i++)
        if (read_bucket(&row->trend, &buckets, i, room) != 0)
            return -1;
    if (row->trend.count != row->count)
        return json_node_fail(&buckets, "do not count as many values as count");
    trend_set_extremes(&row->trend, row->min, row->max);
    return 0;
}

static const struct {
    const char *name;
    enum loads_metric_kind kind;
    int (*read)(struct metric_row *row, const struct json_node *node, size_t *room);
} kinds[] = {
    { "counter", LOADS_METRIC_COUNTER, read_counter_kind },
    { "gauge", LOADS_METRIC_GAUGE, read_gauge },
    { "rate", LOADS_METRIC_RATE, read_rate },
    { "trend", LOADS_METRIC_TREND, read_trend },
};

static int
read_metric(struct metrics *metrics, const struct json_node *node, size_t *room)
{
    if (!json_is_object(node->json))
        return json_node_fail(node, "expected an object");
    if (check_name(node) != 0)
        return -1;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct metric_row *row;
        struct json_node kind;

        if (json_object_get(node->json, kinds[i].name) == NULL)
            continue;
        row = metrics_claim(metrics, slice_of(node->key), kinds[i].kind, room);
        if (row == NULL)
            return no_room(node);
        if (json_node_object(&kind, node, kinds[i].name) != 0
            || json_member_count(&kind, "count", JSON_COUNT_LIMIT, &row->count) != 0)
            return -1;
        if (row->count == 0)
            return json_member_fail(&kind, "count", "is 0");
        if (kinds[i].read(row, &kind, room) != 0)
            return -1;
    }
    return 0;
}

int
document_read_metrics(struct tally *tally, const struct json_node *root)
{
    struct json_node overflow, node;
    const char *name;
    json_t *value;

    if (json_node_object(&overflow, root, "overflow") != 0
        || json_member_count(&overflow, "counters", JSON_COUNT_LIMIT, &tally->counters.overflow) != 0
        || json_member_count(&overflow, "metrics", JSON_COUNT_LIMIT, &tally->metrics.overflow) != 0
        || read_counters(tally, root) != 0 || json_node_object(&node, root, "metrics") != 0)
        return -1;
    json_object_foreach(node.json, name, value) {
        struct json_node item = json_node_at(&node, name, value);

        if (read_metric(&tally->metrics, &item, &tally->room) != 0)
            return -1;
    }
    return 0;
}
