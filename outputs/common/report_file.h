/* SPDX-License-Identifier: Apache-2.0 */
/* A report under its final name is whole or is not there: it is written beside
 * it and renamed. "-" and /dev/stdout are standard output, and what is no
 * regular file (a device, a pipe) is written directly. */
#ifndef OUTPUTS_REPORT_FILE_H
#define OUTPUTS_REPORT_FILE_H

#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/* Whether a report can be written there, found out by trying: for open(), so
 * that a run does not start whose result cannot be kept. */
int report_file_check(const char *path, struct err *err);

/* Writes the report, readable by all that the umask allows; a file that it
 * replaces hands on its permissions. On failure no part of it is left. */
int report_file_write(const char *path, struct slice content, struct err *err);

/* A report that is written while the run lasts. Until report_stream_keep it
 * stands beside its place, or, where it is to be written directly, in a file that
 * has no name. `path` stays the caller's for as long. */
struct report_stream;

struct report_stream *report_stream_open(const char *path, struct err *err);
int report_stream_write(struct report_stream *stream, struct slice content, struct err *err);
/* Replaces what stands at `offset`. */
int report_stream_replace(struct report_stream *stream, int64_t offset, struct slice content, struct err *err);
/* Puts it under its name, or drops it when it cannot; then the stream is gone. */
int report_stream_keep(struct report_stream *stream, struct err *err);
void report_stream_drop(struct report_stream *stream);

#endif
