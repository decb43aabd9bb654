/* SPDX-License-Identifier: Apache-2.0 */
/* Making keys: cutting what is too long, and stripping URLs. */
#include "results/key.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/utf8.h"
#include "base/siphash.h"

enum { SCHEME_LIMIT = 16 }; /* bytes of a URL's scheme, with "://" */

static void
add_bytes(struct key *key, struct slice text)
{
    assert(text.length <= KEY_SIZE - key->length);
    if (text.length > 0)
        memcpy(key->data + key->length, text.data, text.length);
    key->length += text.length;
}

void
key_add_byte(struct key *key, char byte)
{
    add_bytes(key, (struct slice){ .data = &byte, .length = 1 });
}

void
key_add_text(struct key *key, struct slice text, size_t limit)
{
    /* Not secret: the same text must be cut to the same key in every table. */
    static const struct siphash_key hash_key = { 0, 0 };
    char mark[sizeof "#0123456789abcdef"];

    assert(limit >= KEY_PART_LIMIT_MIN);
    if (text.length <= limit) {
        add_bytes(key, text);
        return;
    }
    snprintf(mark, sizeof mark, "#%016" PRIx64, siphash(&hash_key, text));
    add_bytes(key, utf8_prefix(text, limit - (sizeof mark - 1)));
    add_bytes(key, (struct slice){ .data = mark, .length = sizeof mark - 1 });
}

static size_t
position_of(struct slice text, char byte)
{
    const char *found = text.length > 0 ? memchr(text.data, byte, text.length) : NULL;

    return found != NULL ? (size_t)(found - text.data) : text.length;
}

static struct slice
rest_of(struct slice text, size_t from)
{
    /* An empty text may have no bytes to point into. */
    return (struct slice){ .data = from > 0 ? text.data + from : text.data, .length = text.length - from };
}

void
key_add_url(struct key *key, struct slice url, bool keep_query, size_t limit)
{
    size_t scheme = 0, colon, host_end;
    const char *at;

    url.length = position_of(url, '#');
    if (!keep_query)
        url.length = position_of(url, '?');
    colon = position_of((struct slice){ .data = url.data,
                                        .length = url.length < SCHEME_LIMIT ? url.length : SCHEME_LIMIT }, ':');
    if (url.length - colon > 2 && memcmp(url.data + colon, "://", 3) == 0)
        scheme = colon + 3;
    host_end = scheme + position_of(rest_of(url, scheme), '/');
    if (keep_query) {
        size_t query = position_of(url, '?');

        host_end = query < host_end ? query : host_end;
    }
    at = scheme > 0 ? memrchr(url.data + scheme, '@', host_end - scheme) : NULL;
    if (at == NULL) {
        key_add_text(key, url, limit);
        return;
    }
    add_bytes(key, (struct slice){ .data = url.data, .length = scheme });
    key_add_text(key, rest_of(url, (size_t)(at + 1 - url.data)), limit - scheme);
}
