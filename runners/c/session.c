/* SPDX-License-Identifier: Apache-2.0 */
/* Requests on libcurl's easy interface, one handle a user: the user's thread
 * waits, its connections stay open for the next request. */
#include "session.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "response.h"
#include "url.h"

enum { REDIRECTS_LIMIT = 10, URL_LIMIT = 64 * 1024 };
#define TIMEOUT_DEFAULT_S 30.0
#define TIMEOUT_LIMIT_S 86400.0

struct session {
    CURL *curl;
    const char *server_url;
    void (*hit)(void *context, const struct hit *hit);
    void *context;
    struct response_pool pool;
};

/* One request of those that a chain of redirects takes. */
struct hop {
    const struct loads_request *request;
    struct response *response;
    const char *method;
    char *url;
    char *shown_url;   /* without user and password */
    bool has_body;
    bool is_same_site; /* as the first: it may have the test's credentials */
    bool is_body_too_big;
};

int
session_library_open(struct err *err)
{
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

    if (code != CURLE_OK)
        return err_set(err, "cannot start libcurl: %s", curl_easy_strerror(code));
    return 0;
}

void
session_library_close(void)
{
    curl_global_cleanup();
}

static size_t
on_header(char *data, size_t size, size_t count, void *context)
{
    struct hop *hop = context;

    return response_add_header(hop->response, data, size * count) ? size * count : 0;
}

static size_t
on_body(char *data, size_t size, size_t count, void *context)
{
    struct hop *hop = context;
    struct buffer *body = &hop->response->body;

    if (hop->request->discard_body)
        return size * count;
    buffer_add(body, data, size * count);
    hop->is_body_too_big = body->is_full;
    return body->is_full ? 0 : size * count;
}

/* What is the same for all requests of a user. curl_easy_reset() is no help: it
 * would lose the cookies' list. */
static void
set_constants(CURL *curl)
{
    /* libcurl's own time-outs by signal do not work with threads. */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_COOKIEFILE, ""); /* keep cookies, in memory */
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "loads-c/" VERSION);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
}

struct session *
session_new(const char *server_url, void (*hit)(void *context, const struct hit *hit), void *context)
{
    struct session *session = xcalloc(1, sizeof *session);

    *session = (struct session){
        .curl = curl_easy_init(), .server_url = server_url, .hit = hit, .context = context
    };
    if (session->curl == NULL) {
        free(session);
        return NULL;
    }
    set_constants(session->curl);
    return session;
}

void
session_free(struct session *session)
{
    if (session == NULL)
        return;
    curl_easy_cleanup(session->curl);
    response_pool_clear(&session->pool);
    free(session);
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
    curl_easy_setopt(session->curl, CURLOPT_COOKIELIST, "ALL");
}

/* ---- What the test asks for, checked ---- */

static void __attribute__((format(printf, 3, 4)))
problem_set(struct problem *problem, const char *class_name, const char *fmt, ...)
{
    va_list args;

    problem->class_name = class_name;
    va_start(args, fmt);
    vsnprintf(problem->message, sizeof problem->message, fmt, args);
    va_end(args);
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
    if (request->url == NULL) {
        problem_set(problem, "InvalidRequest", "a request has no URL");
        return -1;
    }
    if (strlen(request->url) > URL_LIMIT) {
        problem_set(problem, "InvalidURL", "a URL has more than %d bytes", URL_LIMIT);
        return -1;
    }
    if (!is_token(request->method)) {
        problem_set(problem, "InvalidRequest", "\"%.64s\" is not an HTTP method", request->method);
        return -1;
    }
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        const char *header = request->headers[i];

        if (strchr(header, ':') == NULL || strpbrk(header, "\r\n") != NULL) {
            problem_set(problem, "InvalidRequest", "header %zu is not one line \"Name: value\"", i + 1);
            return -1;
        }
    }
    if (request->content_type != NULL && strpbrk(request->content_type, "\r\n") != NULL) {
        problem_set(problem, "InvalidRequest", "the content type is not one line");
        return -1;
    }
    if (!(request->timeout_s >= 0 && request->timeout_s <= TIMEOUT_LIMIT_S)) {
        problem_set(problem, "InvalidRequest", "a time-out is from 0 to %.0f seconds", TIMEOUT_LIMIT_S);
        return -1;
    }
    return 0;
}

/* ---- One hop ---- */

static bool
starts_with(const char *text, const char *prefix)
{
    return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

/* libcurl takes "Name:" as an order to send no such header; an empty value is
 * written "Name;". */
static struct curl_slist *
add_header(struct curl_slist *list, const char *header)
{
    const char *colon = strchr(header, ':');
    char *empty;

    if (colon[1 + strspn(colon + 1, " \t")] != '\0')
        return curl_slist_append(list, header);
    empty = xasprintf("%.*s;", (int)(colon - header), header);
    list = curl_slist_append(list, empty);
    free(empty);
    return list;
}

static struct curl_slist *
make_headers(const struct hop *hop)
{
    const struct loads_request *request = hop->request;
    /* Waiting for "100 Continue" would be measured as the server's time. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    if (hop->has_body && request->content_type != NULL) {
        char *header = xasprintf("Content-Type: %s", request->content_type);

        list = add_header(list, header);
        free(header);
    }
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        const char *header = request->headers[i];
        bool is_secret = starts_with(header, "Authorization:") || starts_with(header, "Cookie:");

        if (hop->is_same_site || !is_secret)
            list = add_header(list, header);
    }
    return list;
}

/* Which of libcurl's requests a method is: one with a body, without, or HEAD. */
static void
set_method(CURL *curl, const struct hop *hop)
{
    const struct loads_request *request = hop->request;
    bool wants_length = strcmp(hop->method, "POST") == 0 || strcmp(hop->method, "PUT") == 0 ||
                        strcmp(hop->method, "PATCH") == 0;

    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L); /* forgets what the request before was */
    if (hop->has_body) {
        size_t length = request->body_length > 0 ? request->body_length : strlen(request->body);

        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
    } else if (wants_length) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
    } else if (strcmp(hop->method, "HEAD") == 0) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, hop->method);
}

static void
set_options(struct session *session, struct hop *hop, struct curl_slist *headers)
{
    CURL *curl = session->curl;
    double timeout_s = hop->request->timeout_s > 0 ? hop->request->timeout_s : TIMEOUT_DEFAULT_S;
    long timeout_ms = (long)(timeout_s * 1000);

    curl_easy_setopt(curl, CURLOPT_URL, hop->url);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms > 0 ? timeout_ms : 1L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, hop);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, hop);
    set_method(curl, hop);
}

static int64_t
read_number(CURL *curl, CURLINFO info)
{
    curl_off_t number = 0;

    curl_easy_getinfo(curl, info, &number);
    return number;
}

static int64_t
read_long(CURL *curl, CURLINFO info)
{
    long number = 0;

    curl_easy_getinfo(curl, info, &number);
    return number;
}

/* libcurl's times all count from the start, and are 0 for what did not happen;
 * ours are the length of each phase. */
static void
read_phases(CURL *curl, struct hit *hit)
{
    int64_t dns_us = read_number(curl, CURLINFO_NAMELOOKUP_TIME_T);
    int64_t connect_us = read_number(curl, CURLINFO_CONNECT_TIME_T);
    int64_t tls_us = read_number(curl, CURLINFO_APPCONNECT_TIME_T);
    int64_t first_byte_us = read_number(curl, CURLINFO_STARTTRANSFER_TIME_T);

    hit->dns_us = hit->connect_us = hit->tls_us = -1;
    hit->ttfb_us = first_byte_us > 0 ? first_byte_us : -1;
    if (read_long(curl, CURLINFO_NUM_CONNECTS) == 0)
        return;
    if (dns_us > 0)
        hit->dns_us = dns_us;
    if (connect_us > 0)
        hit->connect_us = connect_us > dns_us ? connect_us - dns_us : 0;
    if (tls_us > 0)
        hit->tls_us = tls_us > connect_us ? tls_us - connect_us : 0;
}

static double
seconds(int64_t us)
{
    return us < 0 ? -1 : (double)us / 1e6;
}

/* What the test is shown is what was reported. */
static void
show(struct response *response, const struct hit *hit, char *taken_url)
{
    free(response->url);
    response->url = taken_url;
    response->shown = (struct loads_response){
        .size = sizeof response->shown,
        .status = hit->status,
        .url = taken_url,
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

/* The classes under which errors are grouped; all others are RequestError. */
static const char *
class_of(CURLcode code)
{
    static const struct { CURLcode code; const char *name; } classes[] = {
        { CURLE_COULDNT_RESOLVE_HOST, "ConnectionError" },
        { CURLE_COULDNT_RESOLVE_PROXY, "ConnectionError" },
        { CURLE_COULDNT_CONNECT, "ConnectionError" },
        { CURLE_SEND_ERROR, "ConnectionError" },
        { CURLE_RECV_ERROR, "ConnectionError" },
        { CURLE_GOT_NOTHING, "ConnectionError" },
        { CURLE_PARTIAL_FILE, "ConnectionError" },
        { CURLE_OPERATION_TIMEDOUT, "Timeout" },
        { CURLE_SSL_CONNECT_ERROR, "SSLError" },
        { CURLE_PEER_FAILED_VERIFICATION, "SSLError" },
        { CURLE_URL_MALFORMAT, "InvalidURL" },
    };

    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (classes[i].code == code)
            return classes[i].name;
    }
    return "RequestError";
}

/* The same words for the same error, so that a report can count them. */
static void
explain(const struct hop *hop, CURLcode code, const char *error, struct problem *problem)
{
    const char *what = hop->request->name != NULL ? hop->request->name : hop->shown_url;
    int length = (int)strcspn(what, "?#");

    problem_set(problem, hop->is_body_too_big ? "BodyTooBig" : class_of(code), "%s %.*s: %s", hop->method,
                length < 400 ? length : 400, what, error);
}

static int
hop_run(struct session *session, struct hop *hop, struct problem *problem)
{
    struct curl_slist *headers = make_headers(hop);
    struct hit hit = { .method = hop->method, .name = hop->request->name };
    int64_t started_ns;
    CURLcode code;

    free(hop->shown_url);
    hop->shown_url = url_without_credentials(hop->url);
    buffer_reset(&hop->response->headers);
    buffer_reset(&hop->response->body);
    set_options(session, hop, headers);

    hit.started_unix_ns = clock_wall_unix_ns();
    started_ns = clock_monotonic_ns();
    code = curl_easy_perform(session->curl);
    hit.elapsed_us = (clock_monotonic_ns() - started_ns) / NS_PER_US;

    curl_slist_free_all(headers);
    hit.url = hop->shown_url;
    hit.bytes_in = read_long(session->curl, CURLINFO_HEADER_SIZE) +
                   read_number(session->curl, CURLINFO_SIZE_DOWNLOAD_T);
    hit.bytes_out = read_long(session->curl, CURLINFO_REQUEST_SIZE) +
                    read_number(session->curl, CURLINFO_SIZE_UPLOAD_T);
    read_phases(session->curl, &hit);
    if (code == CURLE_OK)
        hit.status = (int)read_long(session->curl, CURLINFO_RESPONSE_CODE);
    else if (hop->is_body_too_big)
        hit.error = "the body is bigger than 16 MiB";
    else
        hit.error = curl_easy_strerror(code);
    session->hit(session->context, &hit);
    show(hop->response, &hit, xstrdup(hop->shown_url));
    if (code == CURLE_OK)
        return 0;
    explain(hop, code, hit.error, problem);
    return -1;
}

/* ---- The chain ---- */

/* Prepares the next hop; false: the answer is the last one. */
static bool
hop_next(struct session *session, struct hop *hop)
{
    int status = hop->response->shown.status;
    char *target = NULL;
    char *url;

    if (hop->request->keep_redirect)
        return false;
    curl_easy_getinfo(session->curl, CURLINFO_REDIRECT_URL, &target);
    if (target == NULL || status < 301 || status > 308 || (status > 303 && status < 307) || !url_is_http(target))
        return false;
    url = xstrdup(target);
    hop->is_same_site = hop->is_same_site && url_is_same_site(hop->url, url);
    free(hop->url);
    hop->url = url;
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
    struct hop hop = { .request = &request, .is_same_site = true, .has_body = given->body != NULL };
    int result;

    *response = NULL;
    if (request.method == NULL)
        request.method = "GET";
    if (check_request(&request, problem) < 0)
        return -1;
    hop.method = request.method;
    hop.url = url_resolve(session->server_url, request.url);
    if (hop.url == NULL) {
        problem_set(problem, "InvalidURL", "%.500s is not absolute, and there is no --server-url", request.url);
        return -1;
    }
    hop.response = response_take(&session->pool);
    if (hop.response == NULL) {
        free(hop.url);
        problem_set(problem, "TooManyResponses",
                    "the test holds more than %d responses or %d MiB: give some back with loads_release",
                    RESPONSE_HELD_LIMIT, RESPONSE_HELD_BYTES_LIMIT / (1024 * 1024));
        return -1;
    }
    result = run_chain(session, &hop, problem);
    response_account(&session->pool, hop.response);
    *response = &hop.response->shown;
    free(hop.url);
    free(hop.shown_url);
    return result;
}
