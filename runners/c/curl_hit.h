/* SPDX-License-Identifier: Apache-2.0 */
/* What libcurl knows about a transfer that is over, as a hit. Calls libcurl only
 * through pointers: the recorder is not linked with it. */
#ifndef C_RUNNER_CURL_HIT_H
#define C_RUNNER_CURL_HIT_H

#include <curl/curl.h>
#include <stdbool.h>

#include "event.h"

struct curl_calls {
    CURLcode (*getinfo)(CURL *easy, CURLINFO info, ...);
    const char *(*strerror)(CURLcode code);
};

enum { CURL_HIT_URL_LIMIT = 8192 };

/* One hit and the memory of its URL. */
struct curl_hit {
    struct hit hit;
    char url[CURL_HIT_URL_LIMIT + 1];
};

/* `code` is how the transfer ended. A chain of redirects that libcurl followed is
 * one hit: method and URL of its last request, the time of all. False: it was no
 * HTTP request. */
bool curl_hit_read(struct curl_hit *read, const struct curl_calls *calls, CURL *easy, CURLcode code);

#endif
