/* SPDX-License-Identifier: Apache-2.0 */
/* From what a test asks for to what travels, and back. */
#include "session.h"

#include <stdarg.h>
#include <stddef.h>
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
#include "prepared.h"
#include "request_head.h"
#include "response.h"
#include "transfer.h"
#include "transport.h"
#include "url.h"

enum {
    REDIRECTS_LIMIT = 10,
    URL_LIMIT = 64 * 1024,
    FORM_KEPT_LIMIT = 64 * 1024, /* a bigger one's memory is not kept for the next */
};
#define TIMEOUT_DEFAULT_S 30.0

/* One request of those that a chain of redirects takes. */
struct hop {
    const struct loads_request *request;
    struct response *response; /* which holds what is sent: `asked` */
    const char *method;
    bool has_body;
    bool is_same_site; /* as the first: it may have the test's credentials */
};

void
session_init(struct session *session, const struct network *network, const char *server_url,
             void (*hit)(void *context, const struct hit *hit), void *context)
{
    *session = (struct session){
        .network = network, .server_url = server_url, .hit = hit, .context = context,
        .settings = { .timeout_s = TIMEOUT_DEFAULT_S },
    };
    http1_init(&session->http1, network->loop, network->resolver, network->tls);
    buffer_init(&session->form, FORM_LIMIT);
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
session_clear(struct session *session)
{
    http1_clear(&session->http1);
    drop_transfers(session);
    response_pool_clear(&session->pool);
    cookies_clear(&session->cookies);
    buffer_clear(&session->form);
    free(session->settings.bearer);
    free(session->settings.proxy);
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

/* ---- What is sent ---- */

static bool
is_any_of(const char *method, const char *const *methods)
{
    while (*methods != NULL && strcmp(method, *methods) != 0)
        methods++;
    return *methods != NULL;
}

/* Writes the hop's request to `url`, which `base` (NULL: nothing) stands before. */
static void
hop_prepare(struct session *session, struct hop *hop, const char *base, const char *url)
{
    static const char *const with_length[] = { "POST", "PUT", "PATCH", NULL };
    const struct loads_request *request = hop->request;
    struct prepared *before = hop->response->asked;
    struct order order = {
        .base = base, .url = url, .method = hop->method,
        .head = {
            .lines = request->headers,
            .cookies = &session->cookies,
            .bearer = session->settings.bearer,
            .is_same_site = hop->is_same_site,
            .wants_gzip = session->settings.wants_gzip,
        },
        .has_body = hop->has_body || is_any_of(hop->method, with_length),
    };

    if (before != NULL)
        order.head.credentials = before->credentials;
    if (hop->has_body) {
        order.head.content_type = request->content_type != NULL ? request->content_type
                                                                : "application/x-www-form-urlencoded";
        order.body.data = request->body;
        order.body.length = request->body_length > 0 ? request->body_length : strlen(request->body);
    }
    hop->response->asked = prepared_take(session->network->prepared, &order);
    prepared_release(before);
}

/* What the own path leaves to libcurl. */
static bool
needs_libcurl(const struct session *session, const struct hop *hop)
{
    const struct network *network = session->network;
    const struct session_settings *settings = &session->settings;
    const struct prepared *asked = hop->response->asked;
    bool has_proxy = settings->proxy != NULL ? *settings->proxy != '\0'
                   : asked->parts.is_https   ? network->has_tls_proxy
                                             : network->has_proxy;

    return network->needs_libcurl || has_proxy || !asked->is_plain || (asked->remarks & HEAD_HAS_FRAMING) != 0 ||
           (settings->wants_http2 && asked->parts.is_https) || strcmp(hop->method, "CONNECT") == 0;
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
explain(const struct hop *hop, const struct exchange *exchange, struct problem *problem)
{
    struct response *response = hop->response;
    const char *what = hop->request->name != NULL ? hop->request->name
                                              : hop->response->asked->url;
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
    response->shown = (struct loads_response){
        .size = sizeof response->shown,
        .status = hit->status,
        .url = hit->url,
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
    struct transfer **transfer = &session->transfers[session->settings.wants_http2];

    if (hop->response->asked->is_too_big) {
        exchange->failure = FAILURE_OTHER;
        snprintf(exchange->reason, sizeof exchange->reason, "the request's head is bigger than 256 KiB");
        return -1;
    }
    if (!needs_libcurl(session, hop))
        return http1_perform(&session->http1, exchange);
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

    if ((hop->response->asked->remarks & HEAD_ASKS_GZIP) == 0 || body->length == 0)
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
    const struct prepared *asked = hop->response->asked;
    const char *value = NULL;
    time_t now;

    if (!exchange->has_cookies || !asked->is_plain)
        return;
    now = (time_t)(clock_wall_unix_ns() / NS_PER_S);
    while ((value = response_next_header(hop->response, "Set-Cookie", value)) != NULL)
        cookies_set(&session->cookies, &asked->parts, value, now);
}

static void
exchange_begin(struct exchange *exchange, const struct session *session, const struct hop *hop)
{
    const struct loads_request *request = hop->request;
    struct prepared *asked = hop->response->asked;
    double timeout_s = request->timeout_s > 0 ? request->timeout_s : session->settings.timeout_s;

    memset(exchange, 0, offsetof(struct exchange, reason));
    exchange->reason[0] = '\0';
    exchange->method = hop->method;
    exchange->url = asked->url;
    exchange->parts = &asked->parts;
    exchange->headers = asked->headers;
    exchange->body = asked->body;
    exchange->has_body = asked->has_body;
    exchange->text = asked->text;
    exchange->rest = asked->has_whole_body ? SLICE("") : asked->body;
    exchange->known = asked->is_shared ? &asked->answer : NULL;
    exchange->discard_body = request->discard_body;
    exchange->response = hop->response;
    exchange->dns_us = exchange->connect_us = exchange->tls_us = exchange->ttfb_us = -1;
    exchange->started_ns = clock_monotonic_ns();
    exchange->started_unix_ns = loop_unix_ns(session->network->loop, exchange->started_ns);
    exchange->deadline_ns = exchange->started_ns + (int64_t)(timeout_s * NS_PER_S);
}

static void
report(struct session *session, const struct hop *hop, const struct exchange *exchange, const char *error)
{
    struct hit hit = {
        .url = exchange->url,
        .method = exchange->method,
        .name = hop->request->name,
        .error = error,
        .status = error != NULL ? 0 : exchange->status,
        .started_unix_ns = exchange->started_unix_ns,
        .elapsed_us = (exchange->ended_ns - exchange->started_ns) / NS_PER_US,
        .dns_us = exchange->dns_us,
        .connect_us = exchange->connect_us,
        .tls_us = exchange->tls_us,
        .ttfb_us = exchange->ttfb_us,
        .bytes_in = exchange->bytes_in,
        .bytes_out = exchange->bytes_out,
    };

    session->hit(session->context, &hit);
    show(hop->response, &hit);
    hop->response->shown.http_version = error != NULL ? 0 : exchange->http_version;
}

static int
hop_run(struct session *session, struct hop *hop, struct problem *problem)
{
    struct exchange exchange;
    const char *error = NULL;
    int result;

    response_begin_head(hop->response);
    buffer_reset(&hop->response->body);
    exchange_begin(&exchange, session, hop);
    result = carry(session, hop, &exchange);
    response_expect_take(&session->pool); /* for the test's next request */
    if (result == 0)
        result = decompress(hop, &exchange);
    if (result < 0 || exchange.ended_ns == 0)
        exchange.ended_ns = clock_monotonic_ns();
    if (result < 0)
        error = explain(hop, &exchange, problem);
    report(session, hop, &exchange, error);
    if (result == 0)
        keep_cookies(session, hop, &exchange);
    return result;
}

/* ---- The chain ---- */

/* Where the answer sends us, or NULL: it is the last one. */
static char *
next_url(const struct hop *hop)
{
    int status = hop->response->shown.status;
    const char *location;
    char *url;

    if (status < 301 || status > 308 || (status > 303 && status < 307) || hop->request->keep_redirect)
        return NULL;
    location = response_next_header(hop->response, "Location", NULL);
    url = location != NULL ? url_join(hop->response->asked->url, location) : NULL;
    if (url != NULL && url_is_http(url) && strlen(url) <= URL_LIMIT)
        return url;
    free(url);
    return NULL;
}

static void
hop_next(struct session *session, struct hop *hop, const char *url)
{
    int status = hop->response->shown.status;

    hop->is_same_site = hop->is_same_site && url_is_same_site(hop->response->asked->url, url);
    /* What browsers do: a form's answer is fetched, only 307 and 308 repeat it. */
    if (strcmp(hop->method, "HEAD") != 0 &&
        (status == 303 || (status < 303 && strcmp(hop->method, "POST") == 0))) {
        hop->method = "GET";
        hop->has_body = false;
    }
    hop_prepare(session, hop, NULL, url);
}

static int
give_up(struct hop *hop, struct problem *problem)
{
    problem_set(problem, "TooManyRedirects", "more than %d redirects", REDIRECTS_LIMIT);
    hop->response->shown.status = 0;
    hop->response->shown.error = "more than 10 redirects";
    return -1;
}

static int
run_chain(struct session *session, struct hop *hop, struct problem *problem)
{
    for (int redirects = 0; hop_run(session, hop, problem) == 0; redirects++) {
        char *url = next_url(hop);

        if (url == NULL)
            return 0;
        if (redirects < REDIRECTS_LIMIT)
            hop_next(session, hop, url);
        free(url);
        if (redirects == REDIRECTS_LIMIT)
            return give_up(hop, problem);
    }
    return -1;
}

/* A body that the test describes rather than writes. */
static int
make_body(struct session *session, struct loads_request *request, struct problem *problem)
{
    struct err err;

    if (request->form == NULL && request->parts == NULL && request->json == NULL)
        return 0;
    err.text[0] = '\0';
    if (form_make(&session->form, session->form_type, request, &err) < 0)
        return problem_set(problem, "InvalidRequest", "%s", err.text);
    return 0;
}

int
session_send(struct session *session, struct loads_request *request, const struct loads_response **response,
             struct problem *problem)
{
    struct hop hop = { .request = request, .is_same_site = true };
    bool is_absolute;
    int result;

    *response = NULL;
    if (request->method == NULL)
        request->method = "GET";
    if (check_request(request, problem) < 0)
        return -1;
    if (make_body(session, request, problem) < 0)
        return -1;
    hop.method = request->method;
    hop.has_body = request->body != NULL;
    is_absolute = url_is_http(request->url);
    if (!is_absolute && session->server_url == NULL)
        return problem_set(problem, "InvalidURL", "%.500s is not absolute, and there is no --server-url",
                           request->url);
    hop.response = response_take(&session->pool);
    if (hop.response == NULL)
        return problem_set(problem, "TooManyResponses",
                           "the test holds more than %d responses or %d MiB: give some back with loads_release",
                           RESPONSE_HELD_LIMIT, RESPONSE_HELD_BYTES_LIMIT / (1024 * 1024));
    hop_prepare(session, &hop, is_absolute ? NULL : session->server_url, request->url);
    result = run_chain(session, &hop, problem);
    if (request->body != NULL && session->form.capacity > FORM_KEPT_LIMIT)
        buffer_clear(&session->form);
    response_account(&session->pool, hop.response);
    *response = &hop.response->shown;
    return result;
}
