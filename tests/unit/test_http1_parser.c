/* SPDX-License-Identifier: Apache-2.0 */
/* runners/c/http1_parser.h: each answer is read whole and cut at every place. */
#include "http1_parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What came out of an answer. */
struct outcome {
    enum http1_event event; /* the last */
    int status;
    bool may_stay;
    struct buffer headers, body;
    size_t unused;
    const char *error;
};

static void
outcome_clear(struct outcome *outcome)
{
    buffer_clear(&outcome->headers);
    buffer_clear(&outcome->body);
}

static enum http1_event
feed(struct http1_parser *parser, struct outcome *outcome, struct slice *in)
{
    struct slice out;
    enum http1_event event;

    while ((event = http1_next(parser, in, &out)) != HTTP1_MORE) {
        if (event == HTTP1_STATUS)
            buffer_reset(&outcome->headers);
        else if (event == HTTP1_HEADER)
            buffer_add_slice(&outcome->headers, out);
        else if (event == HTTP1_BODY)
            buffer_add_slice(&outcome->body, out);
        else
            break;
    }
    return event;
}

/* Feeds the text in parts of `step` bytes, the first of `first`, then its end. */
static struct outcome
read_answer(struct slice text, bool is_head, size_t first, size_t step, struct http1_known *known)
{
    struct outcome outcome = { .event = HTTP1_MORE };
    struct http1_parser parser;
    size_t at = 0, length = first;

    buffer_init(&outcome.headers, 1 << 20);
    buffer_init(&outcome.body, 1 << 20);
    http1_parser_init(&parser);
    http1_parser_begin(&parser, is_head, known);
    while (outcome.event == HTTP1_MORE && at < text.length) {
        size_t size = length < text.length - at ? length : text.length - at;
        /* In memory of its own, so that a sanitizer sees who reads past it. */
        char *part = malloc(size > 0 ? size : 1);
        struct slice in = { .data = part, .length = size };

        assert_non_null(part);
        memcpy(part, text.data + at, size);
        outcome.event = feed(&parser, &outcome, &in);
        at += size - in.length;
        free(part);
        length = step;
    }
    if (outcome.event == HTTP1_MORE)
        outcome.event = http1_finish(&parser);
    outcome.status = parser.head.status;
    outcome.may_stay = http1_may_stay(&parser);
    outcome.unused = text.length - at;
    outcome.error = parser.error;
    http1_parser_clear(&parser);
    return outcome;
}

struct answer {
    const char *text;
    bool is_head, may_stay;
    int status;
    const char *headers, *body;
    size_t unused;
};

static const struct answer answers[] = {
    { .text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", .status = 200, .may_stay = true,
      .headers = "Content-Length: 5\r\n", .body = "hello" },
    { .text = "HTTP/1.1 200\nA:b\ncontent-LENGTH:\t 3 \n\nabcmore", .status = 200, .may_stay = true,
      .headers = "A:b\ncontent-LENGTH:\t 3 \n", .body = "abc", .unused = 4 },
    { .text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=\"1\"\r\n, all of y\r\n"
              "00\r\nTrailer: yes\r\n\r\n", .status = 200, .may_stay = true,
      .headers = "Transfer-Encoding: chunked\r\n", .body = "hello, all of y" },
    { .text = "HTTP/1.1 200 OK\r\n\r\nuntil the end", .status = 200, .headers = "", .body = "until the end" },
    { .text = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", .status = 200,
      .headers = "Content-Length: 2\r\n", .body = "hi" },
    { .text = "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nhi", .status = 200,
      .may_stay = true, .headers = "Connection: Keep-Alive\r\nContent-Length: 2\r\n", .body = "hi" },
    { .text = "HTTP/1.1 200 OK\r\nConnection: x, close\r\nContent-Length: 0\r\n\r\n", .status = 200,
      .headers = "Connection: x, close\r\nContent-Length: 0\r\n", .body = "" },
    { .text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", .is_head = true, .status = 200, .may_stay = true,
      .headers = "Content-Length: 5\r\n", .body = "" },
    { .text = "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", .status = 204, .may_stay = true,
      .headers = "X: y\r\n", .body = "" },
    { .text = "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", .status = 304, .may_stay = true,
      .headers = "Content-Length: 7\r\n", .body = "" },
    { .text = "HTTP/1.1 100 Continue\r\nX: 1\r\n\r\nHTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 201 Made\r\n"
              "Content-Length: 1\r\n\r\nz", .status = 201, .may_stay = true,
      .headers = "Content-Length: 1\r\n", .body = "z" },
    { .text = "HTTP/1.1 200 OK\r\nX: a\r\n  folded: b\r\nContent-Length: 0\r\n\r\n", .status = 200, .may_stay = true,
      .headers = "X: a\r\n  folded: b\r\nContent-Length: 0\r\n", .body = "" },
    /* Both: chunks win, and the connection is not trusted any longer. */
    { .text = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
      .status = 200, .headers = "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n", .body = "x" },
    { .text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nzzz", .status = 200,
      .headers = "Transfer-Encoding: gzip\r\n", .body = "zzz" },
    { .text = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nq", .status = 200, .may_stay = true,
      .headers = "Content-Length: 1\r\nContent-Length: 1\r\n", .body = "q" },
};

static const char *
text_of(const struct buffer *buffer)
{
    return buffer->data != NULL ? buffer->data : "";
}

static void
check_answer(const struct answer *answer, size_t first, size_t step)
{
    struct slice text = { .data = answer->text, .length = strlen(answer->text) };
    struct outcome outcome = read_answer(text, answer->is_head, first, step, NULL);

    assert_int_equal(outcome.event, HTTP1_END);
    assert_int_equal(outcome.status, answer->status);
    assert_int_equal(outcome.may_stay, answer->may_stay);
    assert_string_equal(text_of(&outcome.headers), answer->headers);
    assert_string_equal(text_of(&outcome.body), answer->body);
    assert_int_equal(outcome.unused, answer->unused);
    outcome_clear(&outcome);
}

static void
test_answers_however_they_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        size_t length = strlen(answers[i].text);

        for (size_t first = 1; first <= length; first++)
            check_answer(&answers[i], first, length);
        for (size_t step = 1; step <= 4; step++)
            check_answer(&answers[i], step, step);
    }
}

static const struct { const char *text, *error; } malformed[] = {
    { "", "the connection was closed before its end" },
    { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "the connection was closed before its end" },
    { "HTTP/1.1 200 OK\r\nContent-Le", "the connection was closed before its end" },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
      "the connection was closed before its end" },
    { "SSH-2.0-OpenSSH_9.2\r\n", "it does not begin with an HTTP/1 status line" },
    { "\r\nHTTP/1.1 200 OK\r\n\r\n", "it does not begin with an HTTP/1 status line" },
    { "HTTP/2.0 200 OK\r\n\r\n", "it does not begin with an HTTP/1 status line" },
    { "HTTP/1.1 2000 OK\r\n\r\n", "it does not begin with an HTTP/1 status line" },
    { "HTTP/1.1 20\r\n\r\n", "it does not begin with an HTTP/1 status line" },
    { "HTTP/1.1 099 OK\r\n\r\n", "its status is below 100" },
    { "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "a line of its head is not a header" },
    { "HTTP/1.1 200 OK\r\n: x\r\n\r\n", "a line of its head is not a header" },
    { "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n", "a line of its head is not a header" },
    { "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello", "a header has a blank before its colon" },
    { "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "its Content-Length is not a number" },
    { "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", "its Content-Length is not a number" },
    { "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", "its Content-Length is not a number" },
    { "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551617\r\n\r\nx", "its Content-Length is too big" },
    { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
      "it has two different Content-Lengths" },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", "the size of a chunk is not a number" },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "the size of a chunk is not a number" },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5x\r\nhello", "the size of a chunk is not a number" },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000001\r\nx",
      "the size of a chunk is too big" },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
      "a chunk does not end where its size says" },
};

static void
test_malformed_answers_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(malformed); i++) {
        struct slice text = { .data = malformed[i].text, .length = strlen(malformed[i].text) };

        for (size_t step = 1; step <= text.length + 1; step++) {
            struct outcome outcome = read_answer(text, false, step, step, NULL);

            assert_int_equal(outcome.event, HTTP1_ERROR);
            assert_string_equal(outcome.error, malformed[i].error);
            assert_false(outcome.may_stay);
            outcome_clear(&outcome);
        }
    }
}

static void
test_nul_in_a_header(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n";
    struct outcome outcome = read_answer((struct slice){ .data = text, .length = sizeof text - 1 }, false, 3, 3,
                                         NULL);

    (void)state;
    assert_string_equal(outcome.error, "a header has a NUL byte");
    outcome_clear(&outcome);
}

/* Repeats `text` until the parser gives up, and says after how many bytes. */
static size_t
endless(const char *begin, const char *text, const char **error)
{
    struct http1_parser parser;
    struct slice out, in = { .data = begin, .length = strlen(begin) };
    enum http1_event event;
    size_t fed = in.length;

    http1_parser_init(&parser);
    http1_parser_begin(&parser, false, NULL);
    while ((event = http1_next(&parser, &in, &out)) != HTTP1_ERROR && fed < 16 * 1024 * 1024) {
        if (event == HTTP1_MORE) {
            in = (struct slice){ .data = text, .length = strlen(text) };
            fed += in.length;
        }
    }
    *error = parser.error;
    http1_parser_clear(&parser);
    return fed;
}

static void
test_endless_heads_end(void **state)
{
    const char *chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const char *error;

    (void)state;
    assert_in_range(endless("HTTP/1.1 200 OK\r\nX: ", "xxxxxxxx", &error), HTTP1_HEAD_LIMIT, HTTP1_HEAD_LIMIT + 8);
    assert_string_equal(error, "its head is bigger than 256 KiB");
    endless("HTTP/1.1 200 OK\r\n", "X: y\r\n", &error);
    assert_string_equal(error, "it has more than 1000 headers");
    endless("", "HTTP/1.1 100 Continue\r\n\r\n", &error);
    assert_string_equal(error, "its head is bigger than 256 KiB");
    endless(chunked, "0", &error);
    assert_string_equal(error, "its head is bigger than 256 KiB");
    /* A long body in small chunks is no endless head. */
    assert_true(endless(chunked, "1\r\nx\r\n", &error) >= 16 * 1024 * 1024);
    assert_null(error);
}

static void
test_a_head_is_known_again(void **state)
{
    struct slice text = slice_of(answers[0].text);
    struct http1_known known = { .told = 0 };

    (void)state;
    buffer_init(&known.lines, 4096);
    for (int turn = 0; turn < 2; turn++) {
        struct outcome outcome = read_answer(text, false, text.length, text.length, &known);

        assert_int_equal(outcome.event, HTTP1_END);
        assert_true(outcome.may_stay);
        assert_string_equal(text_of(&outcome.headers), answers[0].headers);
        assert_string_equal(text_of(&outcome.body), answers[0].body);
        assert_int_equal(known.told, strlen(answers[0].headers));
        outcome_clear(&outcome);
    }
    buffer_clear(&known.lines);
}

/* Answers made up by changing good ones: cut differently, and after the good one or
 * its like was read, the outcome is the same. */
static void
test_changed_answers_do_not_depend_on_cuts(void **state)
{
    struct http1_known known = { .told = 0 };
    uint64_t seed = 42;

    (void)state;
    buffer_init(&known.lines, 4096);
    for (int round = 0; round < 20000; round++) {
        const struct answer *answer = &answers[(size_t)round % COUNT(answers)];
        struct slice text = { .length = strlen(answer->text) };
        char *copy = strdup(answer->text);
        struct outcome whole, cut;

        assert_non_null(copy);
        for (int change = 0; change < 3; change++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            copy[(seed >> 33) % text.length] = "\r\n:0 9a\0;,\xff"[(seed >> 20) % 11];
        }
        text.data = round % 2 == 0 ? answer->text : copy;
        whole = read_answer(text, answer->is_head, text.length, text.length, &known);
        outcome_clear(&whole);
        text.data = copy;
        whole = read_answer(text, answer->is_head, text.length, text.length, &known);
        cut = read_answer(text, answer->is_head, 1 + (seed >> 40) % 5, 1 + (seed >> 50) % 3, NULL);
        assert_int_equal(whole.event, cut.event);
        assert_int_equal(whole.status, cut.status);
        assert_int_equal(whole.may_stay, cut.may_stay);
        assert_int_equal(whole.unused * (whole.event == HTTP1_END), cut.unused * (cut.event == HTTP1_END));
        assert_string_equal(whole.error != NULL ? whole.error : "", cut.error != NULL ? cut.error : "");
        assert_string_equal(text_of(&whole.body), text_of(&cut.body));
        assert_string_equal(text_of(&whole.headers), text_of(&cut.headers));
        outcome_clear(&whole);
        outcome_clear(&cut);
        free(copy);
    }
    buffer_clear(&known.lines);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_however_they_are_cut),
        cmocka_unit_test(test_malformed_answers_are_named),
        cmocka_unit_test(test_nul_in_a_header),
        cmocka_unit_test(test_endless_heads_end),
        cmocka_unit_test(test_a_head_is_known_again),
        cmocka_unit_test(test_changed_answers_do_not_depend_on_cuts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
