/* SPDX-License-Identifier: Apache-2.0 */
/* What every observer that speaks to a server does around it. */
#ifndef OBSERVERS_TELL_H
#define OBSERVERS_TELL_H

#include <loads/plugin.h>

#include "base/err.h"
#include "common/template.h"

/* Tells somebody of the run; -1 and `err` when that did not work. */
typedef int teller(const void *state, const struct template_values *values, struct err *err);

/* The body of an observer's flush: reads the result document, brings up libcurl,
 * calls `tell`, and hands its error to the host. */
int tell_result(const void *state, const struct loads_host *host, const struct loads_result *result,
                const char *link, teller *tell);

#endif
