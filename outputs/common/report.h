/* SPDX-License-Identifier: Apache-2.0 */
/* What outputs have in common that write one text, made at the end from the
 * result document. */
#ifndef OUTPUTS_REPORT_H
#define OUTPUTS_REPORT_H

#include <jansson.h>
#include <loads/plugin.h>

#include "base/buffer.h"

enum { REPORT_LIMIT = 1 << 30 }; /* bytes */

/* For open(): whether the file can be written. */
int report_open(const struct loads_host *host, const char *filename);

typedef void report_add(struct buffer *out, const json_t *document, const void *context);

/* For flush(): adds the report with `add` and writes it. */
int report_flush(const struct loads_host *host, const struct loads_result *result, const char *filename,
                 report_add *add, const void *context);

#endif
