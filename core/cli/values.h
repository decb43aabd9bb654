/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of a value to the field that keeps it, strictly: nothing is
 * guessed, rounded or cut. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "base/err.h"
#include "cli/options.h"

/* Reads `value` into the option's field of `fields` (the struct of its place);
 * a list grows, anything else is replaced. `err` says what was expected. */
int value_store(const struct option *option, void *fields, const char *value, struct err *err);

/* Empties the field again, as if the option had not been given. */
void value_reset(const struct option *option, void *fields);

#endif
