/* SPDX-License-Identifier: Apache-2.0 */
/* runners/c/cookies.h and url.h: what comes back to which URL, by RFC 6265. */
#include "cookies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
enum { NOW = 1000000000 };

static void
set(struct cookies *cookies, const char *url, const char *value)
{
    struct url_parts parts;

    assert_true(url_split(url, &parts));
    cookies_set(cookies, &parts, value, NOW);
}

/* What is sent to the URL must be `expected`; "" is no header. */
static void
check(struct cookies *cookies, const char *url, time_t now, const char *expected)
{
    struct url_parts parts;
    struct buffer out;

    assert_true(url_split(url, &parts));
    buffer_init(&out, 1 << 20);
    cookies_add_header(cookies, &parts, now, &out);
    assert_string_equal(out.data != NULL ? out.data : "", expected);
    buffer_clear(&out);
}

static const struct { const char *from, *value, *to, *expected; } cases[] = {
    { "http://a.b/x/y", "k=v", "http://a.b/x/z?q=/", "Cookie: k=v\r\n" },
    { "http://a.b/x/y", "k=v", "http://a.b/x", "Cookie: k=v\r\n" },
    { "http://a.b/x/y", "k=v", "http://a.b/xy", "" },
    { "http://a.b/x/y", "k=v; Path=/", "http://A.B", "Cookie: k=v\r\n" },
    { "http://a.b/", " k = v w ;HttpOnly", "http://a.b:81/", "Cookie: k=v w\r\n" },
    { "http://a.b/", "k=v=w", "http://a.b/", "Cookie: k=v=w\r\n" },
    { "http://a.b/", "k=", "http://a.b/", "Cookie: k=\r\n" },
    { "http://a.b/", "=v", "http://a.b/", "" },
    { "http://a.b/", "nothing", "http://a.b/", "" },
    /* Domains. */
    { "http://a.b/", "k=v", "http://c.a.b/", "" },
    { "http://a.b/", "k=v; Domain=.a.b", "http://c.a.b/", "Cookie: k=v\r\n" },
    { "http://a.b/", "k=v; Domain=a.b", "http://ca.b/", "" },
    { "http://a.b/", "k=v; Domain=c.b", "http://c.b/", "" },
    { "http://a.b/", "k=v; Domain=b", "http://c.b/", "" },
    { "http://localhost/", "k=v; Domain=localhost", "http://localhost/", "Cookie: k=v\r\n" },
    { "http://127.0.0.1/", "k=v; Domain=0.0.1", "http://127.0.0.1/", "" },
    /* TLS. */
    { "https://a.b/", "k=v; Secure", "https://a.b/", "Cookie: k=v\r\n" },
    { "https://a.b/", "k=v; Secure", "http://a.b/", "" },
    { "http://a.b/", "k=v; Secure", "https://a.b/", "" },
    /* Times. */
    { "http://a.b/", "k=v; Max-Age=0", "http://a.b/", "" },
    { "http://a.b/", "k=v; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://a.b/", "Cookie: k=v\r\n" },
    { "http://a.b/", "k=v; Expires=Thu, 01 Jan 1970 00:00:01 GMT", "http://a.b/", "" },
    { "http://a.b/", "k=v; Expires=never", "http://a.b/", "Cookie: k=v\r\n" },
};

static void
test_which_cookie_goes_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cookies cookies = { 0 };

        set(&cookies, cases[i].from, cases[i].value);
        check(&cookies, cases[i].to, NOW, cases[i].expected);
        cookies_clear(&cookies);
    }
}

static void
test_replaced_expired_and_deleted(void **state)
{
    struct cookies cookies = { 0 };

    (void)state;
    set(&cookies, "http://a.b/", "k=1; Max-Age=10");
    set(&cookies, "http://a.b/", "l=2");
    check(&cookies, "http://a.b/", NOW + 9, "Cookie: k=1; l=2\r\n");
    check(&cookies, "http://a.b/", NOW + 10, "Cookie: l=2\r\n");
    set(&cookies, "http://a.b/", "l=3");
    check(&cookies, "http://a.b/", NOW, "Cookie: k=1; l=3\r\n");
    set(&cookies, "http://a.b/", "l=; Max-Age=-1");
    check(&cookies, "http://a.b/", NOW, "Cookie: k=1\r\n");
    cookies_clear(&cookies);
    check(&cookies, "http://a.b/", NOW, "");
}

static void
test_limits(void **state)
{
    struct cookies cookies = { 0 };
    char *big = calloc(COOKIE_SIZE_LIMIT + 8, 1);

    (void)state;
    assert_non_null(big);
    for (int i = 0; i < COOKIES_LIMIT + 50; i++) {
        char text[32];

        snprintf(text, sizeof text, "k%d=v", i);
        set(&cookies, "http://a.b/", text);
    }
    assert_int_equal(cookies.count, COOKIES_LIMIT);
    memset(big, 'x', COOKIE_SIZE_LIMIT + 4);
    big[1] = '=';
    cookies_clear(&cookies);
    set(&cookies, "http://a.b/", big);
    assert_int_equal(cookies.count, 0);
    free(big);
}

static void
test_urls_that_are_written_plainly(void **state)
{
    static const char *const odd[] = {
        "ftp://a/", "http://", "http:///x", "http://a b/", "http://a/ ", "http://a/./b", "http://a/b/..",
        "http://u@a/", "http://[]/", "http://[::1/", "http://[::1%25lo]/",
        "http://[1.2.3.4]/", "http://[::1]x/", "http://[1:2:3:4:5:6:7:8:9]/",
        "http://[1111:1111:1111:1111:1111:1111:111.111.111.1111111111111]/", "http://a:/", "http://a:0/", "http://a:65536/", "http://a:8x/",
        "http://a/\xc3\xa4", "http://a\\b/",
    };
    struct url_parts parts;

    (void)state;
    for (size_t i = 0; i < COUNT(odd); i++)
        assert_false(url_split(odd[i], &parts));
    assert_true(url_split("HTTP://Ab.c:8080/p/.x/...?q=/../#f", &parts));
    assert_true(slice_equal(parts.site, SLICE("Ab.c:8080")));
    assert_true(slice_equal(parts.host, SLICE("Ab.c")));
    assert_true(slice_equal(parts.path, SLICE("/p/.x/...")));
    assert_true(slice_equal(parts.target, SLICE("/p/.x/...?q=/../")));
    assert_int_equal(parts.port, 8080);
    assert_true(url_split("https://a?q", &parts));
    assert_true(slice_equal(parts.target, SLICE("?q")));
    assert_int_equal(parts.port, 443);
    assert_true(url_split("http://[::1]:8080/a", &parts));
    assert_true(slice_equal(parts.site, SLICE("[::1]:8080")));
    assert_true(slice_equal(parts.host, SLICE("[::1]")));
    assert_true(slice_equal(parts.name, SLICE("::1")));
    assert_true(slice_equal(parts.path, SLICE("/a")));
    assert_int_equal(parts.port, 8080);
    assert_true(url_split("https://[fe80::1:FF]", &parts));
    assert_int_equal(parts.port, 443);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_cookie_goes_where),
        cmocka_unit_test(test_replaced_expired_and_deleted),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_urls_that_are_written_plainly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
