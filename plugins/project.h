/* SPDX-License-Identifier: Apache-2.0 */
/* The start of a plugin of one's own: a folder with its source, Makefile and test,
 * made from plugins/template. */
#ifndef PLUGINS_PROJECT_H
#define PLUGINS_PROJECT_H

#include <loads/plugin.h>

#include "base/buffer.h"
#include "base/err.h"

/* Makes the folder `name` in the working directory, and adds to `out` what to do
 * next. Fails when there is something of that name; then, and after any other
 * failure, nothing of it is left. */
int project_new(const char *name, enum loads_kind kind, struct buffer *out, struct err *err);

#endif
