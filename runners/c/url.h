/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about URLs that need no parser. */
#ifndef C_RUNNER_URL_H
#define C_RUNNER_URL_H

#include <stdbool.h>

bool url_is_http(const char *url); /* absolute, and http or https */

/* The absolute form: `url` itself, or `base` with `url` behind it. NULL when it
 * needs a base and there is none. free() it. */
char *url_resolve(const char *base, const char *url);

/* Whether scheme, host and port are the same, as far as they are written. */
bool url_is_same_site(const char *a, const char *b);

/* Without user and password, for reports that many read. free() it. */
char *url_without_credentials(const char *url);

#endif
