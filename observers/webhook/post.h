/* SPDX-License-Identifier: Apache-2.0 */
/* Posts JSON to an address that somebody configured, which may be anything. */
#ifndef WEBHOOK_POST_H
#define WEBHOOK_POST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

enum {
    POST_ATTEMPT_S = 8,            /* for one attempt */
    POST_REPLY_LIMIT = 64 * 1024,  /* bytes of an answer, which is thrown away */
};

struct post {
    const char *url;
    struct slice body;
    const char *secret;   /* key of the signature, or NULL */
    const char *ca_file;  /* instead of the system's authorities, or NULL */
    bool public_only;     /* refuse addresses of this host and of private networks */
    int64_t attempts;     /* 1 or more; between them 1 s, 2 s, 4 s ... */
};

/* Whether it is an http:// or https:// address with a host. */
int post_check_url(const char *url, struct err *err);

/* Returns when it was accepted (status 2xx), refused, or all attempts failed:
 * only what may pass (no connection, no answer, 429, 5xx) is tried again. */
int post_send(const struct post *post, struct err *err);

#endif
