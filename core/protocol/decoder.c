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
    buffer_clear(&decoder->rewritten);
    free(decoder);
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
