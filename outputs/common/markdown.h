/* SPDX-License-Identifier: Apache-2.0 */
/* The summary of a run as GitHub Flavored Markdown, which is also a readable text. */
#ifndef OUTPUTS_MARKDOWN_H
#define OUTPUTS_MARKDOWN_H

#include <jansson.h>

#include "base/buffer.h"
#include "base/slice.h"

/* Adds the summary of the result document: verdict and reasons, figures, the
 * slowest names, tests, errors, and what the account has lost. */
void markdown_summary(struct buffer *out, const json_t *document);

enum markdown_place { MARKDOWN_TEXT, MARKDOWN_CELL };

/* Adds text from outside as a code span, in which nothing links, mentions or
 * formats; nothing when it is empty. In a table's cell a bar is escaped. */
void markdown_code(struct buffer *out, struct slice text, enum markdown_place place);

#endif
