/* SPDX-License-Identifier: Apache-2.0 */
/* How far the run is, on standard error: a bar that is redrawn on a terminal,
 * a line every ten seconds elsewhere. */
#ifndef OUTPUTS_STDOUT_PROGRESS_H
#define OUTPUTS_STDOUT_PROGRESS_H

#include <loads/plugin.h>

#include "base/buffer.h"

struct progress {
    enum progress_kind { PROGRESS_NONE, PROGRESS_BAR, PROGRESS_LINES } kind;
    bool is_drawn;
    int64_t last_us, next_line_us; /* of the run */
    uint64_t last_hits;
};

void progress_start(struct progress *progress, bool is_quiet);
void progress_tick(struct progress *progress, const struct loads_totals *totals);
void progress_end(struct progress *progress); /* leaves no bar behind */

/* What a bar of at most `columns` columns shows; `hits_per_s` is the present rate. */
void progress_bar(struct buffer *out, const struct loads_totals *totals, double hits_per_s, size_t columns);

#endif
