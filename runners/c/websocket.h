/* SPDX-License-Identifier: Apache-2.0 */
/* A web socket (RFC 6455), the client's side: messages, pings, the closing
 * handshake. The only part that knows libwslay. What waits lets other tasks run;
 * only meanwhile pings of the server are answered. */
#ifndef C_RUNNER_WEBSOCKET_H
#define C_RUNNER_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "loop.h"
#include "stream.h"
#include "upgrade.h"

enum {
    WEBSOCKET_MESSAGE_LIMIT = 16 * 1024 * 1024, /* bytes, either way */
    WEBSOCKET_WAITING_LIMIT = 1000,             /* messages that wait to be taken */
    WEBSOCKET_REASON_LIMIT = 123,               /* bytes */
};
/* No code that is ever sent: the server has not closed. */
enum { WEBSOCKET_NOT_CLOSED = 1006 };

struct websocket;

/* `received` is called for each message that comes in, with its bytes. */
struct websocket_listener {
    void *context;
    void (*received)(void *context, size_t bytes);
};

/* Connects and upgrades; NULL: `problem` says why not, nothing stays open. */
struct websocket *websocket_open(struct loop *loop, const struct stream_target *server,
                                 const struct upgrade_request *request, struct websocket_listener listener,
                                 int64_t deadline_ns, struct problem *problem);
/* Closes the connection, if need be without ceremony. NULL is allowed. */
void websocket_free(struct websocket *websocket);

/* The one that the server chose; NULL: none. */
const char *websocket_protocol(const struct websocket *websocket);

/* Once over, the connection is closed. */
bool websocket_is_over(const struct websocket *websocket);
/* With which the server closed; 1005: it gave none. */
uint16_t websocket_close_code(const struct websocket *websocket);
const char *websocket_close_reason(const struct websocket *websocket); /* never NULL */

struct websocket_message {
    bool is_text; /* then it is UTF-8 */
    const char *data; /* a NUL follows */
    size_t length;
};

/* The next message, valid until the next call. 1: there is one; 0: none, the
 * server has closed as it should; -1: `problem` says why. With the class
 * "Timeout" the socket is not over. */
int websocket_receive(struct websocket *websocket, struct websocket_message *message, int64_t deadline_ns,
                      struct problem *problem);

/* These are 0, or -1: `problem` says why. Text is checked to be UTF-8. */
int websocket_send(struct websocket *websocket, bool is_text, const void *data, size_t length,
                   int64_t deadline_ns, struct problem *problem);
/* Sends a ping and waits for its pong; messages that come first wait. */
int websocket_ping(struct websocket *websocket, int64_t deadline_ns, struct problem *problem);
/* Says that we close (0: without a code) and waits until the server has too.
 * Whatever comes back, the socket is over. */
int websocket_close(struct websocket *websocket, uint16_t code, const char *reason, int64_t deadline_ns,
                    struct problem *problem);

#endif
