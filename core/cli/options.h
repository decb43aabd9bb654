/* SPDX-License-Identifier: Apache-2.0 */
/* The commands and their options: one table that makes the parser, --help, the
 * man pages and the shell completion. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/buffer.h"
#include "base/err.h"
#include "run/settings.h"

/* What a command line asked for. */
enum cli_request { CLI_RUN_COMMAND, CLI_HELP, CLI_VERSION };

/* Exit codes that commands return (docs/reference/exit-codes.md). */
enum exit_code {
    EXIT_PASSED = 0,
    EXIT_TESTS_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_ASSERTION = 3,
    EXIT_REGRESSION = 4,
    EXIT_INVALID = 5,
    EXIT_UNREACHABLE = 7,
    EXIT_INTERNAL = 70,
    EXIT_INTERRUPTED = 130,
    EXIT_TERMINATED = 143,
};

/* The whole program: names the command (also by argv[0], as in loads-runner),
 * parses, runs it, returns the exit code. */
int cli_main(int argc, char **argv);

#endif
