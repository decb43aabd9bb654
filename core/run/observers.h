/* SPDX-License-Identifier: Apache-2.0 */
/* The observers of a run. Each hears of the moments that the user wants (its
 * option `when`: start, bad, end; the end unless given) in a process of its own,
 * this program again, with a deadline (its option `timeout`): what an observer
 * does or does not do costs neither the run nor an output anything. */
#ifndef RUN_OBSERVERS_H
#define RUN_OBSERVERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "run/settings.h"
#include "run/supervisor.h"

struct observers;

/* `supervisor` is theirs alone: that of the runners kills all it has at the end
 * of a stage. Both it and `scratch` stay the caller's. */
struct observers *observers_new(struct supervisor *supervisor, const char *scratch, const char *run_json,
                                bool quiet);
void observers_free(struct observers *observers);

/* Takes those of the settings, after a check of each one's options (its open and
 * close are called here): what is wrong is told before anything runs. The settings
 * must outlive the observers. */
int observers_open(struct observers *observers, const struct run_settings *settings, struct err *err);

/* Whether anybody wants to hear of that moment. */
bool observers_want(const struct observers *observers, enum loads_moment moment);

/* Starts the processes of those that do; all is copied. */
void observers_tell(struct observers *observers, const struct loads_result *result);

/* Readable when observers_follow has something to do. */
int observers_fd(const struct observers *observers);

/* Takes note of those that have ended, and ends those whose time is over. Returns
 * when it wants to be called again, in monotonic time; INT64_MAX: not before the
 * descriptor is readable. */
int64_t observers_follow(struct observers *observers, int64_t now_ns);

/* Waits for all that run. */
void observers_finish(struct observers *observers);

/* The whole life of an observer's process: `loads --observe FILE`. Returns its
 * exit code; what went wrong it has said on stderr. */
int observer_main(const char *file);

#endif
