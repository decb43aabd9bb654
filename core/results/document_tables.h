/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the measured part of a result document. */
#ifndef RESULTS_DOCUMENT_TABLES_H
#define RESULTS_DOCUMENT_TABLES_H

#include "results/json_node.h"
#include "results/results_layout.h"

/* Fill empty results from the document `root`, of a run that `info` describes. */
int document_read_tables(struct results *results, const struct json_node *root,
                         const struct document_info *info);
int document_read_metrics(struct tally *tally, const struct json_node *root);

#endif
