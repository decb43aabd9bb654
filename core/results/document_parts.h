/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the result document that have a file of their own. */
#ifndef RESULTS_DOCUMENT_PARTS_H
#define RESULTS_DOCUMENT_PARTS_H

#include "base/json_writer.h"
#include "results/metrics.h"

#define DOCUMENT_SCHEMA "loads-result/1"

/* The members counters and counter_rests, and the member metrics. */
void document_put_counters(struct json_writer *json, const struct metrics *counters);
void document_put_metrics(struct json_writer *json, const struct metrics *metrics);

#endif
