/* SPDX-License-Identifier: Apache-2.0 */
/* One request by libcurl, again when it may help. No redirects: what was signed
 * for one server is not for another. */
#include "webhook/post.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"

enum { HEADER_LIMIT = 256 };

int
post_check_url(const char *url, struct err *err)
{
    CURLU *parsed = curl_url();
    char *scheme = NULL;
    int result = 0;

    if (curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK
        || curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK
        || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        result = err_set(err, "the address is not http://HOST/... or https://HOST/...");
    curl_free(scheme);
    curl_url_cleanup(parsed);
    return result;
}

/* ---- Who may be spoken to. */

/* RFC 6890's special-purpose networks that lead to this host or its neighbours. */
static bool
is_private_v4(uint32_t address)
{
    static const struct { uint32_t network, mask; } networks[] = {
        { 0x00000000, 0xFF000000 }, { 0x0A000000, 0xFF000000 }, { 0x64400000, 0xFFC00000 },
        { 0x7F000000, 0xFF000000 }, { 0xA9FE0000, 0xFFFF0000 }, { 0xAC100000, 0xFFF00000 },
        { 0xC0000000, 0xFFFFFF00 }, { 0xC0A80000, 0xFFFF0000 }, { 0xC6120000, 0xFFFE0000 },
        { 0xE0000000, 0xE0000000 },
    };

    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        if ((address & networks[i].mask) == networks[i].network)
            return true;
    return false;
}

static bool
is_private_v6(const struct in6_addr *address)
{
    const uint8_t *bytes = address->s6_addr;
    uint32_t v4 = (uint32_t)bytes[12] << 24 | (uint32_t)bytes[13] << 16 | (uint32_t)bytes[14] << 8 | bytes[15];

    if (IN6_IS_ADDR_V4MAPPED(address) || IN6_IS_ADDR_V4COMPAT(address))
        return is_private_v4(v4);
    return IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_LINKLOCAL(address) || IN6_IS_ADDR_SITELOCAL(address)
        || IN6_IS_ADDR_MULTICAST(address) || (bytes[0] & 0xFE) == 0xFC;
}

/* Judges the address that is connected to, not the name: no answer of a name
 * server can come between. */
static curl_socket_t
open_public_socket(void *refused, curlsocktype purpose, struct curl_sockaddr *address)
{
    bool is_private = true;

    (void)purpose;
    if (address->family == AF_INET)
        is_private = is_private_v4(ntohl(((const struct sockaddr_in *)(const void *)&address->addr)->sin_addr.s_addr));
    else if (address->family == AF_INET6)
        is_private = is_private_v6(&((const struct sockaddr_in6 *)(const void *)&address->addr)->sin6_addr);
    *(bool *)refused = is_private;
    return is_private ? CURL_SOCKET_BAD
                      : socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- One attempt. */

/* "X-Loads-Signature-256: sha256=HEX" over the body. */
static struct curl_slist *
add_signature(struct curl_slist *headers, const struct post *post)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    struct buffer header;

    HMAC(EVP_sha256(), post->secret, (int)strlen(post->secret), (const unsigned char *)post->body.data,
         post->body.length, digest, &length);
    buffer_init(&header, HEADER_LIMIT);
    buffer_add_text(&header, "X-Loads-Signature-256: sha256=");
    for (unsigned i = 0; i < length; i++)
        buffer_printf(&header, "%02x", digest[i]);
    headers = curl_slist_append(headers, header.data);
    buffer_clear(&header);
    return headers;
}

static size_t
discard(char *data, size_t size, size_t count, void *total)
{
    size_t *bytes = total;

    (void)data;
    *bytes += size * count;
    return *bytes <= POST_REPLY_LIMIT ? size * count : 0;
}

enum outcome { ACCEPTED, REFUSED, MAY_PASS };

static enum outcome
judge(CURL *curl, CURLcode code, size_t reply_bytes, bool is_private, const char *detail, struct err *err)
{
    long status = 0;

    err->text[0] = '\0';
    if (is_private) {
        err_set(err, "the address belongs to this host or a private network, which public-only forbids");
        return REFUSED;
    }
    if (code == CURLE_WRITE_ERROR && reply_bytes > POST_REPLY_LIMIT) {
        err_set(err, "the answer has more than %d bytes", POST_REPLY_LIMIT);
        return REFUSED;
    }
    if (code != CURLE_OK) {
        err_set(err, "%s", detail[0] != '\0' ? detail : curl_easy_strerror(code));
        return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_URL_MALFORMAT ? REFUSED : MAY_PASS;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300)
        return ACCEPTED;
    err_set(err, "the server answered with status %ld", status);
    return status == 429 || status >= 500 ? MAY_PASS : REFUSED;
}

static enum outcome
attempt(CURL *curl, const struct post *post, struct curl_slist *headers, struct err *err)
{
    char detail[CURL_ERROR_SIZE] = "";
    bool is_private = false;
    size_t reply_bytes = 0;
    CURLcode code;

    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, post->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, post->body.data);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body.length);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)POST_ATTEMPT_S);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply_bytes);
    if (post->ca_file != NULL && post->ca_file[0] != '\0')
        curl_easy_setopt(curl, CURLOPT_CAINFO, post->ca_file);
    if (post->public_only) {
        /* A proxy would connect for us, to wherever it likes. */
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
        curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_public_socket);
        curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &is_private);
    }
    code = curl_easy_perform(curl);
    return judge(curl, code, reply_bytes, is_private, detail, err);
}

int
post_send(const struct post *post, struct err *err)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURL *curl = curl_easy_init();
    enum outcome outcome = MAY_PASS;
    int64_t made = 0;

    headers = curl_slist_append(headers, "User-Agent: loads/" PACKAGE_VERSION);
    headers = curl_slist_append(headers, "Expect:");
    if (post->secret != NULL)
        headers = add_signature(headers, post);
    while (outcome == MAY_PASS && made < post->attempts) {
        if (made > 0)
            nanosleep(&(struct timespec){ .tv_sec = (time_t)1 << (made - 1 < 6 ? made - 1 : 6) }, NULL);
        outcome = attempt(curl, post, headers, err);
        made++;
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    if (outcome == ACCEPTED)
        return 0;
    return made > 1 ? err_add(err, "after %d attempts", (int)made) : -1;
}
