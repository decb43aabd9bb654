/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver thread: one epoll over the listening sockets and the runners'
 * connections. The main thread talks to it through a locked mailbox: a list of
 * commands in, full intervals out; both ends have an eventfd. */
#include "run/receiver.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "run/agents.h"
#include "run/endpoint.h"
#include "run/intake.h"
#include "run/zmtp.h"

enum {
    INTERVAL_COUNT = 4,       /* one being filled, others on their way to be merged */
    READ_BYTES = 256 * 1024,  /* of one connection before the others get their turn */
    EVENT_COUNT = 64,
    HANDSHAKE_S = 10,         /* a connection that has not introduced itself by then is closed */
    DRAIN_POLL_MS = 20,
    RESERVED_FDS = 128,       /* descriptors that are left for everything else */
};

enum command_type { COMMAND_ISSUE, COMMAND_DRAIN, COMMAND_STOP };
struct command {
    enum command_type type;
    uint32_t number, target;
    int64_t deadline_ns;
};

/* What epoll tells about. */
enum source_kind { SOURCE_WAKE, SOURCE_LISTENER, SOURCE_CONNECTION };
struct source {
    enum source_kind kind;
    int fd;
};

struct listener {
    struct source source;
    char *address;
    uint32_t target; /* that it belongs to; any, when shared */
};

struct connection {
    struct source source;
    struct connection *previous, *next;
    uint32_t target;
    int64_t accepted_ns;
    struct zmtp zmtp;
    char *rest; /* bytes of a frame whose end has not come */
    size_t rest_length;
};

struct receiver {
    struct receiver_setup setup;
    int epoll_fd;
    struct source wake; /* its fd: for the thread */
    struct listener *listeners;
    size_t listener_count; /* one a target, or one in all */
    struct connection *connections;
    size_t connection_count, connection_limit;
    bool is_paused; /* no more connections are accepted for now */
    char *space;    /* where connections are read: a rest and READ_BYTES */
    uint32_t reading_target; /* of the connection that is being read */
    int64_t reading_us;
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
 * holds back the runners. NULL at the end, when it merges no more. */
static struct interval *
take_empty(struct receiver *receiver)
{
    struct interval *interval = NULL;

    pthread_mutex_lock(&receiver->lock);
    while (receiver->empty_count == 0 && !receiver->is_stopped)
        pthread_cond_wait(&receiver->interval_free, &receiver->lock);
    if (receiver->empty_count > 0)
        interval = receiver->empty[--receiver->empty_count];
    pthread_mutex_unlock(&receiver->lock);
    return interval;
}

static void
begin_interval(struct receiver *receiver, struct interval *empty, uint32_t second)
{
    receiver->current = empty;
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
    struct interval *empty;

    if (second == interval_second(receiver->current))
        return;
    empty = take_empty(receiver);
    if (empty == NULL)
        return; /* the last one takes what still comes */
    hand_over_interval(receiver);
    begin_interval(receiver, empty, second);
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
        signal_fd_now(receiver->wake.fd);
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

/* ---- Connections. */

static void
watch(struct receiver *receiver, struct source *source)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };

    if (epoll_ctl(receiver->epoll_fd, EPOLL_CTL_ADD, source->fd, &event) != 0)
        log_error("cannot watch a socket: %s", strerror(errno));
}

/* A listener that is watched while no descriptor is free would wake us for ever. */
static void
pause_accepting(struct receiver *receiver, bool is_paused)
{
    if (receiver->is_paused == is_paused)
        return;
    receiver->is_paused = is_paused;
    for (size_t i = 0; i < receiver->listener_count; i++) {
        if (is_paused)
            epoll_ctl(receiver->epoll_fd, EPOLL_CTL_DEL, receiver->listeners[i].source.fd, NULL);
        else
            watch(receiver, &receiver->listeners[i].source);
    }
}

static void
close_connection(struct receiver *receiver, struct connection *connection)
{
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        receiver->connections = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    receiver->connection_count--;
    close(connection->source.fd);
    free(connection->rest);
    free(connection);
    pause_accepting(receiver, false);
}

/* Sends what ZMTP has to say. It is little, and a peer that lets even that pile
 * up in its kernel is not one of ours. */
static int
send_reply(struct connection *connection)
{
    struct zmtp *zmtp = &connection->zmtp;
    ssize_t sent;

    if (zmtp->reply_length == 0)
        return 0;
    sent = send(connection->source.fd, zmtp->reply, zmtp->reply_length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent != (ssize_t)zmtp->reply_length)
        return -1;
    zmtp->reply_length = 0;
    return 0;
}

static void
add_connection(struct receiver *receiver, const struct listener *listener, int fd)
{
    struct connection *connection = xcalloc(1, sizeof *connection);

    connection->source = (struct source){ .kind = SOURCE_CONNECTION, .fd = fd };
    connection->target = listener->target;
    connection->accepted_ns = clock_monotonic_ns();
    zmtp_init(&connection->zmtp, MESSAGE_FRAME_LIMIT);
    connection->next = receiver->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    receiver->connections = connection;
    receiver->connection_count++;
    watch(receiver, &connection->source);
    if (send_reply(connection) != 0)
        close_connection(receiver, connection);
}

static void
accept_connections(struct receiver *receiver, const struct listener *listener)
{
    while (receiver->connection_count < receiver->connection_limit) {
        int fd = accept4(listener->source.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0 && !endpoint_trusts_peer(fd)) {
            intake_stranger(receiver->intake, listener->target, "it belongs to another user");
            close(fd);
        } else if (fd >= 0) {
            add_connection(receiver, listener, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
            break;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
    /* The next connection that closes makes room. */
    if (receiver->connection_count > 0)
        pause_accepting(receiver, true);
}

/* ---- Frames. */

static void
on_frame(void *context, struct slice body)
{
    struct receiver *receiver = context;

    obey_commands(receiver);
    intake_frame(receiver->intake, body, receiver->reading_target, receiver->setup.shared_endpoint != NULL,
                 receiver->reading_us);
}

static void
on_too_big(void *context, uint64_t length)
{
    struct receiver *receiver = context;

    intake_too_big(receiver->intake, receiver->reading_target, length);
}

static void
on_multipart(void *context)
{
    struct receiver *receiver = context;

    intake_multipart(receiver->intake, receiver->reading_target);
}

/* Keeps what could not be used yet; the next read is put behind it. */
static void
keep_rest(struct connection *connection, const char *rest, size_t length)
{
    if (length > 0) {
        connection->rest = xrealloc(connection->rest, length);
        memcpy(connection->rest, rest, length);
    } else {
        free(connection->rest);
        connection->rest = NULL;
    }
    connection->rest_length = length;
}

static int
use_bytes(struct receiver *receiver, struct connection *connection, size_t length)
{
    const struct zmtp_sink sink = { .context = receiver, .frame = on_frame, .too_big = on_too_big,
                                    .multipart = on_multipart };
    struct err err = { 0 };
    size_t consumed;

    receiver->reading_target = connection->target;
    receiver->reading_us = now_us(receiver);
    turn_second(receiver, receiver->reading_us);
    if (zmtp_consume(&connection->zmtp, receiver->space, length, &consumed, &sink, &err) != 0) {
        intake_stranger(receiver->intake, connection->target, err.text);
        return -1;
    }
    keep_rest(connection, receiver->space + consumed, length - consumed);
    return send_reply(connection);
}

/* One read of one connection; at its end, it goes. */
static void
read_connection(struct receiver *receiver, struct connection *connection)
{
    ssize_t length;

    memcpy(receiver->space, connection->rest != NULL ? connection->rest : "", connection->rest_length);
    length = read(connection->source.fd, receiver->space + connection->rest_length, READ_BYTES);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0 || use_bytes(receiver, connection, connection->rest_length + (size_t)length) != 0)
        close_connection(receiver, connection);
}

static void
close_silent_connections(struct receiver *receiver)
{
    int64_t before_ns = clock_monotonic_ns() - HANDSHAKE_S * NS_PER_S;
    struct connection *connection, *next;

    for (connection = receiver->connections; connection != NULL; connection = next) {
        next = connection->next;
        if (connection->zmtp.state == ZMTP_TRAFFIC || connection->accepted_ns > before_ns)
            continue;
        intake_stranger(receiver->intake, connection->target, "it connected and said nothing");
        close_connection(receiver, connection);
    }
}

/* ---- The end of a cycle. */

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

/* No process lives, so nobody connects any more. A connection ends behind its
 * last byte: when none is left, and none waits to be accepted, all is counted. */
static void
try_finish_drain(struct receiver *receiver)
{
    for (size_t i = 0; i < receiver->listener_count; i++)
        accept_connections(receiver, &receiver->listeners[i]);
    if (receiver->connection_count == 0)
        finish_drain(receiver, RECEIVER_DRAINED);
    else if (clock_monotonic_ns() > receiver->drain.deadline_ns)
        finish_drain(receiver, RECEIVER_TIMED_OUT);
}

/* ---- The thread. */

/* Milliseconds until the second is over. */
static int
poll_timeout_ms(const struct receiver *receiver)
{
    int64_t rest_us = US_PER_S - now_us(receiver) % US_PER_S;
    int rest_ms = (int)(rest_us / US_PER_MS) + 1;

    return receiver->is_draining && rest_ms > DRAIN_POLL_MS ? DRAIN_POLL_MS : rest_ms;
}

static void
follow_source(struct receiver *receiver, struct source *source)
{
    switch (source->kind) {
    case SOURCE_WAKE:
        clear_event_fd(source->fd);
        break;
    case SOURCE_LISTENER:
        accept_connections(receiver, (const struct listener *)source);
        break;
    case SOURCE_CONNECTION:
        read_connection(receiver, (struct connection *)source);
        break;
    }
}

static void *
receiver_main(void *argument)
{
    struct receiver *receiver = argument;
    struct epoll_event events[EVENT_COUNT];

    begin_interval(receiver, take_empty(receiver), second_of(now_us(receiver)));
    while (!receiver->is_stopping) {
        int count = epoll_wait(receiver->epoll_fd, events, EVENT_COUNT, poll_timeout_ms(receiver));

        obey_commands(receiver);
        /* A source is closed only by its own event or below: none here is stale. */
        for (int i = 0; i < count && !receiver->is_stopping; i++)
            follow_source(receiver, events[i].data.ptr);
        if (second_of(now_us(receiver)) != interval_second(receiver->current)) {
            close_silent_connections(receiver);
            turn_second(receiver, now_us(receiver));
        }
        if (receiver->is_draining)
            try_finish_drain(receiver);
    }
    hand_over_interval(receiver);
    return NULL;
}

/* ---- The main thread's side. */

static int
open_descriptors(struct receiver *receiver, struct err *err)
{
    receiver->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    receiver->wake = (struct source){ .kind = SOURCE_WAKE, .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
    receiver->notice_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (receiver->epoll_fd < 0 || receiver->wake.fd < 0 || receiver->notice_fd < 0)
        return err_set(err, "cannot receive results: %s", strerror(errno));
    watch(receiver, &receiver->wake);
    return 0;
}

static int
open_listeners(struct receiver *receiver, struct err *err)
{
    const char *given = receiver->setup.shared_endpoint;
    size_t count = given != NULL ? 1 : receiver->setup.target_count;

    receiver->listeners = xcalloc(count, sizeof *receiver->listeners);
    for (size_t i = 0; i < count; i++) {
        struct listener *listener = &receiver->listeners[i];

        listener->source.kind = SOURCE_LISTENER;
        listener->target = (uint32_t)i;
        listener->source.fd = endpoint_listen(given, receiver->setup.scratch, i, &listener->address, err);
        if (listener->source.fd < 0)
            return -1;
        receiver->listener_count++;
        watch(receiver, &listener->source);
    }
    return 0;
}

static void
close_sockets(struct receiver *receiver)
{
    while (receiver->connections != NULL)
        close_connection(receiver, receiver->connections);
    for (size_t i = 0; i < receiver->listener_count; i++) {
        endpoint_close(receiver->listeners[i].source.fd, receiver->listeners[i].address);
        free(receiver->listeners[i].address);
    }
    receiver->listener_count = 0;
}

static size_t
connection_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= 2 * RESERVED_FDS)
        return RESERVED_FDS;
    return (size_t)limit.rlim_cur - RESERVED_FDS;
}

struct receiver *
receiver_start(const struct receiver_setup *setup, struct err *err)
{
    struct receiver *receiver = xcalloc(1, sizeof *receiver);
    struct intake_setup intake = { .run_id = setup->run_id, .target_names = setup->target_names,
                                   .dispatch = setup->dispatch };

    receiver->setup = *setup;
    receiver->connection_limit = connection_limit();
    receiver->space = xmalloc(ZMTP_HEADER_LIMIT + MESSAGE_FRAME_LIMIT + READ_BYTES);
    pthread_mutex_init(&receiver->lock, NULL);
    pthread_cond_init(&receiver->interval_free, NULL);
    receiver->agents = agents_new(setup->agent_prefix);
    intake.agents = receiver->agents;
    receiver->intake = intake_new(&intake);
    for (size_t i = 0; i < INTERVAL_COUNT; i++)
        receiver->empty[receiver->empty_count++] = interval_new(setup->keep_query);

    if (open_descriptors(receiver, err) != 0 || open_listeners(receiver, err) != 0)
        goto fail;
    errno = pthread_create(&receiver->thread, NULL, receiver_main, receiver);
    if (errno != 0) {
        err_set(err, "cannot start the receiver thread: %s", strerror(errno));
        goto fail;
    }
    return receiver;

fail:
    receiver->is_stopped = true; /* it has never run */
    receiver_free(receiver);
    return NULL;
}

const char *
receiver_endpoint(const struct receiver *receiver, uint32_t target)
{
    return receiver->listeners[receiver->setup.shared_endpoint != NULL ? 0 : target].address;
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
    pthread_mutex_lock(&receiver->lock);
    receiver->is_stopped = true;
    pthread_cond_signal(&receiver->interval_free);
    pthread_mutex_unlock(&receiver->lock);
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
    free(receiver->listeners);
    free(receiver->space);
    for (size_t i = 0; i < receiver->full_count; i++)
        interval_free(receiver->full[i]);
    for (size_t i = 0; i < receiver->empty_count; i++)
        interval_free(receiver->empty[i]);
    intake_free(receiver->intake);
    agents_free(receiver->agents);
    free(receiver->commands);
    pthread_mutex_destroy(&receiver->lock);
    pthread_cond_destroy(&receiver->interval_free);
    close(receiver->wake.fd);
    close(receiver->notice_fd);
    close(receiver->epoll_fd);
    free(receiver);
}
