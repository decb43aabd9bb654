/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about URLs that need no parser. */
#include "url.h"

#include <string.h>
#include <strings.h>

#include "base/memory.h"

bool
url_is_http(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

char *
url_resolve(const char *base, const char *url)
{
    size_t base_length;

    if (url_is_http(url))
        return xstrdup(url);
    if (base == NULL)
        return NULL;
    base_length = strlen(base);
    while (base_length > 0 && base[base_length - 1] == '/')
        base_length--;
    return xasprintf("%.*s%s%s", (int)base_length, base, *url == '/' || *url == '\0' ? "" : "/", url);
}

/* scheme://host:port of a URL, as far as it is written there. */
static size_t
site_length(const char *url)
{
    const char *host = strstr(url, "://");

    host = host != NULL ? host + 3 : url;
    return (size_t)(host - url) + strcspn(host, "/?#");
}

bool
url_is_same_site(const char *a, const char *b)
{
    size_t length = site_length(a);

    return length == site_length(b) && strncasecmp(a, b, length) == 0;
}

char *
url_without_credentials(const char *url)
{
    const char *host = strstr(url, "://");
    const char *at = NULL;
    size_t site = site_length(url);

    if (host != NULL) {
        host += 3;
        for (const char *c = host; c < url + site; c++)
            at = *c == '@' ? c : at;
    }
    return at == NULL ? xstrdup(url) : xasprintf("%.*s%s", (int)(host - url), url, at + 1);
}
