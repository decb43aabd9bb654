/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of hosts, looked up once in a run: the system's resolver may block,
 * so a thread of its own calls it. */
#ifndef C_RUNNER_RESOLVER_H
#define C_RUNNER_RESOLVER_H

#include <netdb.h>
#include <stdint.h>

#include "base/err.h"
#include "loop.h"

struct resolver;

/* What a task may wait for: the answer lives as long as the resolver. */
enum resolver_result { RESOLVER_FOUND, RESOLVER_FAILED, RESOLVER_LATE };

struct resolver *resolver_new(struct loop *loop, struct err *err);
void resolver_free(struct resolver *resolver); /* NULL is allowed; nobody may be waiting */

/* Port is a number. Waits in the task that calls; *error is set with _FAILED. */
enum resolver_result resolver_find(struct resolver *resolver, const char *host, const char *port,
                                   int64_t deadline_ns, const struct addrinfo **found, const char **error);

#endif
