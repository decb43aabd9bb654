/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a shared object from one C source, in a folder of its own. */
#ifndef C_RUNNER_COMPILER_H
#define C_RUNNER_COMPILER_H

#include "base/err.h"

struct compilation {
    char *folder;  /* private; removed by compilation_clear */
    char *library; /* the shared object in it */
};

/* Compiles `source`. What the compiler says goes to stderr as it is. When it
 * fails, or SIGTERM or SIGINT arrives (both must be blocked), nothing is left. */
int compilation_run(struct compilation *compilation, const char *source, struct err *err);
void compilation_clear(struct compilation *compilation);

#endif
