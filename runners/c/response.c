/* SPDX-License-Identifier: Apache-2.0 */
/* Responses and their pool. */
#include "response.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "prepared.h"

enum {
    SPARE_LIMIT = 16,           /* responses */
    HOT_LINES = 4,              /* of a response in the processor's caches: all but its error */
    HEADERS_LINES = 3, BODY_LINES = 2, /* of a short answer */
    SPARE_SIZE_LIMIT = 64 * 1024, /* a bigger body is not kept for the next one */
};

static void
response_free(struct response *response)
{
    buffer_clear(&response->headers);
    buffer_clear(&response->body);
    prepared_release(response->asked);
    json_body_free(response->json);
    free(response);
}

static struct response *
response_new(void)
{
    struct response *response = xcalloc(1, sizeof *response);

    buffer_init(&response->headers, RESPONSE_HEADERS_LIMIT);
    buffer_init(&response->body, RESPONSE_BODY_LIMIT);
    return response;
}

/* Forgets what it said. */
static void
renew(struct response *response)
{
    json_body_free(response->json);
    response->json = NULL;
    prepared_release(response->asked);
    response->asked = NULL;
    response_begin_head(response);
    if (response->body.capacity > SPARE_SIZE_LIMIT)
        buffer_clear(&response->body);
    buffer_reset(&response->body);
}

struct response *
response_take(struct response_pool *pool)
{
    struct response *response = pool->spare;

    if (pool->held_count >= RESPONSE_HELD_LIMIT || pool->held_bytes >= RESPONSE_HELD_BYTES_LIMIT)
        return NULL;
    if (response != NULL) {
        pool->spare = response->next;
        pool->spare_count--;
        renew(response);
    } else {
        response = response_new();
    }
    response->shown = (struct loads_response){ .size = sizeof response->shown, .body = "" };
    response->next = pool->held;
    if (pool->held == NULL)
        pool->oldest = response;
    pool->held = response;
    pool->held_count++;
    return response;
}

static size_t
size_of(const struct response *response)
{
    return response->body.length + (response->asked->is_shared ? 0 : response->asked->size);
}

void
response_account(struct response_pool *pool, const struct response *response)
{
    pool->held_bytes += size_of(response);
}

static void
give_back(struct response_pool *pool, struct response *response)
{
    if (pool->spare_count >= SPARE_LIMIT) {
        response_free(response);
        return;
    }
    renew(response);
    response->next = pool->spare;
    pool->spare = response;
    pool->spare_count++;
}

void
response_release(struct response_pool *pool, const struct loads_response *shown)
{
    struct response *newer = NULL;

    for (struct response **at = &pool->held; *at != NULL; newer = *at, at = &(*at)->next) {
        struct response *response = *at;

        if (&response->shown == shown) {
            *at = response->next;
            if (pool->oldest == response)
                pool->oldest = newer;
            pool->held_count--;
            pool->held_bytes -= size_of(response);
            give_back(pool, response);
            return;
        }
    }
}

/* A few small ones become spare as they are: what a test has received is no longer
 * in the processor's caches, and is looked at when it is used the next time. */
void
response_release_all(struct response_pool *pool)
{
    if (pool->held != NULL && pool->held_bytes <= SPARE_SIZE_LIMIT &&
        pool->held_count + pool->spare_count <= SPARE_LIMIT) {
        pool->oldest->next = pool->spare;
        pool->spare = pool->held;
        pool->spare_count += pool->held_count;
        pool->held = NULL;
    }
    while (pool->held != NULL) {
        struct response *response = pool->held;

        pool->held = response->next;
        give_back(pool, response);
    }
    pool->held_count = pool->held_bytes = 0;
}

void
response_pool_clear(struct response_pool *pool)
{
    response_release_all(pool);
    while (pool->spare != NULL) {
        struct response *response = pool->spare;

        pool->spare = response->next;
        response_free(response);
    }
    pool->spare_count = 0;
}

static void
fetch(const void *data, int lines)
{
    enum { LINE = 64 };

    for (int i = 0; i < lines; i++)
        __builtin_prefetch((const char *)data + i * LINE, 1);
}

void
response_expect_answer(const struct response *response)
{
    fetch(response, HOT_LINES);
    fetch(response->headers.data, HEADERS_LINES);
    fetch(response->body.data, BODY_LINES);
}

void
response_expect_take(const struct response_pool *pool)
{
    fetch(pool->spare, HOT_LINES);
}

void
response_begin_head(struct response *response)
{
    buffer_reset(&response->headers);
    response->has_split_headers = false;
}

bool
response_add_header(struct response *response, struct slice lines)
{
    struct buffer *headers = &response->headers;

    /* A folded line goes on with the one before. */
    if (lines.length > 0 && (lines.data[0] == ' ' || lines.data[0] == '\t')) {
        while (headers->length > 0 && (headers->data[headers->length - 1] == '\n' ||
                                       headers->data[headers->length - 1] == '\r'))
            headers->data[--headers->length] = '\0';
    }
    buffer_add_slice(headers, lines);
    return !headers->is_full;
}

static bool
is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\r';
}

/* Copies `length` bytes down to `to` and ends them with a NUL. */
static char *
move_down(char *to, const char *from, size_t length)
{
    memmove(to, from, length);
    to[length] = '\0';
    return to + length + 1;
}

/* Names and values in place of the lines: they need no more room. Few tests look
 * at headers, so it is done for the first who does. What is no header, or has a
 * NUL, is left out. */
static void
split_headers(struct response *response)
{
    char *at = response->headers.data, *to = at;
    char *end = at + response->headers.length;

    response->has_split_headers = true;
    while (at < end) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        char *line_end = newline != NULL ? newline : end;
        char *next = newline != NULL ? newline + 1 : end;
        char *colon = memchr(at, ':', (size_t)(line_end - at));

        if (newline != NULL && colon != NULL && colon != at && memchr(at, '\0', (size_t)(line_end - at)) == NULL) {
            char *value = colon + 1;

            while (value < line_end && is_blank(*value))
                value++;
            while (line_end > value && is_blank(line_end[-1]))
                line_end--;
            to = move_down(to, at, (size_t)(colon - at));
            to = move_down(to, value, (size_t)(line_end - value));
        }
        at = next;
    }
    response->headers.length = (size_t)(to - response->headers.data);
}

const char *
response_next_header(struct response *response, const char *name, const char *before)
{
    const char *at, *end;

    if (response->headers.length == 0)
        return NULL;
    if (!response->has_split_headers)
        split_headers(response);
    at = before != NULL ? before + strlen(before) + 1 : response->headers.data;
    end = response->headers.data + response->headers.length;
    while (at < end) {
        const char *value = at + strlen(at) + 1;

        if (strcasecmp(at, name) == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    return NULL;
}

const char *
loads_header(const struct loads_response *shown, const char *name)
{
    /* The first member of a response that is ours, and not const. */
    return response_next_header((struct response *)(uintptr_t)shown, name, NULL);
}
