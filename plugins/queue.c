/* SPDX-License-Identifier: Apache-2.0 */
/* The ring. Positions only grow; their remainder by the capacity is the place in
 * the ring. Each side keeps the other's position as it last saw it and looks
 * again only when that is not enough: what both touch is what costs. */
#include "plugins/queue.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"

enum { ALIGNMENT = alignof(max_align_t), CACHE_LINE = 64 };

/* In front of each record. */
struct header {
    alignas(max_align_t) size_t size; /* with the header, a multiple of ALIGNMENT */
    bool is_skip;                     /* no record: the rest of the ring was too short for one */
};

struct queue {
    size_t capacity;
    char *bytes;

    char apart[CACHE_LINE]; /* a line that both wrote would travel all the time */
    /* The producer's. */
    atomic_size_t written;
    size_t read_seen;
    size_t reserved; /* where `written` goes with the next commit */

    char apart_too[CACHE_LINE];
    /* The consumer's. */
    atomic_size_t read;
    size_t written_seen;
};

struct queue *
queue_new(size_t capacity)
{
    struct queue *queue = xcalloc(1, sizeof *queue);

    assert((capacity & (capacity - 1)) == 0 && capacity >= 2 * sizeof(struct header));
    queue->capacity = capacity;
    queue->bytes = xmalloc(capacity);
    return queue;
}

void
queue_free(struct queue *queue)
{
    if (queue == NULL)
        return;
    free(queue->bytes);
    free(queue);
}

static struct header *
header_at(const struct queue *queue, size_t position)
{
    return (struct header *)(queue->bytes + (position & (queue->capacity - 1)));
}

static bool
has_room(struct queue *queue, size_t written, size_t size)
{
    if (written + size - queue->read_seen <= queue->capacity)
        return true;
    queue->read_seen = atomic_load_explicit(&queue->read, memory_order_acquire);
    return written + size - queue->read_seen <= queue->capacity;
}

void *
queue_reserve(struct queue *queue, size_t size)
{
    size_t written = atomic_load_explicit(&queue->written, memory_order_relaxed);
    size_t to_end = queue->capacity - (written & (queue->capacity - 1));
    size_t skip;

    assert(size <= queue->capacity / 2 - sizeof(struct header));
    size = (sizeof(struct header) + size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    skip = size <= to_end ? 0 : to_end;
    if (!has_room(queue, written, skip + size))
        return NULL;
    if (skip > 0)
        *header_at(queue, written) = (struct header){ .size = skip, .is_skip = true };
    *header_at(queue, written + skip) = (struct header){ .size = size };
    queue->reserved = written + skip + size;
    return header_at(queue, written + skip) + 1;
}

void
queue_commit(struct queue *queue)
{
    /* In one order with what the consumer says before it rests: instance.c. */
    atomic_store(&queue->written, queue->reserved);
}

size_t
queue_waiting(const struct queue *queue)
{
    return atomic_load(&queue->written) - atomic_load(&queue->read);
}

/* The first header that is not a skip, or NULL. */
static struct header *
front_header(struct queue *queue)
{
    size_t read = atomic_load_explicit(&queue->read, memory_order_relaxed);
    struct header *header;

    if (read == queue->written_seen) {
        queue->written_seen = atomic_load_explicit(&queue->written, memory_order_acquire);
        if (read == queue->written_seen)
            return NULL;
    }
    header = header_at(queue, read);
    if (header->is_skip) {
        /* A record always comes with the skip in front of it. The store gives the
         * skip back: it is not looked at after that. */
        read += header->size;
        atomic_store_explicit(&queue->read, read, memory_order_release);
        header = header_at(queue, read);
    }
    return header;
}

void *
queue_front(struct queue *queue)
{
    struct header *header = front_header(queue);

    return header != NULL ? header + 1 : NULL;
}

void
queue_pop(struct queue *queue)
{
    size_t read = atomic_load_explicit(&queue->read, memory_order_relaxed);

    atomic_store_explicit(&queue->read, read + header_at(queue, read)->size, memory_order_release);
}

bool
queue_is_empty(const struct queue *queue)
{
    return atomic_load(&queue->written) == atomic_load(&queue->read);
}
