/* SPDX-License-Identifier: Apache-2.0 */
/* runners/c/upgrade.h and websocket.h, against servers that are scripted byte by
 * byte: most do what no real one does. */
#include "websocket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/memory.h"

/* ---- The answer's head ---- */

/* RFC 6455, section 1.3. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define SWITCH "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"

static const struct { const char *head, *error; } heads[] = {
    { SWITCH ACCEPT "\r\n", NULL },
    { "HTTP/1.1 101\r\nUPGRADE: h2c, WebSocket\r\nconnection: keep-alive,\tUpGrade\r\n" ACCEPT "\r\n", NULL },
    { SWITCH ACCEPT "Sec-WebSocket-Protocol: superchat\r\n\r\n", NULL },
    { SWITCH ACCEPT "Sec-WebSocket-Extensions: \r\n\r\n", NULL },
    { "HTTP/1.1 403 Forbidden\r\n\r\n", "the server answered with status 403 instead of 101" },
    { "HTTP/1.1 1010\r\n\r\n", "the server does not speak HTTP/1.1" },
    { "HTTP/2 101\r\n\r\n", "the server does not speak HTTP/1.1" },
    { "220 mail.example.org ESMTP\r\n\r\n", "the server does not speak HTTP/1.1" },
    { "\r\n\r\n", "the server does not speak HTTP/1.1" },
    { "HTTP/1.1 101\r\nConnection: Upgrade\r\n" ACCEPT "\r\n", "the server did not answer with Upgrade: websocket" },
    { "HTTP/1.1 101\r\nUpgrade: websocket\r\n" ACCEPT "\r\n", "the server did not answer with Connection: Upgrade" },
    { SWITCH "\r\n", "the server's Sec-WebSocket-Accept is missing" },
    { SWITCH "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", "the server's Sec-WebSocket-Accept is wrong" },
    { SWITCH "Sec-WebSocket-Accept:\r\n\r\n", "the server's Sec-WebSocket-Accept is wrong" },
    { SWITCH ACCEPT ACCEPT "\r\n", "the server sent two headers Sec-WebSocket-Accept" },
    { SWITCH ACCEPT "Sec-WebSocket-Protocol: super\r\n\r\n", "the server chose a subprotocol that nobody offered" },
    { SWITCH ACCEPT "Sec-WebSocket-Protocol: Chat\r\n\r\n", "the server chose a subprotocol that nobody offered" },
    { SWITCH ACCEPT "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", "the server chose an extension that nobody offered" },
    { SWITCH ACCEPT "no colon\r\n\r\n", "the server sent a header without a name" },
    { SWITCH ACCEPT ": value\r\n\r\n", "the server sent a header without a name" },
};

static void
test_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct err err = { 0 };
        char *protocol;
        int result = upgrade_check(heads[i].head, strlen(heads[i].head), KEY, "chat, superchat", &protocol, &err);

        assert_string_equal(err.text, heads[i].error != NULL ? heads[i].error : "");
        assert_int_equal(result, heads[i].error != NULL ? -1 : 0);
        if (strstr(heads[i].head, "superchat") != NULL)
            assert_string_equal(protocol, "superchat");
        else
            assert_null(protocol);
        free(protocol);
    }
}

/* ---- A server that does as it is told ---- */

struct script {
    const char *head;      /* NULL: the right one */
    const char *frames;
    size_t frames_length;
    size_t repeat;         /* the frames, so often more */
    bool is_dripping;      /* sends a byte of a header each 10 ms until the client goes */
    bool is_staying;       /* reads until the client closes; otherwise closes at once */
    const char *close_frame; /* sent once the client's close frame is here */
};

#define FRAMES(literal) .frames = (literal), .frames_length = sizeof(literal) - 1

struct scene {
    struct script script;
    int listener;
    pthread_t server;
    char got[64 * 1024]; /* behind the request */
    size_t got_length;
    char request[8192];

    struct loop *loop;
    struct stream_target target;
    struct addrinfo address;
    struct sockaddr_in in;
    bool is_second; /* an address where nobody listens comes first */
    struct addrinfo refused;
    struct sockaddr_in refused_in;
    struct upgrade_request wanted;
    int64_t patience_ns;
    void (*client)(struct scene *scene);
    const struct fault *fault;
    struct websocket *websocket;
    struct problem problem;
    size_t received, received_bytes;
};

static bool
put(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t count = send(fd, data, length, MSG_NOSIGNAL);

        if (count <= 0)
            return false;
        data += count;
        length -= (size_t)count;
    }
    return true;
}

static void
read_request(struct scene *scene, int fd)
{
    size_t length = 0;

    while (strstr(scene->request, "\r\n\r\n") == NULL) {
        ssize_t count = recv(fd, scene->request + length, sizeof scene->request - 1 - length, 0);

        if (count <= 0)
            return;
        length += (size_t)count;
        scene->request[length] = '\0';
    }
}

static void
put_head(struct scene *scene, int fd)
{
    const char *key = strstr(scene->request, "Sec-WebSocket-Key: ");
    char text[128], accept[TLS_SHA1_BASE64_SIZE], head[512];

    if (scene->script.head != NULL) {
        put(fd, scene->script.head, strlen(scene->script.head));
        return;
    }
    if (key == NULL)
        return;
    snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
    tls_sha1_base64(text, accept);
    snprintf(head, sizeof head, SWITCH "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
    put(fd, head, strlen(head));
}

static void
drip(int fd)
{
    const char *text = "HTTP/1.1 101 Switching\r\nX-Slow: ";
    struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

    for (size_t i = 0; put(fd, i < strlen(text) ? text + i : "x", 1); i++)
        nanosleep(&pause, NULL);
}

/* Everything from the client until it closes; its close frame is the last one. */
static void
read_all(struct scene *scene, int fd)
{
    bool has_answered = false;

    for (;;) {
        ssize_t count = recv(fd, scene->got + scene->got_length, sizeof scene->got - scene->got_length, 0);

        if (count <= 0)
            return;
        scene->got_length += (size_t)count;
        if (scene->script.close_frame != NULL && !has_answered && (scene->got[0] & 0x0f) == 8) {
            put(fd, scene->script.close_frame, 2 + (size_t)scene->script.close_frame[1]);
            has_answered = true;
            return; /* a server closes first */
        }
    }
}

static void *
server_run(void *argument)
{
    struct scene *scene = argument;
    const struct script *script = &scene->script;
    int fd = accept(scene->listener, NULL, NULL);

    read_request(scene, fd);
    if (script->is_dripping)
        drip(fd);
    else
        put_head(scene, fd);
    for (size_t i = 0; i <= script->repeat; i++) {
        if (!put(fd, script->frames, script->frames_length))
            break;
    }
    if (script->is_staying)
        read_all(scene, fd);
    close(fd);
    return NULL;
}

static void
on_received(void *context, size_t bytes)
{
    struct scene *scene = context;

    scene->received++;
    scene->received_bytes += bytes;
}

static int64_t
deadline(const struct scene *scene)
{
    return clock_monotonic_ns() + (scene->patience_ns > 0 ? scene->patience_ns : 20 * NS_PER_S);
}

static void
client_run(void *argument)
{
    struct scene *scene = argument;
    struct websocket_listener listener = { .context = scene, .received = on_received };

    scene->websocket = websocket_open(scene->loop, &scene->target, &scene->wanted, listener, deadline(scene),
                                      &scene->problem);
    if (scene->websocket != NULL && scene->client != NULL)
        scene->client(scene);
    websocket_free(scene->websocket);
}

static void
play(struct scene *scene, struct script script, void (*client)(struct scene *))
{
    socklen_t size = sizeof scene->in;

    scene->script = script;
    scene->client = client;
    scene->listener = socket(AF_INET, SOCK_STREAM, 0);
    scene->in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    assert_int_equal(bind(scene->listener, (struct sockaddr *)&scene->in, size), 0);
    assert_int_equal(listen(scene->listener, 1), 0);
    assert_int_equal(getsockname(scene->listener, (struct sockaddr *)&scene->in, &size), 0);
    scene->address = (struct addrinfo){
        .ai_family = AF_INET, .ai_addr = (struct sockaddr *)&scene->in, .ai_addrlen = sizeof scene->in
    };
    scene->target = (struct stream_target){ .addresses = &scene->address, .host = "127.0.0.1", .port = "1" };
    if (scene->is_second) {
        scene->refused_in = (struct sockaddr_in){
            .sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
        };
        scene->refused = scene->address;
        scene->refused.ai_addr = (struct sockaddr *)&scene->refused_in;
        scene->refused.ai_next = &scene->address;
        scene->target.addresses = &scene->refused;
    }
    scene->wanted.authority = "example.org";
    scene->wanted.path = "/chat?room=1";
    scene->wanted.user_agent = "test";
    scene->loop = loop_new(NULL);
    assert_non_null(scene->loop);
    assert_int_equal(pthread_create(&scene->server, NULL, server_run, scene), 0);
    assert_int_equal(loop_spawn(scene->loop, 256 * 1024, client_run, scene, NULL), 0);
    loop_run(scene->loop);
    loop_free(scene->loop);
    pthread_join(scene->server, NULL);
    close(scene->listener);
}

/* ---- Handshakes ---- */

static void
expect_no_socket(struct script script, const char *class_name, const char *message, int64_t patience_ns)
{
    struct scene *scene = xcalloc(1, sizeof *scene);

    scene->patience_ns = patience_ns;
    play(scene, script, NULL);
    assert_null(scene->websocket);
    assert_string_equal(scene->problem.class_name, class_name);
    assert_string_equal(scene->problem.message, message);
    free(scene);
}

static void
test_refused_handshakes(void **state)
{
    char *endless = xmalloc(70 * 1024);

    (void)state;
    expect_no_socket((struct script){ .head = SWITCH ACCEPT "\r\n" }, "HandshakeError",
                     "the server's Sec-WebSocket-Accept is wrong", 0);
    expect_no_socket((struct script){ .head = "HTTP/1.1 404 Not Found\r\n\r\n" }, "HandshakeError",
                     "the server answered with status 404 instead of 101", 0);
    expect_no_socket((struct script){ .head = SWITCH }, "ConnectionError",
                     "the server closed before it had answered", 0);
    expect_no_socket((struct script){ .head = "" }, "ConnectionError",
                     "the server closed before it had answered", 0);
    memset(endless, 'x', 70 * 1024);
    memcpy(endless, "HTTP/1.1 101\r\nX-Endless: ", 25);
    endless[70 * 1024 - 1] = '\0';
    expect_no_socket((struct script){ .head = endless, .is_staying = true }, "HandshakeError",
                     "the server's headers have more than 64 KiB", 0);
    free(endless);
}

static void
test_late_handshakes(void **state)
{
    (void)state;
    expect_no_socket((struct script){ .head = "", .is_staying = true }, "Timeout", "receiving took too long",
                     50 * NS_PER_MS);
    expect_no_socket((struct script){ .is_dripping = true }, "Timeout", "receiving took too long",
                     100 * NS_PER_MS);
}

/* ---- Messages ---- */

static void
expect_message(struct scene *scene, bool is_text, const char *data, size_t length)
{
    struct websocket_message message = { 0 };

    assert_int_equal(websocket_receive(scene->websocket, &message, deadline(scene), &scene->problem), 1);
    assert_int_equal(message.is_text, is_text);
    assert_int_equal(message.length, length);
    assert_memory_equal(message.data, data, length + 1);
}

static void
expect_end(struct scene *scene, const char *class_name, const char *text)
{
    struct websocket_message message = { 0 };
    int result = websocket_receive(scene->websocket, &message, deadline(scene), &scene->problem);

    assert_int_equal(result, class_name != NULL ? -1 : 0);
    assert_true(websocket_is_over(scene->websocket));
    if (class_name != NULL) {
        assert_string_equal(scene->problem.class_name, class_name);
        assert_string_equal(scene->problem.message, text);
    }
}

static void
read_everything(struct scene *scene)
{
    expect_message(scene, true, "Hello", 5);
    expect_message(scene, true, "Hel\xc3\xb6", 5); /* in two frames, the letter cut in two */
    expect_message(scene, false, "\0\1", 2);
    expect_message(scene, true, "", 0);
    expect_end(scene, NULL, NULL);
    assert_int_equal(websocket_close_code(scene->websocket), 1001);
    assert_string_equal(websocket_close_reason(scene->websocket), "bye");
    expect_end(scene, NULL, NULL); /* it stays so */
    assert_int_equal(websocket_send(scene->websocket, true, "x", 1, deadline(scene), &scene->problem), -1);
    assert_string_equal(scene->problem.class_name, "ConnectionClosed");
}

static void
test_messages(void **state)
{
    struct scene *scene = xcalloc(1, sizeof *scene);

    (void)state;
    scene->wanted.headers = (const char *const[]){ "X-One: 1", NULL };
    scene->wanted.protocols = "chat, superchat";
    play(scene, (struct script){ FRAMES("\x81\x05Hello" "\x01\x04Hel\xc3" "\x80\x01\xb6"
                                        "\x82\x02\x00\x01" "\x81\x00" "\x88\x05\x03\xe9" "bye"),
                                 .is_staying = true }, read_everything);
    assert_non_null(scene->websocket);
    assert_int_equal(scene->received, 4);
    assert_int_equal(scene->received_bytes, 5 + 5 + 2 + 0);
    /* The close frame with the same code, masked. */
    assert_int_equal((unsigned char)scene->got[0], 0x88);
    assert_int_equal((unsigned char)scene->got[1] & 0x80, 0x80);
    assert_int_equal((unsigned char)(scene->got[2] ^ scene->got[6]), 0x03);
    assert_int_equal((unsigned char)(scene->got[3] ^ scene->got[7]), 0xe9);
    assert_int_equal(strncmp(scene->request, "GET /chat?room=1 HTTP/1.1\r\nHost: example.org\r\n", 46), 0);
    assert_non_null(strstr(scene->request, "\r\nX-One: 1\r\n"));
    assert_non_null(strstr(scene->request, "\r\nSec-WebSocket-Protocol: chat, superchat\r\n"));
    assert_non_null(strstr(scene->request, "\r\nSec-WebSocket-Version: 13\r\n"));
    free(scene);
}

static void
read_hello(struct scene *scene)
{
    expect_message(scene, true, "Hello", 5);
}

static void
test_second_address(void **state)
{
    struct scene *scene = xcalloc(1, sizeof *scene);

    (void)state;
    scene->is_second = true;
    play(scene, (struct script){ FRAMES("\x81\x05Hello"), .is_staying = true }, read_hello);
    assert_non_null(scene->websocket);
    assert_int_equal(scene->received, 1);
    free(scene);
}

/* A ping in the middle of a message: the pong has the same bytes, masked. */
static void
read_between_pings(struct scene *scene)
{
    expect_message(scene, true, "Hi", 2);
}

static void
test_ping_of_the_server(void **state)
{
    struct scene *scene = xcalloc(1, sizeof *scene);

    (void)state;
    play(scene, (struct script){ FRAMES("\x01\x01H" "\x89\x02hi" "\x80\x01i"), .is_staying = true },
         read_between_pings);
    assert_non_null(scene->websocket);
    assert_int_equal((unsigned char)scene->got[0], 0x8a);
    assert_int_equal((unsigned char)scene->got[1], 0x80 | 2);
    assert_int_equal(scene->got[2] ^ scene->got[6], 'h');
    assert_int_equal(scene->got[3] ^ scene->got[7], 'i');
    free(scene);
}

/* ---- Servers that break the rules ---- */

static const struct fault {
    const char *frames;
    size_t length;
    const char *class_name, *message;
} faults[] = {
#define FAULT(literal, ...) { literal, sizeof(literal) - 1, __VA_ARGS__ }
#define RULES "ProtocolError", "the server broke the rules of web sockets"
    FAULT("\x81\x85\1\2\3\4Hello", RULES),                             /* masked */
    FAULT("\xc1\x05Hello", RULES),                                     /* a reserved bit */
    FAULT("\x83\x01x", RULES),                                         /* no such opcode */
    FAULT("\x80\x01x", RULES),                                         /* goes on with nothing */
    FAULT("\x01\x01x\x81\x01y", RULES),                                /* a message within another */
    FAULT("\x09\x01x", RULES),                                         /* half a ping */
    FAULT("\x89\x7e\x00\x7e", RULES),                                  /* a long ping */
    FAULT("\x81\x7e\x00\x05Hello", RULES),                             /* a length longer than it need be */
    FAULT("\x88\x02\x00\x01", RULES),                                  /* a close code that is none */
    FAULT("\x88\x01\x03", RULES),                                      /* half a close code */
    FAULT("\x81\x02\xc0\x80", "ProtocolError", "the server sent text that is not UTF-8"),
    FAULT("\x82\x7f\0\0\0\0\1\0\0\1x", "MessageTooBig", "the server sent a message that is bigger than 16 MiB"),
    FAULT("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xffx", "MessageTooBig",
          "the server sent a message that is bigger than 16 MiB"),
    FAULT("\x81\x05He", "ConnectionError", "the server ended the connection without closing the web socket"),
    FAULT("", "ConnectionError", "the server ended the connection without closing the web socket"),
};

static void
read_fault(struct scene *scene)
{
    expect_end(scene, scene->fault->class_name, scene->fault->message);
}

static void
test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct scene *scene = xcalloc(1, sizeof *scene);

        scene->fault = &faults[i];
        play(scene, (struct script){ .frames = faults[i].frames, .frames_length = faults[i].length,
                                     .is_staying = strcmp(faults[i].class_name, "ConnectionError") != 0 },
             read_fault);
        assert_non_null(scene->websocket);
        assert_int_equal(scene->received, 0);
        free(scene);
    }
}

/* ---- Time ---- */

static void
read_late(struct scene *scene)
{
    struct websocket_message message;
    int64_t began_ns = clock_monotonic_ns();

    assert_int_equal(websocket_receive(scene->websocket, &message, deadline(scene), &scene->problem), -1);
    assert_string_equal(scene->problem.class_name, "Timeout");
    assert_true(clock_monotonic_ns() - began_ns >= scene->patience_ns);
    assert_false(websocket_is_over(scene->websocket));
}

static void
test_late_message(void **state)
{
    struct scene *scene = xcalloc(1, sizeof *scene);

    (void)state;
    scene->patience_ns = 200 * NS_PER_MS;
    play(scene, (struct script){ FRAMES("\x81\x05He"), .is_staying = true }, read_late);
    assert_non_null(scene->websocket);
    /* Left without a word from the test: the server is told. */
    assert_int_equal((unsigned char)scene->got[0], 0x88);
    free(scene);
}

/* Pings for ever, without reading a pong: the deadline holds all the same. */
static void
read_flood(struct scene *scene)
{
    struct websocket_message message;

    assert_int_equal(websocket_receive(scene->websocket, &message, deadline(scene), &scene->problem), -1);
    assert_string_equal(scene->problem.class_name, "Timeout");
}

static void
test_ping_flood(void **state)
{
    struct scene *scene = xcalloc(1, sizeof *scene);

    (void)state;
    scene->patience_ns = 300 * NS_PER_MS;
    play(scene, (struct script){ FRAMES("\x89\x04ping\x89\x04pong\x89\x04ping\x89\x04pong"),
                                 .repeat = SIZE_MAX - 1 }, read_flood);
    assert_non_null(scene->websocket);
    assert_int_equal(scene->received, 0);
    free(scene);
}

/* Messages for ever, where a pong is due. */
static void
ping_flooded(struct scene *scene)
{
    assert_int_equal(websocket_ping(scene->websocket, deadline(scene), &scene->problem), -1);
    assert_string_equal(scene->problem.class_name, "TooManyMessages");
    assert_true(scene->received <= 1000 + 2048 + 1);
    expect_message(scene, true, "a", 1);
}

static void
test_message_flood(void **state)
{
    struct scene *scene = xcalloc(1, sizeof *scene);

    (void)state;
    play(scene, (struct script){ FRAMES("\x81\x01" "a\x81\x01" "b\x81\x00"), .repeat = SIZE_MAX - 1 }, ping_flooded);
    assert_non_null(scene->websocket);
    free(scene);
}

/* ---- Closing ---- */

static void
close_politely(struct scene *scene)
{
    assert_int_equal(websocket_close(scene->websocket, 1000, "done", deadline(scene), &scene->problem), 0);
    assert_true(websocket_is_over(scene->websocket));
    assert_int_equal(websocket_close_code(scene->websocket), 1000);
    assert_string_equal(websocket_close_reason(scene->websocket), "ok");
}

static void
test_close(void **state)
{
    struct scene *scene = xcalloc(1, sizeof *scene);

    (void)state;
    /* A message that crosses the close frame is counted, and nobody's. */
    play(scene, (struct script){ FRAMES("\x81\x01x"), .is_staying = true,
                                 .close_frame = "\x88\x04\x03\xe8ok" }, close_politely);
    assert_non_null(scene->websocket);
    assert_int_equal(scene->received, 1);
    assert_int_equal((unsigned char)scene->got[1], 0x80 | 6);
    free(scene);
}

static void
close_unanswered(struct scene *scene)
{
    assert_int_equal(websocket_close(scene->websocket, 0, "", deadline(scene), &scene->problem), -1);
    assert_string_equal(scene->problem.class_name, "Timeout");
    assert_true(websocket_is_over(scene->websocket));
    assert_int_equal(websocket_close_code(scene->websocket), 1006);
}

static void
test_close_without_answer(void **state)
{
    struct scene *scene = xcalloc(1, sizeof *scene);

    (void)state;
    scene->patience_ns = 200 * NS_PER_MS;
    play(scene, (struct script){ .is_staying = true }, close_unanswered);
    assert_non_null(scene->websocket);
    free(scene);
}

static void
send_wrong(struct scene *scene)
{
    char *big = xcalloc(1, WEBSOCKET_MESSAGE_LIMIT + 1);

    assert_int_equal(websocket_send(scene->websocket, true, "\xff", 1, deadline(scene), &scene->problem), -1);
    assert_string_equal(scene->problem.class_name, "InvalidMessage");
    assert_int_equal(websocket_send(scene->websocket, false, big, WEBSOCKET_MESSAGE_LIMIT + 1, deadline(scene),
                                    &scene->problem), -1);
    assert_string_equal(scene->problem.class_name, "MessageTooBig");
    assert_false(websocket_is_over(scene->websocket));
    free(big);
}

/* The server never reads: what does not fit into the kernel's buffers waits, and
 * half a message is the end. */
static void
send_unread(struct scene *scene)
{
    char *big = xcalloc(1, WEBSOCKET_MESSAGE_LIMIT);
    int result = 0;

    for (int i = 0; i < 4 && result == 0; i++)
        result = websocket_send(scene->websocket, false, big, WEBSOCKET_MESSAGE_LIMIT, deadline(scene),
                                &scene->problem);
    assert_int_equal(result, -1);
    assert_string_equal(scene->problem.class_name, "Timeout");
    assert_true(websocket_is_over(scene->websocket));
    free(big);
}

static void
test_sending(void **state)
{
    struct scene *scene = xcalloc(1, sizeof *scene);

    (void)state;
    play(scene, (struct script){ .is_staying = true }, send_wrong);
    assert_non_null(scene->websocket);
    free(scene);
    scene = xcalloc(1, sizeof *scene);
    scene->patience_ns = 200 * NS_PER_MS;
    /* Enough frames that the server is busy with sending for good. */
    play(scene, (struct script){ FRAMES("\x82\x7e\x03\xe8"), .repeat = SIZE_MAX - 1 }, send_unread);
    assert_non_null(scene->websocket);
    free(scene);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_refused_handshakes),
        cmocka_unit_test(test_late_handshakes),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_second_address),
        cmocka_unit_test(test_ping_of_the_server),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_late_message),
        cmocka_unit_test(test_ping_flood),
        cmocka_unit_test(test_message_flood),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_close_without_answer),
        cmocka_unit_test(test_sending),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
