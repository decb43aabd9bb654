/* SPDX-License-Identifier: Apache-2.0 */
/* Connections over edge-triggered watches. What may be ready is tried first; a
 * bit is cleared when the kernel says that there is nothing more. */
#include "stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define READABLE (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)

static enum stream_result
late(struct err *err, const char *what)
{
    err_set(err, "%s took too long", what);
    return STREAM_LATE;
}

/* ---- Waiting ---- */

/* The kernel had nothing to read, and so no end either. */
static bool
wait_readable(struct stream *stream, int64_t deadline_ns)
{
    stream->watch.ready &= EPOLLOUT;
    return watch_wait(stream->loop, &stream->watch, EPOLLIN, deadline_ns);
}

/* The other side may have closed its direction, which watch_wait would report at
 * once and for ever: whoever reads next has to find out. */
static bool
wait_writable(struct stream *stream, int64_t deadline_ns)
{
    if ((stream->watch.ready & EPOLLRDHUP) != 0)
        stream->watch.ready |= EPOLLIN;
    stream->watch.ready &= ~(uint32_t)(EPOLLOUT | EPOLLRDHUP);
    return watch_wait(stream->loop, &stream->watch, EPOLLOUT, deadline_ns);
}

/* ---- Opening ---- */

static enum stream_result
connect_address(struct stream *stream, const struct addrinfo *address, int64_t deadline_ns, struct err *err)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1, code = 0;
    socklen_t size = sizeof code;

    if (fd < 0) {
        err_set(err, "cannot open a socket: %s", strerror(errno));
        return STREAM_REFUSED;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, address->ai_addr, address->ai_addrlen) < 0 && errno != EINPROGRESS) {
        err_set(err, "cannot connect: %s", strerror(errno));
        close(fd);
        return STREAM_REFUSED;
    }
    if (watch_open(stream->loop, &stream->watch, fd) < 0) {
        err_set(err, "cannot watch a socket: %s", strerror(errno));
        close(fd);
        return STREAM_REFUSED;
    }
    if (!watch_wait(stream->loop, &stream->watch, EPOLLOUT, deadline_ns)) {
        watch_close(stream->loop, &stream->watch);
        return late(err, "connecting");
    }
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
    if (code != 0) {
        err_set(err, "cannot connect: %s", strerror(code));
        watch_close(stream->loop, &stream->watch);
        return STREAM_REFUSED;
    }
    return STREAM_DONE;
}

/* One that does not answer must leave time for the others. */
static int64_t
share_of(int64_t deadline_ns, const struct addrinfo *address)
{
    int64_t now_ns = clock_monotonic_ns();
    int64_t count = 0;

    if (deadline_ns == LOOP_FOREVER)
        return deadline_ns;
    for (; address != NULL; address = address->ai_next)
        count++;
    return now_ns + (deadline_ns - now_ns) / count;
}

static enum stream_result
connect_any(struct stream *stream, const struct addrinfo *address, int64_t deadline_ns, struct err *err)
{
    for (;;) {
        struct err why = { 0 };
        enum stream_result result = connect_address(stream, address, share_of(deadline_ns, address), &why);

        address = address->ai_next;
        if (result == STREAM_DONE || address == NULL) {
            if (result != STREAM_DONE)
                err_set(err, "%s", why.text);
            return result;
        }
    }
}

/* Waits for what TLS wants; false: too late. */
static bool
wait_for_tls(struct stream *stream, enum tls_step step, int64_t deadline_ns)
{
    return step == TLS_WANTS_READ ? wait_readable(stream, deadline_ns) : wait_writable(stream, deadline_ns);
}

static enum stream_result
secure(struct stream *stream, const struct stream_target *target, int64_t deadline_ns, struct err *err)
{
    enum tls_step step;

    stream->tls = tls_link_new(target->tls, target->sessions, stream->watch.fd, target->host, target->port, err);
    if (stream->tls == NULL)
        return STREAM_INSECURE;
    while ((step = tls_link_handshake(stream->tls, err)) != TLS_DONE) {
        if (step == TLS_FAILED)
            return STREAM_INSECURE;
        if (!wait_for_tls(stream, step, deadline_ns))
            return late(err, "the TLS handshake");
    }
    stream->secured_ns = clock_monotonic_ns();
    return STREAM_DONE;
}

enum stream_result
stream_open(struct stream *stream, struct loop *loop, const struct stream_target *target, int64_t deadline_ns,
            struct err *err)
{
    enum stream_result result;

    *stream = (struct stream){ .loop = loop };
    result = connect_any(stream, target->addresses, deadline_ns, err);
    if (result != STREAM_DONE)
        return result;
    stream->connected_ns = clock_monotonic_ns();
    if (target->tls != NULL)
        result = secure(stream, target, deadline_ns, err);
    if (result != STREAM_DONE)
        stream_close(stream);
    return result;
}

void
stream_close(struct stream *stream)
{
    tls_link_free(stream->tls);
    stream->tls = NULL;
    watch_close(stream->loop, &stream->watch);
}

/* ---- Reading ---- */

static enum stream_result
broken(struct err *err, const char *what)
{
    err_set(err, "%s: %s", what, strerror(errno));
    return STREAM_BROKEN;
}

static enum stream_result
read_plain(struct stream *stream, void *data, size_t size, size_t *count, int64_t deadline_ns, struct err *err)
{
    for (;;) {
        ssize_t got;

        if ((stream->watch.ready & READABLE) == 0 && !wait_readable(stream, deadline_ns))
            return late(err, "receiving");
        got = recv(stream->watch.fd, data, size, 0);
        if (got == 0)
            return STREAM_ENDED;
        if (got > 0) {
            /* Less than there was room for: the next byte makes an edge. */
            if ((size_t)got < size)
                stream->watch.ready &= ~(uint32_t)EPOLLIN;
            *count = (size_t)got;
            return STREAM_DONE;
        }
        if (errno == EAGAIN)
            stream->watch.ready &= EPOLLOUT;
        else if (errno != EINTR)
            return broken(err, "receiving");
    }
}

static enum stream_result
read_tls(struct stream *stream, void *data, size_t size, size_t *count, int64_t deadline_ns, struct err *err)
{
    enum tls_step step;

    while ((step = tls_link_read(stream->tls, data, size, count, err)) != TLS_DONE) {
        if (step == TLS_ENDED)
            return STREAM_ENDED;
        if (step == TLS_FAILED)
            return STREAM_BROKEN;
        if (!wait_for_tls(stream, step, deadline_ns))
            return late(err, "receiving");
    }
    return STREAM_DONE;
}

enum stream_result
stream_read(struct stream *stream, void *data, size_t size, size_t *count, int64_t deadline_ns, struct err *err)
{
    return stream->tls != NULL ? read_tls(stream, data, size, count, deadline_ns, err)
                               : read_plain(stream, data, size, count, deadline_ns, err);
}

/* ---- Writing ---- */

static enum stream_result
write_plain(struct stream *stream, const char *data, size_t length, int64_t deadline_ns, struct err *err)
{
    while (length > 0) {
        ssize_t put = send(stream->watch.fd, data, length, MSG_NOSIGNAL);

        if (put >= 0) {
            data += put;
            length -= (size_t)put;
        } else if (errno == EAGAIN) {
            if (!wait_writable(stream, deadline_ns))
                return late(err, "sending");
        } else if (errno != EINTR) {
            return broken(err, "sending");
        }
    }
    return STREAM_DONE;
}

static enum stream_result
write_tls(struct stream *stream, const char *data, size_t length, int64_t deadline_ns, struct err *err)
{
    while (length > 0) {
        size_t put = 0;
        enum tls_step step = tls_link_write(stream->tls, data, length, &put, err);

        if (step == TLS_DONE) {
            data += put;
            length -= put;
        } else if (step == TLS_FAILED) {
            return STREAM_BROKEN;
        } else if (step == TLS_ENDED) {
            err_set(err, "sending: the other side has closed");
            return STREAM_BROKEN;
        } else if (!wait_for_tls(stream, step, deadline_ns)) {
            return late(err, "sending");
        }
    }
    return STREAM_DONE;
}

enum stream_result
stream_write(struct stream *stream, const void *data, size_t length, int64_t deadline_ns, struct err *err)
{
    return stream->tls != NULL ? write_tls(stream, data, length, deadline_ns, err)
                               : write_plain(stream, data, length, deadline_ns, err);
}
