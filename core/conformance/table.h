/* SPDX-License-Identifier: Apache-2.0 */
/* The graded rows as a table of 80 columns, and as JSON. */
#ifndef CONFORMANCE_TABLE_H
#define CONFORMANCE_TABLE_H

#include "base/buffer.h"
#include "conformance/rows.h"

enum { TABLE_TEXT_LIMIT = 64 * 1024 };

/* One grade for each row, in their order. */
void table_as_text(struct buffer *out, const struct grade *grades);
void table_as_json(struct buffer *out, const struct grade *grades, const char *runner);

#endif
