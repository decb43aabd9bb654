/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons and exit codes. */
#include "run/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

/* The most important first. */
static const struct {
    enum exit_code code;
    const char *status;
} ranks[] = {
    { EXIT_INTERNAL, "invalid" }, { EXIT_INTERRUPTED, "invalid" }, { EXIT_TERMINATED, "invalid" },
    { EXIT_USAGE, "invalid" },    { EXIT_UNREACHABLE, "invalid" }, { EXIT_INVALID, "invalid" },
    { EXIT_ASSERTION, "fail" },   { EXIT_REGRESSION, "fail" },     { EXIT_TESTS_FAILED, "fail" },
    { EXIT_PASSED, "pass" },
};

static size_t
rank_of(enum exit_code code)
{
    size_t rank = 0;

    while (ranks[rank].code != code)
        rank++;
    return rank;
}

void
verdict_clear(struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->reason_count; i++)
        free(verdict->reasons[i]);
    *verdict = (struct verdict){ 0 };
}

void
verdict_raise(struct verdict *verdict, enum exit_code code)
{
    if (rank_of(code) < rank_of(verdict->exit_code))
        verdict->exit_code = code;
}

/* The last of a full list tells how many more there were. */
void
verdict_copy(struct verdict *verdict, enum exit_code code, const char *const *reasons, size_t count)
{
    verdict_raise(verdict, code);
    for (size_t i = 0; i < count && i <= VERDICT_REASONS_LIMIT; i++)
        verdict->reasons[verdict->reason_count++] = xstrdup(reasons[i]);
    if (count > VERDICT_REASONS_LIMIT)
        verdict->more_count = strtoul(reasons[VERDICT_REASONS_LIMIT], NULL, 10);
}

void
verdict_add(struct verdict *verdict, enum exit_code code, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    verdict_raise(verdict, code);
    if (verdict->reason_count < VERDICT_REASONS_LIMIT) {
        va_start(args, fmt);
        vsnprintf(text, sizeof text, fmt, args);
        va_end(args);
        verdict->reasons[verdict->reason_count++] = xstrdup(text);
        return;
    }
    verdict->more_count++;
    if (verdict->reason_count == VERDICT_REASONS_LIMIT)
        verdict->reason_count++;
    else
        free(verdict->reasons[VERDICT_REASONS_LIMIT]);
    verdict->reasons[VERDICT_REASONS_LIMIT] = xasprintf("%zu more reasons", verdict->more_count);
}

bool
verdict_knows(int exit_code)
{
    for (size_t i = 0; i < sizeof ranks / sizeof ranks[0]; i++)
        if ((int)ranks[i].code == exit_code)
            return true;
    return false;
}

const char *
verdict_status(const struct verdict *verdict)
{
    return ranks[rank_of(verdict->exit_code)].status;
}
