/* SPDX-License-Identifier: Apache-2.0 */
/* "did you mean ...?" */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* The known name that the typed one was most likely meant to be, or NULL when
 * none is near. Case does not count, and - is the same as _. */
const char *nearest_name(const char *typed, const char *const *known, size_t count);

#endif
