/* SPDX-License-Identifier: Apache-2.0 */
/* Grades a runner against the protocol: `loads conformance`. */
#ifndef CONFORMANCE_CONFORMANCE_H
#define CONFORMANCE_CONFORMANCE_H

#include "run/settings.h"

/* Plays short scenarios with the one target of `settings`, which must have one,
 * and prints the table on stdout. Returns the exit code: EXIT_PASSED,
 * EXIT_TESTS_FAILED when a row fails, EXIT_USAGE when nothing could be tried. */
int conformance_execute(const struct run_settings *settings);

#endif
