/* SPDX-License-Identifier: Apache-2.0 */
/* Tests by name and target. A row's key is the name and the target's number as
 * four bytes, the highest first: sorted by key they are in the document's order. */
#include "results/tests.h"

#include <stdbool.h>

#include "results/key.h"
#include "results/results.h"

enum { TARGET_BYTES = 4, SEPARATOR_BYTES = 1 };

void
tests_init(struct tests *tests)
{
    *tests = (struct tests){ 0 };
    key_table_init(&tests->table, sizeof(struct test_row), RESULTS_TESTS_LIMIT);
}

void
tests_clear(struct tests *tests)
{
    for (size_t i = 0; i < tests->table.row_count; i++)
        histogram_free(((struct test_row *)tests->table.rows[i])->latency);
    histogram_free(tests->other.latency);
    tests->other = (struct test_row){ 0 };
    key_table_clear(&tests->table);
}

static void
row_reset(struct test_row *row)
{
    row->started = row->finished = row->success = row->failures = row->errors = row->messages = 0;
    if (row->latency != NULL)
        histogram_reset(row->latency);
}

void
tests_reset(struct tests *tests)
{
    for (size_t i = 0; i < tests->table.touched_count; i++)
        row_reset((struct test_row *)tests->table.touched[i]);
    row_reset(&tests->other);
    key_table_reset(&tests->table);
}

/* All of a message or nothing of it. */
static bool
row_add(struct test_row *row, const struct message *message, size_t *room)
{
    if (message->type == LOADS_TEST_STOP && message->as.test.elapsed_us >= 0) {
        struct histogram *latency = histogram_claim(&row->latency, HISTOGRAM_FINE, room);

        if (latency == NULL || !histogram_add_within(latency, message->as.test.elapsed_us, room))
            return false;
    }
    row->messages++;
    row->started += message->type == LOADS_TEST_START;
    row->finished += message->type == LOADS_TEST_STOP;
    row->success += message->type == LOADS_TEST_SUCCESS;
    row->failures += message->type == LOADS_TEST_FAILURE;
    row->errors += message->type == LOADS_TEST_ERROR;
    return true;
}

struct test_row *
tests_claim(struct tests *tests, struct slice name, uint32_t target, size_t *room)
{
    struct test_row *row;
    struct key key;

    key_begin(&key);
    key_add_text(&key, name, RESULTS_KEY_LIMIT);
    key_add_byte(&key, '\0');
    for (int shift = 24; shift >= 0; shift -= 8)
        key_add_byte(&key, (char)(target >> shift));
    row = key_table_claim(&tests->table, key_slice(&key), room);
    if (row != NULL)
        row->target = target;
    return row;
}

void
tests_add(struct tests *tests, const struct message *message, uint32_t target, size_t *room)
{
    bool is_named = message->as.test.name.length > 0;
    struct slice name = is_named ? message->as.test.name : SLICE("(unnamed)");
    struct test_row *row = tests_claim(tests, name, target, room);
    size_t unlimited = SIZE_MAX;

    if (row == NULL || !row_add(row, message, room))
        row_add(&tests->other, message, &unlimited);
}

static bool
row_merge(struct test_row *row, const struct test_row *from, size_t *room)
{
    if (from->latency != NULL && histogram_count(from->latency) > 0) {
        struct histogram *latency = histogram_claim(&row->latency, HISTOGRAM_FINE, room);

        if (latency == NULL || !histogram_merge_within(latency, from->latency, room))
            return false;
    }
    row->messages += from->messages;
    row->started += from->started;
    row->finished += from->finished;
    row->success += from->success;
    row->failures += from->failures;
    row->errors += from->errors;
    return true;
}

void
tests_merge(struct tests *tests, const struct tests *from, const uint32_t *map, size_t *room)
{
    size_t unlimited = SIZE_MAX;

    for (size_t i = 0; i < from->table.touched_count; i++) {
        const struct test_row *row = (const struct test_row *)from->table.touched[i];
        uint32_t target = map != NULL ? map[row->target] : row->target;
        struct test_row *into;

        if (row->messages == 0) /* all went to the other row */
            continue;
        into = tests_claim(tests, tests_name(from, row), target, room);
        if (into == NULL || !row_merge(into, row, room))
            row_merge(&tests->other, row, &unlimited);
    }
    row_merge(&tests->other, &from->other, &unlimited);
}

struct slice
tests_name(const struct tests *tests, const struct test_row *row)
{
    struct slice key = key_table_key(&tests->table, &row->key);

    return (struct slice){ .data = key.data, .length = key.length - SEPARATOR_BYTES - TARGET_BYTES };
}
