/* SPDX-License-Identifier: Apache-2.0 */
/* What the user asked for, from everywhere: the defaults, over them the
 * configuration file, over it the command line. */
#ifndef CLI_GATHER_H
#define CLI_GATHER_H

#include "base/err.h"
#include "cli/arguments.h"
#include "cli/layers.h"
#include "run/settings.h"

/* Fills `settings`; operands become targets when the command has such. On failure
 * nothing is left in it, and `err` says where the fault was typed. */
int settings_gather(struct run_settings *settings, const struct arguments *arguments,
                    struct err *err);

/* The part of it that chooses the outputs and observers. */
int gather_plugins(struct run_settings *settings, const struct layers *layers, struct err *err);

#endif
