/* SPDX-License-Identifier: Apache-2.0 */
/* The runners' connections: listens, accepts, reads one after another, and hands
 * on the frames. Bounded: a connection keeps at most the beginning of one frame,
 * and while no descriptor is free nobody is accepted. For one thread. */
#ifndef RUN_CONNECTIONS_H
#define RUN_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/* Where findings go. `target` is that of the endpoint. */
struct connections_sink {
    void *context;
    bool (*is_wanted)(void *context); /* before one read and the frames that it brings; no: it waits */
    void (*frame)(void *context, uint32_t target, struct slice body);
    void (*too_big)(void *context, uint32_t target, uint64_t length);
    void (*multipart)(void *context, uint32_t target);
    void (*stranger)(void *context, uint32_t target, const char *why); /* and was closed */
};

struct connections;

/* Listens at `shared_endpoint`, or, when that is NULL, at an ipc address in
 * `scratch` for each of `target_count` targets. The rest of the setup is
 * borrowed until connections_free. */
struct connections_setup {
    const char *shared_endpoint, *scratch;
    size_t target_count;
    int wake_fd; /* an eventfd: connections_wait returns when it is readable */
    const struct connections_sink *sink;
};
struct connections *connections_open(const struct connections_setup *setup, struct err *err);
void connections_free(struct connections *connections);

/* The address that runners of a target connect to. */
const char *connections_address(const struct connections *connections, uint32_t target);

/* Waits until something happens, at most `timeout_ms`, and reads what has come:
 * from each connection a limited amount, so that all get their turn. Returns
 * whether the wake_fd is readable. */
bool connections_wait(struct connections *connections, int timeout_ms);

/* Closes those that have connected long ago and not introduced themselves. */
void connections_close_silent(struct connections *connections);

/* Whether nobody is connected, nor waits to be accepted. A connection ends behind
 * its last byte: when no process lives that could connect, all has been read. */
bool connections_are_over(struct connections *connections);

#endif
