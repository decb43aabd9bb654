/* SPDX-License-Identifier: Apache-2.0 */
/* CURLINFO_* to the members of a hit. */
#include "curl_hit.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"

static int64_t
read_number(const struct curl_calls *calls, CURL *easy, CURLINFO info)
{
    curl_off_t number = 0;

    calls->getinfo(easy, info, &number);
    return number;
}

static int64_t
read_long(const struct curl_calls *calls, CURL *easy, CURLINFO info)
{
    long number = 0;

    calls->getinfo(easy, info, &number);
    return number;
}

/* libcurl's times all count from the start, and are 0 for what did not happen;
 * ours are the length of each phase. */
static void
read_phases(struct hit *hit, const struct curl_calls *calls, CURL *easy)
{
    int64_t dns_us = read_number(calls, easy, CURLINFO_NAMELOOKUP_TIME_T);
    int64_t connect_us = read_number(calls, easy, CURLINFO_CONNECT_TIME_T);
    int64_t tls_us = read_number(calls, easy, CURLINFO_APPCONNECT_TIME_T);
    int64_t first_byte_us = read_number(calls, easy, CURLINFO_STARTTRANSFER_TIME_T);

    hit->dns_us = hit->connect_us = hit->tls_us = -1;
    hit->ttfb_us = first_byte_us > 0 ? first_byte_us : -1;
    if (read_long(calls, easy, CURLINFO_NUM_CONNECTS) == 0)
        return;
    if (dns_us > 0)
        hit->dns_us = dns_us;
    if (connect_us > 0)
        hit->connect_us = connect_us > dns_us ? connect_us - dns_us : 0;
    if (tls_us > 0)
        hit->tls_us = tls_us > connect_us ? tls_us - connect_us : 0;
}

/* Copies the URL without user and password: they are nobody's business. */
static void
copy_url(char *out, const char *url)
{
    const char *site = strstr(url, "://");
    size_t kept = 0, authority;

    site = site != NULL ? site + 3 : url;
    authority = strcspn(site, "/?#");
    for (size_t i = authority; i > 0; i--) {
        if (site[i - 1] != '@')
            continue;
        kept = (size_t)(site - url) < CURL_HIT_URL_LIMIT ? (size_t)(site - url) : CURL_HIT_URL_LIMIT;
        memcpy(out, url, kept);
        url = site + i;
        break;
    }
    authority = strnlen(url, CURL_HIT_URL_LIMIT - kept);
    memcpy(out + kept, url, authority);
    out[kept + authority] = '\0';
}

/* libcurl takes a URL without a scheme for HTTP, mostly. */
static bool
is_http(const char *url)
{
    return strstr(url, "://") == NULL || strncasecmp(url, "http://", 7) == 0 ||
           strncasecmp(url, "https://", 8) == 0;
}

static const char *
read_method(const struct curl_calls *calls, CURL *easy)
{
    char *method = NULL;

#if LIBCURL_VERSION_NUM >= 0x074800
    calls->getinfo(easy, CURLINFO_EFFECTIVE_METHOD, &method);
#else
    (void)calls;
    (void)easy;
#endif
    /* A libcurl before 7.72 does not say. */
    return method != NULL && *method != '\0' ? method : "GET";
}

bool
curl_hit_read(struct curl_hit *read, const struct curl_calls *calls, CURL *easy, CURLcode code)
{
    struct hit *hit = &read->hit;
    char *url = NULL;
    int64_t status = read_long(calls, easy, CURLINFO_RESPONSE_CODE);
    bool has_answer = code == CURLE_OK || (code == CURLE_HTTP_RETURNED_ERROR && status > 0);

    calls->getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
    if (url == NULL || *url == '\0' || !is_http(url))
        return false;
    /* No status and no error: only a connection was made. */
    if (has_answer && (status < 1 || status > 999))
        return false;
    copy_url(read->url, url);
    *hit = (struct hit){
        .url = read->url,
        .method = read_method(calls, easy),
        .status = has_answer ? (int)status : 0,
        .error = has_answer ? NULL : calls->strerror(code),
        .elapsed_us = read_number(calls, easy, CURLINFO_TOTAL_TIME_T),
        .bytes_in = read_long(calls, easy, CURLINFO_HEADER_SIZE) +
                    read_number(calls, easy, CURLINFO_SIZE_DOWNLOAD_T),
        .bytes_out = read_long(calls, easy, CURLINFO_REQUEST_SIZE) +
                     read_number(calls, easy, CURLINFO_SIZE_UPLOAD_T),
    };
    hit->started_unix_ns = clock_wall_unix_ns() - hit->elapsed_us * NS_PER_US;
    read_phases(hit, calls, easy);
    return true;
}
