/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the memory of what the user asked for; core/cli fills it. */
#include "run/settings.h"

#include <stdlib.h>

void
number_list_clear(struct number_list *list)
{
    free(list->values);
    *list = (struct number_list){ 0 };
}

void
text_list_clear(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->texts[i]);
    free(list->texts);
    *list = (struct text_list){ 0 };
}

static void
target_settings_clear(struct target_settings *target)
{
    free(target->name);
    free(target->target);
    free(target->test_runner);
    free(target->data);
    free(target->data_order);
    free(target->seed);
    number_list_clear(&target->users);
    number_list_clear(&target->hits);
    number_list_clear(&target->weights);
}

static void
plugin_list_clear(struct plugin_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct plugin_settings *plugin = &list->plugins[i];

        for (size_t j = 0; j < plugin->setting_count; j++) {
            free((char *)plugin->settings[j].name);
            free((char *)plugin->settings[j].value);
        }
        free(plugin->settings);
        free(plugin->name);
    }
    free(list->plugins);
}

void
settings_clear(struct run_settings *settings)
{
    for (size_t i = 0; i < settings->target_count; i++)
        target_settings_clear(&settings->targets[i]);
    free(settings->targets);
    plugin_list_clear(&settings->outputs);
    plugin_list_clear(&settings->observers);
    free(settings->test_dir);
    free(settings->server_url);
    free(settings->ca_file);
    free(settings->project_name);
    free(settings->label);
    free(settings->zmq_receiver);
    free(settings->plugin_path);
    text_list_clear(&settings->include_files);
    *settings = (struct run_settings){ 0 };
}
