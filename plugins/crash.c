/* SPDX-License-Identifier: Apache-2.0 */
/* The handler for crashes: one line that names the plugin, then the signal takes
 * its course. */
#include "plugins/crash.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

enum { STACK_BYTES = 64 * 1024 };

static const int crash_signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
enum { SIGNAL_COUNT = sizeof crash_signals / sizeof crash_signals[0] };

/* A signal handler is handed nothing, so what it needs to know lies here: whose
 * code the thread runs, and who handled the signals before (a sanitizer does). */
static _Thread_local const char *volatile blamed;
static struct sigaction previous[SIGNAL_COUNT];

void
crash_blame(const char *culprit)
{
    blamed = culprit;
}

/* Adds what fits. */
static size_t
append(char *line, size_t length, size_t limit, const char *text)
{
    while (*text != '\0' && length < limit)
        line[length++] = *text++;
    return length;
}

/* Only what is safe in a signal handler. */
static void
write_line(const char *culprit, int number)
{
    char digits[] = { (char)('0' + number / 10), (char)('0' + number % 10), '\0' };
    char line[256];
    size_t length = 0;

    length = append(line, length, sizeof line, "loads: ");
    length = append(line, length, sizeof line - 32, culprit);
    length = append(line, length, sizeof line, " crashed (signal ");
    length = append(line, length, sizeof line, number < 10 ? digits + 1 : digits);
    length = append(line, length, sizeof line, ")\n");
    if (write(STDERR_FILENO, line, length) < 0) { }
}

static void
on_crash(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (blamed != NULL)
        write_line(blamed, number);
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        if (crash_signals[i] == number)
            sigaction(number, &previous[i], NULL);
    /* A fault comes again by itself as soon as the handler returns; what was sent
     * by somebody does not. */
    if (info->si_code <= 0)
        raise(number);
}

void
crash_handler_install(void)
{
    struct sigaction action = { .sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK };

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        struct sigaction old;

        /* Installed twice, it would restore itself for ever. */
        sigaction(crash_signals[i], &action, &old);
        if (old.sa_sigaction != on_crash)
            previous[i] = old;
    }
}

void
crash_stack_init(struct crash_stack *stack)
{
    stack_t old;

    *stack = (struct crash_stack){ 0 };
    if (sigaltstack(NULL, &old) < 0 || (old.ss_flags & SS_DISABLE) == 0)
        return;
    stack->memory = xmalloc(STACK_BYTES);
    sigaltstack(&(stack_t){ .ss_sp = stack->memory, .ss_size = STACK_BYTES }, NULL);
}

void
crash_stack_clear(struct crash_stack *stack)
{
    if (stack->memory == NULL)
        return;
    sigaltstack(&(stack_t){ .ss_flags = SS_DISABLE }, NULL);
    free(stack->memory);
    stack->memory = NULL;
}
