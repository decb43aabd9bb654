/* SPDX-License-Identifier: Apache-2.0 */
/* Where an observer's server is, as its options say. */
#ifndef OBSERVERS_SERVER_H
#define OBSERVERS_SERVER_H

#include <stdint.h>

#include "base/err.h"

/* Whether `host` is a name or an address, without anything that would have a
 * meaning in a URL, and `port` 1 to 65535. `option` is what the user calls the host. */
int server_check(const char *option, const char *host, int64_t port, struct err *err);

/* "smtp://[::1]:25"; the caller frees it. Both have been checked. */
char *server_url(const char *scheme, const char *host, int64_t port);

#endif
