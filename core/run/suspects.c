/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that went wrong. */
#include "run/suspects.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"

enum {
    LIST_LIMIT = 1000,      /* processes whose output is kept */
    SHOWN_LIMIT = 5,        /* of them, shown with it */
    SHOWN_BYTES = 4 * 1024, /* of each one's output */
    SHOWN_LINES = 20,
    CAPACITY_MIN = 64,
};

void
suspects_clear(struct suspects *suspects)
{
    for (size_t i = 0; i < suspects->count; i++) {
        free(suspects->list[i].text);
        tail_clear(&suspects->list[i].output);
    }
    free(suspects->list);
    free(suspects->more_excusable);
    *suspects = (struct suspects){ 0 };
}

/* Past the limit they are only counted. */
static void
add_unnamed(struct suspects *suspects, uint32_t number, bool is_excusable)
{
    if (!is_excusable) {
        suspects->more++;
        return;
    }
    if (suspects->more_excusable_count == suspects->more_excusable_capacity) {
        suspects->more_excusable_capacity =
            suspects->more_excusable_capacity > 0 ? suspects->more_excusable_capacity * 2 : CAPACITY_MIN;
        suspects->more_excusable = xreallocarray(suspects->more_excusable, suspects->more_excusable_capacity,
                                                 sizeof *suspects->more_excusable);
    }
    suspects->more_excusable[suspects->more_excusable_count++] = number;
}

void
suspects_take(struct suspects *suspects, struct suspect suspect, const char *who, const char *what)
{
    if (suspects->count == LIST_LIMIT) {
        add_unnamed(suspects, suspect.number, suspect.is_excusable);
        tail_clear(&suspect.output);
        return;
    }
    suspect.text = xasprintf("%s %s", who, what);
    suspects->list = xreallocarray(suspects->list, suspects->count + 1, sizeof *suspects->list);
    suspects->list[suspects->count++] = suspect;
}

bool
suspects_first(const struct suspects *suspects, uint32_t *target)
{
    if (suspects->count == 0)
        return false;
    *target = suspects->list[0].target;
    return true;
}

void
suspects_judge(const struct suspects *suspects, const struct receiver *receiver, struct verdict *verdict)
{
    size_t shown = 0, more = suspects->more;

    for (size_t i = 0; i < suspects->more_excusable_count; i++)
        more += !receiver_has_complained(receiver, suspects->more_excusable[i]);
    for (size_t i = 0; i < suspects->count; i++) {
        const struct suspect *suspect = &suspects->list[i];

        if (suspect->is_excusable && receiver_has_complained(receiver, suspect->number))
            continue;
        verdict_add(verdict, EXIT_INVALID, "%s", suspect->text);
        if (shown++ >= SHOWN_LIMIT)
            continue;
        log_error("%s", suspect->text);
        tail_print(&suspect->output, SHOWN_LINES, SHOWN_BYTES);
    }
    if (more > 0)
        verdict_add(verdict, EXIT_INVALID, "%zu more processes went wrong", more);
    more += shown > SHOWN_LIMIT ? shown - SHOWN_LIMIT : 0;
    if (more > 0)
        log_error("%zu more processes went wrong", more);
}
