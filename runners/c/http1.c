/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.1 on streams: a request is one send and, when it is short, its answer
 * one receive. */
#include "http1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/memory.h"
#include "http1_parser.h"
#include "stream.h"

enum {
    CONNECTIONS_LIMIT = 6,       /* sites that a user stays connected to */
    READS_AT_ONCE = 64,          /* then others run */
};

struct connection {
    struct connection *next;
    struct stream stream;
    bool is_https;
    bool is_used;     /* it has carried a request before */
    bool is_spoilt;   /* something came unasked */
    size_t site_length;
    char site[];      /* host:port */
};

void
http1_init(struct http1 *http1, struct loop *loop, struct resolver *resolver, struct tls *tls)
{
    *http1 = (struct http1){ .loop = loop, .resolver = resolver, .tls = tls };
    http1_parser_init(&http1->parser);
}

static void
connection_free(struct connection *connection)
{
    stream_close(&connection->stream);
    free(connection);
}

void
http1_clear(struct http1 *http1)
{
    while (http1->connections != NULL) {
        struct connection *connection = http1->connections;

        http1->connections = connection->next;
        connection_free(connection);
    }
    tls_sessions_clear(&http1->sessions);
    http1_parser_clear(&http1->parser);
}

static int
fail(struct exchange *exchange, enum failure failure, const char *reason)
{
    exchange->failure = failure;
    snprintf(exchange->reason, sizeof exchange->reason, "%.*s", (int)sizeof exchange->reason - 1, reason);
    return -1;
}

/* As the stream says it. */
static int
fail_why(struct exchange *exchange, enum failure failure, const struct stream *stream, const struct err *why)
{
    return fail(exchange, failure, stream->error != 0 ? strerror(stream->error) : why->text);
}

/* ---- Connections ---- */

static bool
is_site(const struct connection *connection, const struct url_parts *parts)
{
    return connection->is_https == parts->is_https && connection->site_length == parts->site.length &&
           (memcmp(connection->site, parts->site.data, parts->site.length) == 0 ||
            strncasecmp(connection->site, parts->site.data, parts->site.length) == 0);
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
        if (stream_is_quiet(&connection->stream))
            return connection;
        connection_free(connection);
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
        connection_free(*at);
        *at = NULL;
    }
}

static const struct addrinfo *
resolve(struct http1 *http1, struct exchange *exchange, const char *host, const char *port)
{
    const struct addrinfo *found = NULL;
    const char *error = NULL;

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
    return found;
}

static void
explain_refusal(struct exchange *exchange, enum stream_result result, const struct stream *stream,
                const struct err *why)
{
    if (result == STREAM_LATE)
        fail(exchange, FAILURE_TIMEOUT, "");
    else if (result == STREAM_INSECURE)
        fail_why(exchange, FAILURE_TLS, stream, why);
    else
        fail_why(exchange, FAILURE_CONNECT, stream, why);
}

/* NULL: there is none, and `exchange` says why. */
static struct connection *
connect_to(struct http1 *http1, struct exchange *exchange, const char *host, const char *port)
{
    const struct url_parts *parts = exchange->parts;
    int64_t began_ns = clock_monotonic_ns(), resolved_ns;
    struct stream_target target = {
        .addresses = resolve(http1, exchange, host, port),
        .host = host, .port = port,
        .tls = parts->is_https ? http1->tls : NULL,
        .sessions = &http1->sessions,
    };
    struct connection *connection;
    enum stream_result result;

    if (target.addresses == NULL)
        return NULL;
    resolved_ns = clock_monotonic_ns();
    exchange->dns_us = (resolved_ns - began_ns) / NS_PER_US;
    connection = xcalloc(1, sizeof *connection + parts->site.length);
    http1->why.text[0] = '\0';
    result = stream_open(&connection->stream, http1->loop, &target, exchange->deadline_ns, &http1->why);
    if (connection->stream.connected_ns > 0)
        exchange->connect_us = (connection->stream.connected_ns - resolved_ns) / NS_PER_US;
    if (result != STREAM_DONE) {
        explain_refusal(exchange, result, &connection->stream, &http1->why);
        free(connection);
        return NULL;
    }
    if (parts->is_https)
        exchange->tls_us = (connection->stream.secured_ns - connection->stream.connected_ns) / NS_PER_US;
    connection->is_https = parts->is_https;
    connection->site_length = parts->site.length;
    memcpy(connection->site, parts->site.data, parts->site.length);
    return connection;
}

static struct connection *
connect_anew(struct http1 *http1, struct exchange *exchange)
{
    const struct url_parts *parts = exchange->parts;
    char *host = xstrndup(parts->name.data, parts->name.length);
    char port[8];
    struct connection *connection;

    snprintf(port, sizeof port, "%u", parts->port);
    connection = connect_to(http1, exchange, host, port);
    free(host);
    return connection;
}

/* ---- The request ---- */

enum sent { SENT_ALL, SENT_PART, SENT_FAILED };

/* SENT_PART: the answer came before the request was out, or the connection ended
 * and an answer may still be there to be read. */
static enum sent
send_all(struct http1 *http1, struct connection *connection, struct exchange *exchange, struct slice data)
{
    while (data.length > 0) {
        size_t count = 0;

        switch (stream_send(&connection->stream, data.data, data.length, &count, exchange->deadline_ns,
                            &http1->why)) {
        case STREAM_DONE:
            exchange->bytes_out += (int64_t)count;
            data.data += count;
            data.length -= count;
            break;
        case STREAM_ANSWERED:
            return SENT_PART;
        case STREAM_LATE:
            fail(exchange, FAILURE_TIMEOUT, "");
            return SENT_FAILED;
        default:
            fail_why(exchange, FAILURE_SEND, &connection->stream, &http1->why);
            return SENT_PART;
        }
    }
    return SENT_ALL;
}

static enum sent
send_request(struct http1 *http1, struct connection *connection, struct exchange *exchange)
{
    enum sent sent = send_all(http1, connection, exchange, exchange->text);

    return sent == SENT_ALL && exchange->rest.length > 0 ? send_all(http1, connection, exchange, exchange->rest)
                                                         : sent;
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

/* The other side has closed. */
static int
take_end(struct http1 *http1, struct exchange *exchange, bool has_begun)
{
    if (has_begun && http1_finish(&http1->parser) == HTTP1_END)
        return 1;
    if (exchange->failure == FAILURE_SEND && !has_begun)
        return -1;
    return fail(exchange, has_begun ? FAILURE_PARTIAL : FAILURE_EMPTY, "");
}

static int
take_break(struct http1 *http1, const struct connection *connection, struct exchange *exchange, bool has_begun)
{
    if (exchange->failure == FAILURE_SEND && !has_begun)
        return -1;
    return fail_why(exchange, FAILURE_RECEIVE, &connection->stream, &http1->why);
}

/* 1 complete, -1 failed. *has_begun: something came. A server that sends without
 * end must not keep the other tasks waiting, nor ours past its deadline. */
static int
receive(struct http1 *http1, struct connection *connection, struct exchange *exchange, bool *has_begun)
{
    char *scratch = loop_scratch(http1->loop);
    unsigned reads = 0;
    int result = 0;

    while (result == 0) {
        struct slice in = { .data = scratch };

        if (stream_await(&connection->stream, exchange->deadline_ns))
            response_expect_answer(exchange->response); /* while the kernel copies */
        switch (stream_read(&connection->stream, scratch, LOOP_SCRATCH_SIZE, &in.length, exchange->deadline_ns,
                            &http1->why)) {
        case STREAM_DONE:
            exchange->ended_ns = clock_monotonic_ns();
            if (!*has_begun)
                exchange->ttfb_us = (exchange->ended_ns - exchange->started_ns) / NS_PER_US;
            *has_begun = true;
            result = take_in(http1, exchange, &in);
            connection->is_spoilt = result > 0 && in.length > 0;
            if (result == 0 && exchange->ended_ns >= exchange->deadline_ns)
                return fail(exchange, FAILURE_TIMEOUT, "");
            if (++reads % READS_AT_ONCE == 0)
                loop_yield(http1->loop);
            break;
        case STREAM_ENDED:
            result = take_end(http1, exchange, *has_begun);
            break;
        case STREAM_LATE:
            return fail(exchange, FAILURE_TIMEOUT, "");
        default:
            result = take_break(http1, connection, exchange, *has_begun);
            break;
        }
    }
    return result;
}

/* ---- Both ---- */

static bool
may_keep(const struct http1 *http1, struct connection *connection)
{
    return http1_may_stay(&http1->parser) && !connection->is_spoilt && stream_is_quiet(&connection->stream);
}

/* On one connection, which is kept or closed. 0; -1; 1: a kept connection had
 * been closed before the server took notice of the request. */
static int
run_on(struct http1 *http1, struct connection *connection, struct exchange *exchange)
{
    bool has_begun = false;
    enum sent sent;
    int result = -1;

    http1->why.text[0] = '\0';
    sent = send_request(http1, connection, exchange);
    if (sent != SENT_FAILED) {
        result = receive(http1, connection, exchange, &has_begun);
        exchange->bytes_in += (int64_t)http1->parser.head_bytes;
    }
    if (result > 0) {
        exchange->failure = FAILURE_NONE;
        exchange->status = http1->parser.head.status;
        exchange->http_version = http1->parser.head.is_old ? 10 : 11;
        exchange->has_cookies = http1->parser.head.has_cookies;
    }
    if (result > 0 && sent == SENT_ALL && may_keep(http1, connection)) {
        keep(http1, connection);
        return 0;
    }
    /* A time-out is the server's answer too: only an end is tried again. */
    if (result < 0 && connection->is_used && !has_begun && exchange->failure != FAILURE_TIMEOUT)
        result = 0;
    connection_free(connection);
    return result > 0 ? 0 : result < 0 ? -1 : 1;
}

int
http1_perform(struct http1 *http1, struct exchange *exchange)
{
    struct connection *connection;
    bool has_no_body = strcmp(exchange->method, "HEAD") == 0;
    int result;

    exchange->dns_us = exchange->connect_us = exchange->tls_us = exchange->ttfb_us = -1;
    connection = take_kept(http1, exchange->parts);
    do {
        exchange->failure = FAILURE_NONE;
        exchange->bytes_out = exchange->bytes_in = 0;
        http1_parser_begin(&http1->parser, has_no_body, exchange->known);
        if (connection == NULL)
            connection = connect_anew(http1, exchange);
        if (connection == NULL)
            return -1;
        result = run_on(http1, connection, exchange);
        connection = NULL;
    } while (result > 0);
    return result;
}
