/* SPDX-License-Identifier: Apache-2.0 */
/* Makes up frames: mostly such as runners could send, some of them bent. */
#ifndef FUZZ_GRAMMAR_H
#define FUZZ_GRAMMAR_H

#include <stdint.h>

#include "base/buffer.h"

struct chance {
    uint64_t state;
};
uint64_t chance_next(struct chance *chance);

/* Replaces what is in `out` by a new frame. */
void grammar_frame(struct chance *chance, struct buffer *out);
/* Changes some bytes of it. */
void grammar_bend(struct chance *chance, struct buffer *frame);

#endif
