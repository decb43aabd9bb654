/* SPDX-License-Identifier: Apache-2.0 */
/* The most common errors of a run, with their tracebacks. */
#ifndef OUTPUTS_STDOUT_ERRORS_H
#define OUTPUTS_STDOUT_ERRORS_H

#include <jansson.h>

#include "stdout/page.h"

/* Adds the errors that came most often, behind an empty line; nothing when there
 * were none. */
void errors_print(const struct page *page, const json_t *document);

#endif
