/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder's memory, and the choice between its two paths. */
#include "protocol/decoder.h"

#include <stdlib.h>

#include "base/memory.h"
#include "protocol/parts.h"

enum { ENVELOPE_ROOM = 16 * 1024 }; /* what a batch's envelope adds to one of its messages */

struct decoder *
decoder_new(void)
{
    struct decoder *decoder = xcalloc(1, sizeof *decoder);

    draft_rules_init(&decoder->rules);
    decoder->texts = xmalloc(MESSAGE_FRAME_LIMIT);
    decoder->messages = xcalloc(DECODER_ARRAY_LIMIT, sizeof *decoder->messages);
    decoder->nesting = xmalloc(sizeof *decoder->nesting);
    frame_envelope_init(&decoder->envelope);
    buffer_init(&decoder->rewritten, MESSAGE_FRAME_LIMIT + ENVELOPE_ROOM);
    return decoder;
}

void
decoder_free(struct decoder *decoder)
{
    if (decoder == NULL)
        return;
    free(decoder->texts);
    free(decoder->messages);
    free(decoder->nesting);
    frame_envelope_clear(&decoder->envelope);
    buffer_clear(&decoder->rewritten);
    free(decoder);
}

bool
complete_envelope(struct decoder *decoder, uint64_t keys, struct message *message)
{
    const uint64_t own = MEMBERS_ENVELOPE & ~MEMBER_BIT(DATA_TYPE);

    message->envelope = (struct slice){ 0 };
    if (!decoder->is_array)
        return true;
    if (decoder->place == 0)
        frame_envelope_keep(&decoder->envelope, message);
    else if ((keys & own) == 0)
        return frame_envelope_lend(&decoder->envelope, message, decoder->place);
    return true;
}

void
decoder_decode(struct decoder *decoder, struct slice frame, const struct decoder_sink *sink)
{
    if (!decoder_fast(decoder, frame, sink))
        slow_frame(decoder, frame, sink, true);
}

void
decoder_slow(struct decoder *decoder, struct slice frame, const struct decoder_sink *sink)
{
    slow_frame(decoder, frame, sink, false);
}

struct decoder_stats
decoder_stats(const struct decoder *decoder)
{
    return decoder->stats;
}
