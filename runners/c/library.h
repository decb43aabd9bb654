/* SPDX-License-Identifier: Apache-2.0 */
/* The file with the tests, loaded: a shared object, or a C source that is
 * compiled on the fly. */
#ifndef C_RUNNER_LIBRARY_H
#define C_RUNNER_LIBRARY_H

#include <stddef.h>

#include <loads/test.h>

#include "base/err.h"

/* A test that takes no argument is called with one all the same: on the ABIs
 * that we run on it never looks at the register. */
typedef void test_function(struct loads_test *t);

struct test {
    char *name;
    test_function *run;
};

struct library {
    void *handle;
    struct test *tests; /* in alphabetical order */
    size_t test_count;  /* at least 1 */
};

/* Loads `file` and finds the function `name`, or with NULL every function whose
 * name starts with "test". */
int library_open(struct library *library, const char *file, const char *name, struct err *err);
void library_close(struct library *library);

#endif
