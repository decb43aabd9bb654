/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets that a user names instead of typing them, so that none stands in `ps`,
 * in a log or in a configuration file. */
#ifndef PLUGINS_SECRET_H
#define PLUGINS_SECRET_H

#include "base/err.h"

enum { SECRET_LIMIT = 4096, SECRET_FILE_LIMIT = 64 * 1024 }; /* bytes of one, of a file with one */

/* Reads the secret that `reference` names; the caller frees it.
 *
 *   env:NAME              the environment variable NAME
 *   file:PATH             the file's text, without the line break at its end
 *   netrc:MACHINE[:LOGIN] the password of that machine in the file that NETRC in
 *                         the environment names, else in ~/.netrc, which nobody
 *                         but its owner may read
 *
 * NULL and `err` when it cannot be had, is empty, or `reference` has no such
 * form: it may then be the secret itself, so no message shows it. */
char *secret_read(const char *reference, struct err *err);

#endif
