/* SPDX-License-Identifier: Apache-2.0 */
/* Trust, proxies and HTTP/2 are libcurl's options. */
#include "curl_route.h"

#include <stdlib.h>

/* libcurl itself does not know the variables, which OpenSSL reads. A file of
 * authorities replaces the system's. */
static void
set_trust(CURL *easy, const struct tls_settings *trust)
{
    const char *file = trust->ca_file != NULL ? trust->ca_file : getenv("SSL_CERT_FILE");
    const char *folder = getenv("SSL_CERT_DIR");

    if (file != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, file);
    if (trust->ca_file != NULL)
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    else if (folder != NULL)
        curl_easy_setopt(easy, CURLOPT_CAPATH, folder);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, trust->is_unverified ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, trust->is_unverified ? 0L : 2L);
}

void
curl_route_set(CURL *easy, const struct route *route)
{
    set_trust(easy, route->trust);
    curl_easy_setopt(easy, CURLOPT_PROXY, route->proxy);
    /* Without a proxy libcurl would still look in the environment for exceptions. */
    if (route->proxy != NULL && *route->proxy == '\0')
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     route->wants_http2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
}

int
curl_route_http_version(CURL *easy)
{
    static const struct { long code; int version; } versions[] = {
        { CURL_HTTP_VERSION_1_0, 10 }, { CURL_HTTP_VERSION_1_1, 11 }, { CURL_HTTP_VERSION_2_0, 20 },
    };
    long code = 0;

    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &code);
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        if (versions[i].code == code)
            return versions[i].version;
    }
    return 0;
}
