/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that owns the runners' connections: receives frames, has them
 * counted, and hands a full interval over each second. */
#ifndef RUN_RECEIVER_H
#define RUN_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "plugins/dispatch.h"
#include "protocol/decoder.h"
#include "results/results.h"

struct receiver;

struct receiver_setup {
    const char *run_id;
    const char *agent_prefix;          /* our runners' agent ids are PREFIX.N */
    const char *const *target_names;
    size_t target_count;
    const char *scratch;               /* private directory for ipc endpoints */
    const char *shared_endpoint;       /* one for all targets, or NULL: one each */
    struct dispatch *dispatch;         /* may be NULL */
    int64_t epoch_ns;                  /* monotonic: when the run began */
    bool keep_query;
};

/* Binds the endpoints and starts the thread. All of the setup is borrowed until
 * receiver_stop. */
struct receiver *receiver_start(const struct receiver_setup *setup, struct err *err);

/* The address that runners of a target connect to. */
const char *receiver_endpoint(const struct receiver *receiver, uint32_t target);

/* Process `number` of `target` is about to start. */
void receiver_issue(struct receiver *receiver, uint32_t number, uint32_t target);

/* Users that run now, for the timeline. */
void receiver_set_users(struct receiver *receiver, uint32_t users);

/* All processes of the cycle have ended: waits for their connections to close,
 * receives until there is nothing more, then retires the processes below
 * `next_number`. Answers by receiver_drained(); gives up after `deadline_ns`. */
void receiver_drain(struct receiver *receiver, uint32_t next_number, int64_t deadline_ns);

/* Readable when an interval is full or a drain is done. */
int receiver_fd(const struct receiver *receiver);
/* Takes what the readable descriptor announced. */
void receiver_clear_fd(struct receiver *receiver);

enum receiver_drain { RECEIVER_NOT_DRAINING, RECEIVER_DRAINING, RECEIVER_DRAINED, RECEIVER_TIMED_OUT };
/* DRAINED and TIMED_OUT are told once. */
enum receiver_drain receiver_drained(struct receiver *receiver);

/* The next full interval, or NULL; give it back when it is merged. */
struct interval *receiver_take(struct receiver *receiver);
void receiver_give_back(struct receiver *receiver, struct interval *interval);

/* Ends the thread and unbinds. What it still held can be taken afterwards. */
void receiver_stop(struct receiver *receiver);

/* After receiver_stop. */
uint64_t receiver_lost(const struct receiver *receiver);
bool receiver_has_complained(const struct receiver *receiver, uint32_t number);
bool receiver_has_ended(const struct receiver *receiver, uint32_t number);
struct decoder_stats receiver_decoder_stats(const struct receiver *receiver);
void receiver_free(struct receiver *receiver);

#endif
