/* SPDX-License-Identifier: Apache-2.0 */
/* What the page shows of a result document, small enough to be part of it. */
#ifndef OUTPUTS_HTML_DIGEST_H
#define OUTPUTS_HTML_DIGEST_H

#include <jansson.h>

#include "base/err.h"

/* Changes the document in place:
 *   - histograms and buckets go; `distribution` is what the page draws of them;
 *   - `names` and `timeline` become columns, their times rounded to three digits;
 *   - `errors` are cut where they get long, `errors_left` counts the rest.
 * `err` says why there is no distribution, if so. */
void digest_document(json_t *document, struct err *err);

#endif
