/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks of their own for functions that wait: a switch from one to another is
 * a few instructions and no system call. All of one set run in one thread. */
#ifndef C_RUNNER_FIBER_H
#define C_RUNNER_FIBER_H

#include <stddef.h>

#include "base/err.h"

/* The assembler below knows these two machines; all others, and a build that
 * defines FIBER_PORTABLE, take <ucontext.h>. */
#if !defined FIBER_PORTABLE && !defined __x86_64__ && !defined __aarch64__
#define FIBER_PORTABLE
#endif
#ifdef FIBER_PORTABLE
#include <ucontext.h>
#endif

enum { FIBER_STACK_SIZE = 256 * 1024 }; /* touched pages only take memory */

struct fiber {
#ifdef FIBER_PORTABLE
    ucontext_t context;
#else
    void *stack_pointer; /* where it left off; the registers are on the stack */
#endif
    void (*run)(void *argument);
    void *argument;
    char *mapping; /* guard page and stack; NULL: the thread's own */
    size_t mapping_size;
    unsigned valgrind_id;
    /* For the sanitizers, which follow the stack. */
    void *shadow; /* AddressSanitizer's fake stack, or ThreadSanitizer's fiber */
    const void *stack_bottom;
    size_t stack_size;
};

/* The thread's own stack, from which the first switch goes. */
void fiber_init_thread(struct fiber *fiber);

/* A new stack with a guard page below. The first switch calls `run`, which never
 * returns: it leaves by fiber_leave. */
int fiber_init(struct fiber *fiber, size_t stack_size, void (*run)(void *argument), void *argument,
               struct err *err);
void fiber_clear(struct fiber *fiber); /* not the one that runs */

/* `from` is the one that runs; returns when somebody switches back to it. */
void fiber_switch(struct fiber *from, struct fiber *to);
_Noreturn void fiber_leave(struct fiber *from, struct fiber *to);

/* The switch to it comes soon: the processor fetches the end of its stack. */
void fiber_expect(const struct fiber *fiber);

#endif
