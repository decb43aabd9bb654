/* SPDX-License-Identifier: Apache-2.0 */
/* The PUSH socket. ZeroMQ closes a connection as soon as its last byte is in the
 * kernel. A host that is behind at this moment (its own queue is full) takes the
 * hang-up of a local socket for an error and never reads that last part. So we
 * hold the connection open beside ZeroMQ until the kernel's queue is empty. */
#include "uplink.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/memory.h"

enum {
    QUEUE_FRAMES = 16, /* ZeroMQ's high-water mark: it holds no more for us */
    TICK_MS = 200,
};
static const char events_endpoint[] = "inproc://link-events";

struct uplink {
    void *context, *socket;
    void *events;  /* tells when the connection is made; NULL: not a local socket */
    int connection; /* our own hold on it; -1: not yet */
};

static void
set_number(void *socket, int option, int value)
{
    zmq_setsockopt(socket, option, &value, sizeof value);
}

static void
uplink_free(struct uplink *uplink)
{
    if (uplink->events != NULL)
        zmq_close(uplink->events);
    if (uplink->socket != NULL)
        zmq_close(uplink->socket);
    while (uplink->context != NULL && zmq_ctx_term(uplink->context) < 0 && errno == EINTR)
        continue;
    free(uplink);
}

static int
watch_connection(struct uplink *uplink, struct err *err)
{
    if (zmq_socket_monitor(uplink->socket, events_endpoint, ZMQ_EVENT_CONNECTED) < 0)
        return err_set(err, "cannot watch a ZeroMQ socket: %s", zmq_strerror(errno));
    uplink->events = zmq_socket(uplink->context, ZMQ_PAIR);
    if (uplink->events == NULL || zmq_connect(uplink->events, events_endpoint) < 0)
        return err_set(err, "cannot watch a ZeroMQ socket: %s", zmq_strerror(errno));
    set_number(uplink->events, ZMQ_RCVTIMEO, TICK_MS);
    return 0;
}

struct uplink *
uplink_open(const char *endpoint, struct err *err)
{
    struct uplink *uplink = xcalloc(1, sizeof *uplink);

    uplink->connection = -1;
    uplink->context = zmq_ctx_new();
    uplink->socket = uplink->context != NULL ? zmq_socket(uplink->context, ZMQ_PUSH) : NULL;
    if (uplink->socket == NULL) {
        err_set(err, "cannot make a ZeroMQ socket: %s", zmq_strerror(errno));
        goto fail;
    }
    set_number(uplink->socket, ZMQ_SNDHWM, QUEUE_FRAMES);
    set_number(uplink->socket, ZMQ_SNDTIMEO, TICK_MS);
    set_number(uplink->socket, ZMQ_LINGER, 0);
    if (strncmp(endpoint, "ipc://", 6) == 0 && watch_connection(uplink, err) < 0)
        goto fail;
    if (zmq_connect(uplink->socket, endpoint) < 0) {
        err_set(err, "cannot connect to LOADS_ZMQ_RECEIVER \"%s\": %s", endpoint, zmq_strerror(errno));
        goto fail;
    }
    return uplink;

fail:
    uplink_free(uplink);
    return NULL;
}

int
uplink_send(struct uplink *uplink, const void *data, size_t length)
{
    if (zmq_send(uplink->socket, data, length, 0) >= 0)
        return 0;
    return errno == EAGAIN || errno == EINTR ? 1 : -1;
}

/* The descriptor's number comes from ZeroMQ's thread: by now it may be another
 * file. Only a local socket is taken. */
static void
hold(struct uplink *uplink, int fd)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    if (copy >= 0 && getpeername(copy, (struct sockaddr *)&peer, &size) == 0 && peer.ss_family == AF_UNIX) {
        if (uplink->connection >= 0)
            close(uplink->connection);
        uplink->connection = copy;
    } else if (copy >= 0) {
        close(copy);
    }
}

/* Takes hold of the newest connection; waits for the first. */
static void
hold_connection(struct uplink *uplink, int64_t deadline_ns)
{
    unsigned char event[6];
    char address[512];

    while (clock_monotonic_ns() < deadline_ns) {
        uint32_t fd;
        int flags = uplink->connection >= 0 ? ZMQ_DONTWAIT : 0;

        if (zmq_recv(uplink->events, event, sizeof event, flags) != sizeof event) {
            if (uplink->connection >= 0)
                return;
            continue;
        }
        zmq_recv(uplink->events, address, sizeof address, 0);
        memcpy(&fd, event + 2, sizeof fd);
        hold(uplink, (int)fd);
    }
}

/* Whether the host has read all that the kernel held for it. */
static bool
is_drained(int connection, int64_t deadline_ns)
{
    const struct timespec pause = { .tv_nsec = 2 * NS_PER_MS };
    int unread;

    while (ioctl(connection, SIOCOUTQ, &unread) == 0 && unread > 0) {
        if (clock_monotonic_ns() >= deadline_ns)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

int
uplink_close(struct uplink *uplink, int64_t deadline_ns)
{
    int64_t left_ns;
    int connection;
    bool is_late;

    if (uplink->events != NULL) {
        hold_connection(uplink, deadline_ns);
        zmq_socket_monitor(uplink->socket, NULL, 0);
    }
    connection = uplink->connection;
    left_ns = deadline_ns - clock_monotonic_ns();
    set_number(uplink->socket, ZMQ_LINGER, left_ns > 0 ? (int)(left_ns / NS_PER_MS) : 0);
    uplink_free(uplink);
    /* ZeroMQ does not say whether it had to give up: only the time tells. */
    is_late = clock_monotonic_ns() + TICK_MS * NS_PER_MS / 2 >= deadline_ns;
    if (connection >= 0) {
        is_late = !is_drained(connection, deadline_ns) || is_late;
        close(connection);
    }
    return is_late ? -1 : 0;
}
