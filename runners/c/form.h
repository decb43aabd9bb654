/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of forms, as browsers write them. */
#ifndef C_RUNNER_FORM_H
#define C_RUNNER_FORM_H

#include <loads/test.h>

#include "base/buffer.h"

/* Adds "name=value&name=value": an even number of texts, then NULL. */
void form_add_pairs(struct buffer *out, const char *const *pairs);

/* Adds a multipart body, and writes its content type. */
enum { FORM_TYPE_SIZE = 96 };
void form_add_parts(struct buffer *out, const struct loads_part *parts, char type[static FORM_TYPE_SIZE]);

#endif
