/* SPDX-License-Identifier: Apache-2.0 */
/* Opens plugins. A plugin's code runs already inside of dlopen, so what can be
 * known from outside is checked before. */
#include "plugins/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "plugins/crash.h"
#include "plugins/option.h"
#include "plugins/search.h"
#include "plugins/trust.h"

enum { LIST_LIMIT = 600 };

/* Whether `file` is called NAME.so. */
static bool
file_is_named(const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');
    const char *base = slash != NULL ? slash + 1 : file;
    size_t length = strlen(name);

    return strncmp(base, name, length) == 0 && strcmp(base + length, ".so") == 0;
}

/* Copies what the plugin says about itself, and refuses what cannot be. */
static int
adopt(struct loaded *loaded, const struct loads_plugin *found, const char *file, struct err *err)
{
    struct loads_plugin *plugin = &loaded->plugin;

    /* A different ABI may give every other member another meaning. */
    if (found->abi != LOADS_PLUGIN_ABI)
        return err_set(err, "it is built for plugin ABI %u, this host needs %u", (unsigned)found->abi,
                       (unsigned)LOADS_PLUGIN_ABI);
    if (found->size < offsetof(struct loads_plugin, open))
        return err_set(err, "its description has %zu bytes, at least %zu are needed", found->size,
                       offsetof(struct loads_plugin, open));

    /* An older plugin is shorter: what it does not have stays NULL. */
    *plugin = (struct loads_plugin){ 0 };
    memcpy(plugin, found, found->size < sizeof *plugin ? found->size : sizeof *plugin);
    if (plugin->kind != LOADS_OUTPUT && plugin->kind != LOADS_OBSERVER)
        return err_set(err, "it is of kind %d, which this host does not know", (int)plugin->kind);
    if (plugin->name == NULL || !plugin_name_is_valid(plugin->name))
        return err_set(err, "its name is not made of a to z, 0 to 9 and _ (at most 32)");
    if (!file_is_named(file, plugin->name))
        return err_set(err, "its name is \"%s\", so the file must be %s.so", plugin->name, plugin->name);
    if (plugin->summary == NULL)
        plugin->summary = "";
    return option_check_table(plugin, err);
}

/* dlopen runs the plugin's constructors. */
static void *
open_object(const char *path, struct err *err)
{
    void *so;

    crash_blame(path);
    so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    crash_blame(NULL);
    if (so == NULL)
        err_set(err, "%s", dlerror());
    return so;
}

/* Fills `loaded` from the file; `real` is its path past all symbolic links. */
static int
load(struct loaded *loaded, const char *file, const char *real, struct err *err)
{
    const struct loads_plugin *found;

    if (trust_check(real, err) < 0)
        return -1;
    loaded->so = open_object(real, err);
    if (loaded->so == NULL)
        return -1;
    found = dlsym(loaded->so, "loads_plugin");
    if (found == NULL) {
        err_set(err, "it does not export loads_plugin");
        goto fail;
    }
    if (adopt(loaded, found, file, err) < 0)
        goto fail;
    loaded->path = xstrdup(file);
    return 0;

fail:
    dlclose(loaded->so);
    loaded->so = NULL;
    return -1;
}

int
loaded_open_file(struct loaded *loaded, const char *file, struct err *err)
{
    char *real = realpath(file, NULL);
    int outcome;

    *loaded = (struct loaded){ 0 };
    if (real == NULL)
        outcome = err_set(err, "%s", strerror(errno));
    else
        outcome = load(loaded, file, real, err);
    free(real);
    if (outcome < 0)
        err_add(err, "cannot load plugin %s", file);
    return outcome;
}

/* "unknown output "jsno"; did you mean "json"? there are file, json, null" */
static int
fail_unknown(const struct plugin_path *path, enum loads_kind kind, const char *name, struct err *err)
{
    struct plugin_files files;
    const char **known;
    const char *nearest;
    size_t count = 0;
    struct buffer list, hint;

    plugin_files_init(&files, path);
    known = xcalloc(files.count, sizeof *known);
    buffer_init(&list, LIST_LIMIT);
    buffer_init(&hint, LIST_LIMIT);
    for (size_t i = 0; i < files.count; i++)
        if (files.items[i].kind == 0 || files.items[i].kind == kind) {
            buffer_printf(&list, "%s%s", count == 0 ? "" : ", ", files.items[i].name);
            known[count++] = files.items[i].name;
        }
    nearest = nearest_name(name, known, count);
    if (nearest != NULL)
        buffer_printf(&hint, " did you mean \"%s\"?", nearest);
    if (count > 0)
        buffer_printf(&hint, " there are %s", list.data);
    else
        buffer_printf(&hint, " there is none in %s", path->folders[0]);
    err_set(err, "unknown %s \"%s\";%s", plugin_kind_name(kind), name, hint.data);
    buffer_clear(&hint);
    buffer_clear(&list);
    free(known);
    plugin_files_clear(&files);
    return -1;
}

int
loaded_open(struct loaded *loaded, const struct plugin_path *path, enum loads_kind kind, const char *name,
            struct err *err)
{
    char *file = plugin_name_is_valid(name) ? plugin_path_find(path, kind, name) : NULL;
    int outcome;

    *loaded = (struct loaded){ 0 };
    if (file == NULL)
        return fail_unknown(path, kind, name, err);
    outcome = loaded_open_file(loaded, file, err);
    if (outcome == 0 && loaded->plugin.kind != kind) {
        outcome = err_set(err, "cannot load plugin %s: it is an %s, not an %s", file,
                          plugin_kind_name(loaded->plugin.kind), plugin_kind_name(kind));
        loaded_close(loaded);
    }
    free(file);
    return outcome;
}

void
loaded_close(struct loaded *loaded)
{
    if (loaded->so != NULL)
        dlclose(loaded->so);
    free(loaded->path);
    *loaded = (struct loaded){ 0 };
}
