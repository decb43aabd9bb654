/* SPDX-License-Identifier: Apache-2.0 */
/* One easy handle a user. Cookies, redirects and authentication are off: the
 * session does them for both ways alike. */
#include "transfer.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "multi.h"

enum { KEPT_LIMIT = 16 * 1024 };

/* What the handle was last told to send: the next request is often the same. */
struct request {
    struct buffer url, method, header_lines;
    CURLU *parsed_url;
    struct curl_slist *headers;
    bool has_body;
};

struct transfer {
    CURL *easy;
    struct multi *multi;
    struct request request;
    struct exchange *exchange; /* the one that runs */
    bool has_whole_head;
    char error[CURL_ERROR_SIZE]; /* what libcurl says beside its code */
};

int
transfer_library_open(struct err *err)
{
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

    return code == CURLE_OK ? 0 : err_set(err, "cannot start libcurl: %s", curl_easy_strerror(code));
}

void
transfer_library_close(void)
{
    curl_global_cleanup();
}

static size_t
on_header(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    struct exchange *exchange = transfer->exchange;
    struct slice line = { .data = data, .length = size * count };

    if (line.length >= 5 && memcmp(data, "HTTP/", 5) == 0) {
        transfer->has_whole_head = false;
        response_begin_head(exchange->response);
        exchange->has_cookies = false;
        return line.length;
    }
    if (transfer->has_whole_head)
        return line.length; /* a trailer */
    transfer->has_whole_head = line.length > 0 && (data[0] == '\r' || data[0] == '\n');
    exchange->has_cookies = exchange->has_cookies || (line.length > 11 && curl_strnequal(data, "Set-Cookie:", 11));
    return response_add_header(exchange->response, line) ? line.length : 0;
}

static size_t
on_body(char *data, size_t size, size_t count, void *context)
{
    struct exchange *exchange = ((struct transfer *)context)->exchange;

    return exchange_add_body(exchange, data, size * count) ? size * count : 0;
}

struct transfer *
transfer_new(struct loop *loop, const struct route *route)
{
    struct transfer *transfer = xcalloc(1, sizeof *transfer);
    CURL *easy = curl_easy_init();

    transfer->easy = easy;
    transfer->multi = multi_new(loop);
    buffer_init(&transfer->request.url, KEPT_LIMIT);
    buffer_init(&transfer->request.method, KEPT_LIMIT);
    buffer_init(&transfer->request.header_lines, KEPT_LIMIT);
    transfer->request.parsed_url = curl_url();
    if (easy == NULL || transfer->multi == NULL || transfer->request.parsed_url == NULL) {
        transfer_free(transfer);
        return NULL;
    }
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    /* Names are looked up once, as on the other way; else libcurl goes through its
     * cache of them at the end of each transfer. */
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, -1L);
    curl_route_set(easy, route);
    multi_adopt(transfer->multi, easy);
    return transfer;
}

void
transfer_free(struct transfer *transfer)
{
    if (transfer == NULL)
        return;
    curl_easy_cleanup(transfer->easy);
    multi_free(transfer->multi);
    curl_url_cleanup(transfer->request.parsed_url);
    curl_slist_free_all(transfer->request.headers);
    buffer_clear(&transfer->request.url);
    buffer_clear(&transfer->request.method);
    buffer_clear(&transfer->request.header_lines);
    free(transfer);
}

/* ---- What to send ---- */

/* libcurl takes "Name:" as an order to send no such header; an empty value is
 * written "Name;". */
static struct curl_slist *
add_header(struct curl_slist *list, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    size_t name = colon != NULL ? (size_t)(colon - line) : length;
    size_t value = name + 1;
    char *text;

    while (value < length && (line[value] == ' ' || line[value] == '\t'))
        value++;
    text = value < length ? xstrndup(line, length) : xasprintf("%.*s;", (int)name, line);
    list = curl_slist_append(list, text);
    free(text);
    return list;
}

/* What libcurl would add by itself is ordered away, unless the test gave it. It goes
 * through the whole list for each header that it knows: a short one is fast. */
static struct curl_slist *
make_headers(struct slice lines, bool has_body)
{
    static const struct { const char *order; bool is_of_body; } unwanted[] = {
        { "Accept:", false }, { "Expect:", true }, { "Content-Type:", true },
    };
    enum { UNWANTED = sizeof unwanted / sizeof *unwanted };
    bool is_given[UNWANTED] = { false };
    struct curl_slist *list = NULL;

    while (lines.length > 0) {
        const char *end = memchr(lines.data, '\n', lines.length);
        size_t used = end != NULL ? (size_t)(end - lines.data) + 1 : lines.length;

        for (size_t i = 0; i < UNWANTED; i++) {
            size_t name = strlen(unwanted[i].order);

            if (used > name && curl_strnequal(lines.data, unwanted[i].order, name))
                is_given[i] = true;
        }
        list = add_header(list, lines.data, used - 2);
        lines.data += used;
        lines.length -= used;
    }
    for (size_t i = 0; i < UNWANTED; i++) {
        if (!is_given[i] && (has_body || !unwanted[i].is_of_body))
            list = curl_slist_append(list, unwanted[i].order);
    }
    return list;
}

/* Which of libcurl's requests a method is: one with a body, without, or HEAD. */
static void
set_method(CURL *easy, const char *method, bool has_body)
{
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L); /* forgets what the request before was */
    if (has_body)
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
    else if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
}

/* Keeps a copy of the text, if it is not too long; false: it is the one we have. */
static bool
replace(struct buffer *kept, struct slice text)
{
    if (kept->data != NULL && kept->length == text.length && memcmp(kept->data, text.data, text.length) == 0)
        return false;
    buffer_reset(kept);
    buffer_add_slice(kept, text);
    return true;
}

static void
set_headers(CURL *easy, struct request *request, struct slice lines, bool has_body)
{
    struct curl_slist *before = request->headers;

    request->headers = make_headers(lines, has_body);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
    curl_slist_free_all(before);
}

/* libcurl takes a URL apart for each transfer, unless it is given the parts. */
static void
set_url(CURL *easy, struct request *request, const char *url)
{
    CURLUcode code = curl_url_set(request->parsed_url, CURLUPART_URL, url, 0);

    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CURLU, code == CURLUE_OK ? request->parsed_url : NULL);
}

static void
set_options(CURL *easy, struct request *request, const struct exchange *exchange)
{
    bool has_other_kind = request->has_body != exchange->has_body;

    request->has_body = exchange->has_body;
    if (replace(&request->url, slice_of(exchange->url)))
        set_url(easy, request, exchange->url);
    if (replace(&request->header_lines, exchange->headers) || has_other_kind)
        set_headers(easy, request, exchange->headers, exchange->has_body);
    if (replace(&request->method, slice_of(exchange->method)) || has_other_kind)
        set_method(easy, exchange->method, exchange->has_body);
    if (exchange->has_body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body.length);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange->body.data != NULL ? exchange->body.data : "");
    }
}

/* ---- What came ---- */

static int64_t
read_number(CURL *easy, CURLINFO info)
{
    curl_off_t number = 0;

    curl_easy_getinfo(easy, info, &number);
    return number;
}

static int64_t
read_long(CURL *easy, CURLINFO info)
{
    long number = 0;

    curl_easy_getinfo(easy, info, &number);
    return number;
}

/* libcurl's times all count from the start, and are 0 for what did not happen;
 * ours are the length of each phase. */
static void
read_phases(CURL *easy, struct exchange *exchange)
{
    int64_t dns_us = read_number(easy, CURLINFO_NAMELOOKUP_TIME_T);
    int64_t connect_us = read_number(easy, CURLINFO_CONNECT_TIME_T);
    int64_t tls_us = read_number(easy, CURLINFO_APPCONNECT_TIME_T);
    int64_t first_byte_us = read_number(easy, CURLINFO_STARTTRANSFER_TIME_T);

    exchange->dns_us = exchange->connect_us = exchange->tls_us = -1;
    exchange->ttfb_us = first_byte_us > 0 ? first_byte_us : -1;
    if (read_long(easy, CURLINFO_NUM_CONNECTS) == 0)
        return;
    if (dns_us > 0)
        exchange->dns_us = dns_us;
    if (connect_us > 0)
        exchange->connect_us = connect_us > dns_us ? connect_us - dns_us : 0;
    if (tls_us > 0)
        exchange->tls_us = tls_us > connect_us ? tls_us - connect_us : 0;
}

static const struct { CURLcode code; enum failure failure; } failures[] = {
    { CURLE_URL_MALFORMAT, FAILURE_URL },
    { CURLE_COULDNT_RESOLVE_HOST, FAILURE_RESOLVE },
    { CURLE_COULDNT_RESOLVE_PROXY, FAILURE_RESOLVE },
    { CURLE_COULDNT_CONNECT, FAILURE_CONNECT },
    { CURLE_SEND_ERROR, FAILURE_SEND },
    { CURLE_RECV_ERROR, FAILURE_RECEIVE },
    { CURLE_GOT_NOTHING, FAILURE_EMPTY },
    { CURLE_PARTIAL_FILE, FAILURE_PARTIAL },
    { CURLE_OPERATION_TIMEDOUT, FAILURE_TIMEOUT },
    { CURLE_SSL_CONNECT_ERROR, FAILURE_TLS },
    { CURLE_PEER_FAILED_VERIFICATION, FAILURE_TLS },
    { CURLE_SSL_CACERT_BADFILE, FAILURE_TLS },
    { CURLE_WEIRD_SERVER_REPLY, FAILURE_MALFORMED },
    { CURLE_UNSUPPORTED_PROTOCOL, FAILURE_MALFORMED }, /* HTTP/0.9 and what is no HTTP */
    { CURLE_BAD_CONTENT_ENCODING, FAILURE_MALFORMED },
};

static void
explain(const struct transfer *transfer, struct exchange *exchange, CURLcode code)
{
    CURL *easy = transfer->easy;
    long system_code = 0;

    if (exchange->failure != FAILURE_NONE)
        return; /* it was us who broke off */
    exchange->failure = FAILURE_OTHER;
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        if (failures[i].code == code)
            exchange->failure = failures[i].failure;
    }
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_code);
    switch (exchange->failure) {
    case FAILURE_TIMEOUT:
    case FAILURE_EMPTY:
    case FAILURE_PARTIAL:
        break;
    case FAILURE_TLS:
        snprintf(exchange->reason, sizeof exchange->reason, "%.120s",
                 transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code));
        break;
    default:
        snprintf(exchange->reason, sizeof exchange->reason, "%s",
                 system_code != 0 && exchange->failure == FAILURE_CONNECT ? strerror((int)system_code)
                                                                          : curl_easy_strerror(code));
    }
}

/* On a kept connection that the server closed before it took notice. */
static bool
is_stale(CURL *easy, CURLcode code)
{
    return (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING) &&
           read_long(easy, CURLINFO_NUM_CONNECTS) == 0 && read_long(easy, CURLINFO_HEADER_SIZE) == 0;
}

int
transfer_perform(struct transfer *transfer, struct exchange *exchange)
{
    CURL *easy = transfer->easy;
    CURLcode code;

    transfer->exchange = exchange;
    transfer->has_whole_head = false;
    transfer->error[0] = '\0';
    exchange->failure = FAILURE_NONE;
    set_options(easy, &transfer->request, exchange);
    code = multi_perform(transfer->multi, easy, exchange->deadline_ns);
    if (is_stale(easy, code)) {
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        code = multi_perform(transfer->multi, easy, exchange->deadline_ns);
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 0L);
    }
    exchange->ended_ns = clock_monotonic_ns();
    exchange->bytes_in = read_long(easy, CURLINFO_HEADER_SIZE) + read_number(easy, CURLINFO_SIZE_DOWNLOAD_T);
    exchange->bytes_out = read_long(easy, CURLINFO_REQUEST_SIZE) + read_number(easy, CURLINFO_SIZE_UPLOAD_T);
    read_phases(easy, exchange);
    /* A head that breaks off in the middle is an answer to libcurl, not to us. */
    if (code == CURLE_OK && !transfer->has_whole_head)
        code = CURLE_PARTIAL_FILE;
    if (code != CURLE_OK) {
        explain(transfer, exchange, code);
        return -1;
    }
    exchange->status = (int)read_long(easy, CURLINFO_RESPONSE_CODE);
    exchange->http_version = curl_route_http_version(easy);
    return 0;
}
