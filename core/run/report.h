/* SPDX-License-Identifier: Apache-2.0 */
/* The end of every run and replay: opens the outputs that were asked for, and at
 * the end makes the result document and hands it to them. */
#ifndef RUN_REPORT_H
#define RUN_REPORT_H

#include <stdint.h>

#include "base/err.h"
#include "plugins/dispatch.h"
#include "results/results.h"
#include "run/settings.h"
#include "run/verdict.h"

/* Opens the outputs of the settings, of a run that `info` describes, and starts
 * their threads. NULL when one cannot be opened. With `why_no_events` there will be no
 * messages, only sums, and an output that wants messages is refused for that reason. */
struct dispatch *report_open(const struct run_settings *settings, const struct document_info *info,
                             const char *why_no_events, struct err *err);

/* Adds the reasons that the figures themselves give: nothing measured, lost
 * messages, failures and errors. */
void report_judge(const struct results *results, struct verdict *verdict);

/* Puts the verdict into `info`, which borrows its texts. */
void report_describe_verdict(struct document_info *info, const struct verdict *verdict);

/* Makes the head of the result document, and the whole of it. The caller clears
 * the buffer; it is_full when the document is too large to be. */
void report_head(const struct document_info *info, struct buffer *out);
void report_document(const struct results *results, const struct document_info *info, struct buffer *out);

/* Hands the result to the outputs and waits for them; those that failed are told
 * on stderr and become reasons. Fills the verdict's part of `info`. */
void report_finish(struct dispatch *dispatch, struct results *results, struct document_info *info,
                   struct loads_totals *totals, struct verdict *verdict);

#endif
