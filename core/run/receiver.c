/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver thread: what connections bring is counted by the intake into the
 * interval of its second; the mailbox carries intervals and commands. */
#include "run/receiver.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "run/agents.h"
#include "run/connections.h"
#include "run/intake.h"
#include "run/mailbox.h"

enum { DRAIN_POLL_MS = 20 };

struct receiver {
    struct receiver_setup setup;
    struct mailbox *mailbox;
    struct connections_sink sink;
    struct connections *connections;
    struct agents *agents;
    struct intake *intake;
    atomic_uint users;
    atomic_int drain_state; /* enum receiver_drain */
    pthread_t thread;
    bool has_thread;

    /* Of the thread alone. */
    struct interval *current;
    int64_t reading_us; /* when what is being read has come */
    struct command drain;
    bool is_draining, is_stopping;
};

/* ---- Seconds. */

static int64_t
now_us(const struct receiver *receiver)
{
    return (clock_monotonic_ns() - receiver->setup.epoch_ns) / NS_PER_US;
}

static uint32_t
second_of(int64_t received_us)
{
    return received_us > 0 ? (uint32_t)(received_us / US_PER_S) : 0;
}

static void
note_users(struct receiver *receiver)
{
    interval_set_users(receiver->current, atomic_load_explicit(&receiver->users, memory_order_relaxed));
}

static void
begin_interval(struct receiver *receiver, struct interval *empty, uint32_t second)
{
    receiver->current = empty;
    interval_reset(receiver->current, second);
    note_users(receiver);
    intake_set_interval(receiver->intake, receiver->current);
}

static void
hand_over_interval(struct receiver *receiver)
{
    note_users(receiver);
    mailbox_give_full(receiver->mailbox, receiver->current);
    receiver->current = NULL;
}

static void
turn_second(struct receiver *receiver, int64_t time_us)
{
    uint32_t second = second_of(time_us);
    struct interval *empty;

    if (second == interval_second(receiver->current))
        return;
    empty = mailbox_take_empty(receiver->mailbox);
    if (empty == NULL)
        return; /* the last one takes what still comes */
    hand_over_interval(receiver);
    begin_interval(receiver, empty, second);
}

/* ---- Commands and frames. */

/* Called before each frame, so that a process is known before its first message. */
static void
obey_commands(struct receiver *receiver)
{
    struct command command;

    while (mailbox_next_command(receiver->mailbox, &command)) {
        switch (command.type) {
        case COMMAND_ISSUE:
            agents_issue(receiver->agents, command.number, command.target);
            break;
        case COMMAND_DRAIN:
            receiver->is_draining = true;
            receiver->drain = command;
            break;
        case COMMAND_STOP:
            receiver->is_stopping = true;
            break;
        }
    }
}

/* At the end nothing more is, or a slow output would hold the end for long. */
static bool
wants_more(void *context)
{
    struct receiver *receiver = context;

    receiver->reading_us = now_us(receiver);
    turn_second(receiver, receiver->reading_us);
    return !receiver->is_stopping;
}

static void
on_frame(void *context, uint32_t target, struct slice body)
{
    struct receiver *receiver = context;

    obey_commands(receiver);
    intake_frame(receiver->intake, body, target, receiver->setup.shared_endpoint != NULL, receiver->reading_us);
}

static void
on_too_big(void *context, uint32_t target, uint64_t length)
{
    struct receiver *receiver = context;

    intake_too_big(receiver->intake, target, length);
}

static void
on_multipart(void *context, uint32_t target)
{
    struct receiver *receiver = context;

    intake_multipart(receiver->intake, target);
}

static void
on_stranger(void *context, uint32_t target, const char *why)
{
    struct receiver *receiver = context;

    intake_stranger(receiver->intake, target, why);
}

/* ---- The thread. */

/* No process lives, so nobody connects any more: when all connections have ended,
 * all is counted. */
static void
try_finish_drain(struct receiver *receiver)
{
    bool is_over = connections_are_over(receiver->connections);

    if (!is_over && clock_monotonic_ns() <= receiver->drain.deadline_ns)
        return;
    receiver->is_draining = false;
    agents_retire(receiver->agents, receiver->drain.number);
    atomic_store(&receiver->drain_state, is_over ? RECEIVER_DRAINED : RECEIVER_TIMED_OUT);
    mailbox_notify(receiver->mailbox);
}

/* Milliseconds until the second is over. */
static int
wait_ms(const struct receiver *receiver)
{
    int64_t rest_us = US_PER_S - now_us(receiver) % US_PER_S;
    int rest_ms = (int)(rest_us / US_PER_MS) + 1;

    return receiver->is_draining && rest_ms > DRAIN_POLL_MS ? DRAIN_POLL_MS : rest_ms;
}

static void *
receiver_main(void *argument)
{
    struct receiver *receiver = argument;

    begin_interval(receiver, mailbox_take_empty(receiver->mailbox), second_of(now_us(receiver)));
    while (!receiver->is_stopping) {
        if (connections_wait(receiver->connections, wait_ms(receiver)))
            mailbox_clear_wake(receiver->mailbox);
        obey_commands(receiver);
        if (second_of(now_us(receiver)) != interval_second(receiver->current)) {
            connections_close_silent(receiver->connections);
            turn_second(receiver, now_us(receiver));
        }
        if (receiver->is_draining)
            try_finish_drain(receiver);
    }
    hand_over_interval(receiver);
    return NULL;
}

/* ---- The main thread's side. */

struct receiver *
receiver_start(const struct receiver_setup *setup, struct err *err)
{
    struct receiver *receiver = xcalloc(1, sizeof *receiver);

    receiver->setup = *setup;
    receiver->sink = (struct connections_sink){ .context = receiver, .is_wanted = wants_more, .frame = on_frame,
                                                .too_big = on_too_big, .multipart = on_multipart,
                                                .stranger = on_stranger };
    receiver->agents = agents_new(setup->agent_prefix);
    receiver->intake = intake_new(&(struct intake_setup){ .run_id = setup->run_id,
                                                          .target_names = setup->target_names,
                                                          .agents = receiver->agents,
                                                          .dispatch = setup->dispatch });
    receiver->mailbox = mailbox_new(setup->keep_query, err);
    if (receiver->mailbox == NULL)
        goto fail;
    receiver->connections = connections_open(
        &(struct connections_setup){ .shared_endpoint = setup->shared_endpoint, .scratch = setup->scratch,
                                     .target_count = setup->target_count, .sink = &receiver->sink,
                                     .wake_fd = mailbox_wake_fd(receiver->mailbox) },
        err);
    if (receiver->connections == NULL)
        goto fail;
    errno = pthread_create(&receiver->thread, NULL, receiver_main, receiver);
    if (errno != 0) {
        err_set(err, "cannot start the receiver thread: %s", strerror(errno));
        goto fail;
    }
    receiver->has_thread = true;
    return receiver;

fail:
    receiver_free(receiver);
    return NULL;
}

const char *
receiver_endpoint(const struct receiver *receiver, uint32_t target)
{
    return connections_address(receiver->connections, target);
}

void
receiver_issue(struct receiver *receiver, uint32_t number, uint32_t target)
{
    mailbox_post(receiver->mailbox, (struct command){ .type = COMMAND_ISSUE, .number = number, .target = target });
}

void
receiver_set_users(struct receiver *receiver, uint32_t users)
{
    atomic_store_explicit(&receiver->users, users, memory_order_relaxed);
}

void
receiver_drain(struct receiver *receiver, uint32_t next_number, int64_t deadline_ns)
{
    atomic_store(&receiver->drain_state, RECEIVER_DRAINING);
    mailbox_post(receiver->mailbox, (struct command){ .type = COMMAND_DRAIN, .number = next_number,
                                                      .deadline_ns = deadline_ns });
}

int
receiver_fd(const struct receiver *receiver)
{
    return mailbox_notice_fd(receiver->mailbox);
}

void
receiver_clear_fd(struct receiver *receiver)
{
    mailbox_clear_notice(receiver->mailbox);
}

enum receiver_drain
receiver_drained(struct receiver *receiver)
{
    int state = atomic_load(&receiver->drain_state);

    if (state == RECEIVER_DRAINED || state == RECEIVER_TIMED_OUT)
        atomic_store(&receiver->drain_state, RECEIVER_NOT_DRAINING);
    return (enum receiver_drain)state;
}

struct interval *
receiver_take(struct receiver *receiver)
{
    return mailbox_take_full(receiver->mailbox);
}

void
receiver_give_back(struct receiver *receiver, struct interval *interval)
{
    mailbox_give_empty(receiver->mailbox, interval);
}

void
receiver_stop(struct receiver *receiver)
{
    if (!receiver->has_thread)
        return;
    mailbox_close(receiver->mailbox);
    mailbox_post(receiver->mailbox, (struct command){ .type = COMMAND_STOP });
    pthread_join(receiver->thread, NULL);
    receiver->has_thread = false;
    connections_free(receiver->connections);
    receiver->connections = NULL;
}

uint64_t
receiver_lost(const struct receiver *receiver)
{
    return agents_lost(receiver->agents);
}

bool
receiver_has_complained(const struct receiver *receiver, uint32_t number)
{
    return agents_has_complained(receiver->agents, number);
}

bool
receiver_has_ended(const struct receiver *receiver, uint32_t number)
{
    return agents_has_ended(receiver->agents, number);
}

struct decoder_stats
receiver_decoder_stats(const struct receiver *receiver)
{
    return intake_stats(receiver->intake);
}

void
receiver_free(struct receiver *receiver)
{
    if (receiver == NULL)
        return;
    receiver_stop(receiver);
    connections_free(receiver->connections);
    mailbox_free(receiver->mailbox);
    intake_free(receiver->intake);
    agents_free(receiver->agents);
    free(receiver);
}
