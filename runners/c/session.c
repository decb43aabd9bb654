/* SPDX-License-Identifier: Apache-2.0 */
/* From what a test asks for to what travels, and back. */
#include "session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "cookies.h"
#include "form.h"
#include "gunzip.h"
#include "http1.h"
#include "network.h"
#include "request_head.h"
#include "response.h"
#include "transfer.h"
#include "transport.h"
#include "url.h"

enum {
    REDIRECTS_LIMIT = 10,
    URL_LIMIT = 64 * 1024,
    HEADERS_LIMIT = 256 * 1024,
    FORM_KEPT_LIMIT = 64 * 1024, /* a bigger one's memory is not kept for the next */
};
#define TIMEOUT_DEFAULT_S 30.0

struct session {
    const struct network *network;
    struct http1 *http1;       /* these are made when they are needed */
    struct transfer *transfers[2]; /* one for HTTP/1.1 and one for 2: each keeps connections of its own */
    const char *server_url;
    void (*hit)(void *context, const struct hit *hit);
    void *context;
    struct session_settings settings;
    struct response_pool pool;
    struct cookies cookies;
    struct buffer url;         /* of the hop: absolute, without user and password */
    struct buffer credentials; /* of the hop: "user:password", as written in the URL */
    struct buffer headers;     /* of the hop */
    struct buffer form;        /* the request's body, encoded */
};

/* One request of those that a chain of redirects takes. */
struct hop {
    const struct loads_request *request;
    struct response *response;
    const char *method;
    struct url_parts parts;
    bool is_plain;     /* parts are known */
    bool has_body;
    bool is_same_site; /* as the first: it may have the test's credentials */
    unsigned remarks;  /* of its head */
};

struct session *
session_new(const struct network *network, const char *server_url,
            void (*hit)(void *context, const struct hit *hit), void *context)
{
    struct session *session = xcalloc(1, sizeof *session);

    *session = (struct session){
        .network = network, .server_url = server_url, .hit = hit, .context = context,
        .settings = { .timeout_s = TIMEOUT_DEFAULT_S },
    };
    buffer_init(&session->url, 2 * URL_LIMIT);
    buffer_init(&session->credentials, URL_LIMIT);
    buffer_init(&session->headers, HEADERS_LIMIT);
    buffer_init(&session->form, FORM_LIMIT);
    return session;
}

static void
drop_transfers(struct session *session)
{
    for (size_t i = 0; i < sizeof session->transfers / sizeof *session->transfers; i++) {
        transfer_free(session->transfers[i]);
        session->transfers[i] = NULL;
    }
}

void
session_free(struct session *session)
{
    if (session == NULL)
        return;
    http1_free(session->http1);
    drop_transfers(session);
    response_pool_clear(&session->pool);
    cookies_clear(&session->cookies);
    buffer_clear(&session->url);
    buffer_clear(&session->credentials);
    buffer_clear(&session->headers);
    buffer_clear(&session->form);
    free(session->settings.bearer);
    free(session->settings.proxy);
    free(session);
}

struct session_settings *
session_settings(struct session *session)
{
    return &session->settings;
}

void
session_set_proxy(struct session *session, const char *url)
{
    drop_transfers(session); /* they go another way */
    free(session->settings.proxy);
    session->settings.proxy = url != NULL ? xstrdup(url) : NULL;
}

void
session_release(struct session *session, const struct loads_response *response)
{
    response_release(&session->pool, response);
}

void
session_release_all(struct session *session)
{
    response_release_all(&session->pool);
}

void
session_clear_cookies(struct session *session)
{
    cookies_clear(&session->cookies);
}

void
session_add_cookies(struct session *session, const struct url_parts *url, struct buffer *out)
{
    if (session->cookies.first != NULL)
        cookies_add_header(&session->cookies, url, (time_t)(clock_wall_unix_ns() / NS_PER_S), out);
}

/* ---- What the test asks for, checked ---- */

static int __attribute__((format(printf, 3, 4)))
problem_set(struct problem *problem, const char *class_name, const char *fmt, ...)
{
    va_list args;

    problem->class_name = class_name;
    va_start(args, fmt);
    vsnprintf(problem->message, sizeof problem->message, fmt, args);
    va_end(args);
    return -1;
}

static bool
is_token(const char *text)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    size_t length = 0;

    for (; text[length] != '\0'; length++) {
        char c = text[length];
        bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

        if (!is_letter && strchr(marks, c) == NULL)
            return false;
    }
    return length > 0 && length <= 32;
}

static int
check_request(const struct loads_request *request, struct problem *problem)
{
    if (request->url == NULL)
        return problem_set(problem, "InvalidRequest", "a request has no URL");
    if (strlen(request->url) > URL_LIMIT)
        return problem_set(problem, "InvalidURL", "a URL has more than %d bytes", URL_LIMIT);
    if (!is_token(request->method))
        return problem_set(problem, "InvalidRequest", "\"%.64s\" is not an HTTP method", request->method);
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        const char *header = request->headers[i];

        if (strchr(header, ':') == NULL || *header == ':' || strpbrk(header, "\r\n") != NULL)
            return problem_set(problem, "InvalidRequest", "header %zu is not one line \"Name: value\"", i + 1);
    }
    if (request->content_type != NULL && strpbrk(request->content_type, "\r\n") != NULL)
        return problem_set(problem, "InvalidRequest", "the content type is not one line");
    if (!(request->timeout_s >= 0 && request->timeout_s <= SESSION_TIMEOUT_LIMIT_S))
        return problem_set(problem, "InvalidRequest", "a time-out is from 0 to %.0f seconds", SESSION_TIMEOUT_LIMIT_S);
    return 0;
}

/* ---- The URL ---- */

/* Puts the URL into session->url and what stands before its @ aside. */
static void
set_url(struct session *session, const char *base, const char *url)
{
    struct slice credentials;
    struct buffer *out = &session->url;
    size_t before;

    buffer_reset(out);
    if (base != NULL) {
        size_t length = strlen(base);

        while (length > 0 && base[length - 1] == '/')
            length--;
        buffer_add(out, base, length);
        if (*url != '/' && *url != '\0')
            buffer_add_char(out, '/');
    }
    buffer_add_text(out, url);
    credentials = url_credentials(out->data);
    if (credentials.length == 0)
        return;
    buffer_reset(&session->credentials);
    buffer_add(&session->credentials, credentials.data, credentials.length - 1);
    before = (size_t)(credentials.data - out->data);
    memmove(out->data + before, credentials.data + credentials.length,
            out->length - before - credentials.length + 1);
    out->length -= credentials.length;
}

/* What is not written plainly is put right first, if it can be. */
static void
split_url(struct session *session, struct hop *hop)
{
    char *url;

    hop->is_plain = url_split(session->url.data, &hop->parts);
    if (hop->is_plain)
        return;
    url = url_join("http://localhost/", session->url.data);
    if (url != NULL && url_split(url, &hop->parts)) {
        buffer_reset(&session->url);
        buffer_add_text(&session->url, url);
        hop->is_plain = url_split(session->url.data, &hop->parts);
    }
    free(url);
}

static void
write_headers(struct session *session, struct hop *hop)
{
    const struct loads_request *request = hop->request;
    struct request_head head = {
        .lines = request->headers,
        .parts = hop->is_plain ? &hop->parts : NULL,
        .cookies = &session->cookies,
        .credentials = { .data = session->credentials.data, .length = session->credentials.length },
        .bearer = session->settings.bearer,
        .content_type = !hop->has_body ? NULL
                      : request->content_type != NULL ? request->content_type
                                                      : "application/x-www-form-urlencoded",
        .is_same_site = hop->is_same_site,
        .wants_gzip = session->settings.wants_gzip,
    };

    buffer_reset(&session->headers);
    hop->remarks = request_head_write(&head, &session->headers);
}

/* What the own path leaves to libcurl. */
static bool
needs_libcurl(const struct session *session, const struct hop *hop)
{
    const struct network *network = session->network;
    const struct session_settings *settings = &session->settings;
    bool has_proxy = settings->proxy != NULL ? *settings->proxy != '\0'
                   : hop->parts.is_https     ? network->has_tls_proxy
                                             : network->has_proxy;

    return network->needs_libcurl || has_proxy || !hop->is_plain || (hop->remarks & HEAD_HAS_FRAMING) != 0 ||
           (settings->wants_http2 && hop->parts.is_https) || strcmp(hop->method, "CONNECT") == 0;
}

/* ---- Why there is no answer ---- */

/* The same words for the same failure, so that a report can count them. */
static const struct { const char *class_name, *text; } failures[] = {
    [FAILURE_URL] = { "InvalidURL", "the URL is malformed" },
    [FAILURE_RESOLVE] = { "ConnectionError", "could not resolve the host" },
    [FAILURE_CONNECT] = { "ConnectionError", "could not connect" },
    [FAILURE_SEND] = { "ConnectionError", "could not send the request" },
    [FAILURE_RECEIVE] = { "ConnectionError", "could not receive the answer" },
    [FAILURE_EMPTY] = { "ConnectionError", "the connection was closed without an answer" },
    [FAILURE_PARTIAL] = { "ConnectionError", "the connection was closed before the end of the answer" },
    [FAILURE_TIMEOUT] = { "Timeout", "timed out" },
    [FAILURE_TLS] = { "SSLError", "TLS failed" },
    [FAILURE_MALFORMED] = { "ProtocolError", "the answer is malformed" },
    [FAILURE_TOO_BIG] = { "BodyTooBig", "the body is bigger than 16 MiB" },
    [FAILURE_OTHER] = { "RequestError", "the request failed" },
};

static const char *
explain(const struct session *session, const struct hop *hop, const struct exchange *exchange,
        struct problem *problem)
{
    struct response *response = hop->response;
    const char *what = hop->request->name != NULL ? hop->request->name : session->url.data;
    int length = (int)strcspn(what, "?#");

    snprintf(response->error, sizeof response->error, "%s%s%s", failures[exchange->failure].text,
             exchange->reason[0] != '\0' ? ": " : "", exchange->reason);
    problem_set(problem, failures[exchange->failure].class_name, "%s %.*s: %s", hop->method,
                length < 400 ? length : 400, what, response->error);
    return response->error;
}

/* ---- One hop ---- */

static double
seconds(int64_t us)
{
    return us < 0 ? -1 : (double)us / 1e6;
}

/* What the test is shown is what was reported. */
static void
show(struct response *response, const struct hit *hit)
{
    buffer_reset(&response->url);
    buffer_add_text(&response->url, hit->url);
    response->shown = (struct loads_response){
        .size = sizeof response->shown,
        .status = hit->status,
        .url = response->url.data,
        .body = response->body.data != NULL ? response->body.data : "",
        .body_length = response->body.length,
        .error = hit->error,
        .elapsed_s = seconds(hit->elapsed_us),
        .dns_s = seconds(hit->dns_us),
        .connect_s = seconds(hit->connect_us),
        .tls_s = seconds(hit->tls_us),
        .ttfb_s = seconds(hit->ttfb_us),
        .bytes_in = (uint64_t)hit->bytes_in,
        .bytes_out = (uint64_t)hit->bytes_out,
    };
}

/* libcurl looks through the environment for each transfer: only where it would
 * find something. */
static struct transfer *
make_transfer(const struct session *session)
{
    const struct network *network = session->network;
    bool has_proxy = network->has_proxy || network->has_tls_proxy;
    struct route route = {
        .trust = &network->trust,
        .proxy = session->settings.proxy != NULL || has_proxy ? session->settings.proxy : "",
        .wants_http2 = session->settings.wants_http2,
    };

    return transfer_new(network->loop, &route);
}

static int
carry(struct session *session, const struct hop *hop, struct exchange *exchange)
{
    const struct network *network = session->network;
    struct transfer **transfer = &session->transfers[session->settings.wants_http2];

    if (!needs_libcurl(session, hop)) {
        if (session->http1 == NULL)
            session->http1 = http1_new(network->loop, network->resolver, network->tls);
        return http1_perform(session->http1, exchange);
    }
    if (*transfer == NULL)
        *transfer = make_transfer(session);
    if (*transfer != NULL)
        return transfer_perform(*transfer, exchange);
    exchange->failure = FAILURE_OTHER;
    snprintf(exchange->reason, sizeof exchange->reason, "libcurl cannot start");
    return -1;
}

/* Whoever asked for gzip undoes it; the test sees what was meant. */
static int
decompress(const struct hop *hop, struct exchange *exchange)
{
    struct buffer *body = &hop->response->body;
    const char *coding;
    enum gunzip_result result;

    if ((hop->remarks & HEAD_ASKS_GZIP) == 0 || body->length == 0)
        return 0;
    coding = response_next_header(hop->response, "Content-Encoding", NULL);
    if (coding == NULL || (strcasecmp(coding, "gzip") != 0 && strcasecmp(coding, "x-gzip") != 0))
        return 0;
    result = gunzip(body);
    if (result == GUNZIP_DONE)
        return 0;
    exchange->failure = result == GUNZIP_TOO_BIG ? FAILURE_TOO_BIG : FAILURE_MALFORMED;
    snprintf(exchange->reason, sizeof exchange->reason, "%s",
             result == GUNZIP_TOO_BIG ? "" : "its gzip is broken");
    return -1;
}

static void
keep_cookies(struct session *session, const struct hop *hop, const struct exchange *exchange)
{
    const char *value = NULL;
    time_t now = (time_t)(clock_wall_unix_ns() / NS_PER_S);

    if (!exchange->has_cookies || !hop->is_plain)
        return;
    while ((value = response_next_header(hop->response, "Set-Cookie", value)) != NULL)
        cookies_set(&session->cookies, &hop->parts, value, now);
}

static struct exchange
prepare(struct session *session, struct hop *hop)
{
    const struct loads_request *request = hop->request;
    double timeout_s = request->timeout_s > 0 ? request->timeout_s : session->settings.timeout_s;
    bool wants_length = strcmp(hop->method, "POST") == 0 || strcmp(hop->method, "PUT") == 0 ||
                        strcmp(hop->method, "PATCH") == 0;
    struct exchange exchange = {
        .method = hop->method,
        .parts = &hop->parts,
        .has_body = hop->has_body || wants_length,
        .discard_body = request->discard_body,
        .response = hop->response,
        .dns_us = -1, .connect_us = -1, .tls_us = -1, .ttfb_us = -1,
    };

    split_url(session, hop);
    write_headers(session, hop);
    response_begin_head(hop->response);
    buffer_reset(&hop->response->body);
    exchange.url = session->url.data;
    exchange.headers = (struct slice){ .data = session->headers.data, .length = session->headers.length };
    if (hop->has_body)
        exchange.body = (struct slice){
            .data = request->body,
            .length = request->body_length > 0 ? request->body_length : strlen(request->body),
        };
    exchange.started_ns = clock_monotonic_ns();
    exchange.deadline_ns = exchange.started_ns + (int64_t)(timeout_s * NS_PER_S);
    return exchange;
}

static int
hop_run(struct session *session, struct hop *hop, struct problem *problem)
{
    struct hit hit = { .method = hop->method, .name = hop->request->name,
                       .started_unix_ns = clock_wall_unix_ns() };
    struct exchange exchange = prepare(session, hop);
    int result = carry(session, hop, &exchange);

    if (result == 0)
        result = decompress(hop, &exchange);
    if (result < 0 || exchange.ended_ns == 0)
        exchange.ended_ns = clock_monotonic_ns();
    hit.elapsed_us = (exchange.ended_ns - exchange.started_ns) / NS_PER_US;
    hit.url = session->url.data;
    hit.status = result < 0 ? 0 : exchange.status;
    hit.dns_us = exchange.dns_us;
    hit.connect_us = exchange.connect_us;
    hit.tls_us = exchange.tls_us;
    hit.ttfb_us = exchange.ttfb_us;
    hit.bytes_in = exchange.bytes_in;
    hit.bytes_out = exchange.bytes_out;
    if (result < 0)
        hit.error = explain(session, hop, &exchange, problem);
    session->hit(session->context, &hit);
    show(hop->response, &hit);
    hop->response->shown.http_version = result < 0 ? 0 : exchange.http_version;
    if (result == 0)
        keep_cookies(session, hop, &exchange);
    return result;
}

/* ---- The chain ---- */

/* Prepares the next hop; false: the answer is the last one. */
static bool
hop_next(struct session *session, struct hop *hop)
{
    int status = hop->response->shown.status;
    const char *location;
    char *url;

    if (status < 301 || status > 308 || (status > 303 && status < 307) || hop->request->keep_redirect)
        return false;
    location = response_next_header(hop->response, "Location", NULL);
    url = location != NULL ? url_join(session->url.data, location) : NULL;
    if (url == NULL || !url_is_http(url) || strlen(url) > URL_LIMIT) {
        free(url);
        return false;
    }
    hop->is_same_site = hop->is_same_site && url_is_same_site(session->url.data, url);
    set_url(session, NULL, url);
    free(url);
    /* What browsers do: a form's answer is fetched, only 307 and 308 repeat it. */
    if (strcmp(hop->method, "HEAD") != 0 &&
        (status == 303 || (status < 303 && strcmp(hop->method, "POST") == 0))) {
        hop->method = "GET";
        hop->has_body = false;
    }
    return true;
}

static int
run_chain(struct session *session, struct hop *hop, struct problem *problem)
{
    for (int redirects = 0; redirects <= REDIRECTS_LIMIT; redirects++) {
        if (hop_run(session, hop, problem) < 0)
            return -1;
        if (!hop_next(session, hop))
            return 0;
    }
    problem_set(problem, "TooManyRedirects", "more than %d redirects", REDIRECTS_LIMIT);
    hop->response->shown.status = 0;
    hop->response->shown.error = "more than 10 redirects";
    return -1;
}

int
session_send(struct session *session, const struct loads_request *given,
             const struct loads_response **response, struct problem *problem)
{
    struct loads_request request = *given;
    struct hop hop = { .request = &request, .is_same_site = true };
    char type[FORM_TYPE_SIZE];
    struct err err;
    int result;

    *response = NULL;
    err.text[0] = '\0';
    if (request.method == NULL)
        request.method = "GET";
    if (check_request(&request, problem) < 0)
        return -1;
    if (form_make(&session->form, type, &request, &err) < 0)
        return problem_set(problem, "InvalidRequest", "%s", err.text);
    hop.method = request.method;
    hop.has_body = request.body != NULL;
    buffer_reset(&session->credentials);
    if (!url_is_http(request.url) && session->server_url == NULL)
        return problem_set(problem, "InvalidURL", "%.500s is not absolute, and there is no --server-url",
                           request.url);
    set_url(session, url_is_http(request.url) ? NULL : session->server_url, request.url);
    hop.response = response_take(&session->pool);
    if (hop.response == NULL)
        return problem_set(problem, "TooManyResponses",
                           "the test holds more than %d responses or %d MiB: give some back with loads_release",
                           RESPONSE_HELD_LIMIT, RESPONSE_HELD_BYTES_LIMIT / (1024 * 1024));
    result = run_chain(session, &hop, problem);
    if (session->form.capacity > FORM_KEPT_LIMIT)
        buffer_clear(&session->form);
    response_account(&session->pool, hop.response);
    *response = &hop.response->shown;
    return result;
}
