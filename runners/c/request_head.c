/* SPDX-License-Identifier: Apache-2.0 */
/* Headers, written for each hop. */
#include "request_head.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"

enum { CREDENTIALS_LIMIT = 64 * 1024 };

enum {
    GIVES_HOST = 1 << 0,
    GIVES_USER_AGENT = 1 << 1,
    GIVES_ACCEPT = 1 << 2,
    GIVES_CONTENT_TYPE = 1 << 3,
    GIVES_AUTHORIZATION = 1 << 4,
    GIVES_COOKIE = 1 << 5,
    GIVES_FRAMING = 1 << 6, /* how the message is sent */
    GIVES_CODINGS = 1 << 7,
};

/* Which of the headers that we know the test gives itself. */
static unsigned
name_of(const char *header)
{
    static const struct { const char *name; unsigned bit; } known[] = {
        { "Host:", GIVES_HOST },
        { "User-Agent:", GIVES_USER_AGENT },
        { "Accept:", GIVES_ACCEPT },
        { "Accept-Encoding:", GIVES_CODINGS },
        { "Content-Type:", GIVES_CONTENT_TYPE },
        { "Authorization:", GIVES_AUTHORIZATION },
        { "Cookie:", GIVES_COOKIE },
        { "Transfer-Encoding:", GIVES_FRAMING },
        { "Content-Length:", GIVES_FRAMING },
        { "Connection:", GIVES_FRAMING },
        { "Expect:", GIVES_FRAMING },
        { "Upgrade:", GIVES_FRAMING },
        { "TE:", GIVES_FRAMING },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncasecmp(header, known[i].name, strlen(known[i].name)) == 0)
            return known[i].bit;
    }
    return 0;
}

static void
add_line(struct buffer *out, const char *name, struct slice value)
{
    buffer_add_text(out, name);
    buffer_add_slice(out, value);
    buffer_add_slice(out, SLICE("\r\n"));
}

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0'
         : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* "%40" stands for "@" in a URL; done in place. */
static void
decode_percent(struct buffer *text)
{
    size_t to = 0;

    for (size_t at = 0; at < text->length; at++, to++) {
        bool is_code = text->data[at] == '%' && at + 2 < text->length && hex_digit(text->data[at + 1]) >= 0 &&
                       hex_digit(text->data[at + 2]) >= 0;

        text->data[to] = is_code ? (char)(hex_digit(text->data[at + 1]) * 16 + hex_digit(text->data[at + 2]))
                                 : text->data[at];
        at += is_code ? 2 : 0;
    }
    text->length = to;
}

static void
add_base64(struct buffer *out, struct slice bytes)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < bytes.length; i += 3) {
        size_t left = bytes.length - i;
        uint32_t group = (uint32_t)(unsigned char)bytes.data[i] << 16 |
                         (left > 1 ? (uint32_t)(unsigned char)bytes.data[i + 1] << 8 : 0) |
                         (left > 2 ? (uint32_t)(unsigned char)bytes.data[i + 2] : 0);
        char four[4] = { letters[group >> 18], letters[group >> 12 & 63],
                         left > 1 ? letters[group >> 6 & 63] : '=', left > 2 ? letters[group & 63] : '=' };

        buffer_add(out, four, sizeof four);
    }
}

static void
add_basic(struct buffer *out, struct slice credentials)
{
    struct buffer plain;

    buffer_init(&plain, CREDENTIALS_LIMIT);
    buffer_add(&plain, credentials.data, credentials.length);
    decode_percent(&plain);
    if (memchr(plain.data, ':', plain.length) == NULL)
        buffer_add_char(&plain, ':');
    buffer_add_slice(out, SLICE("Authorization: Basic "));
    add_base64(out, (struct slice){ .data = plain.data, .length = plain.length });
    buffer_add_slice(out, SLICE("\r\n"));
    buffer_clear(&plain);
}

/* A URL's user and password are said of this request, a token of all. */
static void
add_authorization(const struct request_head *head, struct buffer *out)
{
    if (head->credentials.length > 0)
        add_basic(out, head->credentials);
    else if (head->bearer != NULL)
        add_line(out, "Authorization: Bearer ", slice_of(head->bearer));
}

/* The port that everybody takes is not written. */
static struct slice
host_of(const struct url_parts *parts)
{
    return parts->port == (parts->is_https ? 443u : 80u) ? parts->host : parts->site;
}

static void
add_cookies(const struct request_head *head, struct buffer *out)
{
    if (head->cookies->first != NULL)
        cookies_add_header(head->cookies, head->parts, (time_t)(clock_wall_unix_ns() / NS_PER_S), out);
}

static void
add_own(const struct request_head *head, unsigned given, struct buffer *out)
{
    if (head->parts != NULL && (given & GIVES_HOST) == 0)
        add_line(out, "Host: ", host_of(head->parts));
    if (head->is_same_site && (given & GIVES_AUTHORIZATION) == 0)
        add_authorization(head, out);
    if ((given & GIVES_USER_AGENT) == 0)
        buffer_add_slice(out, SLICE("User-Agent: loads-c/" VERSION "\r\n"));
    if ((given & GIVES_ACCEPT) == 0)
        buffer_add_slice(out, SLICE("Accept: */*\r\n"));
    if (head->wants_gzip && (given & GIVES_CODINGS) == 0)
        buffer_add_slice(out, SLICE("Accept-Encoding: gzip\r\n"));
    if (head->parts != NULL && (given & GIVES_COOKIE) == 0)
        add_cookies(head, out);
    if (head->content_type != NULL && (given & GIVES_CONTENT_TYPE) == 0)
        add_line(out, "Content-Type: ", slice_of(head->content_type));
}

unsigned
request_head_write(const struct request_head *head, struct buffer *out)
{
    const char *const *lines = head->lines;
    unsigned given = 0;

    for (size_t i = 0; lines != NULL && lines[i] != NULL; i++)
        given |= name_of(lines[i]);
    add_own(head, given, out);
    for (size_t i = 0; lines != NULL && lines[i] != NULL; i++) {
        bool is_secret = (name_of(lines[i]) & (GIVES_AUTHORIZATION | GIVES_COOKIE)) != 0;

        if (head->is_same_site || !is_secret)
            add_line(out, lines[i], SLICE(""));
    }
    return ((given & GIVES_FRAMING) != 0 ? HEAD_HAS_FRAMING : 0u) |
           (head->wants_gzip && (given & GIVES_CODINGS) == 0 ? HEAD_ASKS_GZIP : 0u);
}
