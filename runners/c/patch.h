/* SPDX-License-Identifier: Apache-2.0 */
/* Our curl_easy_perform, which tests find before libcurl's: called by a user's
 * task it lets the other users run, and is reported as a hit. Anywhere else it is
 * libcurl's. */
#ifndef C_RUNNER_PATCH_H
#define C_RUNNER_PATCH_H

#include "loop.h"

/* For the thread that runs `loop`, each of whose tasks was given a user. */
void patch_enter(struct loop *loop);
void patch_leave(void);

/* What a user's easy handles have in place of libcurl's own: connections that
 * live as long as the handle. */
struct patched;

void patched_free(struct patched *first); /* all; NULL is allowed */

#endif
