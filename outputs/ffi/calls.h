/* SPDX-License-Identifier: Apache-2.0 */
/* A plain shared library, and which of its functions is called when, as its user
 * declares it: "int on_hit(string url, int status)". */
#ifndef OUTPUTS_FFI_CALLS_H
#define OUTPUTS_FFI_CALLS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/foreign.h"
#include "base/signature.h"
#include "ffi/fields.h"

struct call {
    char function[SIGNATURE_FUNCTION_LIMIT + 1];
    foreign_function *address;
    struct foreign *foreign; /* NULL: there is nothing to call */
    size_t count;
    struct {
        const struct field *field;
        enum source source;
        enum parameter_type type;
    } parameters[SIGNATURE_PARAMETERS_LIMIT];
};

struct calls {
    void *handle;
    struct call calls[MOMENT_COUNT];
};

/* Checks the declarations (NULL: none for this moment) against the fields and the
 * library, whose file nobody else may write, and then loads it. On failure nothing
 * stays open. */
int calls_open(struct calls *calls, const char *library, const char *const declarations[MOMENT_COUNT],
               struct err *err);
void calls_close(struct calls *calls);

bool calls_have(const struct calls *calls, enum moment moment);

/* Calls what is declared for the moment, with what the sources tell; those that
 * have no field there may be NULL. A function that returns an int other than 0 has
 * failed. */
int calls_make(const struct calls *calls, enum moment moment, const void *const sources[SOURCE_COUNT],
               struct err *err);
/* The same with what the result tells: its document and totals. */
int calls_make_result(const struct calls *calls, enum moment moment, const struct loads_result *result,
                      struct err *err);

#endif
