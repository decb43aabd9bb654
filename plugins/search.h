/* SPDX-License-Identifier: Apache-2.0 */
/* Where plugins lie: the directories of the search path and the files in them.
 * Looks at names only and opens nothing. */
#ifndef PLUGINS_SEARCH_H
#define PLUGINS_SEARCH_H

#include <loads/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "plugins/loader.h"

struct plugin_path {
    char **folders;
    size_t count;
};

/* A file that lies where a plugin is searched. */
struct plugin_file {
    char *name, *path;
    enum loads_kind kind; /* as its folder says; 0: DIR/NAME.so, which may be either */
};

struct plugin_files {
    struct plugin_file *items;
    size_t count;
};

/* [a-z0-9_]{1,32} */
bool plugin_name_is_valid(const char *name);
/* "output" or "observer" */
const char *plugin_kind_name(enum loads_kind kind);

/* Where the running program lies, or NULL; the caller frees it. */
char *program_folder(void);

/* The file that a plugin of that kind and (valid) name is loaded from, or NULL.
 * The caller frees it. */
char *plugin_path_find(const struct plugin_path *path, enum loads_kind kind, const char *name);

/* All that could be found, sorted by name; what an earlier directory hides is left out. */
void plugin_files_init(struct plugin_files *files, const struct plugin_path *path);
void plugin_files_clear(struct plugin_files *files);

#endif
