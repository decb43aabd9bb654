/* SPDX-License-Identifier: Apache-2.0 */
/* Responses and their pool. */
#include "response.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

enum {
    SPARE_LIMIT = 8,            /* responses */
    SPARE_SIZE_LIMIT = 64 * 1024, /* a bigger body is not kept for the next one */
};

static void
response_free(struct response *response)
{
    buffer_clear(&response->headers);
    buffer_clear(&response->body);
    free(response->url);
    free(response);
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
    } else {
        response = xcalloc(1, sizeof *response);
        buffer_init(&response->headers, RESPONSE_HEADERS_LIMIT);
        buffer_init(&response->body, RESPONSE_BODY_LIMIT);
    }
    response->shown = (struct loads_response){ .size = sizeof response->shown, .body = "" };
    response->next = pool->held;
    pool->held = response;
    pool->held_count++;
    return response;
}

void
response_account(struct response_pool *pool, const struct response *response)
{
    pool->held_bytes += response->body.length;
}

static void
give_back(struct response_pool *pool, struct response *response)
{
    pool->held_count--;
    pool->held_bytes -= response->body.length;
    if (pool->spare_count >= SPARE_LIMIT) {
        response_free(response);
        return;
    }
    free(response->url);
    response->url = NULL;
    buffer_reset(&response->headers);
    if (response->body.capacity > SPARE_SIZE_LIMIT)
        buffer_clear(&response->body);
    buffer_reset(&response->body);
    response->next = pool->spare;
    pool->spare = response;
    pool->spare_count++;
}

void
response_release(struct response_pool *pool, const struct loads_response *shown)
{
    for (struct response **at = &pool->held; *at != NULL; at = &(*at)->next) {
        struct response *response = *at;

        if (&response->shown == shown) {
            *at = response->next;
            give_back(pool, response);
            return;
        }
    }
}

void
response_release_all(struct response_pool *pool)
{
    while (pool->held != NULL) {
        struct response *response = pool->held;

        pool->held = response->next;
        give_back(pool, response);
    }
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

static bool
is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

/* A header with a NUL is none of HTTP's: it is left out. */
bool
response_add_header(struct response *response, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    const char *value, *end = line + length;

    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        buffer_reset(&response->headers);
        return true;
    }
    if (colon == NULL || colon == line || memchr(line, '\0', length) != NULL)
        return true;
    value = colon + 1;
    while (value < end && is_blank(*value))
        value++;
    while (end > value && is_blank(end[-1]))
        end--;
    buffer_add(&response->headers, line, (size_t)(colon - line));
    buffer_add_char(&response->headers, '\0');
    buffer_add(&response->headers, value, (size_t)(end - value));
    buffer_add_char(&response->headers, '\0');
    return !response->headers.is_full;
}

const char *
loads_header(const struct loads_response *shown, const char *name)
{
    const struct response *response = (const struct response *)shown;
    const char *at = response->headers.length > 0 ? response->headers.data : "";
    const char *end = at + response->headers.length;

    while (at < end) {
        const char *value = at + strlen(at) + 1;

        if (strcasecmp(at, name) == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    return NULL;
}
