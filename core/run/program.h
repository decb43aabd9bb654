/* SPDX-License-Identifier: Apache-2.0 */
/* Where the programs are that a run starts. */
#ifndef RUN_PROGRAM_H
#define RUN_PROGRAM_H

#include "base/err.h"

/* `file` as an absolute path: itself, or below the directory `dir`. */
char *path_below(const char *dir, const char *file);

/* One of our own programs: beside the running one, then in PATH. NULL when it
 * is not installed. */
char *program_find_own(const char *name);

/* A program that the user named: with a slash below `dir`, then below the
 * current directory; without one in PATH. The result is absolute, because it is
 * started in another directory. NULL and `err` when it is missing or not
 * executable. */
char *program_find(const char *name, const char *dir, struct err *err);

#endif
