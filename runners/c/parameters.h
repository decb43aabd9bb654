/* SPDX-License-Identifier: Apache-2.0 */
/* Tests with parameters: how each is called, and with which row of --data. */
#ifndef C_RUNNER_PARAMETERS_H
#define C_RUNNER_PARAMETERS_H

#include <stdbool.h>

#include "base/err.h"
#include "library.h"
#include "settings.h"

/* Reads the signatures of the library's tests, and all rows if one has any, so
 * that what is wrong with them is known before anything runs. Both are borrowed
 * until parameters_close. */
int parameters_open(struct library *library, const struct settings *settings, struct err *err);
void parameters_close(struct library *library);

/* Deals the user the row of its iteration; false: none is left for it. */
bool parameters_deal(const struct library *library, struct loads_test *user);

/* Calls the test, with the values of the user's row if it has parameters. */
void test_call(const struct test *test, struct loads_test *user);

#endif
