/* SPDX-License-Identifier: Apache-2.0 */
/* What a server has compressed, as it was. */
#ifndef C_RUNNER_GUNZIP_H
#define C_RUNNER_GUNZIP_H

#include "base/buffer.h"

enum gunzip_result { GUNZIP_DONE, GUNZIP_BROKEN, GUNZIP_TOO_BIG };

/* Replaces gzip's bytes; `body` keeps its limit, which holds for the result too. */
enum gunzip_result gunzip(struct buffer *body);

#endif
