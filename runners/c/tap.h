/* SPDX-License-Identifier: Apache-2.0 */
/* Without a host a load test is a functional test: TAP on stdout. */
#ifndef C_RUNNER_TAP_H
#define C_RUNNER_TAP_H

#include <stddef.h>
#include <stdio.h>

#include "event.h"

/* For one user. Initialise with the stream. */
struct tap {
    FILE *out;
    size_t finished, failed;
};

void tap_begin(struct tap *tap, size_t test_count, const char *seed);
struct listener tap_listener(struct tap *tap);

#endif
