/* SPDX-License-Identifier: Apache-2.0 */
/* One input through all paths of the decoder, which must agree. */
#ifndef FUZZ_DIFFER_H
#define FUZZ_DIFFER_H

#include <stdbool.h>

#include "base/buffer.h"
#include "protocol/decoder.h"

struct differ {
    struct decoder *decoder;
    struct buffer slow, other; /* what the paths report, as text */
};

enum verdict {
    VERDICT_VALID,   /* every message in it can be used */
    VERDICT_INVALID, /* some are rejected or unknown, or there are none */
    VERDICT_DIFFERS,
};

void differ_init(struct differ *differ);
void differ_clear(struct differ *differ);

/* `is_fast` says whether the fast path took it. A difference is printed. */
enum verdict differ_run(struct differ *differ, struct slice input, bool *is_fast);

#endif
