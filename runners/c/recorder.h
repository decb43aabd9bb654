/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the host about hits of a program that is not ours. An object of its own
 * (loads-curl-link.so), which preload.c loads with the first hit: a program that
 * makes no transfer never sees ZeroMQ. */
#ifndef C_RUNNER_RECORDER_H
#define C_RUNNER_RECORDER_H

#include "event.h"

/* For any thread. Waits while the host is slow, up to some seconds; then the hit,
 * and all that follow, are only counted. */
void recorder_tell(const struct hit *hit);

#endif
