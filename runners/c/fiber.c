/* SPDX-License-Identifier: Apache-2.0 */
/* The switch itself, for two machines and for all others; stacks; and what the
 * tools that follow stacks have to be told. */
#include "fiber.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined __has_feature
#if __has_feature(address_sanitizer)
#define FIBER_ASAN
#endif
#if __has_feature(thread_sanitizer)
#define FIBER_TSAN
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define FIBER_ASAN
#endif
#ifdef __SANITIZE_THREAD__
#define FIBER_TSAN
#endif

#ifdef FIBER_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(start, end) 0u
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

/* ---- What follows stacks ---- */

static void
announce_switch(struct fiber *from, struct fiber *to, bool is_last)
{
#ifdef FIBER_ASAN
    __sanitizer_start_switch_fiber(is_last ? NULL : &from->shadow, to->stack_bottom, to->stack_size);
#elif defined FIBER_TSAN
    __tsan_switch_to_fiber(to->shadow, 0);
#endif
    (void)from, (void)to, (void)is_last;
}

/* `from` is known only on the first arrival, when the thread's own stack is not. */
static void
confirm_switch(struct fiber *here, struct fiber *from)
{
#ifdef FIBER_ASAN
    const void *bottom = NULL;
    size_t size = 0;

    __sanitizer_finish_switch_fiber(here->shadow, &bottom, &size);
    if (from != NULL && from->mapping == NULL) {
        from->stack_bottom = bottom;
        from->stack_size = size;
    }
#endif
    (void)here, (void)from;
}

/* ---- The switch ---- */

/* Who switched, for the first arrival on a new stack. */
static _Thread_local struct fiber *arriving, *leaving;

static void __attribute__((used))
fiber_begin(void)
{
    struct fiber *fiber = arriving;

    confirm_switch(fiber, leaving);
    fiber->run(fiber->argument);
    abort(); /* `run` has to leave by fiber_leave */
}

#ifdef FIBER_PORTABLE

static void
prepare(struct fiber *fiber, char *stack, size_t size)
{
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = stack;
    fiber->context.uc_stack.ss_size = size;
    fiber->context.uc_link = NULL;
    makecontext(&fiber->context, fiber_begin, 0);
}

static void
swap(struct fiber *from, struct fiber *to)
{
    swapcontext(&from->context, &to->context);
}

#else

/* Pushes what a called function has to keep, stores the stack pointer, takes the
 * other one and pops. The signal mask and the floating point modes are the
 * thread's: no fiber has its own. */
void fiber_swap(void **from, void *to);
void fiber_first(void);

#if defined __x86_64__
__asm__(".text\n"
        ".p2align 4\n"
        ".globl fiber_swap\n"
        ".hidden fiber_swap\n"
        ".type fiber_swap, @function\n"
        "fiber_swap:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size fiber_swap, . - fiber_swap\n"
        ".globl fiber_first\n"
        ".hidden fiber_first\n"
        ".type fiber_first, @function\n"
        "fiber_first:\n"
        "    .cfi_startproc\n"
        "    .cfi_undefined rip\n" /* a debugger's backtrace ends here */
        "    call fiber_begin\n"
        "    ud2\n"
        "    .cfi_endproc\n"
        ".size fiber_first, . - fiber_first\n");
enum { SAVED_WORDS = 6, RETURN_WORD = 6 };

#elif defined __aarch64__
__asm__(".text\n"
        ".p2align 4\n"
        ".globl fiber_swap\n"
        ".hidden fiber_swap\n"
        ".type fiber_swap, %function\n"
        "fiber_swap:\n"
        "    sub sp, sp, #160\n"
        "    stp x29, x30, [sp, #0]\n"
        "    stp x19, x20, [sp, #16]\n"
        "    stp x21, x22, [sp, #32]\n"
        "    stp x23, x24, [sp, #48]\n"
        "    stp x25, x26, [sp, #64]\n"
        "    stp x27, x28, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n"
        "    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n"
        "    stp d14, d15, [sp, #144]\n"
        "    mov x9, sp\n"
        "    str x9, [x0]\n"
        "    mov sp, x1\n"
        "    ldp x29, x30, [sp, #0]\n"
        "    ldp x19, x20, [sp, #16]\n"
        "    ldp x21, x22, [sp, #32]\n"
        "    ldp x23, x24, [sp, #48]\n"
        "    ldp x25, x26, [sp, #64]\n"
        "    ldp x27, x28, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n"
        "    ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n"
        "    ldp d14, d15, [sp, #144]\n"
        "    add sp, sp, #160\n"
        "    ret\n"
        ".size fiber_swap, . - fiber_swap\n"
        ".globl fiber_first\n"
        ".hidden fiber_first\n"
        ".type fiber_first, %function\n"
        "fiber_first:\n"
        "    .cfi_startproc\n"
        "    .cfi_undefined x30\n"
        "    bl fiber_begin\n"
        "    brk #1\n"
        "    .cfi_endproc\n"
        ".size fiber_first, . - fiber_first\n");
enum { SAVED_WORDS = 20, RETURN_WORD = 1 };
#endif

/* Makes the stack look as if fiber_first had called fiber_swap. */
static void
prepare(struct fiber *fiber, char *stack, size_t size)
{
    /* Above the words lies a zero: what fiber_first would return to. After its
     * own return address is popped the stack is aligned to 16 bytes. */
    void **words = (void **)(void *)(stack + size) - (SAVED_WORDS + 4);

    memset(words, 0, (SAVED_WORDS + 4) * sizeof *words);
#ifdef __x86_64__
    words++;
#endif
    words[RETURN_WORD] = (void *)fiber_first;
    fiber->stack_pointer = words;
}

static void
swap(struct fiber *from, struct fiber *to)
{
    fiber_swap(&from->stack_pointer, to->stack_pointer);
}

#endif

void
fiber_switch(struct fiber *from, struct fiber *to)
{
    arriving = to;
    leaving = from;
    announce_switch(from, to, false);
    swap(from, to);
    confirm_switch(from, NULL);
}

void
fiber_leave(struct fiber *from, struct fiber *to)
{
    arriving = to;
    leaving = from;
    announce_switch(from, to, true);
    swap(from, to);
    abort(); /* nobody may come back */
}

void
fiber_expect(const struct fiber *fiber)
{
#ifdef FIBER_PORTABLE
    (void)fiber; /* where it left off is the library's secret */
#else
    enum { LINE = 64, LINES = 24 };
    const char *at = fiber->stack_pointer;

    for (int i = 0; i < LINES; i++)
        __builtin_prefetch(at + i * LINE, 1);
#endif
}

/* ---- Stacks ---- */

/* Every stack begins at the same place of a page, so the same few lines of the
 * caches would have to hold the hot part of them all: each begins a bit lower. */
static size_t
stagger(const char *mapping)
{
    enum { STEP = 192, STEPS = 12 };
    uint64_t mixed = ((uint64_t)(uintptr_t)mapping >> 12) * UINT64_C(0x9E3779B97F4A7C15);

    return (size_t)(mixed >> 32) % STEPS * STEP;
}

void
fiber_init_thread(struct fiber *fiber)
{
    *fiber = (struct fiber){ 0 };
#ifdef FIBER_TSAN
    fiber->shadow = __tsan_get_current_fiber();
#endif
}

int
fiber_init(struct fiber *fiber, size_t stack_size, void (*run)(void *argument), void *argument,
           struct err *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = (stack_size + page - 1) / page * page;
    char *mapping = mmap(NULL, size + page, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

    if (mapping == MAP_FAILED)
        return err_set(err, "cannot map a stack of %zu bytes: %s", size, strerror(errno));
    if (mprotect(mapping, page, PROT_NONE) < 0) {
        err_set(err, "cannot guard a stack: %s (vm.max_map_count limits how many there can be)",
                strerror(errno));
        munmap(mapping, size + page);
        return -1;
    }
    *fiber = (struct fiber){
        .run = run, .argument = argument,
        .mapping = mapping, .mapping_size = size + page,
        .valgrind_id = VALGRIND_STACK_REGISTER(mapping + page, mapping + page + size),
        .stack_bottom = mapping + page, .stack_size = size,
    };
#ifdef FIBER_TSAN
    fiber->shadow = __tsan_create_fiber(0);
#endif
    prepare(fiber, mapping + page, size - stagger(mapping));
    return 0;
}

void
fiber_clear(struct fiber *fiber)
{
    if (fiber->mapping == NULL)
        return;
#ifdef FIBER_TSAN
    __tsan_destroy_fiber(fiber->shadow);
#endif
    VALGRIND_STACK_DEREGISTER(fiber->valgrind_id);
    munmap(fiber->mapping, fiber->mapping_size);
    fiber->mapping = NULL;
}
