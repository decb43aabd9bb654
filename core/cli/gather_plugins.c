/* SPDX-License-Identifier: Apache-2.0 */
/* Which outputs and observers were asked for, and what was set for each. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/gather.h"

enum { PLUGIN_NAME_LIMIT = 32 };

/* One kind of plugin: the options that ask for it, and where they go. */
struct request {
    const struct option *naming, *setting; /* --output, --output-NAME-OPTION */
    struct plugin_list *list;
};

static const char *
word_of(const struct request *request)
{
    return request->naming->name;
}

static struct plugin_settings *
find_plugin(const struct plugin_list *list, struct slice name)
{
    for (size_t i = 0; i < list->count; i++)
        if (slice_equal(slice_of(list->plugins[i].name), name))
            return &list->plugins[i];
    return NULL;
}

static int
add_plugin(const struct request *request, const char *name, struct err *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    struct plugin_list *list = request->list;

    if (name[0] == '\0' || name[strspn(name, letters)] != '\0' || strlen(name) > PLUGIN_NAME_LIMIT)
        return err_set(err, "expected the name of an %s: up to %d of a-z, 0-9 and _", word_of(request),
                       PLUGIN_NAME_LIMIT);
    if (list->count == SETTINGS_PLUGINS_LIMIT)
        return err_set(err, "more than %d %ss", SETTINGS_PLUGINS_LIMIT, word_of(request));
    if (find_plugin(list, slice_of(name)) != NULL)
        return err_set(err, "the %s is given twice", word_of(request));
    list->plugins = xreallocarray(list->plugins, list->count + 1, sizeof *list->plugins);
    list->plugins[list->count++] = (struct plugin_settings){ .name = xstrdup(name) };
    return 0;
}

static int
add_plugins(const struct request *request, const struct layer *layer, struct err *err)
{
    for (size_t i = 0; i < layer->count; i++)
        if (layer->given[i].option == request->naming
            && add_plugin(request, layer->given[i].value, err) != 0)
            return given_blame(&layer->given[i], err);
    return 0;
}

/* "NAME-OPTION" of "output-NAME-OPTION". */
static struct slice
behind_prefix(const struct request *request, struct slice name)
{
    size_t prefix = strlen(word_of(request)) + 1;

    return (struct slice){ name.data + prefix, name.length - prefix };
}

/* The plugin that "output-NAME-OPTION" is for, and which option of it. "my-out-x"
 * may be meant for my or for my_out, so the plugins' own names decide: the longest
 * that fits. */
static struct plugin_settings *
match_plugin(const struct request *request, struct slice name, struct slice *option)
{
    struct slice rest = behind_prefix(request, name);
    struct plugin_settings *found = NULL;
    size_t longest = 0;

    for (size_t i = 0; i < request->list->count; i++) {
        const char *plugin = request->list->plugins[i].name;
        size_t length = strlen(plugin);

        if (length < longest || rest.length < length + 2 || memcmp(rest.data, plugin, length) != 0
            || (rest.data[length] != '-' && rest.data[length] != '_'))
            continue;
        *option = (struct slice){ rest.data + length + 1, rest.length - length - 1 };
        longest = length;
        found = &request->list->plugins[i];
    }
    return found;
}

static struct plugin_settings *
plugin_of(const struct request *request, const struct given *given, struct slice *option)
{
    if (given->plugin.length == 0)
        return match_plugin(request, given->name, option);
    *option = given->name;
    return find_plugin(request->list, given->plugin);
}

static int
no_such_plugin(const struct request *request, const struct given *given, struct err *err)
{
    struct slice name = given->plugin;

    if (name.length == 0) {
        struct slice rest = behind_prefix(request, given->name);

        name = (struct slice){ rest.data, strcspn(rest.data, "-_=") };
        if (name.length >= rest.length) {
            err_set(err, "expected an %s and an option of it: %s", word_of(request), request->setting->name);
            return given_blame(given, err);
        }
    }
    err_set(err, "the %s %.*s is not asked for; add %s%s%s%.*s", word_of(request), (int)name.length,
            name.data, given->file != NULL ? "" : "--", word_of(request),
            given->file != NULL ? " = " : " ", (int)name.length, name.data);
    return given_blame(given, err);
}

static int
set_option(const struct request *request, struct plugin_settings *plugin, struct slice name,
           const char *value, struct err *err)
{
    struct setting *setting = NULL;
    char *field = xstrndup(name.data, name.length);

    for (char *at = field; *at != '\0'; at++)
        if (*at == '-')
            *at = '_';
    for (size_t i = 0; i < plugin->setting_count; i++)
        if (strcmp(plugin->settings[i].name, field) == 0)
            setting = &plugin->settings[i];
    if (setting != NULL) {
        free(field);
        free((char *)setting->value);
        setting->value = xstrdup(value);
        return 0;
    }
    if (plugin->setting_count == SETTINGS_PLUGIN_OPTIONS_LIMIT) {
        free(field);
        return err_set(err, "more than %d options of one %s", SETTINGS_PLUGIN_OPTIONS_LIMIT,
                       word_of(request));
    }
    plugin->settings =
        xreallocarray(plugin->settings, plugin->setting_count + 1, sizeof *plugin->settings);
    plugin->settings[plugin->setting_count++] = (struct setting){ .name = field, .value = xstrdup(value) };
    return 0;
}

/* `may_be_moot`: the layer's own plugins were replaced by those of a higher one,
 * so that what it says about others no longer matters. */
static int
apply_options(const struct request *request, const struct layer *layer, bool may_be_moot, struct err *err)
{
    for (size_t i = 0; i < layer->count; i++) {
        const struct given *given = &layer->given[i];
        struct slice name;
        struct plugin_settings *plugin;

        if (given->option != request->setting)
            continue;
        plugin = plugin_of(request, given, &name);
        if (plugin == NULL && may_be_moot)
            continue;
        if (plugin == NULL)
            return no_such_plugin(request, given, err);
        if (strlen(given->value) > SETTINGS_TEXT_LIMIT) {
            err_set(err, "the value has more than %d bytes", SETTINGS_TEXT_LIMIT);
            return given_blame(given, err);
        }
        if (set_option(request, plugin, name, given->value, err) != 0)
            return given_blame(given, err);
    }
    return 0;
}

static int
gather_kind(const struct request *request, const struct layers *layers, struct err *err)
{
    bool is_replaced = layer_find(&layers->line, request->naming) != NULL;

    if (add_plugins(request, is_replaced ? &layers->line : &layers->common, err) != 0)
        return -1;
    if (request->list->count == 0 && request->naming->fallback != NULL
        && add_plugin(request, request->naming->fallback, err) != 0)
        return -1;
    if (apply_options(request, &layers->common, is_replaced, err) != 0)
        return -1;
    return apply_options(request, &layers->line, false, err);
}

int
gather_plugins(struct run_settings *settings, const struct layers *layers, struct err *err)
{
    const struct request outputs = { .naming = option_named("output"),
                                     .setting = option_named("output-NAME-OPTION"),
                                     .list = &settings->outputs };
    const struct request observers = { .naming = option_named("observer"),
                                       .setting = option_named("observer-NAME-OPTION"),
                                       .list = &settings->observers };

    if (gather_kind(&outputs, layers, err) != 0)
        return -1;
    return gather_kind(&observers, layers, err);
}
