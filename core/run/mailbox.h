/* SPDX-License-Identifier: Apache-2.0 */
/* Between the main thread and the receiver's: commands one way, full intervals
 * the other, empty ones back. Each side has a descriptor to wait on. */
#ifndef RUN_MAILBOX_H
#define RUN_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "results/results.h"

/* One being filled, others on their way to be merged. */
enum { MAILBOX_INTERVALS = 4 };

enum command_type {
    COMMAND_ISSUE, /* process `number` of `target` is about to start */
    COMMAND_DRAIN, /* the processes below `number` have ended */
    COMMAND_STOP,
};
struct command {
    enum command_type type;
    uint32_t number, target;
    int64_t deadline_ns; /* of a drain */
};

struct mailbox;

struct mailbox *mailbox_new(bool keep_query, struct err *err);
void mailbox_free(struct mailbox *mailbox);

/* ---- Main thread */

int mailbox_notice_fd(const struct mailbox *mailbox); /* readable: an interval, or a notice */
void mailbox_clear_notice(struct mailbox *mailbox);
void mailbox_post(struct mailbox *mailbox, struct command command);
struct interval *mailbox_take_full(struct mailbox *mailbox); /* NULL: there is none */
void mailbox_give_empty(struct mailbox *mailbox, struct interval *interval);
/* No more intervals are given back: the other side must not wait for them. */
void mailbox_close(struct mailbox *mailbox);

/* ---- Receiver thread */

int mailbox_wake_fd(const struct mailbox *mailbox); /* readable: a command */
void mailbox_clear_wake(struct mailbox *mailbox);
/* The next command, in order; costs next to nothing when there is none. */
bool mailbox_next_command(struct mailbox *mailbox, struct command *command);
/* Waits while all are on their way, which holds back the runners; NULL after
 * mailbox_close. */
struct interval *mailbox_take_empty(struct mailbox *mailbox);
void mailbox_give_full(struct mailbox *mailbox, struct interval *interval);
void mailbox_notify(struct mailbox *mailbox);

#endif
