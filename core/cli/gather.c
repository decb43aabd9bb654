/* SPDX-License-Identifier: Apache-2.0 */
/* Lays the layers over each other. */
#include "cli/gather.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/values.h"
#include "run/weights.h"

/* Of two that say the same in two ways, the one given in a higher layer wins;
 * both in one layer is a contradiction. */
static int
apply_exclusion(const struct layer *layer, const struct given *given, void *fields, struct err *err)
{
    const struct option *other = given->option->excludes != NULL ? option_named(given->option->excludes)
                                                                 : NULL;
    const struct given *both = other != NULL ? layer_find(layer, other) : NULL;

    if (other == NULL)
        return 0;
    if (both == NULL) {
        value_reset(other, fields);
        return 0;
    }
    if (both->file != NULL)
        err_set(err, "%.*s is given too, in line %u; only one of them can be", (int)both->name.length,
                both->name.data, both->line);
    else
        err_set(err, "--%.*s is given too; only one of them can be", (int)both->name.length,
                both->name.data);
    return given_blame(given, err);
}

/* Puts what the layer gives for that place into its fields. */
static int
apply_layer(const struct layer *layer, enum option_place place, void *fields, struct err *err)
{
    for (size_t i = 0; i < layer->count; i++) {
        const struct given *given = &layer->given[i];
        const struct option *option = given->option;

        if (option->place != place || option->type == OPTION_PLUGIN || option->type == OPTION_PLUGIN_OPTION)
            continue;
        /* A list replaces that of the layer below: the first of it empties it. */
        if (option_is_list(option) && (i == 0 || layer->given[i - 1].option != option)
            && layer_find(&(struct layer){ layer->given, i }, option) == NULL)
            value_reset(option, fields);
        if (apply_exclusion(layer, given, fields, err) != 0)
            return -1;
        if (value_store(option, fields, given->value, err) != 0)
            return given_blame(given, err);
    }
    return 0;
}

static int
check_target(struct target_settings *target, struct err *err)
{
    if (target->process_per_hit && (target->processes > 0 || target->process_users > 1))
        return err_set(err, "target %s: --process-per-hit starts a process for each user and hit; it "
                            "does not go with --processes or --process-users",
                       target->name);
    if (target->data == NULL && (target->data_order != NULL || target->data_unique))
        return err_set(err, "target %s: %s says how rows are dealt; name a file with rows with --data",
                       target->name, target->data_order != NULL ? "--data-order" : "--data-unique");
    return 0;
}

static void
add_default(struct number_list *list)
{
    list->values = xmalloc(sizeof *list->values);
    list->values[0] = 1;
    list->count = 1;
}

static bool
has_target(const struct run_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->target_count; i++)
        if (settings->targets[i].name != NULL && strcmp(settings->targets[i].name, name) == 0)
            return true;
    return false;
}

/* "shop.js", and "shop.js (2)" for one that is typed again: results are told apart
 * by the name. */
static char *
unique_name(const struct run_settings *settings, const char *name)
{
    char *unique = xstrdup(name);

    for (int i = 2; has_target(settings, unique); i++) {
        free(unique);
        unique = xasprintf("%s (%d)", name, i);
    }
    return unique;
}

/* Adds a target with its section's layer (or NULL) between the common one and
 * the command line. `target` is the one typed there, or NULL. */
static int
add_target(struct run_settings *settings, const struct layers *layers, const struct layer *section,
           const char *name, const char *typed, struct err *err)
{
    struct target_settings *target;

    if (settings->target_count == SETTINGS_TARGETS_LIMIT)
        return err_set(err, "more than %d targets", SETTINGS_TARGETS_LIMIT);
    settings->targets =
        xreallocarray(settings->targets, settings->target_count + 1, sizeof *settings->targets);
    target = &settings->targets[settings->target_count++];
    *target = (struct target_settings){ 0 };
    if (apply_layer(&layers->common, PLACE_TARGET, target, err) != 0
        || (section != NULL && apply_layer(section, PLACE_TARGET, target, err) != 0)
        || apply_layer(&layers->line, PLACE_TARGET, target, err) != 0)
        return -1;
    if (typed != NULL && value_store(option_named("target"), target, typed, err) != 0)
        return err_add(err, "target %.60s", typed);
    target->name = unique_name(settings, name != NULL ? name : target->target != NULL ? target->target : "");
    if (target->users.count == 0)
        add_default(&target->users);
    if (target->hits.count == 0 && target->duration_s <= 0)
        add_default(&target->hits);
    return check_target(target, err);
}

/* Those on the command line, else the sections' tests, else that of [loads]. */
static int
add_targets(struct run_settings *settings, const struct layers *layers,
            const struct arguments *arguments, const char *file, struct err *err)
{
    for (size_t i = 0; i < arguments->operand_count; i++)
        if (add_target(settings, layers, NULL, NULL, arguments->operands[i], err) != 0)
            return -1;
    if (arguments->operand_count > 0)
        return 0;
    for (size_t i = 0; i < layers->test_count; i++) {
        const struct test_layer *test = &layers->tests[i];

        if (add_target(settings, layers, &test->layer, test->name, NULL, err) != 0)
            return -1;
        if (settings->targets[i].target == NULL)
            return err_set(err, "%s:%u: [test %s] needs a target", file, test->line, test->name);
    }
    if (layers->test_count > 0 || layer_find(&layers->common, option_named("target")) == NULL)
        return 0;
    return add_target(settings, layers, NULL, NULL, NULL, err);
}

/* A list has a weight for each target; a section has that of its own. */
static int
pick_weight(const struct run_settings *settings, size_t index, bool is_own, struct err *err)
{
    struct target_settings *target = &settings->targets[index];
    size_t count = target->weights.count;

    if (count == 0)
        return 0;
    if (is_own && count > 1)
        return err_set(err, "target %s: a section has one weight, that of its target, not %zu", target->name, count);
    if (!is_own && count != settings->target_count)
        return err_set(err, "--weight has %zu numbers, one for each target is needed: %zu", count,
                       settings->target_count);
    target->weight = (uint32_t)target->weights.values[is_own ? 0 : index];
    return 0;
}

static int
share_users(struct run_settings *settings, const struct layers *layers, const struct arguments *arguments,
            struct err *err)
{
    const struct option *weight = option_named("weight");
    bool are_sections = arguments->operand_count == 0 && layers->test_count > 0;
    bool is_on_line = layer_find(&layers->line, weight) != NULL;

    for (size_t i = 0; i < settings->target_count; i++) {
        bool is_own = are_sections && !is_on_line && layer_find(&layers->tests[i].layer, weight) != NULL;

        if (pick_weight(settings, i, is_own, err) != 0)
            return -1;
    }
    return weights_share(settings, err);
}

static int
gather_run(struct run_settings *settings, const struct layers *layers, struct err *err)
{
    settings->test_dir = xstrdup(".");
    settings->external_process_timeout_s = -1;
    if (apply_layer(&layers->common, PLACE_RUN, settings, err) != 0)
        return -1;
    return apply_layer(&layers->line, PLACE_RUN, settings, err);
}

/* The file's name: --config, else LOADS_CONFIG; NULL: none. */
static const char *
config_name(const struct arguments *arguments)
{
    const char *typed = arguments_value(arguments, "config");
    const char *environment = getenv("LOADS_CONFIG");

    if (typed != NULL || environment == NULL || environment[0] == '\0')
        return typed;
    return environment;
}

int
settings_gather(struct run_settings *settings, const struct arguments *arguments, struct err *err)
{
    bool is_run = arguments->command == &commands[COMMAND_RUN];
    bool has_targets = is_run || arguments->command == &commands[COMMAND_CONFORMANCE];
    const char *file = is_run ? config_name(arguments) : NULL;
    struct layers layers = { .line = { arguments->given, arguments->given_count } };
    struct config config = { 0 };
    int result = 0;

    *settings = (struct run_settings){ 0 };
    if (file != NULL)
        result = config_read(&config, file, err);
    if (result == 0)
        result = layers_take_config(&layers, &config, err);
    if (result == 0)
        result = gather_run(settings, &layers, err);
    if (result == 0)
        result = gather_plugins(settings, &layers, err);
    if (result == 0 && has_targets)
        result = add_targets(settings, &layers, arguments, file, err);
    if (result == 0 && is_run)
        result = share_users(settings, &layers, arguments, err);
    if (result != 0)
        settings_clear(settings);
    layers_clear(&layers);
    config_clear(&config);
    return result;
}
