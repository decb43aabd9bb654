/* SPDX-License-Identifier: Apache-2.0 */
/* Checks addresses, encodes names and subjects. */
#include "email/address.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

enum {
    HEADER_TEXT_LIMIT = 4096,
    PLAIN_LIMIT = 900,  /* a line has at most 998 bytes */
    WORD_BYTES = 42, /* 56 characters of base64 in a word of at most 75 */
};

static struct slice
trim(struct slice text)
{
    while (text.length > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t'))
        text.length--;
    return text;
}

/* One @ between two parts of visible ASCII without what SMTP gives a meaning. */
static bool
is_mailbox(struct slice text)
{
    const char *at = memchr(text.data, '@', text.length);

    if (text.length == 0 || text.length > ADDRESS_LIMIT || at == NULL || at == text.data
        || at == text.data + text.length - 1)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];

        if (byte <= ' ' || byte >= 0x7F || strchr("<>()[]\\,;:\"", byte) != NULL)
            return false;
        if (byte == '@' && text.data + i != at)
            return false;
    }
    return true;
}

int
address_read(struct address *address, struct slice text, struct err *err)
{
    struct slice all = trim(text), mailbox = all;
    const char *open = memchr(all.data, '<', all.length);

    *address = (struct address){ .name = { NULL, 0 } };
    if (open != NULL && all.data[all.length - 1] == '>') {
        address->name = trim((struct slice){ all.data, (size_t)(open - all.data) });
        mailbox = (struct slice){ open + 1, (size_t)(all.data + all.length - 1 - (open + 1)) };
    }
    if (address->name.length >= 2 && address->name.data[0] == '"'
        && address->name.data[address->name.length - 1] == '"')
        address->name = (struct slice){ address->name.data + 1, address->name.length - 2 };
    for (size_t i = 0; i < address->name.length; i++)
        if ((unsigned char)address->name.data[i] < ' ' || strchr("<>\"\x7F", address->name.data[i]) != NULL)
            return err_set(err, "\"%.*s\" is not an address such as bob@example.net", (int)all.length, all.data);
    if (!is_mailbox(mailbox))
        return err_set(err, "\"%.*s\" is not an address such as bob@example.net", (int)all.length, all.data);
    memcpy(address->mailbox, mailbox.data, mailbox.length);
    return 0;
}

int
addresses_read(struct addresses *addresses, const char *text, struct err *err)
{
    addresses->count = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");

        if (addresses->count == ADDRESSES_LIMIT)
            return err_set(err, "more than %d addresses", ADDRESSES_LIMIT);
        if (address_read(&addresses->items[addresses->count], (struct slice){ at, length }, err) != 0)
            return -1;
        addresses->count++;
        at += length;
        if (*at == '\0')
            return 0;
    }
}

static bool
is_plain(struct slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] < ' ' || (unsigned char)text.data[i] >= 0x7F)
            return false;
    return memmem(text.data, text.length, "=?", 2) == NULL;
}

/* Words of whole characters, on lines of their own. */
static void
add_encoded(struct buffer *out, struct slice text)
{
    while (text.length > 0) {
        struct slice word = utf8_prefix(text, WORD_BYTES);
        unsigned char encoded[WORD_BYTES * 2];

        if (word.length == 0)
            word.length = text.length < WORD_BYTES ? text.length : WORD_BYTES;
        EVP_EncodeBlock(encoded, (const unsigned char *)word.data, (int)word.length);
        buffer_printf(out, "=?UTF-8?B?%s?=", (const char *)encoded);
        text.data += word.length;
        text.length -= word.length;
        if (text.length > 0)
            buffer_add_text(out, "\r\n ");
    }
}

void
header_add_text(struct buffer *out, struct slice text)
{
    struct buffer visible;

    if (text.length == 0)
        return;
    buffer_init(&visible, HEADER_TEXT_LIMIT);
    utf8_add_visible(&visible, utf8_prefix(text, HEADER_TEXT_LIMIT / 8), false);
    text = (struct slice){ visible.data, visible.length };
    if (text.length <= PLAIN_LIMIT && is_plain(text))
        buffer_add_slice(out, text);
    else
        add_encoded(out, text);
    buffer_clear(&visible);
}

/* A plain name stands in quotes, in which only the quote itself has a meaning,
 * and that cannot be in it. */
void
header_add_address(struct buffer *out, const struct address *address)
{
    bool quotes = address->name.length > 0 && is_plain(address->name) && memchr(address->name.data, '\\', address->name.length) == NULL;

    buffer_add_text(out, quotes ? "\"" : "");
    header_add_text(out, address->name);
    buffer_add_text(out, quotes ? "\"" : "");
    buffer_printf(out, "%s<%s>", address->name.length > 0 ? " " : "", address->mailbox);
}
