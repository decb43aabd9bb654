/* SPDX-License-Identifier: Apache-2.0 */
/* Tests that transports.py runs on each way a request can take. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <loads/test.h>

void
case_refused(struct loads_test *t)
{
    loads_get(t, "http://user:secret@127.0.0.1:1/closed?q=1#end");
    loads_incr_counter(t, "not reached", 1);
}

void
case_refused_allowed(struct loads_test *t)
{
    const struct loads_response *page = loads_get(t, "http://127.0.0.1:1/", .may_fail = true);

    loads_assert_equal(t, page->status, 0);
    loads_assert_contains(t, page->error, "connect");
    loads_assert_equal(t, page->body, "");
    loads_assert(t, loads_header(page, "Server") == NULL);
}

void
case_timeout(struct loads_test *t)
{
    loads_get(t, "/hang", .timeout_s = 0.2);
}

void
case_cut(struct loads_test *t)
{
    loads_get(t, "/cut");
}

void
case_big(struct loads_test *t)
{
    const struct loads_response *page = loads_get(t, "/big", .discard_body = true);

    loads_assert_equal(t, page->body_length, 0);
    loads_assert_greater(t, page->bytes_in, 20 * 1024 * 1024);
    loads_get(t, "/big");
}

void
case_session(struct loads_test *t)
{
    const struct loads_response *first, *second, *echo;

    loads_get(t, "/cookie");
    first = loads_post(t, "/echo?n=1", .body = "a=1&b=2", .headers = LOADS_HEADERS("X-Token: abc", "X-Empty:"));
    second = loads_put(t, "echo", .body = "\0\1\2", .body_length = 3, .content_type = "application/x-bytes");
    loads_assert_contains(t, first->body, "POST /echo?n=1\n");
    loads_assert_contains(t, first->body, "x-token: abc\n");
    loads_assert_contains(t, first->body, "x-empty: \n");
    loads_assert_contains(t, first->body, "cookie: sid=42\n");
    loads_assert_contains(t, first->body, "content-type: application/x-www-form-urlencoded\n");
    loads_assert_contains(t, first->body, "body: 613d3126623d32\n");
    loads_assert_contains(t, second->body, "PUT /echo\n");
    loads_assert_contains(t, second->body, "content-type: application/x-bytes\n");
    loads_assert_contains(t, second->body, "body: 000102\n");
    loads_assert_equal(t, loads_header(second, "X-ANSWER"), "yes");
    loads_assert_equal(t, loads_head(t, "/echo")->body_length, 0);
    loads_assert_contains(t, loads_delete(t, "/echo")->body, "DELETE /echo\n");
    echo = loads_request(t, .method = "PURGE", .url = "/echo");
    loads_assert_contains(t, echo->body, "PURGE /echo\n");
    loads_assert_contains(t, loads_post(t, "/echo")->body, "content-length: 0\n");
    loads_clear_cookies(t);
    loads_assert(t, strstr(loads_get(t, "/echo")->body, "cookie:") == NULL);
    loads_assert_greater(t, echo->elapsed_s, 0);
    loads_assert_equal(t, echo->connect_s, -1.0);
}

/* "u@x:p" before the host is basic authentication, and is not shown. */
void
case_credentials(struct loads_test *t)
{
    const char *host = strstr(loads_server_url(t), "://") + 3;
    const char *scheme = strstr(loads_server_url(t), "https") != NULL ? "https" : "http";
    const char *url = loads_format(t, "%s://u%%40x:p@%s/echo", scheme, host);
    const struct loads_response *page = loads_get(t, url);

    loads_assert_contains(t, page->body, "authorization: Basic dUB4OnA=\n");
    loads_assert(t, strchr(page->url, '@') == NULL);
    page = loads_get(t, loads_format(t, "%s://u:p@%s/redirect/1", scheme, host));
    loads_assert_contains(t, page->body, "authorization: Basic dTpw\n");
    page = loads_get(t, url, .headers = LOADS_HEADERS("Authorization: Bearer abc", "Host: other"));
    loads_assert_contains(t, page->body, "authorization: Bearer abc\n");
    loads_assert_contains(t, page->body, "host: other\n");
    loads_assert(t, strstr(page->body, "Basic") == NULL && strstr(page->body, host) == NULL);
    page = loads_get(t, "http://no-such-host.invalid/", .may_fail = true);
    loads_assert_contains(t, page->error, "could not resolve the host");
}

void
case_redirect(struct loads_test *t)
{
    const struct loads_response *page = loads_post(t, "/redirect/2", .body = "x=1", .name = "moved");

    loads_assert_equal(t, page->status, 200);
    loads_assert_contains(t, page->body, "GET /echo\n");
    loads_assert_contains(t, page->url, "/echo");
    loads_assert_equal(t, loads_get(t, "/redirect/1", .keep_redirect = true)->status, 302);
}

void
case_loop(struct loads_test *t)
{
    loads_get(t, "/loop");
}

/* Every answer that is none: what the report says is looked at from the outside. */
void
case_bad_answers(struct loads_test *t)
{
    static const char *const paths[] = {
        "/nothing", "/half-head", "/short", "/no-http", "/bad-chunk", "/cut-chunk", "/two-lengths",
        "/bad-length", "/endless-header",
    };

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const struct loads_response *page = loads_get(t, paths[i], .may_fail = true);

        loads_assert_equal(t, page->status, 0);
        loads_assert(t, page->error != NULL);
    }
    loads_get(t, "/drip", .timeout_s = 0.3);
}

void
case_odd_answers(struct loads_test *t)
{
    static const char *const paths[] = { "/continue", "/chunked", "/until-close", "/more", "/once", "/once" };

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const struct loads_response *page = loads_get(t, paths[i]);

        loads_assert_equal(t, page->status, 200);
        loads_assert_equal(t, page->body, "ok");
    }
    loads_assert_equal(t, loads_get(t, "/no-content")->body_length, 0);
}

/* Each user waits 100 to 300 ms by its number. */
void
case_delays(struct loads_test *t)
{
    loads_get(t, loads_format(t, "/delay/%u", 100 + 100 * (loads_user(t) % 3)), .name = "delay");
}

/* ---- Bodies ---- */

void
case_form(struct loads_test *t)
{
    const struct loads_response *echo =
        loads_post(t, "/echo", .form = LOADS_FORM("user", "ann lee", "sign", "a&b=\xC3\xA9*", "empty", ""));

    loads_assert_contains(t, echo->body, "content-type: application/x-www-form-urlencoded\n");
    /* user=ann+lee&sign=a%26b%3D%C3%A9*&empty= */
    loads_assert_contains(t, echo->body, "body: 757365723d616e6e2b6c6565267369676e3d612532366225334425433325"
                                         "41392a26656d7074793d\n");
    echo = loads_put(t, "/echo", .json = "{\"n\": 1}");
    loads_assert_contains(t, echo->body, "content-type: application/json\n");
    loads_assert_contains(t, echo->body, "body: 7b226e223a20317d\n");
    echo = loads_post(t, "/echo", .json = "[]", .content_type = "application/vnd.x+json");
    loads_assert_contains(t, echo->body, "content-type: application/vnd.x+json\n");
}

void
case_parts(struct loads_test *t)
{
    const struct loads_response *seen =
        loads_post(t, "/parts",
                   .parts = LOADS_PARTS({ .name = "note", .data = "hi" },
                                        { .name = "photo", .data = "\0\1\r\n", .length = 4, .filename = "m\"e.png" },
                                        { .name = "page", .data = "<p>", .filename = "p.html",
                                          .content_type = "text/html" },
                                        { .name = "nothing" }));

    loads_assert_equal(t, seen->body, "note|None|text/plain|6869\n"
                                      "photo|m%22e.png|application/octet-stream|00010d0a\n"
                                      "page|p.html|text/html|3c703e\n"
                                      "nothing|None|text/plain|\n");
}

/* 300 KiB, more than a socket takes at once. */
void
case_big_request(struct loads_test *t)
{
    size_t length = 300 * 1024;
    char *body = loads_alloc(t, length);
    const struct loads_response *echo;

    memset(body, 'x', length);
    for (int i = 0; i < 2; i++) {
        echo = loads_put(t, "/echo", .body = body, .body_length = length);
        loads_assert_equal(t, echo->status, 200);
        loads_assert_greater(t, echo->body_length, 2 * length);
        loads_assert_greater_equal(t, echo->bytes_out, length);
    }
    loads_assert_equal(t, echo->connect_s, -1.0);
}

void
case_two_bodies(struct loads_test *t)
{
    loads_post(t, "/echo", .body = "x", .json = "{}");
}

void
case_odd_form(struct loads_test *t)
{
    loads_post(t, "/echo", .form = LOADS_FORM("a", "1", "b"));
}

void
case_json(struct loads_test *t)
{
    const struct loads_response *page = loads_get(t, "/json");

    loads_assert_equal(t, loads_json_text(page, "user.name"), "ann");
    loads_assert_equal(t, loads_json_text(page, "user.age"), "41");
    loads_assert_equal(t, loads_json_text(page, "user.ok"), "true");
    loads_assert_equal(t, loads_json_text(page, "items.1"), "[1,2]");
    loads_assert_equal(t, loads_json_number(page, "items.0.price"), 2.5);
    loads_assert_equal(t, loads_json_number(page, "items.1.1"), 2.0);
    loads_assert(t, loads_json_text(page, "items.2") == NULL && loads_json_text(page, "user.x.y") == NULL);
    loads_assert(t, loads_json_text(page, "items.-1") == NULL && loads_json_text(page, "items.1x") == NULL);
    loads_assert(t, isnan(loads_json_number(page, "user.name")));
    loads_assert_contains(t, loads_json_text(page, ""), "{\"user\":{");
    loads_assert(t, loads_json_text(loads_get(t, "/page"), "user") == NULL);
}

/* ---- What holds for all requests ---- */

void
case_bearer(struct loads_test *t)
{
    const struct loads_response *page;

    loads_set_bearer(t, "abc.def");
    loads_assert_contains(t, loads_get(t, "/echo")->body, "authorization: Bearer abc.def\n");
    page = loads_get(t, "/echo", .headers = LOADS_HEADERS("Authorization: Token x"));
    loads_assert_contains(t, page->body, "authorization: Token x\n");
    loads_assert(t, strstr(page->body, "Bearer") == NULL);
    loads_assert_contains(t, loads_get(t, "/redirect/1")->body, "authorization: Bearer abc.def\n");
    page = loads_get(t, loads_format(t, "/away/%s/echo", getenv("OTHER_SITE")));
    loads_assert_contains(t, page->body, "GET /echo\n");
    loads_assert_contains(t, page->url, getenv("OTHER_SITE"));
    loads_assert(t, strstr(page->body, "authorization") == NULL);
    loads_set_bearer(t, NULL);
    loads_assert(t, strstr(loads_get(t, "/echo")->body, "authorization") == NULL);
}

void
case_bad_bearer(struct loads_test *t)
{
    loads_set_bearer(t, "abc\r\nX: y");
}

void
case_session_timeout(struct loads_test *t)
{
    loads_set_timeout(t, 0.2);
    loads_assert_equal(t, loads_get(t, "/delay/500", .timeout_s = 30)->status, 200);
    loads_get(t, "/hang");
}

void
case_gzip(struct loads_test *t)
{
    const struct loads_response *page;

    loads_assert(t, strstr(loads_get(t, "/echo")->body, "accept-encoding") == NULL);
    loads_assert_not_equal(t, loads_get(t, "/gzip/right")->body, "welcome");
    loads_set_compression(t, true);
    loads_assert_contains(t, loads_get(t, "/echo")->body, "accept-encoding: gzip\n");
    page = loads_get(t, "/gzip/right");
    loads_assert_equal(t, page->body, "welcome");
    loads_assert_equal(t, page->body_length, 7);
    loads_assert_equal(t, loads_header(page, "Content-Encoding"), "gzip");
    page = loads_get(t, "/gzip/right", .headers = LOADS_HEADERS("Accept-Encoding: gzip"));
    loads_assert_not_equal(t, page->body, "welcome");
    loads_assert_equal(t, loads_head(t, "/gzip/right")->body_length, 0);
    loads_assert_contains(t, loads_get(t, "/gzip/cut", .may_fail = true)->error, "its gzip is broken");
    loads_assert_contains(t, loads_get(t, "/gzip/rubbish", .may_fail = true)->error, "its gzip is broken");
    loads_get(t, "/gzip/bomb");
}

/* A real server's: looked at from the outside too. */
void
case_gzip_text(struct loads_test *t)
{
    const struct loads_response *page;

    loads_set_compression(t, true);
    page = loads_get(t, "/text");
    loads_assert_equal(t, page->body_length, 1000);
    loads_assert_less(t, page->bytes_in, 600);
    loads_assert_equal(t, page->body + 990, "0123456789");
}

void
case_http2(struct loads_test *t)
{
    bool is_tls = strncmp(loads_server_url(t), "https", 5) == 0;

    loads_assert_equal(t, loads_get(t, "/page")->http_version, 11);
    loads_set_http2(t, true);
    for (int i = 0; i < 3; i++) {
        const struct loads_response *page = loads_get(t, "/page");

        loads_assert_equal(t, page->body, "Welcome");
        loads_assert_equal(t, page->http_version, is_tls ? 20 : 11);
    }
    loads_set_http2(t, false);
    loads_assert_equal(t, loads_get(t, "/page")->http_version, 11);
}

void
case_proxy(struct loads_test *t)
{
    loads_set_proxy(t, getenv("PROXY"));
    loads_assert_equal(t, loads_get(t, "/page")->body, "Welcome");
    loads_set_proxy(t, "");
    loads_assert_equal(t, loads_get(t, "/page")->body, "Welcome");
}

/* ---- Connections ---- */

void
case_page(struct loads_test *t)
{
    loads_assert_equal(t, loads_get(t, "/page")->body, "Welcome");
}

/* Each connection carries two requests; the server says how it went. */
void
case_reconnect(struct loads_test *t)
{
    for (int i = 0; i < 4; i++) {
        const struct loads_response *page = loads_get(t, "/page"), *last = loads_get(t, "/last");

        loads_assert_not_equal(t, page->connect_s, -1.0);
        loads_assert_equal(t, last->connect_s, -1.0);
        if (strncmp(page->url, "https", 5) == 0)
            loads_assert_greater(t, page->tls_s, 0.0);
        else
            loads_assert_equal(t, page->tls_s, -1.0);
    }
}

/* The server hears nothing, and its end does not keep anybody busy. */
void
case_deaf(struct loads_test *t)
{
    size_t length = 8 * 1024 * 1024;

    loads_put(t, "/deaf", .body = loads_alloc(t, length), .body_length = length, .timeout_s = 0.5);
}

/* Nobody waits for the end of this one. */
void
case_endless(struct loads_test *t)
{
    if (loads_user(t) == 1)
        loads_get(t, "/endless-body", .discard_body = true, .timeout_s = 0.5);
    else
        loads_get(t, "/until-close");
}

void
case_early(struct loads_test *t)
{
    size_t length = 8 * 1024 * 1024;
    const struct loads_response *page =
        loads_put(t, "/early", .body = loads_alloc(t, length), .body_length = length, .timeout_s = 10);

    loads_assert_equal(t, page->status, 413);
    loads_assert_equal(t, page->body, "big");
}

void
case_quick(struct loads_test *t)
{
    loads_get(t, "/page", .timeout_s = 0.3);
}
