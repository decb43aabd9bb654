/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded ring of records of any size, from one thread to one other, without
 * locks. A record lies in one piece and stays where it is until it is popped, so
 * both sides work on it in place. Neither side ever waits here. */
#ifndef PLUGINS_QUEUE_H
#define PLUGINS_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue;

/* `capacity` is a power of two. */
struct queue *queue_new(size_t capacity);
void queue_free(struct queue *queue);

/* Producer. Room for a record of `size` bytes (at most half of the capacity),
 * aligned for anything, or NULL when there is none now; queue_commit hands the
 * record to the consumer. Each reservation is committed or simply made again. */
void *queue_reserve(struct queue *queue, size_t size);
void queue_commit(struct queue *queue);
/* Bytes that wait for the consumer. */
size_t queue_waiting(const struct queue *queue);

/* Consumer. The oldest record, or NULL when there is none. */
void *queue_front(struct queue *queue);
void queue_pop(struct queue *queue);
bool queue_is_empty(const struct queue *queue);

#endif
