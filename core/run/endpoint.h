/* SPDX-License-Identifier: Apache-2.0 */
/* Where runners connect to: private ipc sockets, or the address that the user
 * gave; which addresses are safe, and ZAP for those on loopback tcp. */
#ifndef RUN_ENDPOINT_H
#define RUN_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* With a ZAP domain libzmq refuses peers that speak ZMTP 1.0 or 2.0, which is
 * what a browser's request can be made to look like; a proper one is let in. */
#define ENDPOINT_ZAP_DOMAIN "loads"

bool endpoint_is_tcp(const char *address);

/* Refuses what the user should not ask for: another transport, an address
 * beyond loopback, an ipc path that is too long or in use. */
int endpoint_check(const char *address, struct err *err);

/* Binds a ZeroMQ socket to `given`, or, when that is NULL, to a new ipc socket
 * number `index` in the `scratch` directory. Returns the address to connect to
 * (a tcp port 0 has become a real one), which the caller frees, or NULL. */
char *endpoint_bind(void *socket, const char *given, const char *scratch, size_t index, struct err *err);

/* The socket that answers authentication requests of a context; NULL on failure. */
void *endpoint_open_zap(void *context, struct err *err);
/* Answers what waits there: everybody who speaks ZMTP 3 is let in. */
void endpoint_answer_zap(void *zap);

#endif
