/* SPDX-License-Identifier: Apache-2.0 */
/* The exit codes of the program (docs/reference/exit-codes.md). */
#ifndef RUN_EXIT_CODE_H
#define RUN_EXIT_CODE_H

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

#endif
