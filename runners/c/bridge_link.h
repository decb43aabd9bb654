/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the bridge that started this program about its hits. No state is kept, so
 * it works for any thread, in a forked child, and right before _exit(). */
#ifndef C_RUNNER_BRIDGE_LINK_H
#define C_RUNNER_BRIDGE_LINK_H

#include <stdbool.h>

#include "event.h"

bool bridge_link_is_there(void);

/* When it returns the bridge has the hit, whatever becomes of the program. Waits
 * while the bridge is slow, not when it is gone. */
void bridge_link_tell(const struct hit *hit);

#endif
