/* SPDX-License-Identifier: Apache-2.0 */
/* Targets that share users: `users` is the number of all of them, and each gets a
 * share in proportion to its weight. */
#ifndef RUN_WEIGHTS_H
#define RUN_WEIGHTS_H

#include "base/err.h"
#include "run/settings.h"

/* When the targets have weights, makes the users of each its share, cycle by cycle.
 * The shares add up to the whole: what rounding down leaves goes to those that lost
 * most by it, of equals to the first. Either all targets have a weight or none; all
 * have the same users; each gets a user in some cycle. */
int weights_share(struct run_settings *settings, struct err *err);

#endif
