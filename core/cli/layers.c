/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts a configuration file's sections and keys into layers. */
#include "cli/layers.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "run/settings.h"

enum { VALUE_SHOWN = 60 };

int
given_blame(const struct given *given, struct err *err)
{
    struct slice all = slice_of(given->value);
    struct slice shown = utf8_prefix((struct slice){ all.data, strcspn(all.data, "\n") }, VALUE_SHOWN);
    const char *dots = shown.length < all.length ? "..." : "";
    int name = (int)given->name.length, value = (int)shown.length;

    /* What a plugin is told may be a secret. */
    if (given->option->type == OPTION_PLUGIN_OPTION || all.length == 0)
        return given->file != NULL
                 ? err_add(err, "%s:%u: %.*s", given->file, given->line, name, given->name.data)
                 : err_add(err, "--%.*s", name, given->name.data);
    if (given->file != NULL)
        return err_add(err, "%s:%u: %.*s = %.*s%s", given->file, given->line, name, given->name.data,
                       value, shown.data, dots);
    if (given->option->type == OPTION_FLAG && strcmp(given->value, "yes") == 0)
        return err_add(err, "--%.*s", name, given->name.data);
    return err_add(err, "--%.*s %.*s%s", name, given->name.data, value, shown.data, dots);
}

const struct given *
layer_find(const struct layer *layer, const struct option *option)
{
    for (size_t i = layer->count; i > 0; i--)
        if (layer->given[i - 1].option == option)
            return &layer->given[i - 1];
    return NULL;
}

static struct given *
layer_grow(struct layer *layer)
{
    layer->given = xreallocarray(layer->given, layer->count + 1, sizeof *layer->given);
    return &layer->given[layer->count++];
}

static int
unknown_key(const char *file, const struct config_entry *entry, struct err *err)
{
    const char *nearest = option_nearest(entry->key, NULL);
    char *key;

    if (nearest == NULL)
        return err_set(err, "%s:%u: unknown key %s; keys are the long options of loads run, with _ for -",
                       file, entry->line, entry->key);
    key = xstrdup(nearest);
    for (char *at = key; *at != '\0'; at++)
        if (*at == '-')
            *at = '_';
    err_set(err, "%s:%u: unknown key %s; did you mean %s?", file, entry->line, entry->key, key);
    free(key);
    return -1;
}

/* The option that the key means; NULL and `err` when there is none. */
static const struct option *
find_key(const char *file, const struct config_entry *entry, struct err *err)
{
    struct slice key = slice_of(entry->key);
    const struct option *option = option_find(key, '_');
    const char *why = option_absent(key, '_');

    if (why != NULL) {
        err_set(err, "%s:%u: %s %s", file, entry->line, entry->key, why);
        return NULL;
    }
    if (option == NULL) {
        unknown_key(file, entry, err);
        return NULL;
    }
    if (!option->is_key) {
        err_set(err, "%s:%u: %s can be given on the command line only", file, entry->line, entry->key);
        return NULL;
    }
    return option;
}

static int
check_one_line(const char *file, const struct config_entry *entry, struct err *err)
{
    if (strchr(entry->value, '\n') != NULL)
        return err_set(err, "%s:%u: %s takes one line only; the next line is indented", file, entry->line,
                       entry->key);
    return 0;
}

/* One of the section [output PLUGIN], or of [loads] when that is empty. */
static int
check_plugin_option(const char *file, const struct config_entry *entry, const struct option *option,
                    struct slice plugin, const struct layer *layer, struct err *err)
{
    for (size_t i = 0; i < layer->count; i++) {
        const struct given *before = &layer->given[i];

        if (before->option == option && slice_equal(before->plugin, plugin)
            && slice_equal(before->name, slice_of(entry->key)))
            return err_set(err, "%s:%u: %s is given twice, in line %u too", file, entry->line, entry->key,
                           before->line);
    }
    return check_one_line(file, entry, err);
}

static int
check_key(const char *file, const struct config_entry *entry, const struct option *option,
          const struct layer *layer, bool is_test, struct err *err)
{
    const struct given *before = layer_find(layer, option);

    if (is_test && option->place != PLACE_TARGET)
        return err_set(err, "%s:%u: %s is the same for all tests: it belongs to the section [loads]",
                       file, entry->line, entry->key);
    if (option->type == OPTION_PLUGIN_OPTION)
        return check_plugin_option(file, entry, option, (struct slice){ 0 }, layer, err);
    if (before != NULL && !option_is_list(option))
        return err_set(err, "%s:%u: %s is given twice, in line %u too", file, entry->line, entry->key,
                       before->line);
    return option_is_list(option) ? 0 : check_one_line(file, entry, err);
}

/* Each line of a list is one value of it. The texts become the entry's pieces. */
static void
add_lines(struct layer *layer, const struct given *given, char *value)
{
    for (char *line = value, *next; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        *layer_grow(layer) = *given;
        layer->given[layer->count - 1].value = line;
    }
}

static int
take_options(struct layer *layer, const char *file, const struct config_section *section, bool is_test,
             struct err *err)
{
    for (size_t i = 0; i < section->entry_count; i++) {
        const struct config_entry *entry = &section->entries[i];
        const struct option *option = find_key(file, entry, err);
        struct given given;

        if (option == NULL || check_key(file, entry, option, layer, is_test, err) != 0)
            return -1;
        given = (struct given){ .option = option, .name = slice_of(entry->key), .value = entry->value,
                                .file = file, .line = entry->line };
        if (option_is_list(option))
            add_lines(layer, &given, entry->value);
        else
            *layer_grow(layer) = given;
    }
    return 0;
}

/* [output NAME] or [observer NAME] */
static int
take_plugin_section(struct layer *layer, const char *file, const struct config_section *section,
                    const char *option_name, struct err *err)
{
    const struct option *option = option_named(option_name);

    if (section->name[0] == '\0')
        return err_set(err, "%s:%u: the section needs an %s's name: [%s NAME]", file, section->line,
                       section->kind, section->kind);
    for (size_t i = 0; i < section->entry_count; i++) {
        const struct config_entry *entry = &section->entries[i];
        struct slice plugin = slice_of(section->name);

        if (check_plugin_option(file, entry, option, plugin, layer, err) != 0)
            return -1;
        *layer_grow(layer) = (struct given){ .option = option, .name = slice_of(entry->key),
                                             .value = entry->value, .plugin = plugin, .file = file,
                                             .line = entry->line };
    }
    return 0;
}

static int
take_test_section(struct layers *layers, const char *file, const struct config_section *section,
                  struct err *err)
{
    struct test_layer *test;

    if (section->name[0] == '\0')
        return err_set(err, "%s:%u: the section needs a name: [test NAME]", file, section->line);
    if (layers->test_count == SETTINGS_TARGETS_LIMIT)
        return err_set(err, "%s:%u: more than %d tests", file, section->line, SETTINGS_TARGETS_LIMIT);
    layers->tests = xreallocarray(layers->tests, layers->test_count + 1, sizeof *layers->tests);
    test = &layers->tests[layers->test_count++];
    *test = (struct test_layer){ .name = section->name, .line = section->line };
    return take_options(&test->layer, file, section, true, err);
}

static int
take_section(struct layers *layers, const char *file, const struct config_section *section,
             struct err *err)
{
    static const char *const kinds[] = { "loads", "test", "output", "observer" };
    const char *nearest;

    if (strcmp(section->kind, "test") == 0)
        return take_test_section(layers, file, section, err);
    if (strcmp(section->kind, "output") == 0)
        return take_plugin_section(&layers->common, file, section, "output-NAME-OPTION", err);
    if (strcmp(section->kind, "observer") == 0)
        return take_plugin_section(&layers->common, file, section, "observer-NAME-OPTION", err);
    if (strcmp(section->kind, "loads") == 0 && section->name[0] == '\0')
        return take_options(&layers->common, file, section, false, err);
    nearest = nearest_name(section->kind, kinds, sizeof kinds / sizeof kinds[0]);
    return err_set(err, "%s:%u: unknown section [%s%s%s]; %s%s%s", file, section->line, section->kind,
                   section->name[0] != '\0' ? " " : "", section->name,
                   nearest != NULL ? "did you mean [" : "there are [loads], [test NAME], [output NAME] and [observer NAME",
                   nearest != NULL ? nearest : "", nearest != NULL ? "]?" : "]");
}

static bool
is_same_section(const struct config_section *a, const struct config_section *b)
{
    return strcmp(a->kind, b->kind) == 0 && strcmp(a->name, b->name) == 0;
}

int
layers_take_config(struct layers *layers, struct config *config, struct err *err)
{
    for (size_t i = 0; i < config->section_count; i++) {
        const struct config_section *section = &config->sections[i];

        for (size_t j = 0; j < i; j++)
            if (is_same_section(section, &config->sections[j]))
                return err_set(err, "%s:%u: the section is there twice, in line %u too", config->file,
                               section->line, config->sections[j].line);
        if (take_section(layers, config->file, section, err) != 0)
            return -1;
    }
    return 0;
}

void
layers_clear(struct layers *layers)
{
    for (size_t i = 0; i < layers->test_count; i++)
        free(layers->tests[i].layer.given);
    free(layers->tests);
    free(layers->common.given);
    *layers = (struct layers){ 0 };
}
