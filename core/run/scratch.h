/* SPDX-License-Identifier: Apache-2.0 */
/* The run's private directory: mode 0700, for its sockets. */
#ifndef RUN_SCRATCH_H
#define RUN_SCRATCH_H

#include "base/err.h"

/* Makes a new directory in $XDG_RUNTIME_DIR when that is a directory of ours
 * that nobody else can enter, else in $TMPDIR or /tmp. The caller frees the path. */
char *scratch_new(struct err *err);

/* Removes the directory and the plain files and sockets in it. May be called
 * again, and by another process. */
void scratch_remove(const char *path);

#endif
