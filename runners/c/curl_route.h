/* SPDX-License-Identifier: Apache-2.0 */
/* How a transfer of libcurl gets to the server, and what that turned out to be. */
#ifndef C_RUNNER_CURL_ROUTE_H
#define C_RUNNER_CURL_ROUTE_H

#include <curl/curl.h>

#include "tls.h"

struct route {
    const struct tls_settings *trust;
    const char *proxy; /* NULL: what the environment names; "": none */
    bool wants_http2;
};

/* All is copied. */
void curl_route_set(CURL *easy, const struct route *route);

int curl_route_http_version(CURL *easy); /* as exchange->http_version */

#endif
