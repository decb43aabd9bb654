/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of C functions whose parameters are known only when the program runs. The
 * one place that knows libffi. */
#ifndef BASE_FOREIGN_H
#define BASE_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { FOREIGN_ARGUMENTS_LIMIT = 64 };

enum foreign_type {
    FOREIGN_BOOL,
    FOREIGN_INT32,
    FOREIGN_UINT32,
    FOREIGN_INT64,
    FOREIGN_FLOAT,
    FOREIGN_DOUBLE,
    FOREIGN_POINTER,
    FOREIGN_TYPE_COUNT,
};

enum foreign_result { FOREIGN_VOID, FOREIGN_INT };

union foreign_value {
    bool as_bool;
    int32_t as_int32;
    uint32_t as_uint32;
    int64_t as_int64;
    float as_float;
    double as_double;
    const void *as_pointer;
};

typedef void foreign_function(void); /* cast from and to what the function is */

struct foreign;

/* How functions with this result and these parameters are called. NULL: too many,
 * or libffi refuses them. */
struct foreign *foreign_new(enum foreign_result result, const enum foreign_type *types, size_t count,
                            struct err *err);
void foreign_free(struct foreign *foreign);

/* Calls `function` with as many values as there are parameters, and returns its
 * result; 0 when it has none. Any number of threads may do so at once. */
int foreign_call(const struct foreign *foreign, foreign_function *function, union foreign_value *values);

#endif
