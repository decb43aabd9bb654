/* SPDX-License-Identifier: Apache-2.0 */
/* One plugin at work: its state, its thread, its queue, and what became of it.
 * Waiting for room and deadlines is dispatch.c's business. */
#ifndef PLUGINS_INSTANCE_H
#define PLUGINS_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "plugins/loader.h"
#include "plugins/record.h"

struct instance;

/* Opens the plugin and takes `loaded` and `state`, also when it fails. `run_json`
 * is borrowed until instance_free. */
struct instance *instance_take(struct loaded *loaded, void *state, const char *run_json, bool quiet,
                               struct err *err);
/* Not for an abandoned instance. Closes it if it has never been started. */
void instance_free(struct instance *instance);

/* Without a thread (there may be no more) the instance has failed. */
void instance_start(struct instance *instance);

/* Whether events should still be queued: false for a plugin without on_event and
 * for one that has failed. */
bool instance_takes_events(const struct instance *instance);

/* One thread at a time: room for an event, NULL when there is none now. */
struct record *instance_reserve(struct instance *instance, size_t size);
void instance_commit(struct instance *instance);

/* Replaces a tick that was not delivered yet. */
void instance_tick(struct instance *instance, const struct loads_totals *totals);

/* No events and ticks come any more: deliver what is queued, flush (unless
 * `result`, which is borrowed, is NULL) and close. */
void instance_finish(struct instance *instance, const struct loads_result *result);
/* Waits at most that long for the end; false when it has not come. */
bool instance_wait(struct instance *instance, int64_t timeout_ns);

/* Goes up with each callback that returns. */
uint64_t instance_progress(const struct instance *instance);
/* Whether flush has begun, or all is over. */
bool instance_is_flushing(const struct instance *instance);

/* Gives the instance up: from now on it is called no more, and its thread, which
 * may be anywhere in the plugin, is left alone. `why` is for people. */
void instance_abandon(struct instance *instance, const char *why);
bool instance_is_abandoned(const struct instance *instance);

/* "output file: cannot write ...", or NULL. Once set it does not change. */
const char *instance_failure(struct instance *instance);

#endif
