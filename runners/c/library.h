/* SPDX-License-Identifier: Apache-2.0 */
/* The file with the tests, loaded: a shared object, or the program itself. */
#ifndef C_RUNNER_LIBRARY_H
#define C_RUNNER_LIBRARY_H

#include <stddef.h>

#include <loads/test.h>

#include "base/err.h"

/* A test that takes no argument is called with one all the same: on the ABIs
 * that we run on it never looks at the register. */
typedef void test_function(struct loads_test *t);
typedef void process_function(void);

struct call;
struct parameters;

struct test {
    char *name;
    test_function *run;     /* NULL: a hook that the file does not have */
    const char *signature;  /* what LOADS_PARAMETERS says; NULL: nothing */
    const struct call *call; /* how it gets its values; NULL: it has no parameters */
};

struct library {
    void *handle;
    struct test *tests; /* in alphabetical order */
    size_t test_count;  /* at least 1 */
    struct test setup_user, teardown_user;
    process_function *setup_process, *teardown_process; /* may be NULL */
    struct parameters *parameters; /* NULL: no test has any. Parameters_open's. */
};

/* Loads the shared object `path`, which errors call `shown`, and finds the
 * function `name`, or with NULL every function whose name starts with "test". */
int library_open(struct library *library, const char *path, const char *shown, const char *name,
                 struct err *err);
/* The same for the running program. */
int library_open_self(struct library *library, const char *name, struct err *err);
void library_close(struct library *library);

/* The process's set-up and tear-down, if the file has them. */
void library_setup(const struct library *library);
void library_teardown(const struct library *library);

#endif
