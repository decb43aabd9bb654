/* SPDX-License-Identifier: Apache-2.0 */
/* Cookies in a list: a user has few. */
#include "cookies.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

struct cookie {
    struct cookie *next;
    char *name, *value, *domain, *path;
    time_t expires; /* 0: with the session */
    bool is_for_subdomains, is_secure;
};

static void
cookie_free(struct cookie *cookie)
{
    free(cookie->name);
    free(cookie->value);
    free(cookie->domain);
    free(cookie->path);
    free(cookie);
}

void
cookies_clear(struct cookies *cookies)
{
    while (cookies->first != NULL) {
        struct cookie *cookie = cookies->first;

        cookies->first = cookie->next;
        cookie_free(cookie);
    }
    cookies->count = 0;
}

/* ---- Matching ---- */

static bool
is_address(struct slice host)
{
    for (size_t i = 0; i < host.length; i++) {
        if ((host.data[i] < '0' || host.data[i] > '9') && host.data[i] != '.')
            return false;
    }
    return true;
}

/* The host is the domain, or ends with a dot and the domain. */
static bool
is_within(struct slice host, const char *domain)
{
    size_t length = strlen(domain);

    if (host.length < length || strncasecmp(host.data + host.length - length, domain, length) != 0)
        return false;
    return host.length == length || (host.data[host.length - length - 1] == '.' && !is_address(host));
}

static bool
is_below(struct slice path, const char *parent)
{
    size_t length = strlen(parent);

    if (path.length == 0)
        path = SLICE("/");
    if (path.length < length || memcmp(path.data, parent, length) != 0)
        return false;
    return path.length == length || parent[length - 1] == '/' || path.data[length] == '/';
}

static bool
is_for(const struct cookie *cookie, const struct url_parts *url)
{
    size_t length = strlen(cookie->domain);
    bool is_host = length == url->host.length && strncasecmp(url->host.data, cookie->domain, length) == 0;

    return (is_host || (cookie->is_for_subdomains && is_within(url->host, cookie->domain))) &&
           is_below(url->path, cookie->path) && (url->is_https || !cookie->is_secure);
}

static bool
is_over(const struct cookie *cookie, time_t now)
{
    return cookie->expires != 0 && cookie->expires <= now;
}

/* ---- Set-Cookie ---- */

static struct slice
trim(const char *from, size_t length)
{
    while (length > 0 && (*from == ' ' || *from == '\t')) {
        from++;
        length--;
    }
    while (length > 0 && (from[length - 1] == ' ' || from[length - 1] == '\t'))
        length--;
    return (struct slice){ .data = from, .length = length };
}

static bool
is_name(struct slice name, const char *word)
{
    return name.length == strlen(word) && strncasecmp(name.data, word, name.length) == 0;
}

static char *
copy(struct slice text)
{
    return xstrndup(text.length > 0 ? text.data : "", text.length);
}

/* Up to the last slash but it: RFC 6265, 5.1.4. */
static char *
default_path(struct slice path)
{
    while (path.length > 1 && path.data[path.length - 1] != '/')
        path.length--;
    if (path.length > 1)
        path.length--;
    return path.length > 0 && path.data[0] == '/' ? copy(path) : xstrdup("/");
}

/* Seconds from now; what is no number is none. */
static void
read_max_age(struct cookie *cookie, struct slice value, time_t now)
{
    char *text = copy(value);
    char *end;
    long long seconds = strtoll(text, &end, 10);

    if (end != text && *end == '\0')
        cookie->expires = seconds <= 0 ? 1 : seconds > 400LL * 86400 ? now + 400 * 86400 : now + (time_t)seconds;
    free(text);
}

static void
read_expires(struct cookie *cookie, struct slice value)
{
    char *text = copy(value);
    time_t date = curl_getdate(text, NULL);

    if (date != -1)
        cookie->expires = date > 0 ? date : 1;
    free(text);
}

struct reading {
    struct cookie *cookie;
    const struct url_parts *url;
    time_t now;
    bool has_max_age, is_refused;
};

static void
read_attribute(struct reading *reading, struct slice name, struct slice value)
{
    struct cookie *cookie = reading->cookie;

    if (is_name(name, "Max-Age")) {
        read_max_age(cookie, value, reading->now);
        reading->has_max_age = true;
    } else if (is_name(name, "Expires") && !reading->has_max_age) {
        read_expires(cookie, value);
    } else if (is_name(name, "Secure")) {
        cookie->is_secure = true;
    } else if (is_name(name, "Path") && value.length > 0 && value.data[0] == '/') {
        free(cookie->path);
        cookie->path = copy(value);
    } else if (is_name(name, "Domain") && value.length > 0) {
        if (value.data[0] == '.')
            value = (struct slice){ .data = value.data + 1, .length = value.length - 1 };
        free(cookie->domain);
        cookie->domain = copy(value);
        cookie->is_for_subdomains = true;
        /* No cookie for all of ".com". */
        reading->is_refused = !is_within(reading->url->host, cookie->domain) ||
                              (strchr(cookie->domain, '.') == NULL && reading->url->host.length != value.length);
    }
}

/* Reads "name=value; attribute; attribute=value"; NULL: it is no cookie. */
static struct cookie *
read_cookie(const struct url_parts *url, const char *text, time_t now)
{
    struct reading reading = { .cookie = xcalloc(1, sizeof(struct cookie)), .url = url, .now = now };
    struct cookie *cookie = reading.cookie;

    for (bool is_first = true; is_first || *text != '\0'; is_first = false) {
        size_t length = strcspn(text, ";");
        const char *equals = memchr(text, '=', length);
        struct slice name = trim(text, equals != NULL ? (size_t)(equals - text) : length);
        struct slice value = equals != NULL ? trim(equals + 1, length - (size_t)(equals + 1 - text)) : SLICE("");

        if (is_first) {
            cookie->name = copy(name);
            cookie->value = copy(value);
            cookie->domain = copy(url->host);
            cookie->path = default_path(url->path);
            reading.is_refused = equals == NULL || name.length == 0 ||
                                 name.length + value.length > COOKIE_SIZE_LIMIT;
        } else if (!reading.is_refused) {
            read_attribute(&reading, name, value);
        }
        text += length + (text[length] == ';');
    }
    if (reading.is_refused || (cookie->is_secure && !url->is_https)) {
        cookie_free(cookie);
        return NULL;
    }
    return cookie;
}

static bool
is_same(const struct cookie *a, const struct cookie *b)
{
    return strcmp(a->name, b->name) == 0 && strcasecmp(a->domain, b->domain) == 0 &&
           strcmp(a->path, b->path) == 0;
}

static void
remove_at(struct cookies *cookies, struct cookie **at)
{
    struct cookie *cookie = *at;

    *at = cookie->next;
    cookies->count--;
    cookie_free(cookie);
}

void
cookies_set(struct cookies *cookies, const struct url_parts *url, const char *value, time_t now)
{
    struct cookie *cookie = read_cookie(url, value, now);
    struct cookie **at = &cookies->first;

    if (cookie == NULL)
        return;
    while (*at != NULL) {
        if (is_same(*at, cookie) || is_over(*at, now))
            remove_at(cookies, at);
        else
            at = &(*at)->next;
    }
    if (is_over(cookie, now)) {
        cookie_free(cookie);
        return;
    }
    *at = cookie;
    if (++cookies->count > COOKIES_LIMIT)
        remove_at(cookies, &cookies->first);
}

void
cookies_add_header(struct cookies *cookies, const struct url_parts *url, time_t now, struct buffer *out)
{
    bool is_first = true;

    for (struct cookie *cookie = cookies->first; cookie != NULL; cookie = cookie->next) {
        if (!is_for(cookie, url) || is_over(cookie, now))
            continue;
        buffer_add_slice(out, is_first ? SLICE("Cookie: ") : SLICE("; "));
        buffer_add_text(out, cookie->name);
        buffer_add_char(out, '=');
        buffer_add_text(out, cookie->value);
        is_first = false;
    }
    if (!is_first)
        buffer_add_slice(out, SLICE("\r\n"));
}
