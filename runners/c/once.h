/* SPDX-License-Identifier: Apache-2.0 */
/* Without a host: each test once, as a functional test. */
#ifndef C_RUNNER_ONCE_H
#define C_RUNNER_ONCE_H

#include "library.h"
#include "session.h"
#include "settings.h"
#include "alarm.h"

/* Prints TAP; returns the exit code. */
int run_once(const struct settings *settings, const struct library *library, const struct network *network,
             struct alarm *alarm);

#endif
