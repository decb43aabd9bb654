/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope of an array's first message, which stands for those behind it that
 * tell nothing of an envelope: neither agent nor run, host or number. Runners send
 * most of what they send that way, and save both sides half of the bytes. */
#ifndef PROTOCOL_FRAME_ENVELOPE_H
#define PROTOCOL_FRAME_ENVELOPE_H

#include "base/buffer.h"
#include "protocol/message.h"

struct frame_envelope {
    bool is_there;
    struct slice agent_id, run_id, hostname; /* in `ids` */
    uint64_t seq;        /* of the first message; 0: none are numbered */
    struct buffer text;  /* `"agent_id":"...","run_id":"...",`: the members that are told, for message.envelope */
    char ids[3 * MESSAGE_ID_LIMIT];
};

void frame_envelope_init(struct frame_envelope *envelope);
void frame_envelope_clear(struct frame_envelope *envelope);

/* At the start of a frame. */
static inline void
frame_envelope_forget(struct frame_envelope *envelope)
{
    envelope->is_there = false;
}

/* Keeps the first message's; its texts are copied. */
void frame_envelope_keep(struct frame_envelope *envelope, const struct message *first);
/* Completes a message without one, the `place`th behind the first; without a first
 * it stays as it is. The message borrows the texts until the next frame. False: its
 * number would be out of range. */
bool frame_envelope_lend(const struct frame_envelope *envelope, struct message *message, size_t place);

#endif
