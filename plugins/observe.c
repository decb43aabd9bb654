/* SPDX-License-Identifier: Apache-2.0 */
/* One observer, from loading to close. */
#include "plugins/observe.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"
#include "plugins/crash.h"

enum { LABEL_SIZE = 64 };

/* What the observer sees is the first member. */
struct listener {
    struct loads_host host;
    char label[LABEL_SIZE]; /* "observer irc" */
    struct err said;        /* by its last failing call */
};

/* Plugins get the host as const; the listener around it is ours. */
static struct listener *
listener_of(const struct loads_host *host)
{
    return (struct listener *)(uintptr_t)host;
}

static void LOADS_PRINTF(3, 4)
listener_log(const struct loads_host *host, enum loads_level level, const char *fmt, ...)
{
    struct err text = { 0 };
    va_list args;

    if (level < LOADS_INFO)
        return;
    va_start(args, fmt);
    vsnprintf(text.text, sizeof text.text, fmt, args);
    va_end(args);
    if (level == LOADS_INFO)
        log_info("%s: %s", listener_of(host)->label, text.text);
    else
        log_warning("%s: %s", listener_of(host)->label, text.text);
}

static int LOADS_PRINTF(2, 3)
listener_fail(const struct loads_host *host, const char *fmt, ...)
{
    struct err *said = &listener_of(host)->said;
    struct err text = { 0 };
    va_list args;

    va_start(args, fmt);
    vsnprintf(text.text, sizeof text.text, fmt, args);
    va_end(args);
    return err_set(said, "%s", text.text);
}

static int
refuse(const struct listener *listener, struct err *err)
{
    return err_set(err, "%s", listener->said.text[0] != '\0' ? listener->said.text
                                                            : "failed without saying why");
}

static int
call(const struct loads_plugin *plugin, void *state, struct listener *listener,
     const struct loads_result *result, struct err *err)
{
    int status = 0;

    crash_blame(listener->label);
    if (plugin->open != NULL && plugin->open(state, &listener->host) != 0) {
        crash_blame(NULL);
        return refuse(listener, err);
    }
    if (result != NULL && plugin->flush != NULL && plugin->flush(state, &listener->host, result) != 0)
        status = refuse(listener, err);
    if (plugin->close != NULL)
        plugin->close(state);
    crash_blame(NULL);
    return status;
}

int
observe(const struct observation *observation, struct err *err)
{
    struct listener listener = { .host = { .size = sizeof listener.host, .log = listener_log,
                                           .fail = listener_fail, .run_json = observation->run_json,
                                           .quiet = observation->quiet } };
    struct loaded loaded;
    void *state;
    int status;

    if (loaded_open(&loaded, observation->path, LOADS_OBSERVER, observation->name, err) != 0)
        return -1;
    snprintf(listener.label, sizeof listener.label, "observer %s", loaded.plugin.name);
    status = plugin_state_new(&state, &loaded, observation->settings, observation->setting_count, err);
    if (status == 0) {
        status = call(&loaded.plugin, state, &listener, observation->result, err);
        plugin_state_free(state, &loaded);
    }
    if (status != 0)
        err_add(err, "%s", listener.label);
    loaded_close(&loaded);
    return status;
}
