/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.1 on non-blocking sockets: a request is one send and, when it is short,
 * its answer one receive. */
#include "http1.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "http1_parser.h"

enum {
    CONNECTIONS_LIMIT = 6,       /* sites that a user stays connected to */
    REQUEST_LIMIT = 256 * 1024,  /* bytes of a request's head */
};
#define TOLD_OF_END (EPOLLRDHUP | EPOLLHUP | EPOLLERR)

struct connection {
    struct connection *next;
    struct watch watch;
    char *site;       /* host:port */
    bool is_used;     /* it has carried a request before */
};

struct http1 {
    struct loop *loop;
    struct resolver *resolver;
    struct connection *connections; /* the latest first */
    struct buffer head;             /* of the request */
    struct http1_parser parser;
};

struct http1 *
http1_new(struct loop *loop, struct resolver *resolver)
{
    struct http1 *http1 = xcalloc(1, sizeof *http1);

    http1->loop = loop;
    http1->resolver = resolver;
    buffer_init(&http1->head, REQUEST_LIMIT);
    http1_parser_init(&http1->parser);
    return http1;
}

static void
connection_free(struct http1 *http1, struct connection *connection)
{
    watch_close(http1->loop, &connection->watch);
    free(connection->site);
    free(connection);
}

void
http1_free(struct http1 *http1)
{
    if (http1 == NULL)
        return;
    while (http1->connections != NULL) {
        struct connection *connection = http1->connections;

        http1->connections = connection->next;
        connection_free(http1, connection);
    }
    buffer_clear(&http1->head);
    http1_parser_clear(&http1->parser);
    free(http1);
}

static int
fail(struct exchange *exchange, enum failure failure, const char *reason)
{
    exchange->failure = failure;
    snprintf(exchange->reason, sizeof exchange->reason, "%s", reason);
    return -1;
}

static int
fail_errno(struct exchange *exchange, enum failure failure)
{
    return fail(exchange, failure, strerror(errno));
}

/* ---- Connections ---- */

static bool
is_site(const struct connection *connection, const struct url_parts *parts)
{
    return strncasecmp(connection->site, parts->site.data, parts->site.length) == 0 &&
           connection->site[parts->site.length] == '\0';
}

/* Takes the kept connection to the site out of the list; one that was closed
 * meanwhile, or on which something came unasked, is none. */
static struct connection *
take_kept(struct http1 *http1, const struct url_parts *parts)
{
    struct connection **at = &http1->connections;

    while (*at != NULL && !is_site(*at, parts))
        at = &(*at)->next;
    if (*at != NULL) {
        struct connection *connection = *at;

        *at = connection->next;
        if ((connection->watch.ready & (EPOLLIN | TOLD_OF_END)) == 0)
            return connection;
        connection_free(http1, connection);
    }
    return NULL;
}

static void
keep(struct http1 *http1, struct connection *connection)
{
    struct connection **at = &http1->connections;
    int count = 0;

    connection->is_used = true;
    connection->next = http1->connections;
    http1->connections = connection;
    while (*at != NULL && ++count <= CONNECTIONS_LIMIT)
        at = &(*at)->next;
    if (*at != NULL) {
        connection_free(http1, *at);
        *at = NULL;
    }
}

/* Tries one address. NULL with errno; ETIMEDOUT is our deadline. */
static struct connection *
connect_to(struct http1 *http1, const struct addrinfo *address, const struct exchange *exchange)
{
    struct connection *connection;
    socklen_t size = sizeof(int);
    int one = 1, error = 0;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return NULL;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, address->ai_addr, address->ai_addrlen) < 0 && errno != EINPROGRESS) {
        error = errno;
        close(fd);
        errno = error;
        return NULL;
    }
    connection = xcalloc(1, sizeof *connection);
    if (watch_open(http1->loop, &connection->watch, fd) < 0)
        error = errno;
    else if (!watch_wait(http1->loop, &connection->watch, EPOLLOUT, exchange->deadline_ns))
        error = ETIMEDOUT;
    else
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        connection_free(http1, connection);
        errno = error;
        return NULL;
    }
    connection->site = xstrndup(exchange->parts->site.data, exchange->parts->site.length);
    return connection;
}

static const struct addrinfo *
resolve(struct http1 *http1, struct exchange *exchange)
{
    const struct url_parts *parts = exchange->parts;
    char *host = xstrndup(parts->host.data, parts->host.length);
    char port[8];
    const struct addrinfo *found = NULL;
    const char *error = NULL;

    snprintf(port, sizeof port, "%u", parts->port);
    switch (resolver_find(http1->resolver, host, port, exchange->deadline_ns, &found, &error)) {
    case RESOLVER_FAILED:
        fail(exchange, FAILURE_RESOLVE, error);
        break;
    case RESOLVER_LATE:
        fail(exchange, FAILURE_TIMEOUT, "");
        break;
    case RESOLVER_FOUND:
        break;
    }
    free(host);
    return found;
}

static struct connection *
connect_anew(struct http1 *http1, struct exchange *exchange)
{
    int64_t began_ns = clock_monotonic_ns();
    const struct addrinfo *address = resolve(http1, exchange);
    int64_t resolved_ns = clock_monotonic_ns();
    struct connection *connection = NULL;

    if (address == NULL)
        return NULL;
    for (; address != NULL && connection == NULL; address = address->ai_next)
        connection = connect_to(http1, address, exchange);
    exchange->dns_us = (resolved_ns - began_ns) / NS_PER_US;
    if (connection == NULL) {
        int code = errno;

        if (code == ETIMEDOUT && clock_monotonic_ns() >= exchange->deadline_ns)
            fail(exchange, FAILURE_TIMEOUT, "");
        else
            fail_errno(exchange, FAILURE_CONNECT);
        return NULL;
    }
    exchange->connect_us = (clock_monotonic_ns() - resolved_ns) / NS_PER_US;
    return connection;
}

/* ---- The request ---- */

static void
add_number(struct buffer *out, size_t number)
{
    char digits[24];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buffer_add(out, digits + at, sizeof digits - at);
}

static int
write_head(struct http1 *http1, struct exchange *exchange)
{
    struct buffer *head = &http1->head;

    buffer_reset(head);
    buffer_add_text(head, exchange->method);
    buffer_add_char(head, ' ');
    if (exchange->parts->target.length == 0 || exchange->parts->target.data[0] != '/')
        buffer_add_char(head, '/');
    buffer_add_slice(head, exchange->parts->target);
    buffer_add_slice(head, SLICE(" HTTP/1.1\r\n"));
    buffer_add_slice(head, exchange->headers);
    if (exchange->has_body) {
        buffer_add_slice(head, SLICE("Content-Length: "));
        add_number(head, exchange->body.length);
        buffer_add_slice(head, SLICE("\r\n"));
    }
    buffer_add_slice(head, SLICE("\r\n"));
    return head->is_full ? fail(exchange, FAILURE_OTHER, "the request's head is bigger than 256 KiB") : 0;
}

/* Passes over `sent` bytes of the two parts. */
static void
advance(struct iovec parts[2], size_t sent)
{
    for (int i = 0; i < 2; i++) {
        size_t step = sent < parts[i].iov_len ? sent : parts[i].iov_len;

        parts[i].iov_base = (char *)parts[i].iov_base + step;
        parts[i].iov_len -= step;
        sent -= step;
    }
}

enum sent { SENT_ALL, SENT_PART, SENT_FAILED };

/* SENT_PART: the answer came before the request was out, or the connection ended
 * and an answer may still be there to be read. */
static enum sent
send_request(struct http1 *http1, struct connection *connection, struct exchange *exchange)
{
    struct watch *watch = &connection->watch;
    struct iovec parts[] = {
        { .iov_base = http1->head.data, .iov_len = http1->head.length },
        { .iov_base = (char *)(uintptr_t)exchange->body.data, .iov_len = exchange->body.length },
    };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = exchange->body.length > 0 ? 2 : 1 };

    for (;;) {
        ssize_t sent = exchange->body.length > 0
                     ? sendmsg(watch->fd, &message, MSG_NOSIGNAL)
                     : send(watch->fd, parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL);

        if (sent >= 0) {
            exchange->bytes_out += sent;
            advance(parts, (size_t)sent);
            if (parts[0].iov_len + parts[1].iov_len == 0)
                return SENT_ALL;
        } else if (errno == EAGAIN) {
            watch->ready &= ~(uint32_t)EPOLLOUT;
            if (!watch_wait(http1->loop, watch, EPOLLOUT | EPOLLIN, exchange->deadline_ns)) {
                fail(exchange, FAILURE_TIMEOUT, "");
                return SENT_FAILED;
            }
            if ((watch->ready & EPOLLIN) != 0)
                return SENT_PART;
        } else if (errno == EPIPE || errno == ECONNRESET) {
            fail_errno(exchange, FAILURE_SEND);
            return SENT_PART;
        } else if (errno != EINTR) {
            fail_errno(exchange, FAILURE_SEND);
            return SENT_FAILED;
        }
    }
}

/* ---- The answer ---- */

/* Eats what has come. 0 more is needed, 1 complete, -1 failed. */
static int
take_in(struct http1 *http1, struct exchange *exchange, struct slice *in)
{
    struct http1_parser *parser = &http1->parser;
    struct slice out;

    for (;;) {
        switch (http1_next(parser, in, &out)) {
        case HTTP1_MORE:
            return 0;
        case HTTP1_STATUS:
            response_begin_head(exchange->response);
            break;
        case HTTP1_HEADER:
            response_add_header(exchange->response, out);
            break;
        case HTTP1_BODY:
            exchange->bytes_in += (int64_t)out.length;
            if (!exchange_add_body(exchange, out.data, out.length))
                return -1;
            break;
        case HTTP1_END:
            return 1;
        case HTTP1_ERROR:
            return fail(exchange, FAILURE_MALFORMED, parser->error);
        }
    }
}

/* The other side has closed, or broken off with `code`. */
static int
take_end(struct http1 *http1, struct exchange *exchange, bool has_begun, int code)
{
    if (code == 0 && has_begun && http1_finish(&http1->parser) == HTTP1_END)
        return 1;
    if (exchange->failure == FAILURE_SEND && !has_begun)
        return -1;
    if (code != 0)
        return fail(exchange, FAILURE_RECEIVE, strerror(code));
    return fail(exchange, has_begun ? FAILURE_PARTIAL : FAILURE_EMPTY, "");
}

/* 1 complete, -1 failed. *has_begun: something came. */
static int
receive(struct http1 *http1, struct connection *connection, struct exchange *exchange, bool *has_begun)
{
    struct watch *watch = &connection->watch;
    char *scratch = loop_scratch(http1->loop);
    int result = 0;

    while (result == 0) {
        ssize_t got;

        if (!watch_wait(http1->loop, watch, EPOLLIN, exchange->deadline_ns))
            return fail(exchange, FAILURE_TIMEOUT, "");
        got = recv(watch->fd, scratch, LOOP_SCRATCH_SIZE, 0);
        if (got > 0) {
            struct slice in = { .data = scratch, .length = (size_t)got };

            exchange->ended_ns = clock_monotonic_ns();
            if (!*has_begun)
                exchange->ttfb_us = (exchange->ended_ns - exchange->started_ns) / NS_PER_US;
            *has_begun = true;
            result = take_in(http1, exchange, &in);
            /* The end is told only once: until it is read there is more to read. */
            if (got < LOOP_SCRATCH_SIZE && (watch->ready & TOLD_OF_END) == 0)
                watch->ready &= ~(uint32_t)EPOLLIN;
            if (result > 0 && in.length > 0)
                watch->ready |= EPOLLIN; /* unasked: this connection is not kept */
        } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            watch->ready &= ~(uint32_t)(errno == EAGAIN ? EPOLLIN | TOLD_OF_END : 0);
        } else {
            exchange->ended_ns = clock_monotonic_ns();
            result = take_end(http1, exchange, *has_begun, got < 0 ? errno : 0);
        }
    }
    return result;
}

/* ---- Both ---- */

static bool
may_keep(const struct http1 *http1, const struct connection *connection)
{
    return http1_may_stay(&http1->parser) && (connection->watch.ready & (EPOLLIN | TOLD_OF_END)) == 0;
}

/* On one connection, which is kept or closed. 0; -1; 1: a kept connection had
 * been closed before the server took notice of the request. */
static int
run_on(struct http1 *http1, struct connection *connection, struct exchange *exchange)
{
    bool has_begun = false;
    enum sent sent;
    int result = -1;

    connection->watch.ready &= ~(uint32_t)EPOLLIN;
    sent = send_request(http1, connection, exchange);
    if (sent != SENT_FAILED) {
        result = receive(http1, connection, exchange, &has_begun);
        exchange->bytes_in += (int64_t)http1->parser.head_bytes;
    }
    if (result > 0) {
        exchange->failure = FAILURE_NONE;
        exchange->status = http1->parser.status;
        exchange->has_cookies = http1->parser.has_cookies;
    }
    if (result > 0 && sent == SENT_ALL && may_keep(http1, connection)) {
        keep(http1, connection);
        return 0;
    }
    /* A time-out is the server's answer too: only an end is tried again. */
    if (result < 0 && connection->is_used && !has_begun && exchange->failure != FAILURE_TIMEOUT)
        result = 0;
    connection_free(http1, connection);
    return result > 0 ? 0 : result < 0 ? -1 : 1;
}

int
http1_perform(struct http1 *http1, struct exchange *exchange)
{
    struct connection *connection = take_kept(http1, exchange->parts);
    bool has_no_body = strcmp(exchange->method, "HEAD") == 0;
    int result;

    exchange->dns_us = exchange->connect_us = exchange->tls_us = exchange->ttfb_us = -1;
    if (write_head(http1, exchange) < 0)
        return -1;
    do {
        exchange->failure = FAILURE_NONE;
        exchange->bytes_out = exchange->bytes_in = 0;
        http1_parser_begin(&http1->parser, has_no_body);
        if (connection == NULL)
            connection = connect_anew(http1, exchange);
        if (connection == NULL)
            return -1;
        result = run_on(http1, connection, exchange);
        connection = NULL;
    } while (result > 0);
    return result;
}
