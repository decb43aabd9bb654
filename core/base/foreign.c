/* SPDX-License-Identifier: Apache-2.0 */
/* Calls through libffi. */
#include "base/foreign.h"

#include <ffi.h>
#include <stdlib.h>

#include "base/memory.h"

struct foreign {
    ffi_cif cif;
    enum foreign_result result;
    size_t count;
    ffi_type *types[FOREIGN_ARGUMENTS_LIMIT];
};

static ffi_type *
ffi_type_of(enum foreign_type type)
{
    switch (type) {
    case FOREIGN_BOOL: return sizeof(bool) == 1 ? &ffi_type_uint8 : NULL;
    case FOREIGN_INT32: return &ffi_type_sint32;
    case FOREIGN_UINT32: return &ffi_type_uint32;
    case FOREIGN_INT64: return &ffi_type_sint64;
    case FOREIGN_FLOAT: return &ffi_type_float;
    case FOREIGN_DOUBLE: return &ffi_type_double;
    case FOREIGN_POINTER: return &ffi_type_pointer;
    default: return NULL;
    }
}

struct foreign *
foreign_new(enum foreign_result result, const enum foreign_type *types, size_t count, struct err *err)
{
    ffi_type *returned = result == FOREIGN_INT ? &ffi_type_sint : &ffi_type_void;
    struct foreign *foreign;

    if (count > FOREIGN_ARGUMENTS_LIMIT) {
        err_set(err, "%zu parameters; at most %d are allowed", count, FOREIGN_ARGUMENTS_LIMIT);
        return NULL;
    }
    foreign = xcalloc(1, sizeof *foreign);
    foreign->result = result;
    foreign->count = count;
    for (size_t i = 0; i < count; i++) {
        foreign->types[i] = ffi_type_of(types[i]);
        if (foreign->types[i] == NULL) {
            err_set(err, "parameter %zu has a type that cannot be passed", i + 1);
            goto fail;
        }
    }
    if (ffi_prep_cif(&foreign->cif, FFI_DEFAULT_ABI, (unsigned)count, returned, foreign->types)
        != FFI_OK) {
        err_set(err, "libffi cannot call functions with these %zu parameters", count);
        goto fail;
    }
    return foreign;

fail:
    foreign_free(foreign);
    return NULL;
}

void
foreign_free(struct foreign *foreign)
{
    free(foreign);
}

int
foreign_call(const struct foreign *foreign, foreign_function *function, union foreign_value *values)
{
    void *places[FOREIGN_ARGUMENTS_LIMIT];
    ffi_arg returned = 0; /* an int comes widened */

    for (size_t i = 0; i < foreign->count; i++)
        places[i] = &values[i];
    /* libffi only reads it, but does not say so. */
    ffi_call((ffi_cif *)&foreign->cif, function, &returned, places);
    return foreign->result == FOREIGN_INT ? (int)returned : 0;
}
