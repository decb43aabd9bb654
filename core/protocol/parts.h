/* SPDX-License-Identifier: Apache-2.0 */
/* What the two decoders share: the memory of `struct decoder`. */
#ifndef PROTOCOL_PARTS_H
#define PROTOCOL_PARTS_H

#include "base/buffer.h"
#include "protocol/decoder.h"
#include "protocol/draft.h"
#include "protocol/frame_envelope.h"
#include "protocol/scan.h"

enum { DECODER_ARRAY_LIMIT = 4096 }; /* messages of one frame on the fast path */

struct decoder {
    struct draft_rules rules;
    struct decoder_stats stats;

    /* Strings without their escapes. All of a frame fit, since no escape is
     * shorter than what it stands for. */
    char *texts;
    size_t texts_length;

    struct frame_envelope envelope; /* of the frame's first message */
    bool is_array;                  /* the frame at hand */
    size_t place;                   /* in the array, of the message at hand */

    struct message *messages;     /* fast: DECODER_ARRAY_LIMIT of them */
    struct scan_nesting *nesting; /* slow */
    struct buffer rewritten;      /* slow: `raw` where it is not a piece of the frame */
};

/* Once a message is made but for its envelope, of an object with these keys: keeps the first
 * one's, completes one without. False: its number is out of range. */
bool complete_envelope(struct decoder *decoder, uint64_t keys, struct message *message);

/* One object, which is all of `text`. False: surprised. */
bool fast_object(struct decoder *decoder, struct slice text, struct message *message);
/* As decoder_slow; with `mixed` each message of an array is first tried on the fast path. */
void slow_frame(struct decoder *decoder, struct slice frame, const struct decoder_sink *sink, bool mixed);

#endif
