/* SPDX-License-Identifier: Apache-2.0 */
/* A connection that a task reads and writes as if it could block: TCP, with TLS
 * on top where asked. While it waits the other tasks run. */
#ifndef C_RUNNER_STREAM_H
#define C_RUNNER_STREAM_H

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "loop.h"
#include "tls.h"

struct stream_target {
    const struct addrinfo *addresses; /* at least one; tried in turn */
    const char *host, *port;          /* for TLS: whose certificate */
    struct tls *tls;                  /* NULL: plain TCP */
    struct tls_sessions *sessions;    /* may be NULL; outlives the stream */
};

/* From STREAM_LATE on they come with a text that says why. */
enum stream_result {
    STREAM_DONE,
    STREAM_ENDED,    /* the other side has closed */
    STREAM_ANSWERED, /* there is something to read first */
    STREAM_LATE,     /* the deadline came first */
    STREAM_REFUSED,  /* no connection */
    STREAM_INSECURE, /* TLS does not come about */
    STREAM_BROKEN,
};

struct stream {
    struct loop *loop;
    struct watch watch;
    struct tls_link *tls; /* NULL: plain */
    /* When the phases of stream_open ended, by the monotonic clock; 0: it did not. */
    int64_t connected_ns, secured_ns;
    int error; /* errno of what failed last; 0: it has none */
};

/* When it fails nothing stays open. */
enum stream_result stream_open(struct stream *stream, struct loop *loop, const struct stream_target *target,
                               int64_t deadline_ns, struct err *err);
void stream_close(struct stream *stream);

/* Waits until there may be something to read; false: the deadline came first. */
bool stream_await(struct stream *stream, int64_t deadline_ns);
/* At least one byte: STREAM_DONE with *count of them. */
enum stream_result stream_read(struct stream *stream, void *data, size_t size, size_t *count,
                               int64_t deadline_ns, struct err *err);
/* Sends some bytes: STREAM_DONE with *count of them, or STREAM_ANSWERED: there is
 * no room, and the other side has not waited for the rest. */
enum stream_result stream_send(struct stream *stream, const void *data, size_t length, size_t *count,
                               int64_t deadline_ns, struct err *err);
/* All bytes. When it is not done nobody knows how many went: close. */
enum stream_result stream_write(struct stream *stream, const void *data, size_t length, int64_t deadline_ns,
                                struct err *err);

/* Whether nothing has come that is not read yet, not even the end. */
bool stream_is_quiet(struct stream *stream);

#endif
