/* SPDX-License-Identifier: Apache-2.0 */
/* Mail addresses and header values. libcurl hands on what it is given, line
 * breaks included, so whatever cannot stand in a command is refused here. */
#ifndef EMAIL_ADDRESS_H
#define EMAIL_ADDRESS_H

#include "base/buffer.h"
#include "base/err.h"
#include "base/slice.h"

enum { ADDRESS_LIMIT = 254, ADDRESSES_LIMIT = 32 };

/* "bob@example.net" or "Bob <bob@example.net>", taken apart. */
struct address {
    struct slice name; /* may be empty */
    char mailbox[ADDRESS_LIMIT + 1];
};

struct addresses {
    struct address items[ADDRESSES_LIMIT];
    size_t count;
};

/* One address, and several with commas between. The names point into the text. */
int address_read(struct address *address, struct slice text, struct err *err);
int addresses_read(struct addresses *addresses, const char *text, struct err *err);

/* Adds a header's text: as it is when that is plain ASCII, else in RFC 2047's
 * encoded words. Line breaks and other control characters become visible. */
void header_add_text(struct buffer *out, struct slice text);

/* Adds `Bob <bob@example.net>`. */
void header_add_address(struct buffer *out, const struct address *address);

#endif
