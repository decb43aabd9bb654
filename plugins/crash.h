/* SPDX-License-Identifier: Apache-2.0 */
/* Says which plugin it was when the process dies inside of one. */
#ifndef PLUGINS_CRASH_H
#define PLUGINS_CRASH_H

#include <stddef.h>

/* From now on this thread runs code of `culprit` ("output file"), until NULL is
 * given. The text must outlive that. */
void crash_blame(const char *culprit);

/* A stack for the handler, so that it can run when a thread's own is used up:
 * one for each thread that calls plugins. */
struct crash_stack {
    void *memory; /* NULL: the thread had one already */
};
void crash_stack_init(struct crash_stack *stack);  /* on the thread itself */
void crash_stack_clear(struct crash_stack *stack); /* on the thread itself, last */

/* At the start of the program. Again does nothing. */
void crash_handler_install(void);

#endif
