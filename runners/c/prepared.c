/* SPDX-License-Identifier: Apache-2.0 */
/* Writes requests, and keeps those that any user may send. */
#include "prepared.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    URL_LIMIT = 128 * 1024,     /* the base and what was added */
    HEADERS_LIMIT = 256 * 1024,
    SHORT_BODY = 16 * 1024,     /* bytes that travel with the head */
    SLOTS = 256,                /* a power of two */
    KEPT_LIMIT = 4096,          /* bytes of one that is kept for others */
    ANSWER_LIMIT = 4096,        /* and of what its answers begin with */
};

struct prepared_cache {
    struct prepared *slots[SLOTS]; /* each is held; NULL: empty */
    /* Of the one that is being written. */
    struct buffer url, headers, text;
    struct buffer credentials;
};

struct prepared_cache *
prepared_cache_new(void)
{
    struct prepared_cache *cache = xcalloc(1, sizeof *cache);

    buffer_init(&cache->url, URL_LIMIT);
    buffer_init(&cache->credentials, URL_LIMIT);
    buffer_init(&cache->headers, HEADERS_LIMIT);
    buffer_init(&cache->text, URL_LIMIT + HEADERS_LIMIT + SHORT_BODY);
    return cache;
}

void
prepared_cache_free(struct prepared_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        prepared_release(cache->slots[i]);
    buffer_clear(&cache->url);
    buffer_clear(&cache->credentials);
    buffer_clear(&cache->headers);
    buffer_clear(&cache->text);
    free(cache);
}

void
prepared_release(struct prepared *prepared)
{
    if (prepared == NULL || --prepared->holders > 0)
        return;
    buffer_clear(&prepared->answer.lines);
    free(prepared);
}

/* ---- The URL ---- */

/* Puts the URL together, without what stands before its @. */
static void
write_url(struct prepared_cache *cache, const struct order *order)
{
    struct buffer *out = &cache->url;
    struct slice credentials;
    size_t before;

    buffer_reset(out);
    buffer_reset(&cache->credentials);
    if (order->base != NULL) {
        size_t length = strlen(order->base);

        while (length > 0 && order->base[length - 1] == '/')
            length--;
        buffer_add(out, order->base, length);
        if (*order->url != '/' && *order->url != '\0')
            buffer_add_char(out, '/');
    }
    buffer_add_text(out, order->url);
    credentials = url_credentials(out->data);
    if (credentials.length == 0) {
        buffer_add_slice(&cache->credentials, order->head.credentials);
        return;
    }
    buffer_add(&cache->credentials, credentials.data, credentials.length - 1);
    before = (size_t)(credentials.data - out->data);
    memmove(out->data + before, credentials.data + credentials.length,
            out->length - before - credentials.length + 1);
    out->length -= credentials.length;
}

/* What is not written plainly is put right first, if it can be. */
static bool
split_url(struct prepared_cache *cache, struct url_parts *parts)
{
    bool is_plain = url_split(cache->url.data, parts);
    char *url;

    if (is_plain)
        return true;
    url = url_join("http://localhost/", cache->url.data);
    if (url != NULL && url_split(url, parts)) {
        buffer_reset(&cache->url);
        buffer_add_text(&cache->url, url);
        is_plain = url_split(cache->url.data, parts);
    }
    free(url);
    return is_plain;
}

/* ---- The text ---- */

static void
write_text(struct prepared_cache *cache, const struct order *order, const struct url_parts *parts)
{
    struct buffer *out = &cache->text;

    buffer_add_text(out, order->method);
    buffer_add_char(out, ' ');
    if (parts->target.length == 0 || parts->target.data[0] != '/')
        buffer_add_char(out, '/');
    buffer_add_slice(out, parts->target);
    buffer_add_slice(out, SLICE(" HTTP/1.1\r\n"));
    buffer_add(out, cache->headers.data, cache->headers.length);
    if (order->has_body) {
        buffer_add_slice(out, SLICE("Content-Length: "));
        buffer_add_uint(out, order->body.length);
        buffer_add_slice(out, SLICE("\r\n"));
    }
    buffer_add_slice(out, SLICE("\r\n"));
    if (order->body.length <= SHORT_BODY)
        buffer_add_slice(out, order->body);
}

/* ---- Made ---- */

static struct slice
text_of(const struct buffer *buffer)
{
    return (struct slice){ .data = buffer->data, .length = buffer->length };
}

/* Copies the text and a NUL to *at, and moves on. */
static struct slice
copy(char **at, struct slice text)
{
    struct slice copied = { .data = *at, .length = text.length };

    if (text.length > 0)
        memcpy(*at, text.data, text.length);
    (*at)[text.length] = '\0';
    *at += text.length + 1;
    return copied;
}

static struct prepared *
prepare(struct prepared_cache *cache, const struct order *order)
{
    struct request_head head = order->head;
    struct slice method = slice_of(order->method), ordered_url = slice_of(order->url);
    struct url_parts parts;
    struct prepared *prepared;
    unsigned remarks;
    bool is_plain;
    size_t size;
    char *at;

    write_url(cache, order);
    is_plain = split_url(cache, &parts);
    head.parts = is_plain ? &parts : NULL;
    head.credentials = text_of(&cache->credentials);
    buffer_reset(&cache->headers);
    buffer_reset(&cache->text);
    remarks = request_head_write(&head, &cache->headers);
    if (is_plain)
        write_text(cache, order, &parts);
    size = cache->url.length + cache->credentials.length + cache->headers.length + cache->text.length +
           method.length + ordered_url.length + 6;
    prepared = xmalloc(sizeof *prepared + size);
    at = prepared->bytes;
    *prepared = (struct prepared){
        .holders = 1, .is_plain = is_plain, .remarks = remarks, .size = size,
        .is_too_big = cache->headers.is_full || cache->text.is_full,
        .body = order->body, .has_body = order->has_body,
        .has_whole_body = order->body.length <= SHORT_BODY,
        .text = copy(&at, text_of(&cache->text)),
        .url = copy(&at, text_of(&cache->url)).data,
        .headers = copy(&at, text_of(&cache->headers)),
        .credentials = copy(&at, text_of(&cache->credentials)),
        .base = order->base, .method = copy(&at, method).data, .ordered_url = copy(&at, ordered_url),
        .wants_gzip = head.wants_gzip,
    };
    if (is_plain)
        url_split(prepared->url, &prepared->parts);
    buffer_init(&prepared->answer.lines, ANSWER_LIMIT);
    return prepared;
}

/* ---- What any user may send ---- */

/* Nothing in it is of this user or this test. */
static bool
is_common(const struct order *order)
{
    const struct request_head *head = &order->head;

    return head->lines == NULL && head->bearer == NULL && head->content_type == NULL &&
           head->cookies->first == NULL && head->credentials.length == 0 && head->is_same_site &&
           order->body.length == 0;
}

static bool
is_same(const struct prepared *prepared, const struct order *order, struct slice url)
{
    return slice_equal(prepared->ordered_url, url) && prepared->base == order->base &&
           prepared->wants_gzip == order->head.wants_gzip && strcmp(prepared->method, order->method) == 0;
}

/* It need not be a good hash: two that share a slot are written anew each time. */
static size_t
slot_of(struct slice url)
{
    uint64_t hash = url.length, word;

    for (; url.length >= sizeof word; url.data += sizeof word, url.length -= sizeof word) {
        memcpy(&word, url.data, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
    }
    for (; url.length > 0; url.data++, url.length--)
        hash = (hash ^ (unsigned char)*url.data) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(hash >> 32) % SLOTS;
}

struct prepared *
prepared_take(struct prepared_cache *cache, const struct order *order)
{
    struct slice url = slice_of(order->url);
    struct prepared **slot, *prepared;

    if (!is_common(order))
        return prepare(cache, order);
    slot = &cache->slots[slot_of(url)];
    if (*slot == NULL || !is_same(*slot, order, url)) {
        prepared = prepare(cache, order);
        if (prepared->size > KEPT_LIMIT)
            return prepared;
        prepared->is_shared = true;
        prepared_release(*slot);
        *slot = prepared;
    }
    (*slot)->holders++;
    return *slot;
}
