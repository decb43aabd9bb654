/* SPDX-License-Identifier: Apache-2.0 */
/* The distance between names, and which one is near. */
#include "base/nearest.h"

#include <string.h>

enum { NAME_LIMIT = 64 };

static size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits that make `a` from `b` (optimal string alignment): three rows of the
 * usual table, the third for swaps. */
static size_t
distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][NAME_LIMIT + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b_length; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *oldest = before;

        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t replaced = last[j - 1] + (a[i - 1] != b[j - 1]);

            row[j] = smaller(replaced, smaller(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
        before = last;
        last = row;
        row = oldest;
    }
    return last[b_length];
}

const char *
nearest_name(const char *typed, const char *const *known, size_t count)
{
    size_t length = strlen(typed);
    /* One slip for a short name, more for longer ones: "x" is near to nothing. */
    size_t limit = length < 2 ? 0 : length < 5 ? 1 : length < 9 ? 2 : 3;
    const char *nearest = NULL;

    if (length > NAME_LIMIT)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t known_length = strlen(known[i]);
        size_t edits;

        if (known_length > NAME_LIMIT)
            continue;
        edits = distance(typed, length, known[i], known_length);
        if (edits <= limit && (nearest == NULL || edits < limit)) {
            nearest = known[i];
            limit = edits;
        }
    }
    return nearest;
}
