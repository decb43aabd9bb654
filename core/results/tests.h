/* SPDX-License-Identifier: Apache-2.0 */
/* What became of each test of each target, and how long it took. */
#ifndef RESULTS_TESTS_H
#define RESULTS_TESTS_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/message.h"
#include "results/histogram.h"
#include "results/key_table.h"

struct test_row {
    struct key_row key;
    uint32_t target;
    uint64_t started, finished, success, failures, errors;
    uint64_t messages;         /* all of the above: none without one */
    struct histogram *latency; /* 3 digits; NULL until a runner tells how long a test took */
};

struct tests {
    struct key_table table;
    struct test_row other; /* messages of tests that found no room */
};

void tests_init(struct tests *tests);
void tests_clear(struct tests *tests);
void tests_reset(struct tests *tests); /* keeps the memory */

/* Counts a message of a test (from LOADS_TEST_START to LOADS_TEST_ERROR). */
void tests_add(struct tests *tests, const struct message *message, uint32_t target, size_t *room);
/* With `map`, the tests of target i become tests of target map[i]. */
void tests_merge(struct tests *tests, const struct tests *from, const uint32_t *map, size_t *room);

/* The row of a test, to add to; NULL when there is no room. */
struct test_row *tests_claim(struct tests *tests, struct slice name, uint32_t target, size_t *room);

struct slice tests_name(const struct tests *tests, const struct test_row *row);

#endif
