/* SPDX-License-Identifier: Apache-2.0 */
/* The way to the host: a ZeroMQ PUSH socket that is closed only when the host
 * has read everything. For one thread at a time. */
#ifndef C_RUNNER_UPLINK_H
#define C_RUNNER_UPLINK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct uplink;

struct uplink *uplink_open(const char *endpoint, struct err *err);

/* Waits for at most a fraction of a second while the host is slow: 0 sent, 1 try
 * again, -1 it will never be sent. */
int uplink_send(struct uplink *uplink, const void *data, size_t length);

/* Waits until the host has everything, but not past `deadline_ns`, and frees the
 * link. -1: the host did not take it all. */
int uplink_close(struct uplink *uplink, int64_t deadline_ns);

#endif
