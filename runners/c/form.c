/* SPDX-License-Identifier: Apache-2.0 */
/* application/x-www-form-urlencoded and multipart/form-data as in the HTML standard. */
#include "form.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { BOUNDARY_BYTES = 16, BOUNDARY_SIZE = 2 * BOUNDARY_BYTES + 1 };

/* ---- Pairs ---- */

static bool
is_kept(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '*' || c == '-' ||
           c == '.' || c == '_';
}

static void
add_percent(struct buffer *out, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    char code[3] = { '%', digits[c >> 4], digits[c & 15] };

    buffer_add(out, code, sizeof code);
}

static void
add_encoded(struct buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (is_kept((unsigned char)*text))
            buffer_add_char(out, *text);
        else if (*text == ' ')
            buffer_add_char(out, '+');
        else
            add_percent(out, (unsigned char)*text);
    }
}

static void
add_pairs(struct buffer *out, const char *const *pairs)
{
    for (size_t i = 0; pairs[i] != NULL; i += 2) {
        if (i > 0)
            buffer_add_char(out, '&');
        add_encoded(out, pairs[i]);
        buffer_add_char(out, '=');
        add_encoded(out, pairs[i + 1]);
    }
}

/* ---- Parts ---- */

/* 128 random bits are in no part. */
static void
make_boundary(char boundary[static BOUNDARY_SIZE])
{
    unsigned char bytes[BOUNDARY_BYTES];

    /* So few come whole, and once the system runs they come always. */
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        memset(bytes, 0x5a, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(boundary + 2 * i, 3, "%02x", bytes[i]);
}

/* In quotes; what would end them or the line is written as in a URL. */
static void
add_quoted(struct buffer *out, const char *name, const char *value)
{
    buffer_add_text(out, name);
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\r' || *value == '\n')
            add_percent(out, (unsigned char)*value);
        else
            buffer_add_char(out, *value);
    }
    buffer_add_char(out, '"');
}

static void
add_part(struct buffer *out, const struct loads_part *part, const char *boundary)
{
    const char *type = part->content_type != NULL ? part->content_type
                     : part->filename != NULL     ? "application/octet-stream"
                                                  : NULL;
    const char *data = part->data != NULL ? part->data : "";

    buffer_add_text(out, "--");
    buffer_add_text(out, boundary);
    add_quoted(out, "\r\nContent-Disposition: form-data; name=\"", part->name);
    if (part->filename != NULL)
        add_quoted(out, "; filename=\"", part->filename);
    if (type != NULL) {
        buffer_add_text(out, "\r\nContent-Type: ");
        buffer_add_text(out, type);
    }
    buffer_add_text(out, "\r\n\r\n");
    buffer_add(out, data, part->length > 0 ? part->length : strlen(data));
    buffer_add_text(out, "\r\n");
}

static void
add_parts(struct buffer *out, const struct loads_part *parts, char type[static FORM_TYPE_SIZE])
{
    char boundary[BOUNDARY_SIZE];

    make_boundary(boundary);
    for (; parts->name != NULL; parts++)
        add_part(out, parts, boundary);
    buffer_add_text(out, "--");
    buffer_add_text(out, boundary);
    buffer_add_text(out, "--\r\n");
    snprintf(type, FORM_TYPE_SIZE, "multipart/form-data; boundary=%s", boundary);
}

/* ---- The request ---- */

static int
check_pairs(const char *const *pairs, struct err *err)
{
    size_t count = 0;

    while (pairs[count] != NULL)
        count++;
    return count % 2 == 0 ? 0 : err_set(err, "the form has no value for \"%.64s\"", pairs[count - 1]);
}

static int
check_parts(const struct loads_part *parts, struct err *err)
{
    for (; parts->name != NULL; parts++) {
        if (parts->content_type != NULL && strpbrk(parts->content_type, "\r\n") != NULL)
            return err_set(err, "the content type of part \"%.64s\" is not one line", parts->name);
    }
    return 0;
}

static int
take_text(struct loads_request *request, const struct buffer *text, struct err *err)
{
    if (text->is_full)
        return err_set(err, "a form is bigger than %d MiB", FORM_LIMIT / (1024 * 1024));
    request->body = text->length > 0 ? text->data : "";
    request->body_length = text->length;
    return 0;
}

int
form_make(struct buffer *text, char type[static FORM_TYPE_SIZE], struct loads_request *request, struct err *err)
{
    int kinds = (request->body != NULL) + (request->form != NULL) + (request->parts != NULL) +
                (request->json != NULL);

    if (kinds > 1)
        return err_set(err, "a request has one of body, form, parts and json");
    buffer_reset(text);
    if (request->form != NULL) {
        if (check_pairs(request->form, err) < 0)
            return -1;
        add_pairs(text, request->form);
        return take_text(request, text, err);
    }
    if (request->parts != NULL) {
        if (check_parts(request->parts, err) < 0)
            return -1;
        add_parts(text, request->parts, type);
        request->content_type = type;
        return take_text(request, text, err);
    }
    if (request->json != NULL) {
        request->body = request->json;
        request->body_length = 0;
        if (request->content_type == NULL)
            request->content_type = "application/json";
    }
    return 0;
}
