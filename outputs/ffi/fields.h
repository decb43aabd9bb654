/* SPDX-License-Identifier: Apache-2.0 */
/* What a library can be told: on which events, and with which fields. The tables
 * make the checks, the calls and the reference (docs/reference/ffi.md). */
#ifndef OUTPUTS_FFI_FIELDS_H
#define OUTPUTS_FFI_FIELDS_H

#include <loads/plugin.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/foreign.h"
#include "base/signature.h"

/* Whose member a field is. */
enum source { SOURCE_EVENT, SOURCE_TOTALS, SOURCE_FACTS, SOURCE_COUNT };

/* How the member is kept, and what becomes of it. */
enum form {
    FORM_TEXT,    /* const char *, never NULL */
    FORM_KIND,    /* enum loads_metric_kind, told as a word */
    FORM_OK,      /* of a whole event: whether the hit was a success */
    FORM_INT,     /* int */
    FORM_UINT32,  /* uint32_t */
    FORM_INT64,   /* int64_t */
    FORM_UINT64,  /* uint64_t, told as a long */
    FORM_REAL,    /* double */
    FORM_SECONDS, /* int64_t microseconds, told as seconds; negative ones as -1 */
    FORM_COUNT,
};

struct field {
    const char *name;
    enum form form;
    size_t offset;
    const char *help;
};

struct field_group {
    const char *title;
    enum source source;
    const struct field *fields; /* ends with { NULL } */
};

enum { FIELD_GROUPS_LIMIT = 3 };

enum moment {
    ON_NOTHING,
    ON_START, ON_BAD, ON_END, ON_TICK,
    ON_HIT,
    ON_TEST_START, ON_TEST_STOP, ON_TEST_SUCCESS, ON_TEST_FAILURE, ON_TEST_ERROR,
    ON_SOCKET_OPEN, ON_SOCKET_CLOSE, ON_SOCKET_MESSAGE,
    ON_COUNTER, ON_METRIC,
    MOMENT_COUNT,
};

struct moment_kind {
    const char *option;  /* that declares the function: "on_hit" */
    const struct field_group *groups[FIELD_GROUPS_LIMIT + 1]; /* ends with NULL */
};

/* By enum moment; ON_NOTHING is empty. */
extern const struct moment_kind moment_kinds[MOMENT_COUNT];

/* The field of that name, and the group that it is in; NULL when the moment has
 * none. */
const struct field *field_find(const struct moment_kind *kind, const char *name,
                               const struct field_group **group);

/* The type that the field has in a declaration, and the others that can take it. */
enum parameter_type field_type(const struct field *field);
bool field_fits(const struct field *field, enum parameter_type type);

/* The field of `source` as a value of a type that fits. */
void field_read(union foreign_value *value, const struct field *field, const void *source,
                enum parameter_type type);

#endif
