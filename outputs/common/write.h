/* SPDX-License-Identifier: Apache-2.0 */
/* Writing bytes to a descriptor, and what an error there means. */
#ifndef OUTPUTS_WRITE_H
#define OUTPUTS_WRITE_H

#include <stdbool.h>
#include <stddef.h>

/* The descriptor that a file name stands for: 1 for "-" and /dev/stdout, 2 for
 * /dev/stderr, else -1. To open /dev/stdout anew would start at the beginning of
 * a file to which the shell redirected it. */
int write_standard_descriptor(const char *path);

/* Writes all of it, past signals and short writes. Returns the bytes that were
 * written; when they are fewer than `length`, errno says why. */
size_t write_all(int fd, const void *data, size_t length);

/* Whether `error` says that nobody reads standard output any more (`| head`,
 * `>&-`): what was for it is dropped, which is no failure. */
bool write_is_unwanted(int fd, int error);

#endif
