/* SPDX-License-Identifier: Apache-2.0 */
/* plugins/queue.h: records of any size, in order, whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/queue.h"

/* Small, so that the ring is often full and often wraps. */
enum { CAPACITY = 4096, RECORDS = 20000, SIZE_LIMIT = 300 };

static void
full_and_empty_are_told_apart(void **state)
{
    struct queue *queue = queue_new(CAPACITY);
    size_t count = 0, first_count;

    (void)state;
    assert_true(queue_is_empty(queue));
    assert_null(queue_front(queue));
    for (void *room; (room = queue_reserve(queue, sizeof count)) != NULL; count++) {
        memcpy(room, &count, sizeof count);
        queue_commit(queue);
    }
    assert_true(count > 0 && queue_waiting(queue) <= CAPACITY);
    assert_false(queue_is_empty(queue));
    first_count = count;

    /* Room for exactly one more after each one that is taken. */
    for (size_t i = 0; i < 3 * first_count; i++) {
        size_t value;

        memcpy(&value, queue_front(queue), sizeof value);
        assert_int_equal(value, i);
        queue_pop(queue);
        memcpy(queue_reserve(queue, sizeof count), &count, sizeof count);
        queue_commit(queue);
        count++;
        assert_null(queue_reserve(queue, sizeof count));
    }
    queue_free(queue);
}

static void
what_is_not_committed_was_never_there(void **state)
{
    struct queue *queue = queue_new(CAPACITY);

    (void)state;
    assert_non_null(queue_reserve(queue, 100));
    assert_null(queue_front(queue));
    memcpy(queue_reserve(queue, 2), "b", 2);
    queue_commit(queue);
    assert_string_equal(queue_front(queue), "b");
    queue_pop(queue);
    assert_true(queue_is_empty(queue));
    queue_free(queue);
}

/* A fixed sequence that both sides can compute. */
static size_t
size_of_record(size_t index)
{
    return sizeof index + (index * 2654435761u >> 7) % SIZE_LIMIT;
}

static void *
produce(void *context)
{
    struct queue *queue = context;

    for (size_t i = 0; i < RECORDS; i++) {
        char *room;

        while ((room = queue_reserve(queue, size_of_record(i))) == NULL)
            sched_yield();
        memset(room, (char)i, size_of_record(i));
        memcpy(room, &i, sizeof i);
        queue_commit(queue);
    }
    return NULL;
}

static void
two_threads_lose_nothing(void **state)
{
    struct queue *queue = queue_new(CAPACITY);
    pthread_t producer;

    (void)state;
    assert_int_equal(pthread_create(&producer, NULL, produce, queue), 0);
    for (size_t i = 0; i < RECORDS; i++) {
        const char *record;
        size_t value, size = size_of_record(i);

        while ((record = queue_front(queue)) == NULL)
            sched_yield();
        memcpy(&value, record, sizeof value);
        assert_int_equal(value, i);
        assert_int_equal((uintptr_t)record % 16, 0);
        for (size_t at = sizeof value; at < size; at++)
            if (record[at] != (char)i)
                fail_msg("record %zu is torn at %zu", i, at);
        queue_pop(queue);
    }
    pthread_join(producer, NULL);
    assert_true(queue_is_empty(queue));
    queue_free(queue);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_and_empty_are_told_apart),
        cmocka_unit_test(what_is_not_committed_was_never_there),
        cmocka_unit_test(two_threads_lose_nothing),
    };

    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
