/* SPDX-License-Identifier: Apache-2.0 */
/* Which outputs were asked for, and what was set for each. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/gather.h"

enum { OUTPUT_NAME_LIMIT = 32, OUTPUT_PREFIX = sizeof "output-" - 1 };

static struct output_settings *
find_output(const struct run_settings *settings, struct slice name)
{
    for (size_t i = 0; i < settings->output_count; i++)
        if (slice_equal(slice_of(settings->outputs[i].name), name))
            return &settings->outputs[i];
    return NULL;
}

static int
add_output(struct run_settings *settings, const char *name, struct err *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

    if (name[0] == '\0' || name[strspn(name, letters)] != '\0' || strlen(name) > OUTPUT_NAME_LIMIT)
        return err_set(err, "expected the name of an output: up to %d of a-z, 0-9 and _", OUTPUT_NAME_LIMIT);
    if (settings->output_count == SETTINGS_OUTPUTS_LIMIT)
        return err_set(err, "more than %d outputs", SETTINGS_OUTPUTS_LIMIT);
    if (find_output(settings, slice_of(name)) != NULL)
        return err_set(err, "the output is given twice");
    settings->outputs =
        xreallocarray(settings->outputs, settings->output_count + 1, sizeof *settings->outputs);
    settings->outputs[settings->output_count++] = (struct output_settings){ .name = xstrdup(name) };
    return 0;
}

static int
add_outputs(struct run_settings *settings, const struct layer *layer, struct err *err)
{
    for (size_t i = 0; i < layer->count; i++)
        if (layer->given[i].option->type == OPTION_OUTPUT
            && add_output(settings, layer->given[i].value, err) != 0)
            return given_blame(&layer->given[i], err);
    return 0;
}

static struct slice
behind_prefix(struct slice name)
{
    return (struct slice){ name.data + OUTPUT_PREFIX, name.length - OUTPUT_PREFIX };
}

/* The output that "output-NAME-OPTION" is for, and which option of it. "my-out-x"
 * may be meant for my or for my_out, so the outputs' own names decide: the longest
 * that fits. */
static struct output_settings *
match_output(const struct run_settings *settings, struct slice name, struct slice *option)
{
    struct slice rest = behind_prefix(name);
    struct output_settings *found = NULL;
    size_t longest = 0;

    for (size_t i = 0; i < settings->output_count; i++) {
        const char *output = settings->outputs[i].name;
        size_t length = strlen(output);

        if (length < longest || rest.length < length + 2 || memcmp(rest.data, output, length) != 0
            || (rest.data[length] != '-' && rest.data[length] != '_'))
            continue;
        *option = (struct slice){ rest.data + length + 1, rest.length - length - 1 };
        longest = length;
        found = &settings->outputs[i];
    }
    return found;
}

static struct output_settings *
output_of(const struct run_settings *settings, const struct given *given, struct slice *option)
{
    if (given->output.length == 0)
        return match_output(settings, given->name, option);
    *option = given->name;
    return find_output(settings, given->output);
}

static int
no_such_output(const struct given *given, struct err *err)
{
    struct slice name = given->output;

    if (name.length == 0) {
        name = behind_prefix(given->name);
        name.length = strcspn(name.data, "-_=");
        if (name.length == given->name.length - OUTPUT_PREFIX) {
            err_set(err, "expected an output and an option of it: output-NAME-OPTION");
            return given_blame(given, err);
        }
    }
    err_set(err, "the output %.*s is not asked for; add %s%.*s", (int)name.length, name.data,
            given->file != NULL ? "output = " : "--output ", (int)name.length, name.data);
    return given_blame(given, err);
}

static int
set_output_option(struct output_settings *output, struct slice name, const char *value, struct err *err)
{
    struct setting *setting = NULL;
    char *field = xstrndup(name.data, name.length);

    for (char *at = field; *at != '\0'; at++)
        if (*at == '-')
            *at = '_';
    for (size_t i = 0; i < output->setting_count; i++)
        if (strcmp(output->settings[i].name, field) == 0)
            setting = &output->settings[i];
    if (setting != NULL) {
        free(field);
        free((char *)setting->value);
        setting->value = xstrdup(value);
        return 0;
    }
    if (output->setting_count == SETTINGS_OUTPUT_OPTIONS_LIMIT) {
        free(field);
        return err_set(err, "more than %d options of one output", SETTINGS_OUTPUT_OPTIONS_LIMIT);
    }
    output->settings =
        xreallocarray(output->settings, output->setting_count + 1, sizeof *output->settings);
    output->settings[output->setting_count++] = (struct setting){ .name = field, .value = xstrdup(value) };
    return 0;
}

/* `may_be_moot`: the layer's own outputs were replaced by those of a higher one,
 * so that what it says about others no longer matters. */
static int
apply_output_options(struct run_settings *settings, const struct layer *layer, bool may_be_moot,
                     struct err *err)
{
    for (size_t i = 0; i < layer->count; i++) {
        const struct given *given = &layer->given[i];
        struct slice name;
        struct output_settings *output;

        if (given->option->type != OPTION_OUTPUT_OPTION)
            continue;
        output = output_of(settings, given, &name);
        if (output == NULL && may_be_moot)
            continue;
        if (output == NULL)
            return no_such_output(given, err);
        if (strlen(given->value) > SETTINGS_TEXT_LIMIT) {
            err_set(err, "the value has more than %d bytes", SETTINGS_TEXT_LIMIT);
            return given_blame(given, err);
        }
        if (set_output_option(output, name, given->value, err) != 0)
            return given_blame(given, err);
    }
    return 0;
}

int
gather_outputs(struct run_settings *settings, const struct layers *layers, struct err *err)
{
    bool is_replaced = layer_find(&layers->line, option_named("output")) != NULL;

    if (add_outputs(settings, is_replaced ? &layers->line : &layers->common, err) != 0)
        return -1;
    if (settings->output_count == 0 && add_output(settings, "stdout", err) != 0)
        return -1;
    if (apply_output_options(settings, &layers->common, is_replaced, err) != 0)
        return -1;
    return apply_output_options(settings, &layers->line, false, err);
}
