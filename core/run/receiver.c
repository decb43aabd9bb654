/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver thread. The main thread talks to it through a locked mailbox: a
 * list of commands in, full intervals out; both ends have an eventfd. */
#include "run/receiver.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "run/agents.h"
#include "run/endpoint.h"
#include "run/intake.h"

enum {
    INTERVAL_COUNT = 4,      /* one being filled, others on their way to be merged */
    BURST_LIMIT = 512,       /* frames of one socket before the others get their turn */
    CLOCK_EVERY = 16,        /* frames that share one reading of the clock */
    RECEIVE_HWM = 1000,      /* frames waiting per runner; then its sends wait */
    DRAIN_POLL_MS = 20,
    HANDSHAKE_MS = 10000,
    /* The real limit is checked by the decoder, which counts; libzmq's would cut
     * the connection and lose what stands behind. This wall is far. */
    FRAME_WALL = 16 * MESSAGE_FRAME_LIMIT,
};

enum command_type { COMMAND_ISSUE, COMMAND_DRAIN, COMMAND_STOP };
struct command {
    enum command_type type;
    uint32_t number, target;
    int64_t deadline_ns;
};

struct endpoint_socket {
    char *address;
    void *pull, *monitor;
    int64_t connections; /* accepted and not yet closed */
};

struct receiver {
    struct receiver_setup setup;
    void *context, *zap; /* zap: answers for tcp endpoints, or NULL */
    struct endpoint_socket *sockets;
    size_t socket_count; /* one a target, or one in all */
    struct agents *agents;
    struct intake *intake;
    struct interval *current;
    bool is_draining;
    struct command drain;
    pthread_t thread;
    bool is_stopping;
    atomic_uint users;

    /* The mailbox. */
    pthread_mutex_t lock;
    pthread_cond_t interval_free;
    struct command *commands;
    size_t command_count, command_capacity;
    atomic_bool has_commands;
    struct interval *full[INTERVAL_COUNT], *empty[INTERVAL_COUNT];
    size_t full_count, empty_count;
    enum receiver_drain drain_state;
    bool is_stopped; /* nobody gives intervals back any more */
    int wake_fd;     /* for the thread */
    int notice_fd;   /* for the main thread */
};

static void
signal_fd_now(int fd)
{
    uint64_t one = 1;

    if (write(fd, &one, sizeof one) < 0 && errno != EAGAIN)
        log_error("cannot wake the receiver: %s", strerror(errno));
}

static void
clear_event_fd(int fd)
{
    uint64_t value;

    if (read(fd, &value, sizeof value) < 0 && errno != EAGAIN)
        log_error("cannot read an event descriptor: %s", strerror(errno));
}

/* ---- Intervals: filled here, merged by the main thread. */

static uint32_t
second_of(int64_t received_us)
{
    return received_us > 0 ? (uint32_t)(received_us / US_PER_S) : 0;
}

/* Takes an empty interval; waits when the main thread has not merged yet, which
 * holds back the runners. */
static struct interval *
take_empty(struct receiver *receiver)
{
    struct interval *interval;

    pthread_mutex_lock(&receiver->lock);
    while (receiver->empty_count == 0)
        pthread_cond_wait(&receiver->interval_free, &receiver->lock);
    interval = receiver->empty[--receiver->empty_count];
    pthread_mutex_unlock(&receiver->lock);
    return interval;
}

static void
begin_interval(struct receiver *receiver, uint32_t second)
{
    receiver->current = take_empty(receiver);
    interval_reset(receiver->current, second);
    interval_set_users(receiver->current, atomic_load_explicit(&receiver->users, memory_order_relaxed));
    intake_set_interval(receiver->intake, receiver->current);
}

static void
hand_over_interval(struct receiver *receiver)
{
    interval_set_users(receiver->current, atomic_load_explicit(&receiver->users, memory_order_relaxed));
    pthread_mutex_lock(&receiver->lock);
    receiver->full[receiver->full_count++] = receiver->current;
    pthread_mutex_unlock(&receiver->lock);
    receiver->current = NULL;
    signal_fd_now(receiver->notice_fd);
}

static int64_t
now_us(const struct receiver *receiver)
{
    return (clock_monotonic_ns() - receiver->setup.epoch_ns) / NS_PER_US;
}

static void
turn_second(struct receiver *receiver, int64_t time_us)
{
    uint32_t second = second_of(time_us);

    if (second == interval_second(receiver->current))
        return;
    hand_over_interval(receiver);
    begin_interval(receiver, second);
}

/* ---- Commands. */

static void
post_command(struct receiver *receiver, struct command command)
{
    pthread_mutex_lock(&receiver->lock);
    if (receiver->command_count == receiver->command_capacity) {
        receiver->command_capacity = receiver->command_capacity > 0 ? receiver->command_capacity * 2 : 16;
        receiver->commands =
            xreallocarray(receiver->commands, receiver->command_capacity, sizeof *receiver->commands);
    }
    receiver->commands[receiver->command_count++] = command;
    atomic_store_explicit(&receiver->has_commands, true, memory_order_release);
    pthread_mutex_unlock(&receiver->lock);
    if (command.type != COMMAND_ISSUE)
        signal_fd_now(receiver->wake_fd);
}

/* Called before each frame, so that a process is known before its first message. */
static void
obey_commands(struct receiver *receiver)
{
    if (!atomic_load_explicit(&receiver->has_commands, memory_order_acquire))
        return;
    pthread_mutex_lock(&receiver->lock);
    for (size_t i = 0; i < receiver->command_count; i++) {
        struct command command = receiver->commands[i];

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
    receiver->command_count = 0;
    atomic_store_explicit(&receiver->has_commands, false, memory_order_release);
    pthread_mutex_unlock(&receiver->lock);
}

/* ---- Frames. */

/* Reads the rest of a message that has several frames. */
static void
skip_parts(void *pull, zmq_msg_t *frame)
{
    while (zmq_msg_more(frame) && zmq_msg_recv(frame, pull, 0) >= 0)
        continue;
}

/* Receives from one socket, at most a burst; returns how many frames came. */
static int
receive_burst(struct receiver *receiver, uint32_t index)
{
    struct endpoint_socket *socket = &receiver->sockets[index];
    bool is_shared = receiver->setup.shared_endpoint != NULL;
    int64_t time_us = 0;
    zmq_msg_t frame;
    int count;

    zmq_msg_init(&frame);
    for (count = 0; count < BURST_LIMIT; count++) {
        if (zmq_msg_recv(&frame, socket->pull, ZMQ_DONTWAIT) < 0)
            break;
        if (count % CLOCK_EVERY == 0) {
            time_us = now_us(receiver);
            turn_second(receiver, time_us);
        }
        obey_commands(receiver);
        if (zmq_msg_more(&frame)) {
            intake_multipart(receiver->intake, index);
            skip_parts(socket->pull, &frame);
        } else {
            struct slice text = { .data = zmq_msg_data(&frame), .length = zmq_msg_size(&frame) };

            intake_frame(receiver->intake, text, index, is_shared, time_us);
        }
    }
    zmq_msg_close(&frame);
    return count;
}

/* An event of the socket monitor is two frames: event number and value, address. */
static void
follow_connections(struct endpoint_socket *socket)
{
    zmq_msg_t frame;

    zmq_msg_init(&frame);
    while (zmq_msg_recv(&frame, socket->monitor, ZMQ_DONTWAIT) >= 0) {
        uint16_t event;

        memcpy(&event, zmq_msg_data(&frame), sizeof event);
        if (event == ZMQ_EVENT_ACCEPTED)
            socket->connections++;
        else if (event == ZMQ_EVENT_DISCONNECTED)
            socket->connections--;
        skip_parts(socket->monitor, &frame);
    }
    zmq_msg_close(&frame);
}

static void
finish_drain(struct receiver *receiver, enum receiver_drain outcome)
{
    receiver->is_draining = false;
    agents_retire(receiver->agents, receiver->drain.number);
    pthread_mutex_lock(&receiver->lock);
    receiver->drain_state = outcome;
    pthread_mutex_unlock(&receiver->lock);
    signal_fd_now(receiver->notice_fd);
}

/* No process lives, so no connection is new: when all that were accepted have
 * closed, what they sent waits in our queues, and a round that finds nothing is
 * the end. */
static void
try_finish_drain(struct receiver *receiver, int received)
{
    bool is_late = clock_monotonic_ns() > receiver->drain.deadline_ns;
    int64_t connections = 0;

    for (size_t i = 0; i < receiver->socket_count; i++) {
        follow_connections(&receiver->sockets[i]);
        connections += receiver->sockets[i].connections;
    }
    if (connections > 0 || received > 0) {
        if (is_late)
            finish_drain(receiver, RECEIVER_TIMED_OUT);
        return;
    }
    for (size_t i = 0; i < receiver->socket_count; i++)
        received += receive_burst(receiver, (uint32_t)i);
    if (received == 0)
        finish_drain(receiver, RECEIVER_DRAINED);
}

/* Milliseconds until the second is over. */
static long
poll_timeout_ms(const struct receiver *receiver)
{
    int64_t rest_us = US_PER_S - now_us(receiver) % US_PER_S;
    long rest_ms = (long)(rest_us / US_PER_MS) + 1;

    return receiver->is_draining && rest_ms > DRAIN_POLL_MS ? DRAIN_POLL_MS : rest_ms;
}

static void *
receiver_main(void *argument)
{
    struct receiver *receiver = argument;
    size_t count = receiver->socket_count;
    size_t item_count = 1 + 2 * count + (receiver->zap != NULL ? 1 : 0);
    zmq_pollitem_t *items = xcalloc(item_count, sizeof *items);

    items[0] = (zmq_pollitem_t){ .fd = receiver->wake_fd, .events = ZMQ_POLLIN };
    for (size_t i = 0; i < count; i++) {
        items[1 + i] = (zmq_pollitem_t){ .socket = receiver->sockets[i].pull, .events = ZMQ_POLLIN };
        items[1 + count + i] = (zmq_pollitem_t){ .socket = receiver->sockets[i].monitor, .events = ZMQ_POLLIN };
    }
    if (receiver->zap != NULL)
        items[1 + 2 * count] = (zmq_pollitem_t){ .socket = receiver->zap, .events = ZMQ_POLLIN };

    begin_interval(receiver, second_of(now_us(receiver)));
    while (!receiver->is_stopping) {
        int received = 0;

        if (zmq_poll(items, (int)item_count, poll_timeout_ms(receiver)) < 0 && errno != EINTR)
            break;
        if (items[0].revents != 0)
            clear_event_fd(receiver->wake_fd);
        obey_commands(receiver);
        for (size_t i = 0; i < count; i++) {
            if (items[1 + i].revents != 0)
                received += receive_burst(receiver, (uint32_t)i);
            if (items[1 + count + i].revents != 0)
                follow_connections(&receiver->sockets[i]);
        }
        if (receiver->zap != NULL && items[1 + 2 * count].revents != 0)
            endpoint_answer_zap(receiver->zap);
        turn_second(receiver, now_us(receiver));
        if (receiver->is_draining)
            try_finish_drain(receiver, received);
    }
    hand_over_interval(receiver);
    free(items);
    return NULL;
}

/* ---- The main thread's side. */

static int
open_socket(struct receiver *receiver, size_t index, struct err *err)
{
    struct endpoint_socket *socket = &receiver->sockets[index];
    const char *given = receiver->setup.shared_endpoint;
    int hwm = RECEIVE_HWM, linger = 0, handshake_ms = HANDSHAKE_MS, ipv6 = 1;
    int64_t wall = FRAME_WALL;
    char monitor[64];

    socket->pull = zmq_socket(receiver->context, ZMQ_PULL);
    zmq_setsockopt(socket->pull, ZMQ_RCVHWM, &hwm, sizeof hwm);
    zmq_setsockopt(socket->pull, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(socket->pull, ZMQ_HANDSHAKE_IVL, &handshake_ms, sizeof handshake_ms);
    zmq_setsockopt(socket->pull, ZMQ_IPV6, &ipv6, sizeof ipv6);
    zmq_setsockopt(socket->pull, ZMQ_MAXMSGSIZE, &wall, sizeof wall);
    if (receiver->zap != NULL)
        zmq_setsockopt(socket->pull, ZMQ_ZAP_DOMAIN, ENDPOINT_ZAP_DOMAIN, strlen(ENDPOINT_ZAP_DOMAIN));

    snprintf(monitor, sizeof monitor, "inproc://monitor-%zu", index);
    zmq_socket_monitor(socket->pull, monitor, ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED);
    socket->monitor = zmq_socket(receiver->context, ZMQ_PAIR);
    zmq_setsockopt(socket->monitor, ZMQ_LINGER, &linger, sizeof linger);
    zmq_connect(socket->monitor, monitor);

    socket->address = endpoint_bind(socket->pull, given, receiver->setup.scratch, index, err);
    return socket->address != NULL ? 0 : -1;
}

static int
open_sockets(struct receiver *receiver, struct err *err)
{
    const char *given = receiver->setup.shared_endpoint;

    if (given != NULL && endpoint_check(given, err) != 0)
        return -1;
    if (given != NULL && endpoint_is_tcp(given)) {
        receiver->zap = endpoint_open_zap(receiver->context, err);
        if (receiver->zap == NULL)
            return -1;
    }
    receiver->socket_count = given != NULL ? 1 : receiver->setup.target_count;
    receiver->sockets = xcalloc(receiver->socket_count, sizeof *receiver->sockets);
    for (size_t i = 0; i < receiver->socket_count; i++)
        if (open_socket(receiver, i, err) != 0)
            return -1;
    return 0;
}

static void
close_sockets(struct receiver *receiver)
{
    for (size_t i = 0; i < receiver->socket_count; i++) {
        if (receiver->sockets[i].pull != NULL)
            zmq_close(receiver->sockets[i].pull);
        if (receiver->sockets[i].monitor != NULL)
            zmq_close(receiver->sockets[i].monitor);
        receiver->sockets[i].pull = receiver->sockets[i].monitor = NULL;
    }
    if (receiver->zap != NULL)
        zmq_close(receiver->zap);
    receiver->zap = NULL;
    if (receiver->context != NULL)
        zmq_ctx_term(receiver->context);
    receiver->context = NULL;
}

struct receiver *
receiver_start(const struct receiver_setup *setup, struct err *err)
{
    struct receiver *receiver = xcalloc(1, sizeof *receiver);
    struct intake_setup intake = { .run_id = setup->run_id, .target_names = setup->target_names,
                                   .dispatch = setup->dispatch };

    receiver->setup = *setup;
    receiver->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    receiver->notice_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&receiver->lock, NULL);
    pthread_cond_init(&receiver->interval_free, NULL);
    receiver->agents = agents_new(setup->agent_prefix);
    intake.agents = receiver->agents;
    receiver->intake = intake_new(&intake);
    for (size_t i = 0; i < INTERVAL_COUNT; i++)
        receiver->empty[receiver->empty_count++] = interval_new(setup->keep_query);

    receiver->context = zmq_ctx_new();
    if (open_sockets(receiver, err) != 0) {
        receiver->is_stopped = true;
        receiver_free(receiver);
        return NULL;
    }
    errno = pthread_create(&receiver->thread, NULL, receiver_main, receiver);
    if (errno != 0) {
        err_set(err, "cannot start the receiver thread: %s", strerror(errno));
        receiver->is_stopped = true;
        receiver_free(receiver);
        return NULL;
    }
    return receiver;
}

const char *
receiver_endpoint(const struct receiver *receiver, uint32_t target)
{
    return receiver->sockets[receiver->setup.shared_endpoint != NULL ? 0 : target].address;
}

void
receiver_issue(struct receiver *receiver, uint32_t number, uint32_t target)
{
    post_command(receiver, (struct command){ .type = COMMAND_ISSUE, .number = number, .target = target });
}

void
receiver_set_users(struct receiver *receiver, uint32_t users)
{
    atomic_store_explicit(&receiver->users, users, memory_order_relaxed);
}

void
receiver_drain(struct receiver *receiver, uint32_t next_number, int64_t deadline_ns)
{
    pthread_mutex_lock(&receiver->lock);
    receiver->drain_state = RECEIVER_DRAINING;
    pthread_mutex_unlock(&receiver->lock);
    post_command(receiver, (struct command){ .type = COMMAND_DRAIN, .number = next_number,
                                             .deadline_ns = deadline_ns });
}

int
receiver_fd(const struct receiver *receiver)
{
    return receiver->notice_fd;
}

void
receiver_clear_fd(struct receiver *receiver)
{
    clear_event_fd(receiver->notice_fd);
}

enum receiver_drain
receiver_drained(struct receiver *receiver)
{
    enum receiver_drain state;

    pthread_mutex_lock(&receiver->lock);
    state = receiver->drain_state;
    if (state == RECEIVER_DRAINED || state == RECEIVER_TIMED_OUT)
        receiver->drain_state = RECEIVER_NOT_DRAINING;
    pthread_mutex_unlock(&receiver->lock);
    return state;
}

struct interval *
receiver_take(struct receiver *receiver)
{
    struct interval *interval = NULL;

    pthread_mutex_lock(&receiver->lock);
    if (receiver->full_count > 0) {
        interval = receiver->full[0];
        receiver->full_count--;
        memmove(receiver->full, receiver->full + 1, receiver->full_count * sizeof receiver->full[0]);
    }
    pthread_mutex_unlock(&receiver->lock);
    return interval;
}

void
receiver_give_back(struct receiver *receiver, struct interval *interval)
{
    pthread_mutex_lock(&receiver->lock);
    receiver->empty[receiver->empty_count++] = interval;
    pthread_cond_signal(&receiver->interval_free);
    pthread_mutex_unlock(&receiver->lock);
}

void
receiver_stop(struct receiver *receiver)
{
    if (receiver->is_stopped)
        return;
    receiver->is_stopped = true;
    post_command(receiver, (struct command){ .type = COMMAND_STOP });
    pthread_join(receiver->thread, NULL);
    close_sockets(receiver);
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
    close_sockets(receiver);
    for (size_t i = 0; i < receiver->socket_count; i++)
        free(receiver->sockets[i].address);
    free(receiver->sockets);
    for (size_t i = 0; i < receiver->full_count; i++)
        interval_free(receiver->full[i]);
    for (size_t i = 0; i < receiver->empty_count; i++)
        interval_free(receiver->empty[i]);
    intake_free(receiver->intake);
    agents_free(receiver->agents);
    free(receiver->commands);
    pthread_mutex_destroy(&receiver->lock);
    pthread_cond_destroy(&receiver->interval_free);
    close(receiver->wake_fd);
    close(receiver->notice_fd);
    free(receiver);
}
