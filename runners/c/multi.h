/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's transfers on the loop: what curl_easy_perform does, but other tasks
 * run while it waits. One for each user, so that each has connections of its own. */
#ifndef C_RUNNER_MULTI_H
#define C_RUNNER_MULTI_H

#include <curl/curl.h>

#include "loop.h"

struct multi;

/* NULL: libcurl cannot. */
struct multi *multi_new(struct loop *loop);
void multi_free(struct multi *multi); /* NULL is allowed; after its easy handles */

/* The handle is ours alone to change: its connections are not taken out of epoll and
 * put back for each transfer. Before its first. */
void multi_adopt(struct multi *multi, CURL *easy);

/* Waits in the task that calls; one transfer at a time. The deadline ends it as
 * libcurl's own time-out would, which costs a timer for each transfer. */
CURLcode multi_perform(struct multi *multi, CURL *easy, int64_t deadline_ns);

#endif
