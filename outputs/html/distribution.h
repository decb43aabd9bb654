/* SPDX-License-Identifier: Apache-2.0 */
/* The distribution of a latency for a chart: a document's compressed histogram
 * as a few bars of equal width on a logarithmic axis. */
#ifndef OUTPUTS_HTML_DISTRIBUTION_H
#define OUTPUTS_HTML_DISTRIBUTION_H

#include <jansson.h>

#include "base/err.h"

/* An object for the caller: `low_us`, the lower edge of the first bar; `ratio`,
 * of an edge to the next one; and `counts`. NULL without `err` when nothing was
 * measured, NULL with `err` when the histogram cannot be read. */
json_t *distribution_of(const json_t *latency, struct err *err);

#endif
