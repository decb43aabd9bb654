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

static enum stream_result
broken(struct stream *stream, enum stream_result result, const char *what, int error, struct err *err)
{
    stream->error = error;
    err_set(err, "%s: %s", what, strerror(error));
    return result;
}

/* ---- The socket ----
 * Below TLS these are its carrier. */

/* Asks the kernel only when it said that there is something. */
static ssize_t
take(void *context, void *data, size_t size)
{
    struct stream *stream = context;
    ssize_t got = -1;

    errno = EAGAIN;
    if ((stream->watch.ready & READABLE) == 0)
        return -1;
    do {
        got = recv(stream->watch.fd, data, size, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN)
        stream->watch.ready &= EPOLLOUT;
    else if (got >= 0 && (size_t)got < size)
        stream->watch.ready &= ~(uint32_t)EPOLLIN; /* the next byte makes an edge */
    return got;
}

static ssize_t
give(void *context, const void *data, size_t length)
{
    struct stream *stream = context;
    ssize_t put;

    do {
        put = send(stream->watch.fd, data, length, MSG_NOSIGNAL);
    } while (put < 0 && errno == EINTR);
    if (put < 0 && errno == EAGAIN)
        stream->watch.ready &= ~(uint32_t)EPOLLOUT;
    return put;
}

/* ---- Steps, with TLS or without ---- */

static enum tls_step
step_of(struct stream *stream, ssize_t moved, enum tls_step wish, const char *what, struct err *err)
{
    if (moved > 0)
        return TLS_DONE;
    if (moved == 0)
        return TLS_ENDED;
    if (errno == EAGAIN)
        return wish;
    broken(stream, STREAM_BROKEN, what, errno, err);
    return TLS_FAILED;
}

static enum tls_step
read_step(struct stream *stream, void *data, size_t size, size_t *count, struct err *err)
{
    ssize_t got;

    if (stream->tls != NULL)
        return tls_link_read(stream->tls, data, size, count, err);
    got = take(stream, data, size);
    *count = got > 0 ? (size_t)got : 0;
    return step_of(stream, got, TLS_WANTS_READ, "receiving", err);
}

static enum tls_step
write_step(struct stream *stream, const void *data, size_t length, size_t *count, struct err *err)
{
    ssize_t put;

    if (stream->tls != NULL)
        return tls_link_write(stream->tls, data, length, count, err);
    put = give(stream, data, length);
    *count = put > 0 ? (size_t)put : 0;
    return step_of(stream, put, TLS_WANTS_WRITE, "sending", err);
}

/* Waits for what the step wants; false: too late. What has ended stays readable
 * for ever, so none of both waits may look at the other direction. */
static bool
wait_for(struct stream *stream, enum tls_step step, int64_t deadline_ns)
{
    struct watch *watch = &stream->watch;

    if (step == TLS_WANTS_READ) {
        watch->ready &= EPOLLOUT;
        return watch_wait(stream->loop, watch, EPOLLIN, deadline_ns);
    }
    if ((watch->ready & EPOLLRDHUP) != 0)
        watch->ready |= EPOLLIN;
    watch->ready &= ~(uint32_t)(EPOLLOUT | EPOLLRDHUP);
    return watch_wait(stream->loop, watch, EPOLLOUT, deadline_ns);
}

/* ---- Opening ---- */

static enum stream_result
connect_address(struct stream *stream, const struct addrinfo *address, int64_t deadline_ns, struct err *err)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1, code = 0;
    socklen_t size = sizeof code;

    if (fd < 0)
        return broken(stream, STREAM_REFUSED, "cannot open a socket", errno, err);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, address->ai_addr, address->ai_addrlen) < 0 && errno != EINPROGRESS) {
        broken(stream, STREAM_REFUSED, "cannot connect", errno, err);
        close(fd);
        return STREAM_REFUSED;
    }
    if (watch_open(stream->loop, &stream->watch, fd) < 0) {
        broken(stream, STREAM_REFUSED, "cannot watch a socket", errno, err);
        close(fd);
        return STREAM_REFUSED;
    }
    if (!watch_wait(stream->loop, &stream->watch, EPOLLOUT, deadline_ns)) {
        watch_close(stream->loop, &stream->watch);
        return late(err, "connecting");
    }
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
    if (code != 0) {
        watch_close(stream->loop, &stream->watch);
        return broken(stream, STREAM_REFUSED, "cannot connect", code, err);
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

static enum stream_result
secure(struct stream *stream, const struct stream_target *target, int64_t deadline_ns, struct err *err)
{
    struct tls_carrier carrier = { .receive = take, .send = give, .context = stream };
    enum tls_step step;

    stream->tls = tls_link_new(target->tls, target->sessions, carrier, target->host, target->port, err);
    if (stream->tls == NULL)
        return STREAM_INSECURE;
    while ((step = tls_link_handshake(stream->tls, err)) != TLS_DONE) {
        if (step == TLS_FAILED)
            return STREAM_INSECURE;
        if (!wait_for(stream, step, deadline_ns))
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
    stream->error = 0; /* of an address before */
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

/* ---- Reading and writing ---- */

bool
stream_await(struct stream *stream, int64_t deadline_ns)
{
    return (stream->watch.ready & READABLE) != 0 || stream->tls != NULL || wait_for(stream, TLS_WANTS_READ, deadline_ns);
}

enum stream_result
stream_read(struct stream *stream, void *data, size_t size, size_t *count, int64_t deadline_ns, struct err *err)
{
    for (;;) {
        enum tls_step step = read_step(stream, data, size, count, err);

        if (step == TLS_DONE)
            return STREAM_DONE;
        if (step == TLS_ENDED)
            return STREAM_ENDED;
        if (step == TLS_FAILED)
            return STREAM_BROKEN;
        if (!wait_for(stream, step, deadline_ns))
            return late(err, "receiving");
    }
}

/* To listen is to come back too when the other side has said something. */
static bool
wait_for_room(struct stream *stream, enum tls_step step, bool listens, int64_t deadline_ns)
{
    if (listens && step == TLS_WANTS_WRITE)
        return watch_wait(stream->loop, &stream->watch, EPOLLOUT | EPOLLIN, deadline_ns);
    return wait_for(stream, step, deadline_ns);
}

static enum stream_result
write_some(struct stream *stream, const void *data, size_t length, size_t *count, bool listens,
           int64_t deadline_ns, struct err *err)
{
    for (;;) {
        enum tls_step step = write_step(stream, data, length, count, err);

        if (step == TLS_DONE)
            return STREAM_DONE;
        if (step == TLS_FAILED)
            return STREAM_BROKEN;
        if (step == TLS_ENDED)
            return broken(stream, STREAM_BROKEN, "sending", EPIPE, err);
        if (listens && !stream_is_quiet(stream))
            return STREAM_ANSWERED;
        if (!wait_for_room(stream, step, listens, deadline_ns))
            return late(err, "sending");
    }
}

enum stream_result
stream_send(struct stream *stream, const void *data, size_t length, size_t *count, int64_t deadline_ns,
            struct err *err)
{
    return write_some(stream, data, length, count, true, deadline_ns, err);
}

enum stream_result
stream_write(struct stream *stream, const void *data, size_t length, int64_t deadline_ns, struct err *err)
{
    const char *left = data;

    while (length > 0) {
        size_t count = 0;
        enum stream_result result = write_some(stream, left, length, &count, false, deadline_ns, err);

        if (result != STREAM_DONE)
            return result;
        left += count;
        length -= count;
    }
    return STREAM_DONE;
}

bool
stream_is_quiet(struct stream *stream)
{
    return stream->tls != NULL ? tls_link_is_quiet(stream->tls) : (stream->watch.ready & READABLE) == 0;
}
