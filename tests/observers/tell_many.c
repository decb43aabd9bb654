/* SPDX-License-Identifier: Apache-2.0 */
/* Tells one observer of many results, in one process, as `loads --observe` does of
 * one:
 *
 *     tell_many FOLDER OBSERVER [OPTION VALUE]... < DOCUMENTS
 *
 * DOCUMENTS has a result document on each line. Prints a line for each: ok, or what the
 * observer failed with. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugins/observe.h"
#include "plugins/search.h"

enum { SETTINGS_LIMIT = 16 };

int
main(int argc, char **argv)
{
    struct setting settings[SETTINGS_LIMIT];
    struct observation observation = { .run_json = "{}", .settings = settings };
    struct plugin_path *path;
    char *line = NULL, *file;
    size_t size = 0;
    ssize_t length;

    if (argc < 3 || argc > 3 + 2 * SETTINGS_LIMIT)
        return 2;
    path = plugin_path_new(argv[1], NULL);
    observation.path = path;
    observation.name = argv[2];
    /* Loaded for good: what it is linked with takes longer to load than a result to tell. */
    file = plugin_path_find(path, LOADS_OBSERVER, argv[2]);
    if (file == NULL || dlopen(file, RTLD_NOW | RTLD_LOCAL) == NULL)
        return 2;
    free(file);
    for (int i = 3; i + 1 < argc; i += 2)
        settings[observation.setting_count++] = (struct setting){ .name = argv[i], .value = argv[i + 1] };
    while ((length = getline(&line, &size, stdin)) > 0) {
        const struct loads_result result = { .size = sizeof result, .json = line, .json_length = (size_t)length,
                                             .moment = LOADS_AT_END };
        struct err err = { 0 };

        observation.result = &result;
        puts(observe(&observation, &err) == 0 ? "ok" : err.text);
    }
    free(line);
    plugin_path_free(path);
    return 0;
}
