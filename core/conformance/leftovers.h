/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that a runner has left behind, known by the run's id in their
 * environment. What stayed in the runner's own process group is not among them:
 * the supervisor ends that group with the runner. */
#ifndef CONFORMANCE_LEFTOVERS_H
#define CONFORMANCE_LEFTOVERS_H

#include <stddef.h>

/* How many there are; they get a moment to end first. `name` is the command of one. */
size_t leftovers_count(const char *run_id, char *name, size_t size);

#endif
