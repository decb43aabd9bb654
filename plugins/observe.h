/* SPDX-License-Identifier: Apache-2.0 */
/* Calls an observer, on this thread. */
#ifndef PLUGINS_OBSERVE_H
#define PLUGINS_OBSERVE_H

#include <stdbool.h>

#include "base/err.h"
#include "plugins/loader.h"

struct observation {
    const struct plugin_path *path;
    const char *name; /* of the observer */
    const struct setting *settings;
    size_t setting_count;
    const char *run_json;
    bool quiet;
    const struct loads_result *result; /* NULL: open and close only, to check the settings */
};

/* Loads the observer and calls its open, flush and close. */
int observe(const struct observation *observation, struct err *err);

#endif
