/* SPDX-License-Identifier: Apache-2.0 */
/* Whose code we load: a library runs with our rights. */
#ifndef PLUGINS_TRUST_H
#define PLUGINS_TRUST_H

#include "base/err.h"

/* Whether nobody else could have written the file at `path`, which is absolute
 * and has no symbolic links (see realpath): it and the directory that holds it
 * belong to root or this user, who alone can write them. */
int trust_check(const char *path, struct err *err);

#endif
