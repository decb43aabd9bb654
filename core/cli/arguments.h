/* SPDX-License-Identifier: Apache-2.0 */
/* A command line, taken apart: which options with which values, and what is left. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include <stddef.h>

#include "base/err.h"
#include "base/slice.h"
#include "cli/options.h"

/* An option that was given, and where. All texts are borrowed. */
struct given {
    const struct option *option;
    struct slice name;  /* as typed, without dashes */
    const char *value;  /* "yes" for a flag alone */
    struct slice plugin; /* NAME, for an option in a section [output NAME]; else empty */
    const char *file;   /* of the configuration; NULL: the command line */
    unsigned line;      /* in it */
};

/* What a command line asked for. */
enum cli_request { CLI_RUN_COMMAND, CLI_HELP, CLI_VERSION };

struct arguments {
    const struct command *command;
    enum cli_request request;
    struct given *given;
    size_t given_count;
    const char **operands;
    size_t operand_count;
};

/* Takes `argv` apart, which ends with NULL and begins behind the command.
 * Options may be written --name VALUE, --name=VALUE, -n VALUE, -nVALUE, flags
 * bundled as -qn, anywhere among the operands; -- ends them. */
int arguments_parse(struct arguments *arguments, const struct command *command,
                    char *const *argv, struct err *err);
void arguments_clear(struct arguments *arguments);

/* The value of the option of that name, the last one given; NULL: not given. */
const char *arguments_value(const struct arguments *arguments, const char *name);

#endif
