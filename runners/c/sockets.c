/* SPDX-License-Identifier: Apache-2.0 */
/* The web sockets' functions of <loads/test.h>: what a test asks for, checked,
 * and what is told to the report. */
#include "sockets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/memory.h"
#include "resolver.h"
#include "url.h"
#include "user.h"
#include "websocket.h"

enum { URL_LIMIT = 64 * 1024, PROTOCOLS_LIMIT = 1024, COOKIE_LINE_LIMIT = 128 * 1024 };
#define TIMEOUT_DEFAULT_S 30.0
#define TIMEOUT_LIMIT_S 86400.0

struct loads_ws {
    struct loads_ws *next;
    struct loads_test *user;
    struct websocket *websocket; /* NULL: it never came about */
    double timeout_s;
    bool is_closed; /* and the report knows */
    struct loads_ws_message shown;
};

/* ---- The report ---- */

static void
tell(struct loads_test *user, enum event_type type, size_t bytes)
{
    struct event event = {
        .type = type,
        .test = user->test,
        .user = user->number,
        .iteration = user->iteration,
        .as.socket_bytes = bytes,
    };

    user->listener.tell(user->listener.context, &event);
}

static void
on_received(void *context, size_t bytes)
{
    struct loads_ws *ws = context;

    tell(ws->user, EVENT_SOCKET_MESSAGE, bytes);
}

static void
tell_closed(struct loads_ws *ws)
{
    if (!ws->is_closed)
        tell(ws->user, EVENT_SOCKET_CLOSE, 0);
    ws->is_closed = true;
}

/* After each call: it may have found that the server has closed. */
static void
look_at(struct loads_ws *ws)
{
    if (websocket_is_over(ws->websocket))
        tell_closed(ws);
}

static _Noreturn void
end_test(struct loads_test *user, const struct problem *problem, const char *file, int line)
{
    user_end_test(user, EVENT_ERROR, problem->class_name, file, line, "%s", problem->message);
}

/* ---- Time ---- */

static int64_t
deadline_of(double timeout_s)
{
    return clock_monotonic_ns() + (int64_t)(timeout_s * NS_PER_S);
}

static double
check_timeout(struct loads_test *user, double given_s, double fallback_s, const char *file, int line)
{
    if (!(given_s >= 0 && given_s <= TIMEOUT_LIMIT_S))
        user_end_test(user, EVENT_ERROR, "InvalidRequest", file, line, "a time-out is from 0 to %.0f seconds",
                      TIMEOUT_LIMIT_S);
    return given_s > 0 ? given_s : fallback_s;
}

/* ---- Connecting ---- */

static _Noreturn void
refuse(struct loads_test *user, const struct loads_ws_request *request, const char *class_name, const char *why)
{
    user_end_test(user, EVENT_ERROR, class_name, request->file, request->line, "%s", why);
}

static void
check_request(struct loads_test *user, const struct loads_ws_request *request)
{
    if (request->url == NULL)
        refuse(user, request, "InvalidRequest", "a web socket has no URL");
    if (strlen(request->url) > URL_LIMIT)
        refuse(user, request, "InvalidURL", "a URL has more than 64 KiB");
    if (request->protocols != NULL &&
        (strlen(request->protocols) > PROTOCOLS_LIMIT || strpbrk(request->protocols, "\r\n") != NULL))
        refuse(user, request, "InvalidRequest", "the subprotocols are not one line");
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        const char *header = request->headers[i];

        if (strchr(header, ':') == NULL || *header == ':' || strpbrk(header, "\r\n") != NULL)
            user_end_test(user, EVENT_ERROR, "InvalidRequest", request->file, request->line,
                          "header %zu is not one line \"Name: value\"", i + 1);
    }
}

/* ws and wss are http and https to whoever connects. The text is the user's until
 * the test ends. */
static char *
absolute_url(struct loads_test *user, const struct loads_ws_request *request)
{
    const char *url = request->url, *base = user->server_url;
    int length;

    if (strncasecmp(url, "ws://", 5) == 0)
        return loads_format(user, "http://%s", url + 5);
    if (strncasecmp(url, "wss://", 6) == 0)
        return loads_format(user, "https://%s", url + 6);
    if (url_is_http(url))
        return loads_format(user, "%s", url);
    if (base == NULL)
        refuse(user, request, "InvalidURL", "the URL is not absolute, and there is no --server-url");
    length = (int)strlen(base);
    while (length > 0 && base[length - 1] == '/')
        length--;
    return loads_format(user, "%.*s%s%s", length, base, *url == '/' ? "" : "/", url);
}

static void
split_url(struct loads_test *user, const struct loads_ws_request *request, struct url_parts *parts)
{
    char *url = absolute_url(user, request);
    char *tidy;

    if (url_split(url, parts))
        return;
    tidy = url_join("http://localhost/", url);
    if (tidy != NULL)
        url = loads_format(user, "%s", tidy);
    free(tidy);
    if (url_credentials(url).length > 0 || !url_split(url, parts))
        user_end_test(user, EVENT_ERROR, "InvalidURL", request->file, request->line,
                      "%.200s is no URL of a web socket", request->url);
}

static const struct addrinfo *
find_addresses(struct loads_test *user, const struct loads_ws_request *request, const char *host,
               const char *port, int64_t deadline_ns)
{
    const struct addrinfo *found = NULL;
    const char *error = "";

    switch (resolver_find(user->network->resolver, host, port, deadline_ns, &found, &error)) {
    case RESOLVER_FOUND:
        break;
    case RESOLVER_FAILED:
        user_end_test(user, EVENT_ERROR, "ConnectionError", request->file, request->line,
                      "web socket to %s: cannot find the host: %s", host, error);
    case RESOLVER_LATE:
        user_end_test(user, EVENT_ERROR, "Timeout", request->file, request->line,
                      "web socket to %s: finding the host took too long", host);
    }
    return found;
}

static struct loads_ws *
add(struct loads_test *user, const struct loads_ws_request *request)
{
    struct sockets *sockets = &user->sockets;
    struct loads_ws *ws;

    if (sockets->count >= SOCKETS_LIMIT)
        refuse(user, request, "TooManySockets", "a test has more than 1000 web sockets");
    ws = xcalloc(1, sizeof *ws);
    ws->user = user;
    ws->next = sockets->first;
    sockets->first = ws;
    sockets->count++;
    return ws;
}

static bool
gives_cookies(const struct loads_ws_request *request)
{
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        if (strncasecmp(request->headers[i], "Cookie:", 7) == 0)
            return true;
    }
    return false;
}

/* The user's cookies, unless the test gives its own. The text is the user's until
 * the test ends. */
static struct slice
cookies_of(struct loads_test *user, const struct loads_ws_request *request, const struct url_parts *parts)
{
    struct buffer text;
    struct slice kept = { .data = "", .length = 0 };

    buffer_init(&text, COOKIE_LINE_LIMIT);
    if (!gives_cookies(request))
        session_add_cookies(&user->session, parts, &text);
    if (text.length > 0 && !text.is_full) {
        char *data = loads_alloc(user, text.length);

        memcpy(data, text.data, text.length);
        kept = (struct slice){ .data = data, .length = text.length };
    }
    buffer_clear(&text);
    return kept;
}

/* Connects `ws`, which the user's list owns already: the test may end in here. */
static void
connect_to(struct loads_ws *ws, const struct loads_ws_request *request, const struct url_parts *parts)
{
    struct loads_test *user = ws->user;
    const char *host = loads_format(user, "%.*s", (int)parts->name.length, parts->name.data);
    const char *port = loads_format(user, "%u", parts->port);
    int64_t deadline_ns = deadline_of(ws->timeout_s);
    struct stream_target server = {
        .addresses = find_addresses(user, request, host, port, deadline_ns),
        .host = host,
        .port = port,
        .tls = parts->is_https ? user->network->tls : NULL,
        .sessions = &user->sockets.sessions,
    };
    struct upgrade_request upgrade = {
        .authority = loads_format(user, "%.*s", (int)parts->site.length, parts->site.data),
        .path = loads_format(user, "%s%.*s", parts->path.length == 0 ? "/" : "", (int)parts->target.length,
                             parts->target.data),
        .protocols = request->protocols,
        .headers = request->headers,
        .lines = cookies_of(user, request, parts),
        .user_agent = "loads-c/" VERSION,
    };
    struct websocket_listener listener = { .context = ws, .received = on_received };
    struct problem problem = { 0 };

    ws->websocket = websocket_open(user->network->loop, &server, &upgrade, listener, deadline_ns, &problem);
    if (ws->websocket == NULL)
        user_end_test(user, EVENT_ERROR, problem.class_name, request->file, request->line,
                      "web socket to %s: %s", upgrade.authority, problem.message);
}

struct loads_ws *
loads_ws_open(struct loads_test *t, const struct loads_ws_request *given)
{
    struct loads_ws_request request = { 0 };
    struct url_parts parts;
    struct loads_ws *ws;

    /* A test that was built with an older header has a shorter struct. */
    memcpy(&request, given, given->size < sizeof request ? given->size : sizeof request);
    check_request(t, &request);
    split_url(t, &request, &parts);
    ws = add(t, &request);
    ws->timeout_s = check_timeout(t, request.timeout_s, TIMEOUT_DEFAULT_S, request.file, request.line);
    connect_to(ws, &request, &parts);
    tell(t, EVENT_SOCKET_OPEN, 0);
    return ws;
}

/* ---- Messages ---- */

const char *
loads_ws_protocol(const struct loads_ws *ws)
{
    return websocket_protocol(ws->websocket);
}

void
loads_ws_send(struct loads_ws *ws, enum loads_ws_kind kind, const void *data, size_t length, const char *file,
              int line)
{
    struct problem problem = { 0 };
    int result = websocket_send(ws->websocket, kind == LOADS_WS_TEXT, data, length, deadline_of(ws->timeout_s),
                                &problem);

    look_at(ws);
    if (result < 0)
        end_test(ws->user, &problem, file, line);
}

void
loads_ws_send_string(struct loads_ws *ws, const char *text, const char *file, int line)
{
    loads_ws_send(ws, LOADS_WS_TEXT, text, strlen(text), file, line);
}

static void
show_end(struct loads_ws *ws, bool is_over, const char *error)
{
    const char *reason = websocket_close_reason(ws->websocket);

    ws->shown = (struct loads_ws_message){
        .size = sizeof ws->shown,
        .kind = is_over ? LOADS_WS_CLOSED : LOADS_WS_NOTHING,
        .data = is_over ? reason : "",
        .length = is_over ? strlen(reason) : 0,
        .code = is_over ? websocket_close_code(ws->websocket) : 0,
        .error = error,
    };
}

const struct loads_ws_message *
loads_ws_await(struct loads_ws *ws, const struct loads_ws_wait *given)
{
    struct loads_ws_wait wait = { 0 };
    struct websocket_message message;
    struct problem problem = { 0 };
    double timeout_s;
    int result;

    memcpy(&wait, given, given->size < sizeof wait ? given->size : sizeof wait);
    timeout_s = check_timeout(ws->user, wait.timeout_s, ws->timeout_s, wait.file, wait.line);
    result = websocket_receive(ws->websocket, &message, deadline_of(timeout_s), &problem);
    look_at(ws);
    if (result > 0) {
        ws->shown = (struct loads_ws_message){
            .size = sizeof ws->shown,
            .kind = message.is_text ? LOADS_WS_TEXT : LOADS_WS_BINARY,
            .data = message.data,
            .length = message.length,
        };
        return &ws->shown;
    }
    if (!wait.may_fail && result < 0)
        end_test(ws->user, &problem, wait.file, wait.line);
    if (!wait.may_fail)
        user_end_test(ws->user, EVENT_ERROR, "ConnectionClosed", wait.file, wait.line,
                      "the server closed the web socket with code %d", websocket_close_code(ws->websocket));
    show_end(ws, websocket_is_over(ws->websocket),
             result == 0 ? NULL : loads_format(ws->user, "%s", problem.message));
    return &ws->shown;
}

double
loads_ws_ping_pong(struct loads_ws *ws, const char *file, int line)
{
    struct problem problem = { 0 };
    int64_t began_ns = clock_monotonic_ns();
    int result = websocket_ping(ws->websocket, deadline_of(ws->timeout_s), &problem);
    int64_t ended_ns = clock_monotonic_ns();

    look_at(ws);
    if (result < 0)
        end_test(ws->user, &problem, file, line);
    return (double)(ended_ns - began_ns) / 1e9;
}

/* ---- Closing ---- */

/* What RFC 6455, section 7.4, lets a client send. */
static bool
is_close_code(int code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1011) || (code >= 3000 && code <= 4999);
}

int
loads_ws_end(struct loads_ws *ws, int code, const char *reason, const char *file, int line)
{
    struct problem problem = { 0 };

    if (!is_close_code(code))
        user_end_test(ws->user, EVENT_ERROR, "InvalidRequest", file, line,
                      "%d is no code with which a client closes a web socket", code);
    if (strlen(reason) > WEBSOCKET_REASON_LIMIT)
        user_end_test(ws->user, EVENT_ERROR, "InvalidRequest", file, line,
                      "the reason for closing has more than %d bytes", WEBSOCKET_REASON_LIMIT);
    websocket_close(ws->websocket, (uint16_t)code, reason, deadline_of(ws->timeout_s), &problem);
    look_at(ws);
    return websocket_close_code(ws->websocket);
}

void
sockets_release_all(struct sockets *sockets)
{
    while (sockets->first != NULL) {
        struct loads_ws *ws = sockets->first;

        sockets->first = ws->next;
        if (ws->websocket != NULL)
            tell_closed(ws);
        websocket_free(ws->websocket);
        free(ws);
    }
    sockets->count = 0;
}

void
sockets_clear(struct sockets *sockets)
{
    tls_sessions_clear(&sockets->sessions);
}
