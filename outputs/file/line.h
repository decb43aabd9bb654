/* SPDX-License-Identifier: Apache-2.0 */
/* One message as one line of a "loads": "file/1" file; docs/reference/outputs.md
 * describes the format. */
#ifndef OUTPUTS_FILE_LINE_H
#define OUTPUTS_FILE_LINE_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/slice.h"

/* Adds `{"received_us":N,"target":T,` and the members of the object `message`. */
void line_add_message(struct buffer *out, int64_t received_us, uint32_t target, struct slice message);

/* Adds the members of `object`, which is the text of a JSON object, with the
 * comma before them and the brace and newline after them. White space between
 * tokens that would break the line is dropped. Names that could be taken for ours
 * get an underscore: see protocol/recording_names.h. */
void line_add_members(struct buffer *out, struct slice object);

#endif
