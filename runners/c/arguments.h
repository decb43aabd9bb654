/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of the runner, and of a program that is linked with
 * libloads-test. */
#ifndef C_RUNNER_ARGUMENTS_H
#define C_RUNNER_ARGUMENTS_H

#include <stdbool.h>

struct arguments {
    const char *server_url, *data, *data_order, *data_users, *seed, *stack_kib, *ca_file; /* NULL: not given */
    bool data_is_unique, is_insecure, needs_libcurl, no_patching;
    const char *operand; /* NULL: none */
};

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* `usage` is the first line of --help and what is there to say about operands;
 * at most one is taken. -1: go on, otherwise the exit code. */
int arguments_read(struct arguments *arguments, int argc, char **argv, const char *usage);

#endif
