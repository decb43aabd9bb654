/* SPDX-License-Identifier: Apache-2.0 */
/* What tests/websocket.py runs: each function is a test with its outcome. */
#include <stdlib.h>
#include <string.h>

#include <loads/test.h>

void
case_echo(struct loads_test *t)
{
    struct loads_ws *ws = loads_ws_connect(t, "/echo");
    const struct loads_ws_message *message;

    loads_assert(t, loads_ws_protocol(ws) == NULL);
    loads_ws_send_text(ws, "h\xc3\xa4llo");
    message = loads_ws_receive(ws);
    loads_assert_equal(t, message->kind, LOADS_WS_TEXT);
    loads_assert_equal(t, message->data, "h\xc3\xa4llo");
    loads_ws_send_binary(ws, "\0\1\2", 3);
    message = loads_ws_receive(ws);
    loads_assert_equal(t, message->kind, LOADS_WS_BINARY);
    loads_assert_equal(t, message->length, 3);
    loads_assert(t, memcmp(message->data, "\0\1\2", 4) == 0);
    loads_assert_less(t, loads_ws_ping(ws), 30);
    loads_assert_equal(t, loads_ws_close(ws, 1000, "done"), 1000);
    loads_assert_equal(t, loads_ws_close(ws, 1000, "done"), 1000);
}

void
case_headers(struct loads_test *t)
{
    struct loads_ws *ws = loads_ws_connect(t, "/headers?a=b", .protocols = "chat, superchat",
                                           .headers = LOADS_HEADERS("X-Token: 7"));
    const char *headers = loads_ws_receive(ws)->data;

    loads_assert_equal(t, loads_ws_protocol(ws), "superchat");
    loads_assert_contains(t, headers, "\"x-token\":\"7\"");
    loads_assert_contains(t, headers, "\"sec-websocket-protocol\":\"chat, superchat\"");
    loads_assert_contains(t, headers, "\"user-agent\":\"loads-c/");
}

/* The user's cookies go along, but not beside the test's own. */
void
case_cookies(struct loads_test *t)
{
    loads_get(t, "/");
    loads_assert_contains(t, loads_ws_receive(loads_ws_connect(t, "/headers"))->data, "\"cookie\":\"sid=42\"");
    loads_assert_contains(t, loads_ws_receive(loads_ws_connect(t, "/headers", .headers =
                          LOADS_HEADERS("cookie: a=b")))->data, "\"cookie\":\"a=b\"");
}

/* Left open: closed when the test ends. */
void
case_left_open(struct loads_test *t)
{
    loads_ws_connect(t, "/silent");
    loads_ws_connect(t, "/push");
    loads_fail(t, "left");
}

void
case_push(struct loads_test *t)
{
    struct loads_ws *ws = loads_ws_connect(t, "/push");

    loads_ws_ping(ws); /* all messages come before the pong */
    for (int i = 0; i < 100; i++)
        loads_assert_equal(t, loads_ws_receive(ws)->data, loads_format(t, "message %d", i));
    loads_ws_close(ws, 1000, "");
}

void
case_fragments(struct loads_test *t)
{
    loads_assert_equal(t, loads_ws_receive(loads_ws_connect(t, "/fragments"))->data, "one two three");
}

void
case_answers_pings(struct loads_test *t)
{
    loads_assert_equal(t, loads_ws_receive(loads_ws_connect(t, "/ping"))->data, "pong are you there?");
}

void
case_big(struct loads_test *t)
{
    size_t length = 16 * 1024 * 1024;
    char *data = malloc(length);
    struct loads_ws *ws = loads_ws_connect(t, "/echo");
    const struct loads_ws_message *message;

    for (size_t i = 0; i < length; i++)
        data[i] = (char)(i * 31 + i / 257);
    loads_ws_send_binary(ws, data, length);
    message = loads_ws_receive(ws);
    loads_assert(t, message->length == length && memcmp(message->data, data, length) == 0);
    free(data);
    loads_ws_close(ws, 3000, "big");
}

void
case_too_big(struct loads_test *t)
{
    loads_ws_receive(loads_ws_connect(t, "/too-big"));
}

void
case_closed(struct loads_test *t)
{
    struct loads_ws *ws = loads_ws_connect(t, "/close");
    const struct loads_ws_message *message = loads_ws_receive(ws, .may_fail = true);

    loads_assert_equal(t, message->kind, LOADS_WS_CLOSED);
    loads_assert_equal(t, message->code, 4001);
    loads_assert_equal(t, message->data, "go away");
    loads_assert(t, message->error == NULL);
    loads_ws_receive(ws);
}

void
case_terminated(struct loads_test *t)
{
    struct loads_ws *ws = loads_ws_connect(t, "/terminate");
    const struct loads_ws_message *message = loads_ws_receive(ws, .may_fail = true);

    loads_assert_equal(t, message->kind, LOADS_WS_CLOSED);
    loads_assert_equal(t, message->code, 1006);
    loads_assert_contains(t, message->error, "without closing");
    loads_ws_send_text(ws, "too late");
}

void
case_nothing(struct loads_test *t)
{
    struct loads_ws *ws = loads_ws_connect(t, "/echo");

    loads_assert_equal(t, loads_ws_receive(ws, .timeout_s = 0.05, .may_fail = true)->kind, LOADS_WS_NOTHING);
    loads_ws_send_text(ws, "still here");
    loads_assert_equal(t, loads_ws_receive(ws)->data, "still here");
    loads_ws_receive(ws, .timeout_s = 0.05);
}

void
case_missing(struct loads_test *t)
{
    loads_ws_connect(t, "/missing");
}

void
case_refused(struct loads_test *t)
{
    loads_ws_connect(t, "ws://127.0.0.1:1/");
}

void
case_bad_url(struct loads_test *t)
{
    loads_ws_connect(t, "ws://user:secret@example.org/");
}

void
case_bad_header(struct loads_test *t)
{
    loads_ws_connect(t, "/echo", .headers = LOADS_HEADERS("X: 1\r\nY: 2"));
}

void
case_bad_code(struct loads_test *t)
{
    loads_ws_close(loads_ws_connect(t, "/echo"), 1005, "");
}

void
case_bad_text(struct loads_test *t)
{
    loads_ws_send_text(loads_ws_connect(t, "/echo"), "\xff");
}

/* The second connection of this user resumes the session of the first. */
void
case_resumed(struct loads_test *t)
{
    for (int i = 0; i < 2; i++) {
        struct loads_ws *ws = loads_ws_connect(t, "/resumed");

        loads_assert_equal(t, loads_ws_receive(ws)->data, i == 0 ? "false" : "true");
        loads_ws_close(ws, 1000, "");
    }
}

/* All users wait at the same time: with n users this takes a second, not n. */
void
case_idle(struct loads_test *t)
{
    struct loads_ws *ws = loads_ws_connect(t, "/echo");

    loads_ws_receive(ws, .timeout_s = 1, .may_fail = true);
    loads_ws_send_text(ws, "end");
    loads_assert_equal(t, loads_ws_receive(ws)->data, "end");
    loads_ws_close(ws, 1000, "");
}
