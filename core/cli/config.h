/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the syntax of a configuration file: sections, keys and values, with the
 * line of each. What the keys mean is settings_gather's business. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stddef.h>

#include "base/err.h"

enum {
    CONFIG_SIZE_LIMIT = 1024 * 1024, /* bytes of the file */
    CONFIG_LINE_LIMIT = 16 * 1024,   /* bytes of a line */
    CONFIG_VALUE_LIMIT = 64 * 1024,  /* bytes of a value, all its lines */
    CONFIG_SECTIONS_LIMIT = 256,
    CONFIG_KEYS_LIMIT = 4096,        /* in all sections */
    CONFIG_NAME_LIMIT = 128,         /* bytes of a section's name and of a key */
};

struct config_entry {
    char *key;
    char *value;   /* continuation lines joined by '\n'; may be empty */
    unsigned line; /* of the key */
};

/* "[loads]", "[test NAME]", "[output NAME]", "[observer NAME]" */
struct config_section {
    char *kind; /* the first word */
    char *name; /* the rest; empty when there is none */
    unsigned line;
    struct config_entry *entries;
    size_t entry_count;
};

struct config {
    char *file; /* as typed */
    struct config_section *sections;
    size_t section_count;
};

/* Every error begins with FILE:LINE. */
int config_read(struct config *config, const char *file, struct err *err);
void config_clear(struct config *config);

#endif
