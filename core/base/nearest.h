/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean ...?": the known name that a typed one was probably meant to be. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* The nearest of `known` by insertions, deletions, replacements and swaps of
 * neighbours, or NULL when none is near enough to be worth saying. The first of
 * several equally near wins. Names longer than 64 bytes are never near. */
const char *nearest_name(const char *typed, const char *const *known, size_t count);

#endif
