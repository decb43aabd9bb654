/* SPDX-License-Identifier: Apache-2.0 */
/* Tests for the tests of the runner: each does one thing that c_runner.py looks
 * at from the outside. None starts with "test", so that all must be named. */
#include <stdlib.h>
#include <string.h>

#include <loads/test.h>

void
case_page(struct loads_test *t)
{
    loads_assert_equal(t, loads_get(t, "/page")->status, 200);
}

/* The wrong expectation on line 19 is looked for. */
void
case_wrong_status(struct loads_test *t)
{
    loads_assert_equal(t, loads_get(t, "/missing")->status, 200);
    loads_incr_counter(t, "not reached", 1);
}

void
case_odd_text(struct loads_test *t)
{
    loads_fail(t, "quote \" backslash \\ newline \n bell \a byte \xFF euro \xE2\x82\xAC %s", "end");
}

void
case_long_text(struct loads_test *t)
{
    char *text = loads_alloc(t, 200000);

    memset(text, '\x01', 199999);
    loads_get(t, "/page", .name = text);
    loads_incr_counter(t, text, 1);
    loads_error(t, "%s", text);
}

void
case_own_error(struct loads_test *t)
{
    loads_error(t, "no data for user %u", loads_user(t));
}

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
case_hold(struct loads_test *t)
{
    for (int i = 0; i < 1100; i++)
        loads_release(t, loads_get(t, "/page"));
    for (int i = 0; i < 1100; i++)
        loads_get(t, "/page");
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

void
case_bad_header(struct loads_test *t)
{
    loads_get(t, "/page", .headers = LOADS_HEADERS("X: a\r\nInjected: b"));
}

void
case_numbers(struct loads_test *t)
{
    unsigned long long big = 18446744073709551615ULL;
    const char *none = NULL;
    char letters[] = "abc";

    loads_assert_less(t, -1, big);
    loads_assert_greater(t, big, 9223372036854775807LL);
    loads_assert_not_equal(t, big, -1);
    loads_assert_less_equal(t, 1, 1.0);
    loads_assert_greater_equal(t, 2u, 1.5);
    loads_assert_not_equal(t, none, "x");
    loads_assert_not_equal(t, "b", "a");
    loads_assert_equal(t, letters, "abc");
    loads_assert_equal(t, true, 1);
    loads_assert_not_equal(t, 0.0 / (double)(letters[0] - 'a'), 0.0);
    loads_incr_counter(t, "sold", 3);
    loads_gauge(t, "stock", 2.5);
    loads_rate(t, "cached", true);
    loads_trend(t, "basket", 1e-3);
    loads_assert_greater(t, -5, 3u);
}

void
case_not_finite(struct loads_test *t)
{
    loads_gauge(t, "ratio", (double)loads_user(t) / 0.0);
}

void
case_memory(struct loads_test *t)
{
    for (;;)
        memset(loads_alloc(t, 1024 * 1024), 1, 1024 * 1024);
}

void
case_plain(void)
{
}

void
case_sleep(struct loads_test *t)
{
    loads_get(t, "/page");
    loads_sleep(t, 60);
}

void
case_flood(struct loads_test *t)
{
    for (int i = 0; i < 100000; i++)
        loads_incr_counter(t, "flood", 1);
}

void
case_segfault(struct loads_test *t)
{
    volatile int *nowhere = NULL;

    if (loads_user(t) > 0)
        *nowhere = 1;
}

void
case_abort(struct loads_test *t)
{
    (void)t;
    abort();
}

static int
dig(int depth)
{
    volatile char room[4096];

    room[depth % 4096] = 1;
    return depth > 0 ? dig(depth + 1) + room[depth % 4096] : 0;
}

void
case_overflow(struct loads_test *t)
{
    loads_assert_equal(t, dig(1), 0);
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

void
case_naps(struct loads_test *t)
{
    loads_sleep(t, 0.2);
}

void
case_selfish(struct loads_test *t)
{
    volatile bool is_over = false;

    loads_get(t, "/page");
    while (!is_over)
        continue;
}
