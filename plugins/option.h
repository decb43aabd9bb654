/* SPDX-License-Identifier: Apache-2.0 */
/* The types that a plugin's options may have, and their tables. */
#ifndef PLUGINS_OPTION_H
#define PLUGINS_OPTION_H

#include <loads/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "plugins/loader.h"

enum {
    OPTION_COUNT_LIMIT = 256,             /* options of one plugin */
    OPTION_STATE_LIMIT = 64 * 1024 * 1024 /* bytes of one plugin's state */
};

struct option_type {
    const char *word;   /* what the help shows for a value: "yes|no" */
    const char *wanted; /* in "... is not a whole number" */
    size_t size, alignment;
    bool (*parse)(const char *text, void *field); /* NULL for a string */
};

/* NULL when this host does not know the type. */
const struct option_type *option_type(enum loads_type type);

/* Checks a plugin's state and option table before anything uses them. */
int option_check_table(const struct loads_plugin *plugin, struct err *err);

/* Writes "--output-file-max-size" for the option max_size of output file. */
void option_add_flag(struct buffer *out, const struct loads_plugin *plugin, const char *option);

#endif
