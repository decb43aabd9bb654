/* SPDX-License-Identifier: Apache-2.0 */
/* WebSocket's opening handshake. */
#include "upgrade.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "base/memory.h"
#include "base/slice.h"
#include "tls.h"

enum { REQUEST_LIMIT = 256 * 1024, READ_SIZE = 4096, KEY_BYTES = 16 };

/* ---- Texts ---- */

static struct slice
trimmed(struct slice text)
{
    while (text.length > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t'))
        text.length--;
    return text;
}

static bool
is_same(struct slice a, struct slice b)
{
    return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

static bool
is_word(struct slice text, const char *word)
{
    return text.length == strlen(word) && strncasecmp(text.data, word, text.length) == 0;
}

/* Takes the next item off a list with commas. */
static bool
next_item(struct slice *list, struct slice *item)
{
    const char *comma;

    if (list->length == 0)
        return false;
    comma = memchr(list->data, ',', list->length);
    item->data = list->data;
    item->length = comma != NULL ? (size_t)(comma - list->data) : list->length;
    list->data += item->length;
    list->length -= item->length;
    if (comma != NULL) {
        list->data++;
        list->length--;
    }
    *item = trimmed(*item);
    return true;
}

static bool
has_item(struct slice list, struct slice wanted)
{
    struct slice item;

    while (next_item(&list, &item)) {
        if (is_same(item, wanted))
            return true;
    }
    return false;
}

static bool
has_word(struct slice list, const char *word)
{
    struct slice item;

    while (next_item(&list, &item)) {
        if (is_word(item, word))
            return true;
    }
    return false;
}

/* ---- The answer ---- */

/* What of the head counts. A header that may come once and comes twice is an error. */
struct answer {
    struct slice accept, protocol;
    bool has_upgrade, has_connection, has_accept, has_protocol, has_extension;
};

static int
keep_once(struct slice *kept, bool *is_there, struct slice value, const char *name, struct err *err)
{
    if (*is_there)
        return err_set(err, "the server sent two headers %s", name);
    *kept = value;
    *is_there = true;
    return 0;
}

static int
read_header(struct answer *answer, struct slice name, struct slice value, struct err *err)
{
    if (is_word(name, "Upgrade"))
        answer->has_upgrade |= has_word(value, "websocket");
    else if (is_word(name, "Connection"))
        answer->has_connection |= has_word(value, "upgrade");
    else if (is_word(name, "Sec-WebSocket-Extensions"))
        answer->has_extension |= value.length > 0;
    else if (is_word(name, "Sec-WebSocket-Accept"))
        return keep_once(&answer->accept, &answer->has_accept, value, "Sec-WebSocket-Accept", err);
    else if (is_word(name, "Sec-WebSocket-Protocol"))
        return keep_once(&answer->protocol, &answer->has_protocol, value, "Sec-WebSocket-Protocol", err);
    return 0;
}

/* Takes the next line off the head, without its end. */
static bool
next_line(struct slice *head, struct slice *line)
{
    const char *end = memmem(head->data, head->length, "\r\n", 2);

    if (end == NULL)
        return false;
    *line = (struct slice){ .data = head->data, .length = (size_t)(end - head->data) };
    head->data += line->length + 2;
    head->length -= line->length + 2;
    return line->length > 0;
}

static int
read_headers(struct answer *answer, struct slice head, struct err *err)
{
    struct slice line;

    while (next_line(&head, &line)) {
        const char *colon = memchr(line.data, ':', line.length);
        struct slice name, value;

        if (colon == NULL || colon == line.data)
            return err_set(err, "the server sent a header without a name");
        name = (struct slice){ .data = line.data, .length = (size_t)(colon - line.data) };
        value = (struct slice){ .data = colon + 1, .length = line.length - name.length - 1 };
        if (read_header(answer, name, trimmed(value), err) < 0)
            return -1;
    }
    return 0;
}

static bool
is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static int
check_status(struct slice line, struct err *err)
{
    const char *code = line.data + 9;

    if (line.length < 12 || memcmp(line.data, "HTTP/1.", 7) != 0 || line.data[8] != ' ' || !is_digit(code[0]) ||
        !is_digit(code[1]) || !is_digit(code[2]) || (line.length > 12 && code[3] != ' '))
        return err_set(err, "the server does not speak HTTP/1.1");
    if (memcmp(code, "101", 3) != 0)
        return err_set(err, "the server answered with status %.3s instead of 101", code);
    return 0;
}

static bool
is_accepted(struct slice accept, const char *key)
{
    char *text = xasprintf("%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    char expected[TLS_SHA1_BASE64_SIZE];

    tls_sha1_base64(text, expected);
    free(text);
    return accept.length == TLS_SHA1_BASE64_SIZE - 1 && memcmp(accept.data, expected, accept.length) == 0;
}

static int
check_answer(const struct answer *answer, const char *key, const char *protocols, struct err *err)
{
    struct slice offered = { .data = protocols, .length = protocols != NULL ? strlen(protocols) : 0 };

    if (!answer->has_upgrade)
        return err_set(err, "the server did not answer with Upgrade: websocket");
    if (!answer->has_connection)
        return err_set(err, "the server did not answer with Connection: Upgrade");
    if (!answer->has_accept || !is_accepted(answer->accept, key))
        return err_set(err, "the server's Sec-WebSocket-Accept is %s", answer->has_accept ? "wrong" : "missing");
    if (answer->has_extension)
        return err_set(err, "the server chose an extension that nobody offered");
    if (answer->has_protocol && !has_item(offered, answer->protocol))
        return err_set(err, "the server chose a subprotocol that nobody offered");
    return 0;
}

int
upgrade_check(const char *head, size_t length, const char *key, const char *protocols, char **protocol,
              struct err *err)
{
    struct slice left = { .data = head, .length = length };
    struct slice line = { 0 };
    struct answer answer = { 0 };

    *protocol = NULL;
    if (memchr(head, '\0', length) != NULL)
        return err_set(err, "the server's headers hold a NUL");
    next_line(&left, &line);
    if (check_status(line, err) < 0 || read_headers(&answer, left, err) < 0 ||
        check_answer(&answer, key, protocols, err) < 0)
        return -1;
    if (answer.has_protocol)
        *protocol = xstrndup(answer.protocol.data, answer.protocol.length);
    return 0;
}

/* ---- The request ---- */

static void
make_key(char key[static UPGRADE_KEY_SIZE])
{
    unsigned char bytes[KEY_BYTES];

    /* So few bytes are never cut short, and the generator is ready since boot. */
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        memset(bytes, 0, sizeof bytes);
    tls_base64(bytes, sizeof bytes, key);
}

static void
add_request(struct buffer *out, const struct upgrade_request *request, const char *key)
{
    buffer_printf(out,
                  "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\nUser-Agent: %s\r\n",
                  request->path, request->authority, key, request->user_agent);
    if (request->protocols != NULL)
        buffer_printf(out, "Sec-WebSocket-Protocol: %s\r\n", request->protocols);
    for (size_t i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        buffer_add_text(out, request->headers[i]);
        buffer_add_text(out, "\r\n");
    }
    buffer_add_slice(out, request->lines);
    buffer_add_text(out, "\r\n");
}

static enum upgrade_result
result_of(enum stream_result result, struct err *err)
{
    if (result == STREAM_ENDED)
        err_set(err, "the server closed before it had answered");
    return result == STREAM_LATE ? UPGRADE_LATE : UPGRADE_BROKEN;
}

static enum upgrade_result
send_request(struct stream *stream, const struct upgrade_request *request, const char *key, int64_t deadline_ns,
             struct err *err)
{
    struct buffer text;
    enum upgrade_result result = UPGRADE_DONE;

    buffer_init(&text, REQUEST_LIMIT);
    add_request(&text, request, key);
    if (text.is_full) {
        err_set(err, "the request's headers have more than %d KiB", REQUEST_LIMIT / 1024);
        result = UPGRADE_REFUSED;
    } else {
        enum stream_result sent = stream_write(stream, text.data, text.length, deadline_ns, err);

        if (sent != STREAM_DONE)
            result = result_of(sent, err);
    }
    buffer_clear(&text);
    return result;
}

/* Receives until the empty line; *head_length ends behind it. */
static enum upgrade_result
receive_head(struct stream *stream, struct buffer *head, size_t *head_length, int64_t deadline_ns,
             struct err *err)
{
    for (;;) {
        /* The end may lie across two reads. */
        size_t from = head->length > 3 ? head->length - 3 : 0;
        char bytes[READ_SIZE];
        size_t count = 0;
        const char *end;
        enum stream_result result = stream_read(stream, bytes, sizeof bytes, &count, deadline_ns, err);

        if (result != STREAM_DONE)
            return result_of(result, err);
        buffer_add(head, bytes, count);
        if (head->is_full) {
            err_set(err, "the server's headers have more than %d KiB", UPGRADE_HEAD_LIMIT / 1024);
            return UPGRADE_REFUSED;
        }
        end = memmem(head->data + from, head->length - from, "\r\n\r\n", 4);
        if (end != NULL) {
            *head_length = (size_t)(end - head->data) + 4;
            return UPGRADE_DONE;
        }
    }
}

enum upgrade_result
upgrade_run(struct stream *stream, const struct upgrade_request *request, int64_t deadline_ns, char **protocol,
            struct buffer *rest, struct err *err)
{
    char key[UPGRADE_KEY_SIZE];
    struct buffer head;
    size_t head_length = 0;
    enum upgrade_result result;

    *protocol = NULL;
    make_key(key);
    result = send_request(stream, request, key, deadline_ns, err);
    if (result != UPGRADE_DONE)
        return result;
    buffer_init(&head, UPGRADE_HEAD_LIMIT);
    result = receive_head(stream, &head, &head_length, deadline_ns, err);
    if (result == UPGRADE_DONE && upgrade_check(head.data, head_length, key, request->protocols, protocol, err) < 0)
        result = UPGRADE_REFUSED;
    if (result == UPGRADE_DONE)
        buffer_add(rest, head.data + head_length, head.length - head_length);
    buffer_clear(&head);
    return result;
}
