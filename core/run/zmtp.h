/* SPDX-License-Identifier: Apache-2.0 */
/* The receiving end of ZMTP 3 (RFC 23 and 37), security mechanism NULL, as a PULL
 * socket: what a runner's PUSH socket speaks to us. Bytes in, frames out; it
 * neither owns a descriptor nor copies a message.
 *
 * The host reads the sockets itself because libzmq, at its high-water mark, drops
 * what the kernel still holds when the peer hangs up: the end of a runner that was
 * held back. Here bytes stay in the kernel until they are read, and the end of a
 * connection comes after its last byte. */
#ifndef RUN_ZMTP_H
#define RUN_ZMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

enum {
    ZMTP_GREETING_SIZE = 64,
    ZMTP_REPLY_LIMIT = 512,         /* bytes that wait to be sent to a peer */
    ZMTP_COMMAND_LIMIT = 8 * 1024,  /* bytes of a command's body; messages have a limit of their own */
    ZMTP_HEADER_LIMIT = 9,          /* bytes of a frame before its body */
};

enum zmtp_state { ZMTP_GREETING, ZMTP_HANDSHAKE, ZMTP_TRAFFIC };

/* One connection. Start with zmtp_init; there is nothing to free. */
struct zmtp {
    enum zmtp_state state;
    size_t frame_limit;  /* of a message's body; longer ones are skipped */
    uint64_t skip;       /* bytes of a skipped body that are still to come */
    bool in_multipart;   /* the parts of a message that was already refused */
    char reply[ZMTP_REPLY_LIMIT]; /* to be sent to the peer */
    size_t reply_length;
};

/* Where findings go, in order; slices are valid until the call returns. */
struct zmtp_sink {
    void *context;
    void (*frame)(void *context, struct slice body);
    void (*too_big)(void *context, uint64_t length); /* its body is skipped */
    void (*multipart)(void *context);                /* once for a message; all parts are skipped */
};

/* Begins with our greeting in `reply`. */
void zmtp_init(struct zmtp *peer, size_t frame_limit);

/* Takes what it can of the bytes and returns how many; the caller keeps the rest
 * and calls again with more behind it. The rest is always shorter than a header
 * and the longest body. A peer that does not speak the protocol fails: close it. */
int zmtp_consume(struct zmtp *peer, const char *data, size_t length, size_t *consumed,
                 const struct zmtp_sink *sink, struct err *err);

#endif
