/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the result document. What is missing or of another type reads as
 * empty: documents grow, and an older one has less. */
#ifndef OUTPUTS_DOCUMENT_H
#define OUTPUTS_DOCUMENT_H

#include <jansson.h>
#include <loads/plugin.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/* The document as a tree, which the caller releases with json_decref; NULL and
 * `err` when it is not JSON. */
json_t *document_read(const struct loads_result *result, struct err *err);

uint64_t document_count(const json_t *object, const char *key); /* 0 when negative */
double document_number(const json_t *object, const char *key);
int64_t document_us(const json_t *object, const char *key); /* rounded; 0 to 2^53 */
struct slice document_text(const json_t *object, const char *key);

/* The items of an array in the order of qsort's `order`, to free(); the items
 * stay the document's. */
const json_t **document_sorted(const json_t *array, int (*order)(const void *, const void *));

#endif
