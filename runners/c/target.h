/* SPDX-License-Identifier: Apache-2.0 */
/* What FILE[:NAME] stands for: a shared object, or a C source that is compiled on
 * the fly; and the rows for its tests. */
#ifndef C_RUNNER_TARGET_H
#define C_RUNNER_TARGET_H

#include "base/err.h"
#include "library.h"
#include "settings.h"

/* `settings` are borrowed until target_close. */
int target_open(struct library *library, const struct settings *settings, struct err *err);
void target_close(struct library *library);

#endif
