/* SPDX-License-Identifier: Apache-2.0 */
/* The users of this process: tasks of one loop in a thread of its own, all
 * started at the same moment, each running all tests again and again until its
 * hits or the time are used up. */
#ifndef C_RUNNER_CROWD_H
#define C_RUNNER_CROWD_H

#include <stdbool.h>

#include "base/err.h"
#include "event.h"
#include "library.h"
#include "session.h"
#include "settings.h"

struct crowd;

/* Starts the users; all or none. `wake_fd` (an eventfd) is written to when the
 * last has finished. All that is handed over is borrowed until crowd_free. */
struct crowd *crowd_start(const struct settings *settings, const struct library *library,
                          const struct network *network, struct listener listener, int wake_fd,
                          struct err *err);

/* Asks all users to stop after the iteration that runs. */
void crowd_stop(struct crowd *crowd);
bool crowd_is_done(struct crowd *crowd);
/* Complains on stderr, once, when one test has kept all others waiting for some
 * seconds. Call it now and then. */
void crowd_watch(struct crowd *crowd);
/* is_done must be true. */
void crowd_free(struct crowd *crowd);

#endif
