/* SPDX-License-Identifier: Apache-2.0 */
/* What results are made of: for results.c, which adds, and document.c, which
 * writes. Nobody else includes it. */
#ifndef RESULTS_RESULTS_LAYOUT_H
#define RESULTS_RESULTS_LAYOUT_H

#include "results/results.h"
#include "results/tally.h"
#include "results/timeline.h"

struct results {
    struct tally tally;
    struct timeline timeline;
    struct account account;
};

#endif
