/* SPDX-License-Identifier: Apache-2.0 */
/* A report under its final name is whole or is not there: it is written beside
 * it and renamed. "-" and /dev/stdout are standard output, and what is no
 * regular file (a device, a pipe) is written directly. */
#ifndef OUTPUTS_REPORT_FILE_H
#define OUTPUTS_REPORT_FILE_H

#include "base/err.h"
#include "base/slice.h"

/* Whether a report can be written there, found out by trying: for open(), so
 * that a run does not start whose result cannot be kept. */
int report_file_check(const char *path, struct err *err);

/* Writes the report, readable by all that the umask allows; a file that it
 * replaces hands on its permissions. On failure no part of it is left. */
int report_file_write(const char *path, struct slice content, struct err *err);

#endif
