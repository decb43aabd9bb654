/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables say, as people read it in a terminal and in a manual, and as a
 * shell reads it. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "base/buffer.h"
#include "cli/options.h"

enum { HELP_LIMIT = 256 * 1024 }; /* bytes, for the buffer that takes one of these */

/* 80 columns of text. */
void help_program(struct buffer *out);
void help_command(struct buffer *out, const struct command *command);

/* The manual page in roff; NULL: that of the program. */
void help_manual(struct buffer *out, const struct command *command);

/* A script for bash. */
void help_completion(struct buffer *out);

/* "How often each user runs the test (default: 1; also --cycles)": the one
 * sentence of an option with what the table knows beside it. */
void help_sentence(struct buffer *out, const struct option *option);

/* The program's own sentence. */
#define PROGRAM_SUMMARY "Load-test services with tests in the language that you already use"

#endif
