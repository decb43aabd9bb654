/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline as small charts, one line each, on a common axis. */
#ifndef OUTPUTS_STDOUT_CHART_H
#define OUTPUTS_STDOUT_CHART_H

#include <jansson.h>

#include "stdout/page.h"

/* Adds hits per second, p95 and users over time, behind an empty line; nothing
 * for a run that is too short to have a course. */
void chart_print(const struct page *page, const json_t *document);

#endif
