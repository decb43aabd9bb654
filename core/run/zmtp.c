/* SPDX-License-Identifier: Apache-2.0 */
/* ZMTP 3, the receiving end. */
#include "run/zmtp.h"

#include <inttypes.h>
#include <string.h>

/* A frame's first byte. */
enum { FLAG_MORE = 1, FLAG_LONG = 2, FLAG_COMMAND = 4, FLAGS_KNOWN = 7 };

/* The greeting: signature, version 3.1, mechanism, as-server, filler. */
enum {
    SIGNATURE_SIZE = 10, MAJOR_AT = 10, MINOR_AT = 11,
    MECHANISM_AT = 12, MECHANISM_SIZE = 20,
};
static const char mechanism[MECHANISM_SIZE] = "NULL";

static const char ready_command[] = "\x05READY"
                                    "\x0bSocket-Type\0\0\0\x04PULL";
enum { PING_TTL_SIZE = 2, PING_CONTEXT_LIMIT = 16 };

void
zmtp_init(struct zmtp *peer, size_t frame_limit)
{
    *peer = (struct zmtp){ .frame_limit = frame_limit, .reply_length = ZMTP_GREETING_SIZE };
    peer->reply[0] = (char)0xFF;
    peer->reply[SIGNATURE_SIZE - 1] = 0x7F;
    peer->reply[MAJOR_AT] = 3;
    peer->reply[MINOR_AT] = 1;
    memcpy(peer->reply + MECHANISM_AT, mechanism, sizeof mechanism);
}

/* A peer that asks and does not read the answers is not worth more memory. */
static int
add_command(struct zmtp *peer, const char *body, size_t length, struct err *err)
{
    if (peer->reply_length + 2 + length > sizeof peer->reply)
        return err_set(err, "it does not read what it asks for");
    peer->reply[peer->reply_length++] = FLAG_COMMAND;
    peer->reply[peer->reply_length++] = (char)length;
    memcpy(peer->reply + peer->reply_length, body, length);
    peer->reply_length += length;
    return 0;
}

/* Older versions are refused: what a browser sends can be made to look like
 * ZMTP 1.0, and what has no version byte cannot be told from it. Says so as soon
 * as it can be known, since such a peer may never send 64 bytes. */
static int
check_greeting(const char *data, size_t length, struct err *err)
{
    const unsigned char *bytes = (const unsigned char *)data;

    if (length >= 1 && bytes[0] != 0xFF)
        return err_set(err, "it does not speak ZMTP 3");
    if (length >= SIGNATURE_SIZE && (bytes[SIGNATURE_SIZE - 1] & 1) == 0)
        return err_set(err, "it does not speak ZMTP 3");
    if (length > MAJOR_AT && bytes[MAJOR_AT] < 3)
        return err_set(err, "it speaks ZMTP %d, not 3", bytes[MAJOR_AT]);
    if (length >= ZMTP_GREETING_SIZE && memcmp(data + MECHANISM_AT, mechanism, sizeof mechanism) != 0)
        return err_set(err, "it wants the security mechanism %.*s, not NULL",
                       (int)strnlen(data + MECHANISM_AT, MECHANISM_SIZE), data + MECHANISM_AT);
    return 0;
}

/* The next property of READY: a name with a length of one byte, a value with one
 * of four. Returns what is behind it, or NULL at the end and at nonsense. */
static const char *
next_property(const char *at, const char *end, struct slice *name, struct slice *value)
{
    const unsigned char *length;

    if (at == end || (size_t)(end - at) < 1u + (unsigned char)*at + 4u)
        return NULL;
    *name = (struct slice){ .data = at + 1, .length = (unsigned char)*at };
    length = (const unsigned char *)name->data + name->length;
    value->data = (const char *)length + 4;
    value->length = (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 | length[3];
    return value->length <= (size_t)(end - value->data) ? value->data + value->length : NULL;
}

static int
check_ready(struct slice properties, struct err *err)
{
    const char *at = properties.data, *end = at + properties.length;
    struct slice name, value;

    while ((at = next_property(at, end, &name, &value)) != NULL)
        if (slice_equal(name, SLICE("Socket-Type")) && !slice_equal(value, SLICE("PUSH")))
            return err_set(err, "its socket is %.*s, not PUSH", (int)value.length, value.data);
    return 0;
}

/* PING has a time to live and a context that PONG repeats. */
static int
answer_ping(struct zmtp *peer, struct slice ping, struct err *err)
{
    char pong[5 + PING_CONTEXT_LIMIT] = "\x04PONG";
    size_t length = ping.length > PING_TTL_SIZE ? ping.length - PING_TTL_SIZE : 0;

    if (length > PING_CONTEXT_LIMIT)
        return err_set(err, "its PING has a context of %zu bytes", length);
    if (length > 0)
        memcpy(pong + 5, ping.data + PING_TTL_SIZE, length);
    return add_command(peer, pong, 5 + length, err);
}

static int
obey_command(struct zmtp *peer, struct slice body, struct err *err)
{
    struct slice name = { .data = body.data + 1, .length = body.length > 0 ? (unsigned char)body.data[0] : 0 };
    struct slice rest;

    if (body.length < 1 + name.length)
        return err_set(err, "a command has no name");
    rest = (struct slice){ .data = name.data + name.length, .length = body.length - 1 - name.length };
    if (slice_equal(name, SLICE("READY")) && peer->state == ZMTP_HANDSHAKE) {
        peer->state = ZMTP_TRAFFIC;
        return check_ready(rest, err);
    }
    if (slice_equal(name, SLICE("PING")) && peer->state == ZMTP_TRAFFIC)
        return answer_ping(peer, rest, err);
    if (slice_equal(name, SLICE("ERROR")))
        return err_set(err, "it says that something is wrong: %.*s", rest.length > 0 ? (int)rest.length - 1 : 0,
                       rest.length > 0 ? rest.data + 1 : "");
    return peer->state == ZMTP_TRAFFIC ? 0 : err_set(err, "the handshake begins with the wrong command");
}

struct header {
    unsigned char flags;
    size_t size; /* of the header itself */
    uint64_t body;
};

/* False: more bytes are needed. */
static bool
read_header(const char *data, size_t length, struct header *header)
{
    const unsigned char *bytes = (const unsigned char *)data;

    header->flags = bytes[0];
    header->size = (bytes[0] & FLAG_LONG) != 0 ? ZMTP_HEADER_LIMIT : 2;
    if (length < header->size)
        return false;
    header->body = 0;
    for (size_t i = 1; i < header->size; i++)
        header->body = header->body << 8 | bytes[i];
    return true;
}

/* Whether the frame's body is to be passed over; tells the sink why. */
static bool
is_refused(struct zmtp *peer, const struct header *header, const struct zmtp_sink *sink)
{
    bool is_more = (header->flags & FLAG_MORE) != 0;

    if (is_more || peer->in_multipart) {
        if (!peer->in_multipart)
            sink->multipart(sink->context);
        peer->in_multipart = is_more;
        return true;
    }
    if (header->body > peer->frame_limit) {
        sink->too_big(sink->context, header->body);
        return true;
    }
    return false;
}

/* One frame; `taken` is 0 when more bytes are needed. */
static int
consume_frame(struct zmtp *peer, const char *data, size_t length, size_t *taken, const struct zmtp_sink *sink,
              struct err *err)
{
    struct header header;
    struct slice body;
    bool is_command;

    *taken = 0;
    if (!read_header(data, length, &header))
        return 0;
    is_command = (header.flags & FLAG_COMMAND) != 0;
    if ((header.flags & ~FLAGS_KNOWN) != 0 || header.body > INT64_MAX)
        return err_set(err, "a frame begins with the wrong byte 0x%02x", header.flags);
    if (is_command && header.body > ZMTP_COMMAND_LIMIT)
        return err_set(err, "a command has %" PRIu64 " bytes", header.body);
    if (!is_command && peer->state == ZMTP_HANDSHAKE)
        return err_set(err, "it sends messages before the handshake");
    if (!is_command && is_refused(peer, &header, sink)) {
        peer->skip = header.body;
        *taken = header.size;
        return 0;
    }
    if (length - header.size < header.body)
        return 0;
    body = (struct slice){ .data = data + header.size, .length = (size_t)header.body };
    *taken = header.size + body.length;
    if (is_command)
        return obey_command(peer, body, err);
    sink->frame(sink->context, body);
    return 0;
}

static int
consume_greeting(struct zmtp *peer, const char *data, size_t length, size_t *taken, struct err *err)
{
    *taken = 0;
    if (check_greeting(data, length, err) != 0)
        return -1;
    if (length < ZMTP_GREETING_SIZE)
        return 0;
    *taken = ZMTP_GREETING_SIZE;
    peer->state = ZMTP_HANDSHAKE;
    return add_command(peer, ready_command, sizeof ready_command - 1, err);
}

int
zmtp_consume(struct zmtp *peer, const char *data, size_t length, size_t *consumed, const struct zmtp_sink *sink,
             struct err *err)
{
    size_t taken;

    for (*consumed = 0; *consumed < length; *consumed += taken) {
        const char *at = data + *consumed;
        size_t rest = length - *consumed;

        if (peer->skip > 0) {
            taken = peer->skip < rest ? (size_t)peer->skip : rest;
            peer->skip -= taken;
            continue;
        }
        if (peer->state == ZMTP_GREETING) {
            if (consume_greeting(peer, at, rest, &taken, err) != 0)
                return -1;
        } else if (consume_frame(peer, at, rest, &taken, sink, err) != 0) {
            return -1;
        }
        if (taken == 0)
            break;
    }
    return 0;
}
