/* SPDX-License-Identifier: Apache-2.0 */
/* The runners' connections, all in one epoll. */
#include "run/connections.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "protocol/message.h"
#include "run/endpoint.h"
#include "run/zmtp.h"

enum {
    READ_BYTES = 256 * 1024, /* of one connection before the others get their turn */
    EVENT_COUNT = 64,
    HANDSHAKE_S = 10,        /* a connection that has not introduced itself by then is closed */
    RESERVED_FDS = 128,      /* descriptors that are left for everything else */
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

struct connections {
    struct connections_setup setup;
    int epoll_fd;
    struct source wake;
    struct listener *listeners;
    size_t listener_count;
    struct connection *first;
    size_t count, limit;
    bool is_paused;          /* nobody is accepted for now */
    char *space;             /* where connections are read: a rest and READ_BYTES */
    uint32_t reading_target; /* of the connection that is being read */
};

static void
watch(struct connections *connections, struct source *source)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };

    if (epoll_ctl(connections->epoll_fd, EPOLL_CTL_ADD, source->fd, &event) != 0)
        log_error("cannot watch a socket: %s", strerror(errno));
}

/* A listener that is watched while no descriptor is free would wake us for ever. */
static void
pause_accepting(struct connections *connections, bool is_paused)
{
    if (connections->is_paused == is_paused)
        return;
    connections->is_paused = is_paused;
    for (size_t i = 0; i < connections->listener_count; i++) {
        if (is_paused)
            epoll_ctl(connections->epoll_fd, EPOLL_CTL_DEL, connections->listeners[i].source.fd, NULL);
        else
            watch(connections, &connections->listeners[i].source);
    }
}

static void
tell_stranger(const struct connections *connections, uint32_t target, const char *why)
{
    const struct connections_sink *sink = connections->setup.sink;

    sink->stranger(sink->context, target, why);
}

static void
close_connection(struct connections *connections, struct connection *connection)
{
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        connections->first = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    connections->count--;
    close(connection->source.fd);
    free(connection->rest);
    free(connection);
    pause_accepting(connections, false);
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

/* ---- Accepting. */

static void
add_connection(struct connections *connections, const struct listener *listener, int fd)
{
    struct connection *connection = xcalloc(1, sizeof *connection);

    connection->source = (struct source){ .kind = SOURCE_CONNECTION, .fd = fd };
    connection->target = listener->target;
    connection->accepted_ns = clock_monotonic_ns();
    zmtp_init(&connection->zmtp, MESSAGE_FRAME_LIMIT);
    connection->next = connections->first;
    if (connection->next != NULL)
        connection->next->previous = connection;
    connections->first = connection;
    connections->count++;
    watch(connections, &connection->source);
    if (send_reply(connection) != 0)
        close_connection(connections, connection);
}

static void
accept_all(struct connections *connections, const struct listener *listener)
{
    while (connections->count < connections->limit) {
        int fd = accept4(listener->source.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0 && !endpoint_trusts_peer(fd)) {
            tell_stranger(connections, listener->target, "it belongs to another user");
            close(fd);
        } else if (fd >= 0) {
            add_connection(connections, listener, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
            break;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
    /* The next connection that closes makes room. */
    if (connections->count > 0)
        pause_accepting(connections, true);
}

/* ---- Reading. */

static void
on_frame(void *context, struct slice body)
{
    struct connections *connections = context;
    const struct connections_sink *sink = connections->setup.sink;

    sink->frame(sink->context, connections->reading_target, body);
}

static void
on_too_big(void *context, uint64_t length)
{
    struct connections *connections = context;
    const struct connections_sink *sink = connections->setup.sink;

    sink->too_big(sink->context, connections->reading_target, length);
}

static void
on_multipart(void *context)
{
    struct connections *connections = context;
    const struct connections_sink *sink = connections->setup.sink;

    sink->multipart(sink->context, connections->reading_target);
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
use_bytes(struct connections *connections, struct connection *connection, size_t length)
{
    const struct zmtp_sink sink = { .context = connections, .frame = on_frame, .too_big = on_too_big,
                                    .multipart = on_multipart };
    struct err err = { 0 };
    size_t consumed;

    connections->reading_target = connection->target;
    if (zmtp_consume(&connection->zmtp, connections->space, length, &consumed, &sink, &err) != 0) {
        tell_stranger(connections, connection->target, err.text);
        return -1;
    }
    keep_rest(connection, connections->space + consumed, length - consumed);
    return send_reply(connection);
}

/* One read of one connection; at its end, it goes. */
static void
read_connection(struct connections *connections, struct connection *connection)
{
    const struct connections_sink *sink = connections->setup.sink;
    ssize_t length;

    if (!sink->is_wanted(sink->context))
        return;
    if (connection->rest_length > 0)
        memcpy(connections->space, connection->rest, connection->rest_length);
    length = read(connection->source.fd, connections->space + connection->rest_length, READ_BYTES);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0 || use_bytes(connections, connection, connection->rest_length + (size_t)length) != 0)
        close_connection(connections, connection);
}

/* ---- For the receiver. */

bool
connections_wait(struct connections *connections, int timeout_ms)
{
    struct epoll_event events[EVENT_COUNT];
    int count = epoll_wait(connections->epoll_fd, events, EVENT_COUNT, timeout_ms);
    bool is_woken = false;

    /* A connection is closed only by its own event or by other calls: no event
     * here is of one that has gone. */
    for (int i = 0; i < count; i++) {
        struct source *source = events[i].data.ptr;

        switch (source->kind) {
        case SOURCE_WAKE:
            is_woken = true;
            break;
        case SOURCE_LISTENER:
            accept_all(connections, (const struct listener *)source);
            break;
        case SOURCE_CONNECTION:
            read_connection(connections, (struct connection *)source);
            break;
        }
    }
    return is_woken;
}

void
connections_close_silent(struct connections *connections)
{
    int64_t before_ns = clock_monotonic_ns() - HANDSHAKE_S * NS_PER_S;
    struct connection *connection, *next;

    for (connection = connections->first; connection != NULL; connection = next) {
        next = connection->next;
        if (connection->zmtp.state == ZMTP_TRAFFIC || connection->accepted_ns > before_ns)
            continue;
        tell_stranger(connections, connection->target, "it connected and said nothing");
        close_connection(connections, connection);
    }
}

bool
connections_are_over(struct connections *connections)
{
    for (size_t i = 0; i < connections->listener_count; i++)
        accept_all(connections, &connections->listeners[i]);
    return connections->count == 0;
}

const char *
connections_address(const struct connections *connections, uint32_t target)
{
    return connections->listeners[connections->setup.shared_endpoint != NULL ? 0 : target].address;
}

/* ---- Opening. */

static int
open_listeners(struct connections *connections, struct err *err)
{
    const char *given = connections->setup.shared_endpoint;
    size_t count = given != NULL ? 1 : connections->setup.target_count;

    connections->listeners = xcalloc(count, sizeof *connections->listeners);
    for (size_t i = 0; i < count; i++) {
        struct listener *listener = &connections->listeners[i];

        listener->source.kind = SOURCE_LISTENER;
        listener->target = (uint32_t)i;
        listener->source.fd = endpoint_listen(given, connections->setup.scratch, i, &listener->address, err);
        if (listener->source.fd < 0)
            return -1;
        connections->listener_count++;
        watch(connections, &listener->source);
    }
    return 0;
}

static size_t
connection_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= 2 * RESERVED_FDS)
        return RESERVED_FDS;
    return (size_t)limit.rlim_cur - RESERVED_FDS;
}

struct connections *
connections_open(const struct connections_setup *setup, struct err *err)
{
    struct connections *connections = xcalloc(1, sizeof *connections);

    connections->setup = *setup;
    connections->limit = connection_limit();
    connections->space = xmalloc(ZMTP_HEADER_LIMIT + MESSAGE_FRAME_LIMIT + READ_BYTES);
    connections->wake = (struct source){ .kind = SOURCE_WAKE, .fd = setup->wake_fd };
    connections->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (connections->epoll_fd < 0) {
        err_set(err, "cannot receive results: %s", strerror(errno));
        connections_free(connections);
        return NULL;
    }
    watch(connections, &connections->wake);
    if (open_listeners(connections, err) == 0)
        return connections;
    connections_free(connections);
    return NULL;
}

void
connections_free(struct connections *connections)
{
    if (connections == NULL)
        return;
    while (connections->first != NULL)
        close_connection(connections, connections->first);
    for (size_t i = 0; i < connections->listener_count; i++) {
        endpoint_close(connections->listeners[i].source.fd, connections->listeners[i].address);
        free(connections->listeners[i].address);
    }
    free(connections->listeners);
    free(connections->space);
    if (connections->epoll_fd >= 0)
        close(connections->epoll_fd);
    free(connections);
}
