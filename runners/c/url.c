/* SPDX-License-Identifier: Apache-2.0 */
/* URLs: a quick look at those that are written plainly, libcurl's parser for the
 * few that redirects need. */
#include "url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

bool
url_is_http(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
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

struct slice
url_credentials(const char *url)
{
    const char *host = strstr(url, "://");
    size_t site = site_length(url);
    struct slice found = { .data = "", .length = 0 };

    if (host == NULL)
        return found;
    host += 3;
    for (const char *c = host; c < url + site; c++) {
        if (*c == '@')
            found = (struct slice){ .data = host, .length = (size_t)(c + 1 - host) };
    }
    return found;
}

static bool
is_host_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

/* "[::1]"; one with a zone is for libcurl. What else it may be is NULL. */
static const char *
skip_brackets(const char *at)
{
    char address[INET6_ADDRSTRLEN];
    unsigned char bytes[sizeof(struct in6_addr)];
    size_t length = strspn(at + 1, "0123456789abcdefABCDEF:.");

    if (length >= sizeof address || at[1 + length] != ']')
        return NULL;
    memcpy(address, at + 1, length);
    address[length] = '\0';
    return inet_pton(AF_INET6, address, bytes) == 1 ? at + length + 2 : NULL;
}

/* Sets host and name; where they end, NULL: there are none. */
static const char *
read_host(const char *at, struct url_parts *parts)
{
    const char *start = at;
    bool has_brackets = *at == '[';

    if (has_brackets)
        at = skip_brackets(at);
    else
        while (is_host_character(*at))
            at++;
    if (at == NULL || at == start || at - start > 255)
        return NULL;
    parts->host = parts->name = (struct slice){ .data = start, .length = (size_t)(at - start) };
    if (has_brackets) {
        parts->name.data++;
        parts->name.length -= 2;
    }
    return at;
}

/* ":8080", or nothing. */
static bool
read_port(struct slice text, struct url_parts *parts)
{
    parts->port = parts->is_https ? 443 : 80;
    if (text.length == 0)
        return true;
    if (text.data[0] != ':' || text.length < 2 || text.length > 6)
        return false;
    parts->port = 0;
    for (size_t i = 1; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        parts->port = parts->port * 10 + (unsigned)(text.data[i] - '0');
    }
    return parts->port > 0 && parts->port <= 65535;
}

/* "/." and "/.." as a whole segment; both are rare enough to look twice. */
static bool
has_dot_segment(struct slice path)
{
    const char *end = path.data + path.length;
    const char *at = path.data;

    while ((at = memchr(at, '/', (size_t)(end - at))) != NULL) {
        size_t dots = 0;

        at++;
        while (at + dots < end && at[dots] == '.')
            dots++;
        if ((dots == 1 || dots == 2) && (at + dots == end || at[dots] == '/'))
            return true;
    }
    return false;
}

bool
url_split(const char *url, struct url_parts *parts)
{
    const char *at = url, *end;
    bool has_query = false;

    *parts = (struct url_parts){ .is_https = strncasecmp(url, "https://", 8) == 0 };
    if (!url_is_http(url))
        return false;
    at += parts->is_https ? 8 : 7;
    parts->site.data = at;
    at = read_host(at, parts);
    if (at == NULL)
        return false;
    end = at + strcspn(at, "/?#");
    parts->site.length = (size_t)(end - parts->site.data);
    if (!read_port((struct slice){ .data = at, .length = (size_t)(end - at) }, parts))
        return false;
    parts->path.data = parts->target.data = end;
    for (at = end; *at != '\0' && *at != '#'; at++) {
        if (*at <= ' ' || *at >= 0x7f || *at == '\\')
            return false;
        if (*at == '?' && !has_query) {
            has_query = true;
            parts->path.length = (size_t)(at - end);
        }
    }
    parts->target.length = (size_t)(at - end);
    if (!has_query)
        parts->path.length = parts->target.length;
    return !has_dot_segment(parts->path);
}

char *
url_join(const char *base, const char *location)
{
    CURLU *url = curl_url();
    char *text = NULL, *joined = NULL;

    if (url != NULL && curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_URL, location, CURLU_URLENCODE) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK) {
        joined = xstrdup(text);
        curl_free(text);
    }
    curl_url_cleanup(url);
    return joined;
}
