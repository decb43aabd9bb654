/* SPDX-License-Identifier: Apache-2.0 */
/* What the program says to people while it works: one line each, on stderr. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

/* Each writes "loads: TEXT\n" in one write; text from outside is made visible
 * (no control characters, no line breaks). On a terminal the line first clears a progress bar.
 * Safe to call from any thread. */
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warning(const char *fmt, ...) PRINTF_LIKE(1, 2); /* "loads: warning: TEXT" */
void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);   /* "loads: error: TEXT" */

#endif
