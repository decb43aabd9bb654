/* SPDX-License-Identifier: Apache-2.0 */
/* The handler of fatal signals. All in it is safe in a signal handler. */
#include "crash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "user.h"

/* A handler is handed nothing: this is how it finds the user that runs. */
static _Thread_local const struct loop *guarded;

struct line {
    char text[512];
    size_t length;
};

static void
add_text(struct line *line, const char *text)
{
    while (*text != '\0' && line->length < sizeof line->text)
        line->text[line->length++] = *text++;
}

static void
add_number(struct line *line, uint64_t number)
{
    char digits[24];
    size_t at = sizeof digits - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    add_text(line, digits + at);
}

static const struct { int number; const char *name; } fatal[] = {
    { SIGSEGV, "SIGSEGV" }, { SIGBUS, "SIGBUS" }, { SIGFPE, "SIGFPE" },
    { SIGILL, "SIGILL" },   { SIGABRT, "SIGABRT" },
};

static void
on_crash(int number)
{
    struct line line = { .length = 0 };
    const struct loads_test *user = guarded != NULL ? loop_running(guarded) : NULL;
    const char *name = "a signal";

    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        if (fatal[i].number == number)
            name = fatal[i].name;
    }
    add_text(&line, program_invocation_short_name);
    add_text(&line, ": ");
    add_text(&line, name);
    if (user != NULL && user->test != NULL) {
        add_text(&line, " in ");
        add_text(&line, user->test);
        add_text(&line, " (user ");
        add_number(&line, user->number);
        add_text(&line, ", iteration ");
        add_number(&line, user->iteration);
        add_text(&line, ")");
    } else {
        add_text(&line, " outside of a test");
    }
    add_text(&line, "\n");
    if (write(STDERR_FILENO, line.text, line.length) < 0) {
        /* Nobody listens; the signal still tells. */
    }
    /* SA_RESETHAND: now it is fatal. */
    raise(number);
}

void
crash_handle(void)
{
    struct sigaction action = { .sa_handler = on_crash, .sa_flags = SA_ONSTACK | SA_RESETHAND };

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        sigaction(fatal[i].number, &action, NULL);
}

void
crash_guard_enter(struct crash_guard *guard, const struct loop *loop)
{
    long least = sysconf(_SC_SIGSTKSZ);
    stack_t stack = { .ss_size = least > 16384 ? (size_t)least : 16384 };

    guard->memory = stack.ss_sp = xmalloc(stack.ss_size);
    sigaltstack(&stack, &guard->before);
    guarded = loop;
}

void
crash_guard_leave(struct crash_guard *guard)
{
    guarded = NULL;
    sigaltstack(&guard->before, NULL);
    free(guard->memory);
}
