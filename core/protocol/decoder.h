/* SPDX-License-Identifier: Apache-2.0 */
/* From a frame to messages. The fast decoder takes what real runners send, in
 * one pass and without allocating; whatever surprises it goes through jansson,
 * with the same outcome. */
#ifndef PROTOCOL_DECODER_H
#define PROTOCOL_DECODER_H

#include <stdint.h>

#include "protocol/message.h"

/* Where the decoder's findings go, in the order of the frame. All that is handed
 * over is valid until the call returns. */
struct decoder_sink {
    void *context;
    void (*message)(void *context, const struct message *message);
    /* One message could not be used. `why` is one line for people that names the
     * member and the value; `text` is the message or frame, unchecked bytes. */
    void (*rejected)(void *context, enum reject reason, const char *why, struct slice text);
    /* A well-formed message of a type we do not know. */
    void (*unknown)(void *context, struct slice data_type, struct slice text);
};

struct decoder_stats {
    uint64_t fast, slow; /* messages decoded by either path (also rejected and unknown ones) */
};

struct decoder; /* scratch memory; one per thread */

struct decoder *decoder_new(void);
void decoder_free(struct decoder *decoder);

/* Decodes one frame: an object, an array of objects, or a batch. Never fails:
 * what cannot be used is reported through the sink. An unparsable or empty frame
 * is one rejection; in an array or a batch each message stands for itself. */
void decoder_decode(struct decoder *decoder, struct slice frame, const struct decoder_sink *sink);

struct decoder_stats decoder_stats(const struct decoder *decoder);

/* For tests and benchmarks: only one of the two paths. decoder_fast returns
 * false, and has called nothing, when it leaves the frame to the other. */
bool decoder_fast(struct decoder *decoder, struct slice frame, const struct decoder_sink *sink);
void decoder_slow(struct decoder *decoder, struct slice frame, const struct decoder_sink *sink);

#endif
