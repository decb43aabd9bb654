/* SPDX-License-Identifier: Apache-2.0 */
/* A connection of lines to a server that may be slow, silent or hostile: every
 * wait ends at one deadline, and a line has a limit. libcurl connects, through
 * TLS with verification. */
#ifndef IRC_CONNECTION_H
#define IRC_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { IRC_BUFFER_SIZE = 8 * 1024 }; /* the longest line: tags may have most of it */

struct connection;

struct endpoint {
    const char *server;
    int64_t port;
    bool tls;
    const char *ca_file; /* instead of the system's authorities; may be NULL */
};

/* NULL and `err` when there is no connection before the deadline, in monotonic
 * nanoseconds. */
struct connection *connection_open(const struct endpoint *endpoint, int64_t deadline_ns, struct err *err);
void connection_close(struct connection *connection);

/* Sends the line and its end. A CR, LF or NUL cannot be in it: it would be cut there. */
int connection_send(struct connection *connection, struct err *err, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The next line that is not empty, without its end; valid until the next call.
 * NULL and `err` at the end of the connection, at the deadline, and when the
 * line does not end. */
char *connection_read(struct connection *connection, struct err *err);

#endif
