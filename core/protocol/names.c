/* SPDX-License-Identifier: Apache-2.0 */
/* Builds a table of names with a perfect hash. */
#include "protocol/names.h"

#include <assert.h>

/* Whether each of the first `count` names gets a slot of its own. */
static bool
fill_slots(struct names *table, size_t count)
{
    memset(table->slots, NAMES_LIMIT, sizeof table->slots);
    for (size_t i = 0; i < count; i++) {
        size_t slot = name_slot(table->names[i], table->multiplier);

        if (table->slots[slot] != NAMES_LIMIT)
            return false;
        table->slots[slot] = (uint8_t)i;
    }
    return true;
}

void
names_init(struct names *table, const char *const *names)
{
    size_t count = 0;

    /* 0xFF is no byte of UTF-8. */
    memset(table->names, 0xFF, sizeof table->names);
    for (; names[count] != NULL; count++) {
        size_t length = strlen(names[count]);

        assert(count < NAMES_LIMIT && length <= NAMES_LENGTH_LIMIT);
        table->names[count] = name_of(names[count], length, names[count] + length);
    }
    /* Any odd number will do; for some 40 names one in eight fits. */
    table->multiplier = UINT64_C(0x9E3779B97F4A7C15);
    while (!fill_slots(table, count))
        table->multiplier = table->multiplier * UINT64_C(6364136223846793005) + 2;
}
