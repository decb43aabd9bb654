/* SPDX-License-Identifier: Apache-2.0 */
/* What a decoder reports, as lines of text: the form of tests/wire's `expect`
 * files, and what the fuzzer compares. */
#ifndef WIRE_REPORT_H
#define WIRE_REPORT_H

#include "base/buffer.h"
#include "protocol/decoder.h"

/* Writes a line for each message, rejection and unknown message:
 *
 *     hit agent_id="a1" url="http://h/" method="GET" status=200 elapsed=12000 raw={...}
 *     rejected range "elapsed is -1, must be 0 to 86400 seconds" text={...}
 *     unknown "something" text={...}
 *
 * Only what is told is written; `raw` and `text` only where they are not the
 * whole frame. */
struct report {
    struct buffer *out;
    struct slice frame;
};
struct decoder_sink report_sink(struct report *report);

#endif
