/* SPDX-License-Identifier: Apache-2.0 */
/* From HTTP/1.1 to a web socket: the request, and whether the answer is one that
 * RFC 6455 lets a client believe. */
#ifndef C_RUNNER_UPGRADE_H
#define C_RUNNER_UPGRADE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/err.h"
#include "base/slice.h"
#include "stream.h"

enum {
    UPGRADE_HEAD_LIMIT = 64 * 1024, /* bytes of the answer */
    UPGRADE_KEY_SIZE = 25,
};

struct upgrade_request {
    const char *authority;      /* for Host: with the port, unless it is the default */
    const char *path;           /* with query; starts with a slash */
    const char *protocols;      /* "chat, superchat", the best first; NULL: none */
    const char *const *headers; /* "Name: value", ends with NULL; may be NULL. Checked by the caller */
    struct slice lines;         /* more headers, each with CR LF */
    const char *user_agent;
};

enum upgrade_result {
    UPGRADE_DONE,
    UPGRADE_LATE,
    UPGRADE_BROKEN,  /* the connection */
    UPGRADE_REFUSED, /* the answer is not what was asked for */
};

/* Sends and waits. *protocol is the server's choice (NULL: none; free() it), and
 * `rest`, which the caller has initialised, takes what came behind the head. */
enum upgrade_result upgrade_run(struct stream *stream, const struct upgrade_request *request,
                                int64_t deadline_ns, char **protocol, struct buffer *rest, struct err *err);

/* Checks a head: from "HTTP/1.1" to the empty line. `key` is what was sent. */
int upgrade_check(const char *head, size_t length, const char *key, const char *protocols, char **protocol,
                  struct err *err);

#endif
