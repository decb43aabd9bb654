/* SPDX-License-Identifier: Apache-2.0 */
/* One mail, handed to a server by libcurl. */
#ifndef EMAIL_MAIL_H
#define EMAIL_MAIL_H

#include <stdint.h>

#include "email/address.h"

enum mail_security {
    MAIL_STARTTLS, /* required: without it nothing is sent */
    MAIL_TLS,
    MAIL_PLAIN,
};

enum { MAIL_TIMEOUT_S = 25, MAIL_ATTACHMENT_LIMIT = 20 * 1024 * 1024 };

struct mail {
    const char *host;
    int64_t port;
    enum mail_security security;
    const char *ca_file;        /* instead of the system's authorities; may be NULL */
    const char *user, *password; /* may be NULL */
    const struct address *sender;
    const struct addresses *recipients;
    struct slice subject;
    const char *id;             /* what makes the Message-ID; letters, digits and hyphens */
    const char *text;           /* UTF-8 */
    const char *attachment;     /* the path of a file, or NULL */
};

/* Returns when the server has taken it for all recipients. */
int mail_send(const struct mail *mail, struct err *err);

#endif
