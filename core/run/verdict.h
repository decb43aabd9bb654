/* SPDX-License-Identifier: Apache-2.0 */
/* What a run is worth: the reasons against it and the exit code that follows. */
#ifndef RUN_VERDICT_H
#define RUN_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "run/exit_code.h"

enum { VERDICT_REASONS_LIMIT = 100 }; /* more of them are only counted */

/* Zero-initialise: passed. */
struct verdict {
    char *reasons[VERDICT_REASONS_LIMIT + 1]; /* the last one tells how many more */
    size_t reason_count, more_count;
    enum exit_code exit_code;
};

void verdict_clear(struct verdict *verdict);

/* Adds a reason with the exit code that it calls for; of several codes the most
 * important one stays: 70, 130/143, 2, 7, 5, 3, 4, 1. */
void verdict_add(struct verdict *verdict, enum exit_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Makes the exit code this one when it is more important. */
void verdict_raise(struct verdict *verdict, enum exit_code code);
/* Makes an empty one the same as another, word for word. */
void verdict_copy(struct verdict *verdict, enum exit_code code, const char *const *reasons, size_t count);

/* Whether it is an exit code of ours. */
bool verdict_knows(int exit_code);

/* "pass", "fail" (what was measured is not good enough) or "invalid". */
const char *verdict_status(const struct verdict *verdict);

#endif
