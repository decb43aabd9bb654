/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that went wrong, or may have: what became of them and the end of what
 * they printed, kept until the end of the run tells which of them matter. */
#ifndef RUN_SUSPECTS_H
#define RUN_SUSPECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/receiver.h"
#include "run/tail.h"
#include "run/verdict.h"

struct suspect {
    uint32_t number, target;
    char *text; /* "shop.js:test_cart, users 1 to 5 (local.3) was killed by signal 11" */
    struct tail output;
    bool is_excusable; /* exits non-zero: fine if it reported a failure or an error */
};

/* Zero-initialise. */
struct suspects {
    struct suspect *list; /* the first 1000 */
    size_t count;
    size_t more;              /* the others */
    uint32_t *more_excusable; /* the numbers of those */
    size_t more_excusable_count, more_excusable_capacity;
};

void suspects_clear(struct suspects *suspects);

/* Adds one, and takes its output; its text becomes "WHO WHAT". */
void suspects_take(struct suspects *suspects, struct suspect suspect, const char *who, const char *what);

/* The target of the first one; false when there is none. */
bool suspects_first(const struct suspects *suspects, uint32_t *target);

/* After receiver_stop: says on stderr which ones went wrong, the first with the end
 * of what they printed, and adds the reasons to the verdict. */
void suspects_judge(const struct suspects *suspects, const struct receiver *receiver,
                    struct verdict *verdict);

#endif
