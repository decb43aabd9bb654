/* SPDX-License-Identifier: Apache-2.0 */
/* ZMTP 3: what a PUSH socket sends, in pieces of every size, and what only
 * strangers send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "run/zmtp.h"

enum { FRAME_LIMIT = 300 };

/* What the sink was told, as text. */
struct heard {
    struct buffer text;
};

static void
on_frame(void *context, struct slice body)
{
    struct heard *heard = context;

    buffer_printf(&heard->text, "[%.*s]", body.length < 20 ? (int)body.length : 20,
                  body.length > 0 ? body.data : "");
}

static void
on_too_big(void *context, uint64_t length)
{
    struct heard *heard = context;

    buffer_printf(&heard->text, "<too big %llu>", (unsigned long long)length);
}

static void
on_multipart(void *context)
{
    struct heard *heard = context;

    buffer_add_text(&heard->text, "<multipart>");
}

/* Feeds `bytes` in pieces of `piece` and keeps the rest as the receiver does.
 * Returns what zmtp_consume returned last. */
static int
feed(struct zmtp *peer, const struct buffer *bytes, size_t piece, struct heard *heard, struct err *err)
{
    struct zmtp_sink sink = { .context = heard, .frame = on_frame, .too_big = on_too_big, .multipart = on_multipart };
    size_t begin = 0;

    for (size_t end = 0; end < bytes->length;) {
        size_t consumed;
        char *copy; /* of just these bytes, so that a sanitizer sees reads past them */
        int rc;

        end = end + piece < bytes->length ? end + piece : bytes->length;
        copy = malloc(end - begin);
        memcpy(copy, bytes->data + begin, end - begin);
        rc = zmtp_consume(peer, copy, end - begin, &consumed, &sink, err);
        free(copy);
        if (rc != 0)
            return rc;
        begin += consumed;
        assert_true(end - begin < ZMTP_HEADER_LIMIT + FRAME_LIMIT || end - begin < ZMTP_GREETING_SIZE);
    }
    assert_int_equal(begin, bytes->length);
    return 0;
}

static void
add_greeting(struct buffer *bytes, int major, const char *mechanism)
{
    char greeting[ZMTP_GREETING_SIZE] = { (char)0xFF };

    greeting[9] = 0x7F;
    greeting[10] = (char)major;
    memcpy(greeting + 12, mechanism, strlen(mechanism));
    buffer_add(bytes, greeting, sizeof greeting);
}

static void
add_frame(struct buffer *bytes, int flags, const char *body, size_t length)
{
    if (length > 255) {
        char header[9] = { (char)(flags | 2) };

        for (int i = 0; i < 8; i++)
            header[1 + i] = (char)(length >> (56 - 8 * i));
        buffer_add(bytes, header, sizeof header);
    } else {
        buffer_add_char(bytes, (char)flags);
        buffer_add_char(bytes, (char)length);
    }
    buffer_add(bytes, body, length);
}

#define COMMAND(bytes, literal) add_frame((bytes), 4, (literal), sizeof(literal) - 1)
#define READY_AS(type) "\x05READY\x0bSocket-Type\0\0\0\x04" type "\x08Identity\0\0\0\0"

static void
begin(struct buffer *bytes, struct zmtp *peer, struct heard *heard)
{
    buffer_init(bytes, 100000);
    buffer_init(&heard->text, 100000);
    zmtp_init(peer, FRAME_LIMIT);
    add_greeting(bytes, 3, "NULL");
    COMMAND(bytes, READY_AS("PUSH"));
}

static void
frames_come_whole_in_pieces_of_any_size(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 700; piece++) {
        struct buffer bytes;
        struct heard heard;
        struct zmtp peer;
        struct err err = { 0 };
        char text[FRAME_LIMIT + 1];

        memset(text, 'x', sizeof text);
        begin(&bytes, &peer, &heard);
        add_frame(&bytes, 0, "one", 3);
        add_frame(&bytes, 0, "", 0);
        add_frame(&bytes, 0, text, FRAME_LIMIT);     /* at the limit */
        add_frame(&bytes, 0, text, FRAME_LIMIT + 1); /* and one more */
        add_frame(&bytes, 1, "a", 1);
        add_frame(&bytes, 1, text, FRAME_LIMIT + 1);
        add_frame(&bytes, 0, "c", 1);
        add_frame(&bytes, 0, "last", 4);
        assert_int_equal(feed(&peer, &bytes, piece, &heard, &err), 0);
        assert_string_equal(heard.text.data, "[one][][xxxxxxxxxxxxxxxxxxxx]<too big 301><multipart>[last]");
        buffer_clear(&bytes);
        buffer_clear(&heard.text);
    }
}

static void
our_side_says_who_it_is_and_answers_ping(void **state)
{
    struct buffer bytes;
    struct heard heard;
    struct zmtp peer;
    struct err err = { 0 };

    (void)state;
    begin(&bytes, &peer, &heard);
    assert_int_equal(peer.reply_length, ZMTP_GREETING_SIZE);
    assert_memory_equal(peer.reply, "\xFF\0\0\0\0\0\0\0\0\x7F\3\1NULL\0", 17);
    COMMAND(&bytes, "\x04PING\0\x0A" "abc");
    COMMAND(&bytes, "\x09SUBSCRIBE");
    assert_int_equal(feed(&peer, &bytes, 1000, &heard, &err), 0);
    assert_memory_equal(peer.reply + ZMTP_GREETING_SIZE, "\x04\x1A\x05READY\x0bSocket-Type\0\0\0\x04PULL", 28);
    assert_memory_equal(peer.reply + ZMTP_GREETING_SIZE + 28, "\x04\x08\x04PONGabc", 10);
    assert_int_equal(peer.reply_length, ZMTP_GREETING_SIZE + 28 + 10);
    buffer_clear(&bytes);
    buffer_clear(&heard.text);
}

/* Each is refused, with the reason, and nothing of it is heard. */
static void
strangers_are_refused(void **state)
{
    enum { GREETED = 1, READY = 2 };
    static const struct {
        int after; /* what precedes the bytes */
        const char *bytes;
        size_t length;
        const char *why;
    } cases[] = {
        { 0, "POST / HTTP/1.1\r\n", 17, "it does not speak ZMTP 3" },
        { 0, "\x01\0\x01\0", 4, "it does not speak ZMTP 3" },                  /* ZMTP 1.0 */
        { 0, "\xFF\0\0\0\0\0\0\0\x05\x00", 10, "it does not speak ZMTP 3" },   /* 1.0, long */
        { 0, "\xFF\0\0\0\0\0\0\0\0\x7F\x01", 11, "it speaks ZMTP 1, not 3" },  /* 2.0 */
        { GREETED, "\0\x02hi", 4, "it sends messages before the handshake" },
        { GREETED, "\x04\x05\x04PING", 7, "the handshake begins with the wrong command" },
        { GREETED, "\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03SUB", 27, "its socket is SUB, not PUSH" },
        { READY, "\x08\0", 2, "a frame begins with the wrong byte 0x08" },
        { READY, "\x02\xFF\0\0\0\0\0\0\0", 9, "a frame begins with the wrong byte 0x02" },
        { READY, "\x04\0", 2, "a command has no name" },
        { READY, "\x04\x02\x09x", 4, "a command has no name" },
        { READY, "\x06\0\0\0\0\0\x01\0\0", 9, "a command has 65536 bytes" },
        { READY, "\x04\x1A\x04PING\0\0" "0123456789abcdefghi", 28, "its PING has a context of 19 bytes" },
        { READY, "\x04\x0A\x05" "ERROR\x03no!", 12, "it says that something is wrong: no!" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer bytes;
        struct heard heard;
        struct zmtp peer;
        struct err err = { 0 };

        buffer_init(&bytes, 1000);
        buffer_init(&heard.text, 1000);
        zmtp_init(&peer, FRAME_LIMIT);
        if (cases[i].after >= GREETED)
            add_greeting(&bytes, 3, "NULL");
        if (cases[i].after >= READY)
            COMMAND(&bytes, READY_AS("PUSH"));
        buffer_add(&bytes, cases[i].bytes, cases[i].length);
        assert_int_equal(feed(&peer, &bytes, 1, &heard, &err), -1);
        assert_string_equal(err.text, cases[i].why);
        assert_int_equal(heard.text.length, 0);
        buffer_clear(&bytes);
        buffer_clear(&heard.text);
    }
}

static void
another_mechanism_is_refused(void **state)
{
    struct buffer bytes;
    struct heard heard;
    struct zmtp peer;
    struct err err = { 0 };

    (void)state;
    buffer_init(&bytes, 1000);
    buffer_init(&heard.text, 1000);
    zmtp_init(&peer, FRAME_LIMIT);
    add_greeting(&bytes, 3, "CURVE");
    assert_int_equal(feed(&peer, &bytes, 7, &heard, &err), -1);
    assert_string_equal(err.text, "it wants the security mechanism CURVE, not NULL");
    buffer_clear(&bytes);
}

static void
a_peer_that_never_reads_its_answers_is_refused(void **state)
{
    struct buffer bytes;
    struct heard heard;
    struct zmtp peer;
    struct err err = { 0 };

    (void)state;
    begin(&bytes, &peer, &heard);
    for (int i = 0; i < 1000; i++)
        COMMAND(&bytes, "\x04PING\0\x0A");
    assert_int_equal(feed(&peer, &bytes, 100000, &heard, &err), -1);
    assert_string_equal(err.text, "it does not read what it asks for");
    buffer_clear(&bytes);
    buffer_clear(&heard.text);
}

/* Random damage to a good conversation: no crash, no read past the bytes. */
static void
damage_is_survived(void **state)
{
    (void)state;
    srand(7);
    for (int round = 0; round < 20000; round++) {
        struct buffer bytes;
        struct heard heard;
        struct zmtp peer;
        struct err err = { 0 };

        begin(&bytes, &peer, &heard);
        COMMAND(&bytes, "\x04PING\0\x0A" "abc");
        add_frame(&bytes, 1, "multi", 5);
        add_frame(&bytes, 0, "part", 4);
        add_frame(&bytes, 0, "frame", 5);
        for (int i = rand() % 4; i >= 0; i--)
            bytes.data[rand() % (int)bytes.length] = (char)rand();
        /* A frame may now promise more than there is. */
        if (zmtp_consume(&peer, bytes.data, bytes.length, &(size_t){ 0 },
                         &(struct zmtp_sink){ .context = &heard, .frame = on_frame, .too_big = on_too_big,
                                              .multipart = on_multipart },
                         &err) != 0)
            assert_int_not_equal(err.text[0], 0);
        buffer_clear(&bytes);
        buffer_clear(&heard.text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_whole_in_pieces_of_any_size),
        cmocka_unit_test(our_side_says_who_it_is_and_answers_ping),
        cmocka_unit_test(strangers_are_refused),
        cmocka_unit_test(another_mechanism_is_refused),
        cmocka_unit_test(a_peer_that_never_reads_its_answers_is_refused),
        cmocka_unit_test(damage_is_survived),
    };

    return cmocka_run_group_tests_name("zmtp", tests, NULL, NULL);
}
