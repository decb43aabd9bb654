/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the name that was meant, by edit distance. */
#include "base/nearest.h"

#include <stdint.h>
#include <string.h>

enum { NAME_LIMIT = 64 };

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char
folded(char character)
{
    if (character >= 'A' && character <= 'Z')
        return (char)(character - 'A' + 'a');
    return character == '_' ? '-' : character;
}

/* How many characters to insert, remove, replace or swap with their neighbour. */
static size_t
edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][NAME_LIMIT + 1];

    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];

        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            char x = folded(a[i - 1]), y = folded(b[j - 1]);

            row[j] = above[j - 1] + (x != y);
            row[j] = least(row[j], 1 + least(above[j], row[j - 1]));
            if (i > 1 && j > 1 && x == folded(b[j - 2]) && y == folded(a[i - 2]))
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

const char *
nearest_name(const char *typed, const char *const *known, size_t count)
{
    size_t typed_length = strlen(typed);
    size_t best_distance = SIZE_MAX;
    const char *best = NULL;

    if (typed_length > NAME_LIMIT)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(known[i]);
        size_t shorter = least(length, typed_length);
        size_t distance;

        if (length > NAME_LIMIT)
            continue;
        distance = edit_distance(typed, typed_length, known[i], length);
        /* One slip for four letters, and never so many that nothing is left of the name. */
        if (distance <= 1 + shorter / 4 && distance < shorter && distance < best_distance) {
            best_distance = distance;
            best = known[i];
        }
    }
    return best;
}
