/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the host what happens: messages are gathered into frames, and a thread
 * of its own sends them. Memory is bounded: when the host is slow, users wait,
 * each in its task, so that the answers of others are still timed as they come. */
#ifndef C_RUNNER_REPORTER_H
#define C_RUNNER_REPORTER_H

#include <stdbool.h>

#include "base/err.h"
#include "event.h"
#include "loop.h"
#include "settings.h"

struct reporter;

/* Connects to settings->receiver. The tasks of `loop` will tell. `wake_fd` (an eventfd, borrowed) is written to
 * when reporter_is_done. NULL on failure. */
struct reporter *reporter_open(const struct settings *settings, struct loop *loop, int wake_fd, struct err *err);

struct listener reporter_listener(struct reporter *reporter);

/* Sends what is left and the end message, for at most 30 s, then lets go of the
 * socket; returns at once. What anybody tells from now on is discarded. */
void reporter_finish(struct reporter *reporter);

/* After reporter_finish: nothing is being sent any more. */
bool reporter_is_done(struct reporter *reporter);

/* Frees everything; is_done must be true. Returns -1 when the host did not take
 * all messages. */
int reporter_close(struct reporter *reporter, struct err *err);

#endif
