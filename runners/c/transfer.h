/* SPDX-License-Identifier: Apache-2.0 */
/* The long way: a request as libcurl's transfer, for HTTP/2, proxies and whatever
 * http1.h leaves out. */
#ifndef C_RUNNER_TRANSFER_H
#define C_RUNNER_TRANSFER_H

#include "base/err.h"
#include "curl_route.h"
#include "loop.h"
#include "transport.h"

struct transfer;

/* Before the first, and after the last. */
int transfer_library_open(struct err *err);
void transfer_library_close(void);

/* NULL: libcurl cannot. All transfers go the same way. */
struct transfer *transfer_new(struct loop *loop, const struct route *route);
void transfer_free(struct transfer *transfer); /* NULL is allowed */

/* As http1_perform. */
int transfer_perform(struct transfer *transfer, struct exchange *exchange);

#endif
