/* SPDX-License-Identifier: Apache-2.0 */
/* Finds and opens plugins, and turns typed options into fields of their state. */
#ifndef PLUGINS_LOADER_H
#define PLUGINS_LOADER_H

#include <loads/plugin.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/err.h"

/* A plugin that is open. `plugin` is the host's copy: what an older plugin does
 * not have is NULL. */
struct loaded {
    struct loads_plugin plugin;
    char *path;
    void *so;
};

/* The directories that are searched, first one first: those of --plugin-path,
 * then LOADS_PLUGIN_PATH's (both split at ':'), then what lies beside the
 * executable (../lib/loads, or its own directory in a build tree), then the
 * compiled-in one. A plugin NAME is DIR/NAME.so or DIR/outputs/NAME.so
 * (observers/ for an observer). */
struct plugin_path;

struct plugin_path *plugin_path_new(const char *option, const char *environment);
void plugin_path_free(struct plugin_path *path);

/* Opens the plugin of that kind and name ([a-z0-9_]{1,32}). On failure nothing
 * stays open; an unknown name is answered with the nearest and all known ones.
 * The file, past symbolic links, and the directory that holds it must belong to
 * root or this user, and nobody else may be able to write them. */
int loaded_open(struct loaded *loaded, const struct plugin_path *path, enum loads_kind kind,
                const char *name, struct err *err);
/* The same for one file, without the search. */
int loaded_open_file(struct loaded *loaded, const char *file, struct err *err);
void loaded_close(struct loaded *loaded);

/* The plugin's option at `index`, or NULL behind the last: steps by the
 * plugin's own option_size. */
const struct loads_option *loaded_option(const struct loaded *loaded, size_t index,
                                         struct loads_option *copy);

/* One option as given: "filename", "/tmp/x". */
struct setting {
    const char *name, *value;
};

/* Allocates the plugin's state and fills it from fallbacks and settings. Unknown
 * names, bad values and missing required ones fail. The state and its strings
 * are freed by plugin_state_free. */
int plugin_state_new(void **state, const struct loaded *loaded, const struct setting *settings,
                     size_t setting_count, struct err *err);
void plugin_state_free(void *state, const struct loaded *loaded);

/* All plugins on the path with summary, options and defaults, for `loads plugins`.
 * One that cannot be used is listed with the reason. */
void plugin_path_describe(const struct plugin_path *path, struct buffer *out);

#endif
