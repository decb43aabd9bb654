/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of functions as people write them down: "string term, int page",
 * and functions with them: "int on_page(string term, int page)". */
#ifndef BASE_SIGNATURE_H
#define BASE_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/foreign.h"

enum {
    SIGNATURE_PARAMETERS_LIMIT = 32,
    SIGNATURE_NAME_LIMIT = 64,
    SIGNATURE_TEXT_LIMIT = 4096,
    SIGNATURE_FUNCTION_LIMIT = 255, /* bytes of its name */
};

/* The types, in the order of their table. */
enum parameter_type {
    PARAMETER_BOOL,
    PARAMETER_INT,
    PARAMETER_UINT,
    PARAMETER_LONG,
    PARAMETER_FLOAT,
    PARAMETER_DOUBLE,
    PARAMETER_STRING,
    PARAMETER_TYPE_COUNT,
};

struct parameter_kind {
    const char *name;          /* in a signature */
    enum foreign_type foreign; /* how it is passed */
    const char *expected;      /* "int expects ..." */
};
extern const struct parameter_kind parameter_kinds[PARAMETER_TYPE_COUNT];

struct parameter {
    enum parameter_type type;
    char name[SIGNATURE_NAME_LIMIT + 1];
};

struct signature {
    struct parameter parameters[SIGNATURE_PARAMETERS_LIMIT];
    size_t count;
};

struct declaration {
    char function[SIGNATURE_FUNCTION_LIMIT + 1];
    bool returns_int; /* otherwise nothing */
    struct signature signature; /* may be empty */
};

/* TYPE NAME[, TYPE NAME ...]: names as in C, each once; blanks between words.
 * Reads at most SIGNATURE_TEXT_LIMIT + 1 bytes of `text`. */
int signature_parse(struct signature *signature, const char *text, struct err *err);

/* [int|void] FUNCTION([TYPE NAME[, TYPE NAME ...]]), with the same rules. */
int declaration_parse(struct declaration *declaration, const char *text, struct err *err);

#endif
