/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP/1 answer, RFC 9112. Strict where two readings would give two bodies,
 * lenient where there is only one. */
#include "http1_parser.h"

#include <string.h>
#include <strings.h>

#define LENGTH_LIMIT (UINT64_C(1) << 59) /* times 16 it still fits */

void
http1_parser_init(struct http1_parser *parser)
{
    *parser = (struct http1_parser){ .head.state = HTTP1_IN_STATUS_LINE };
    buffer_init(&parser->line, HTTP1_HEAD_LIMIT);
}

void
http1_parser_clear(struct http1_parser *parser)
{
    buffer_clear(&parser->line);
}

void
http1_parser_begin(struct http1_parser *parser, bool has_no_body, struct http1_known *known)
{
    parser->head = (struct http1_head){ .state = HTTP1_IN_STATUS_LINE, .has_no_body = has_no_body };
    parser->error = NULL;
    parser->head_bytes = 0;
    parser->known = known;
    buffer_reset(&parser->line);
    parser->is_line_used = false;
}

static enum http1_event
fail(struct http1_parser *parser, const char *error)
{
    parser->head.state = HTTP1_IS_BROKEN;
    parser->error = error;
    return HTTP1_ERROR;
}

/* ---- Lines ---- */

enum line_state { LINE_COMPLETE, LINE_PARTIAL, LINE_TOO_LONG };

/* Takes the bytes up to and including the next newline. */
static enum line_state
take_line(struct http1_parser *parser, struct slice *in, struct slice *line)
{
    const char *newline = in->length > 0 ? memchr(in->data, '\n', in->length) : NULL;
    size_t length = newline != NULL ? (size_t)(newline - in->data) + 1 : in->length;

    if (parser->is_line_used) {
        buffer_reset(&parser->line);
        parser->is_line_used = false;
    }
    parser->head_bytes += length;
    if (parser->head_bytes > HTTP1_HEAD_LIMIT)
        return LINE_TOO_LONG;
    if (newline != NULL && parser->line.length == 0) {
        *line = (struct slice){ .data = in->data, .length = length };
    } else {
        buffer_add(&parser->line, in->data, length);
        *line = (struct slice){ .data = parser->line.data, .length = parser->line.length };
        parser->is_line_used = newline != NULL;
    }
    in->data += length;
    in->length -= length;
    return newline != NULL ? LINE_COMPLETE : LINE_PARTIAL;
}

static struct slice
without_end(struct slice line)
{
    if (line.length > 0 && line.data[line.length - 1] == '\n')
        line.length--;
    if (line.length > 0 && line.data[line.length - 1] == '\r')
        line.length--;
    return line;
}

static bool
is_blank(char character)
{
    return character == ' ' || character == '\t';
}

static struct slice
trim(struct slice text)
{
    while (text.length > 0 && is_blank(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && is_blank(text.data[text.length - 1]))
        text.length--;
    return text;
}

/* Most servers write the words as we do, which a few instructions see. */
static inline bool
is_word(struct slice text, struct slice word)
{
    return text.length == word.length && (memcmp(text.data, word.data, word.length) == 0 ||
                                          strncasecmp(text.data, word.data, word.length) == 0);
}

static bool
is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* ---- The head ---- */

/* "HTTP/1.1 200 OK"; the reason may be missing. */
static enum http1_event
read_status_line(struct http1_parser *parser, struct slice line)
{
    const char *text;

    line = without_end(line);
    text = line.data;
    if (line.length < 12 || memcmp(text, "HTTP/1.", 7) != 0 || !is_digit(text[7]) || text[8] != ' ' ||
        !is_digit(text[9]) || !is_digit(text[10]) || !is_digit(text[11]) ||
        (line.length > 12 && text[12] != ' '))
        return fail(parser, "it does not begin with an HTTP/1 status line");
    parser->head.status = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
    if (parser->head.status < 100)
        return fail(parser, "its status is below 100");
    parser->head.is_old = text[7] == '0';
    parser->head.is_chunked = parser->head.is_coded = parser->head.has_length = false;
    parser->head.is_closing = parser->head.is_staying = parser->head.has_cookies = false;
    parser->head.left = 0;
    parser->head.state = HTTP1_IN_HEADERS;
    return HTTP1_STATUS;
}

static const char *
read_content_length(struct http1_parser *parser, struct slice value)
{
    uint64_t length = 0;

    if (value.length == 0)
        return "its Content-Length is not a number";
    for (size_t i = 0; i < value.length; i++) {
        if (!is_digit(value.data[i]))
            return "its Content-Length is not a number";
        length = length * 10 + (uint64_t)(value.data[i] - '0');
        if (length > LENGTH_LIMIT)
            return "its Content-Length is too big";
    }
    if (parser->head.has_length && parser->head.left != length)
        return "it has two different Content-Lengths";
    parser->head.has_length = true;
    parser->head.left = length;
    return NULL;
}

/* Calls `take` for each word of a list "a, b". */
static void
each_word(struct http1_parser *parser, struct slice list, void (*take)(struct http1_parser *, struct slice))
{
    while (list.length > 0) {
        const char *comma = memchr(list.data, ',', list.length);
        size_t length = comma != NULL ? (size_t)(comma - list.data) : list.length;
        size_t used = comma != NULL ? length + 1 : length;

        take(parser, trim((struct slice){ .data = list.data, .length = length }));
        list.data += used;
        list.length -= used;
    }
}

static void
take_connection(struct http1_parser *parser, struct slice word)
{
    if (is_word(word, SLICE("close")))
        parser->head.is_closing = true;
    else if (is_word(word, SLICE("keep-alive")))
        parser->head.is_staying = true;
}

/* Only when chunked is the last coding does it frame the body. */
static void
take_coding(struct http1_parser *parser, struct slice word)
{
    parser->head.is_chunked = is_word(word, SLICE("chunked"));
    parser->head.is_coded = parser->head.is_coded || word.length > 0;
}

/* What the headers say about where the answer ends; the rest is the caller's. */
static const char *
read_header(struct http1_parser *parser, struct slice text)
{
    const char *colon = memchr(text.data, ':', text.length);
    struct slice name, value;

    if (colon == NULL || colon == text.data)
        return "a line of its head is not a header";
    if (is_blank(colon[-1]))
        return "a header has a blank before its colon";
    name = (struct slice){ .data = text.data, .length = (size_t)(colon - text.data) };
    value = (struct slice){ .data = colon + 1, .length = text.length - name.length - 1 };
    /* Four names by their length: most headers need no comparison. */
    switch (name.length) {
    case 14:
        return is_word(name, SLICE("Content-Length")) ? read_content_length(parser, trim(value)) : NULL;
    case 17:
        if (is_word(name, SLICE("Transfer-Encoding")))
            each_word(parser, trim(value), take_coding);
        return NULL;
    case 10:
        if (is_word(name, SLICE("Connection")))
            each_word(parser, trim(value), take_connection);
        else if (is_word(name, SLICE("Set-Cookie")))
            parser->head.has_cookies = true;
        return NULL;
    default:
        return NULL;
    }
}

/* Decides how the body ends. */
static void
end_head(struct http1_parser *parser)
{
    int status = parser->head.status;

    if (status < 200 && status != 101) {
        parser->head.state = HTTP1_IN_STATUS_LINE;
    } else if (parser->head.has_no_body || status == 101 || status == 204 || status == 304) {
        parser->head.state = HTTP1_IS_COMPLETE;
        /* What follows 101 is not HTTP. */
        parser->head.is_closing = parser->head.is_closing || status == 101;
    } else if (parser->head.is_coded) {
        /* With both the length is void, and somebody on the way may disagree. */
        parser->head.is_closing = parser->head.is_closing || parser->head.has_length || !parser->head.is_chunked;
        parser->head.state = parser->head.is_chunked ? HTTP1_IN_CHUNK_SIZE : HTTP1_IN_REST;
    } else if (parser->head.has_length) {
        parser->head.state = parser->head.left > 0 ? HTTP1_IN_LENGTH : HTTP1_IS_COMPLETE;
    } else {
        parser->head.is_closing = true;
        parser->head.state = HTTP1_IN_REST;
    }
}

/* A line of the head or the trailer; HTTP1_MORE: nothing to tell. */
static enum http1_event
read_head_line(struct http1_parser *parser, struct slice line)
{
    bool is_trailer = parser->head.state == HTTP1_IN_TRAILER;
    struct slice text = without_end(line);
    const char *error = NULL;

    if (text.length == 0) {
        if (is_trailer)
            parser->head.state = HTTP1_IS_COMPLETE;
        else
            end_head(parser);
        return HTTP1_MORE;
    }
    if (++parser->head.lines > HTTP1_LINES_LIMIT)
        return fail(parser, "it has more than 1000 headers");
    if (is_trailer)
        return HTTP1_MORE;
    /* A folded line goes on with the value of the one before. */
    if (!is_blank(text.data[0]))
        error = read_header(parser, text);
    else if (parser->head.lines == 1)
        error = "a line of its head is not a header";
    return error != NULL ? fail(parser, error) : HTTP1_HEADER;
}

/* The length of those lines in which there is no NUL byte; one makes the answer
 * broken. */
static size_t
check_lines(struct http1_parser *parser, struct slice lines)
{
    const char *nul = lines.length > 0 ? memchr(lines.data, '\0', lines.length) : NULL;
    const char *newline;

    if (nul == NULL)
        return lines.length;
    fail(parser, "a header has a NUL byte");
    newline = memrchr(lines.data, '\n', (size_t)(nul - lines.data));
    return newline != NULL ? (size_t)(newline + 1 - lines.data) : 0;
}

/* Whether the input goes on with the lines that are known. */
static bool
is_known(const struct http1_parser *parser, struct slice in)
{
    const struct http1_known *known = parser->known;
    const struct http1_head *head = &parser->head;

    return known != NULL && known->lines.length > 0 && in.length >= known->lines.length && head->lines == 0 &&
           known->lines.length <= HTTP1_HEAD_LIMIT - parser->head_bytes && head->status == known->head.status &&
           head->is_old == known->head.is_old && head->has_no_body == known->head.has_no_body &&
           memcmp(in.data, known->lines.data, known->lines.length) == 0;
}

/* The head came in one piece: the next one may be the same. */
static void
learn(struct http1_known *known, const struct http1_head *head, struct slice lines, size_t told)
{
    buffer_reset(&known->lines);
    buffer_add_slice(&known->lines, lines);
    known->told = told;
    known->head = *head;
}

static void
skip(struct http1_parser *parser, struct slice *in, size_t length)
{
    parser->head_bytes += length;
    in->data += length;
    in->length -= length;
}

/* As many lines of the head as have come, up to its end, what is wrong with it, or
 * a folded line. Their length; 0: there is none that could be told of. */
static size_t
read_head_lines(struct http1_parser *parser, struct slice *in)
{
    struct slice lines = { .data = in->data };
    bool is_first = parser->head.lines == 0;
    const char *newline;
    size_t told;

    if (is_known(parser, *in)) {
        parser->head = parser->known->head;
        skip(parser, in, parser->known->lines.length);
        return parser->known->told;
    }
    while (in->length > 0 && (newline = memchr(in->data, '\n', in->length)) != NULL) {
        struct slice line = { .data = in->data, .length = (size_t)(newline - in->data) + 1 };

        if ((lines.length > 0 && is_blank(line.data[0])) || line.length > HTTP1_HEAD_LIMIT - parser->head_bytes)
            break;
        skip(parser, in, line.length);
        if (read_head_line(parser, line) != HTTP1_HEADER)
            break;
        lines.length += line.length;
    }
    told = check_lines(parser, lines);
    lines.length = (size_t)(in->data - lines.data);
    if (is_first && parser->known != NULL && parser->head.state != HTTP1_IN_HEADERS &&
        parser->head.state != HTTP1_IS_BROKEN)
        learn(parser->known, &parser->head, lines, told);
    return told;
}

/* ---- The body ---- */

static int
hex_digit(char character)
{
    if (is_digit(character))
        return character - '0';
    character |= 0x20;
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

/* "1a3" and perhaps ";extension". */
static enum http1_event
read_chunk_size(struct http1_parser *parser, struct slice line)
{
    struct slice text = without_end(line);
    uint64_t size = 0;
    size_t digits = 0;

    while (digits < text.length && hex_digit(text.data[digits]) >= 0) {
        size = size * 16 + (uint64_t)hex_digit(text.data[digits++]);
        if (size > LENGTH_LIMIT)
            return fail(parser, "the size of a chunk is too big");
    }
    text.data += digits;
    text.length -= digits;
    text = trim(text);
    if (digits == 0 || line.length > HTTP1_CHUNK_LINE_LIMIT || (text.length > 0 && text.data[0] != ';'))
        return fail(parser, "the size of a chunk is not a number");
    /* Lines between chunks come without end in a long answer. */
    parser->head_bytes -= line.length;
    parser->head.left = size;
    parser->head.state = size > 0 ? HTTP1_IN_CHUNK : HTTP1_IN_TRAILER;
    return HTTP1_MORE;
}

static enum http1_event
read_chunk_end(struct http1_parser *parser, struct slice line)
{
    if (without_end(line).length > 0)
        return fail(parser, "a chunk does not end where its size says");
    parser->head_bytes -= line.length;
    parser->head.state = HTTP1_IN_CHUNK_SIZE;
    return HTTP1_MORE;
}

static enum http1_event
read_body(struct http1_parser *parser, struct slice *in, struct slice *out)
{
    *out = *in;
    if (parser->head.state != HTTP1_IN_REST && out->length > parser->head.left)
        out->length = (size_t)parser->head.left;
    in->data += out->length;
    in->length -= out->length;
    if (parser->head.state != HTTP1_IN_REST) {
        parser->head.left -= out->length;
        if (parser->head.left == 0)
            parser->head.state = parser->head.state == HTTP1_IN_CHUNK ? HTTP1_IN_CHUNK_END : HTTP1_IS_COMPLETE;
    }
    return HTTP1_BODY;
}

/* A line that may have come in parts. */
static enum http1_event
read_line(struct http1_parser *parser, struct slice *in, struct slice *out)
{
    enum http1_event event;

    switch (take_line(parser, in, out)) {
    case LINE_PARTIAL:
        return HTTP1_MORE;
    case LINE_TOO_LONG:
        return fail(parser, "its head is bigger than 256 KiB");
    default:
        break;
    }
    switch (parser->head.state) {
    case HTTP1_IN_STATUS_LINE:
        return read_status_line(parser, *out);
    case HTTP1_IN_CHUNK_SIZE:
        return read_chunk_size(parser, *out);
    case HTTP1_IN_CHUNK_END:
        return read_chunk_end(parser, *out);
    default:
        event = read_head_line(parser, *out);
        return event == HTTP1_HEADER && check_lines(parser, *out) == 0 ? HTTP1_ERROR : event;
    }
}

enum http1_event
http1_next(struct http1_parser *parser, struct slice *in, struct slice *out)
{
    for (;;) {
        enum http1_event event;

        if (parser->head.state == HTTP1_IS_COMPLETE)
            return HTTP1_END;
        if (parser->head.state == HTTP1_IS_BROKEN)
            return HTTP1_ERROR;
        if (in->length == 0)
            return HTTP1_MORE;
        if (parser->head.state == HTTP1_IN_LENGTH || parser->head.state == HTTP1_IN_REST ||
            parser->head.state == HTTP1_IN_CHUNK)
            return read_body(parser, in, out);
        if (parser->head.state == HTTP1_IN_HEADERS && (parser->line.length == 0 || parser->is_line_used)) {
            *out = *in;
            out->length = read_head_lines(parser, in);
            if (out->length > 0)
                return HTTP1_HEADER;
            if (in->data != out->data)
                continue;
        }
        event = read_line(parser, in, out);
        if (event != HTTP1_MORE)
            return event;
    }
}

enum http1_event
http1_finish(struct http1_parser *parser)
{
    if (parser->head.state == HTTP1_IN_REST)
        parser->head.state = HTTP1_IS_COMPLETE;
    if (parser->head.state == HTTP1_IS_COMPLETE)
        return HTTP1_END;
    if (parser->head.state == HTTP1_IS_BROKEN)
        return HTTP1_ERROR;
    return fail(parser, "the connection was closed before its end");
}

bool
http1_may_stay(const struct http1_parser *parser)
{
    return parser->head.state == HTTP1_IS_COMPLETE && !parser->head.is_closing && (!parser->head.is_old || parser->head.is_staying);
}
