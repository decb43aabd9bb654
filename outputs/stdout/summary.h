/* SPDX-License-Identifier: Apache-2.0 */
/* The final text, made from the result document alone. */
#ifndef OUTPUTS_STDOUT_SUMMARY_H
#define OUTPUTS_STDOUT_SUMMARY_H

#include <jansson.h>

#include "stdout/page.h"

enum { SUMMARY_COLUMNS_LEAST = 40, SUMMARY_COLUMNS_MOST = 80 };

void summary_print(const struct page *page, const json_t *document);

#endif
