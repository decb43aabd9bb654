/* SPDX-License-Identifier: Apache-2.0 */
/* Where runners connect to: private ipc sockets, or the address that the user
 * gave, and which addresses are safe. */
#ifndef RUN_ENDPOINT_H
#define RUN_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Refuses what the user should not ask for: another transport, an address
 * beyond loopback, an ipc path that is too long or in use. */
int endpoint_check(const char *address, struct err *err);

/* A listening, non-blocking socket at `given`, or, when that is NULL, at a new
 * ipc address number `index` in the `scratch` directory; -1 on failure. `address`
 * gets what runners connect to (a tcp port * or 0 has become a real one), which
 * the caller frees. */
int endpoint_listen(const char *given, const char *scratch, size_t index, char **address, struct err *err);

/* Whether an accepted connection is ours to read: on ipc the peer is this user or
 * root, whatever the permissions of the path are. Who uses loopback is not known. */
bool endpoint_trusts_peer(int fd);

/* Closes the socket and removes its file. */
void endpoint_close(int fd, const char *address);

#endif
