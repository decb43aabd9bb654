/* SPDX-License-Identifier: Apache-2.0 */
/* From what the user named to the command that runs it. */
#ifndef RUN_TARGET_H
#define RUN_TARGET_H

#include "base/err.h"
#include "run/plan.h"
#include "run/settings.h"

/* Fills `runner` and `argv` of the target, one of `run`. `test_dir` is absolute. On
 * failure argv is NULL. */
int target_resolve(struct plan_target *target, const struct target_settings *settings,
                   const char *test_dir, const struct run_settings *run, struct err *err);

#endif
