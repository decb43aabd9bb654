/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and intervals between two threads. */
#include "run/mailbox.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

/* A queue of full ones; a stack of empty ones, so that the one that was used last,
 * whose memory is there, is used again. */
struct intervals {
    struct interval *items[MAILBOX_INTERVALS];
    size_t count;
};

struct mailbox {
    pthread_mutex_t lock;
    pthread_cond_t empty_came;
    struct command *commands;
    size_t command_begin, command_end, command_capacity;
    atomic_bool has_commands;
    struct intervals full, empty;
    bool is_closed;
    int wake_fd, notice_fd;
};

static void
put_last(struct intervals *intervals, struct interval *interval)
{
    assert(intervals->count < MAILBOX_INTERVALS);
    intervals->items[intervals->count++] = interval;
}

static struct interval *
take_first(struct intervals *intervals)
{
    struct interval *first = intervals->items[0];

    intervals->count--;
    memmove(intervals->items, intervals->items + 1, intervals->count * sizeof intervals->items[0]);
    return first;
}

static void
write_event(int fd)
{
    uint64_t one = 1;

    if (write(fd, &one, sizeof one) < 0 && errno != EAGAIN)
        log_error("cannot wake another thread: %s", strerror(errno));
}

static void
clear_event(int fd)
{
    uint64_t value;

    if (read(fd, &value, sizeof value) < 0 && errno != EAGAIN)
        log_error("cannot read an event descriptor: %s", strerror(errno));
}

struct mailbox *
mailbox_new(bool keep_query, struct err *err)
{
    struct mailbox *mailbox = xcalloc(1, sizeof *mailbox);

    pthread_mutex_init(&mailbox->lock, NULL);
    pthread_cond_init(&mailbox->empty_came, NULL);
    for (int i = 0; i < MAILBOX_INTERVALS; i++)
        put_last(&mailbox->empty, interval_new(keep_query));
    mailbox->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    mailbox->notice_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (mailbox->wake_fd >= 0 && mailbox->notice_fd >= 0)
        return mailbox;
    err_set(err, "cannot receive results: %s", strerror(errno));
    mailbox_free(mailbox);
    return NULL;
}

void
mailbox_free(struct mailbox *mailbox)
{
    if (mailbox == NULL)
        return;
    while (mailbox->full.count > 0)
        interval_free(take_first(&mailbox->full));
    while (mailbox->empty.count > 0)
        interval_free(take_first(&mailbox->empty));
    if (mailbox->wake_fd >= 0)
        close(mailbox->wake_fd);
    if (mailbox->notice_fd >= 0)
        close(mailbox->notice_fd);
    pthread_cond_destroy(&mailbox->empty_came);
    pthread_mutex_destroy(&mailbox->lock);
    free(mailbox->commands);
    free(mailbox);
}

int
mailbox_notice_fd(const struct mailbox *mailbox)
{
    return mailbox->notice_fd;
}

int
mailbox_wake_fd(const struct mailbox *mailbox)
{
    return mailbox->wake_fd;
}

void
mailbox_clear_notice(struct mailbox *mailbox)
{
    clear_event(mailbox->notice_fd);
}

void
mailbox_clear_wake(struct mailbox *mailbox)
{
    clear_event(mailbox->wake_fd);
}

void
mailbox_notify(struct mailbox *mailbox)
{
    write_event(mailbox->notice_fd);
}

/* ---- Commands */

void
mailbox_post(struct mailbox *mailbox, struct command command)
{
    pthread_mutex_lock(&mailbox->lock);
    if (mailbox->command_end == mailbox->command_capacity) {
        mailbox->command_capacity = mailbox->command_capacity > 0 ? mailbox->command_capacity * 2 : 16;
        mailbox->commands =
            xreallocarray(mailbox->commands, mailbox->command_capacity, sizeof *mailbox->commands);
    }
    mailbox->commands[mailbox->command_end++] = command;
    atomic_store_explicit(&mailbox->has_commands, true, memory_order_release);
    pthread_mutex_unlock(&mailbox->lock);
    write_event(mailbox->wake_fd);
}

bool
mailbox_next_command(struct mailbox *mailbox, struct command *command)
{
    if (!atomic_load_explicit(&mailbox->has_commands, memory_order_acquire))
        return false;
    pthread_mutex_lock(&mailbox->lock);
    *command = mailbox->commands[mailbox->command_begin++];
    if (mailbox->command_begin == mailbox->command_end) {
        mailbox->command_begin = mailbox->command_end = 0;
        atomic_store_explicit(&mailbox->has_commands, false, memory_order_release);
    }
    pthread_mutex_unlock(&mailbox->lock);
    return true;
}

/* ---- Intervals */

struct interval *
mailbox_take_full(struct mailbox *mailbox)
{
    struct interval *interval = NULL;

    pthread_mutex_lock(&mailbox->lock);
    if (mailbox->full.count > 0)
        interval = take_first(&mailbox->full);
    pthread_mutex_unlock(&mailbox->lock);
    return interval;
}

void
mailbox_give_full(struct mailbox *mailbox, struct interval *interval)
{
    pthread_mutex_lock(&mailbox->lock);
    put_last(&mailbox->full, interval);
    pthread_mutex_unlock(&mailbox->lock);
    mailbox_notify(mailbox);
}

void
mailbox_give_empty(struct mailbox *mailbox, struct interval *interval)
{
    pthread_mutex_lock(&mailbox->lock);
    put_last(&mailbox->empty, interval);
    pthread_cond_signal(&mailbox->empty_came);
    pthread_mutex_unlock(&mailbox->lock);
}

struct interval *
mailbox_take_empty(struct mailbox *mailbox)
{
    struct interval *interval = NULL;

    pthread_mutex_lock(&mailbox->lock);
    while (mailbox->empty.count == 0 && !mailbox->is_closed)
        pthread_cond_wait(&mailbox->empty_came, &mailbox->lock);
    if (mailbox->empty.count > 0)
        interval = mailbox->empty.items[--mailbox->empty.count];
    pthread_mutex_unlock(&mailbox->lock);
    return interval;
}

void
mailbox_close(struct mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->lock);
    mailbox->is_closed = true;
    pthread_cond_signal(&mailbox->empty_came);
    pthread_mutex_unlock(&mailbox->lock);
}
