/* SPDX-License-Identifier: Apache-2.0 */
/* Opens and closes what sessions share. */
#include "network.h"

#include <stdlib.h>

#include "prepared.h"
#include "resolver.h"
#include "transfer.h"

/* libcurl looks for a proxy in these; HTTP_PROXY is what a request's header
 * "Proxy:" is called in a CGI program, so that one it leaves alone. */
static bool
is_any_set(const char *const *names)
{
    for (; *names != NULL; names++) {
        const char *value = getenv(*names);

        if (value != NULL && *value != '\0')
            return true;
    }
    return false;
}

int
network_open(struct network *network, const struct tls_settings *trust, bool needs_libcurl, struct err *err)
{
    static const char *const proxies[] = { "http_proxy", "all_proxy", "ALL_PROXY", NULL };
    static const char *const tls_proxies[] = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL };

    *network = (struct network){
        .trust = *trust, .needs_libcurl = needs_libcurl,
        .has_proxy = is_any_set(proxies), .has_tls_proxy = is_any_set(tls_proxies),
    };
    network->tls = tls_new(trust);
    if (trust->ca_file != NULL && tls_check(network->tls, err) < 0)
        goto fail_tls;
    network->loop = loop_new(err);
    if (network->loop == NULL)
        goto fail_tls;
    if (transfer_library_open(err) < 0)
        goto fail_loop;
    network->resolver = resolver_new(network->loop, err);
    if (network->resolver == NULL)
        goto fail_library;
    network->prepared = prepared_cache_new();
    return 0;

fail_library:
    transfer_library_close();
fail_loop:
    loop_free(network->loop);
fail_tls:
    tls_free(network->tls);
    return -1;
}

void
network_close(struct network *network)
{
    prepared_cache_free(network->prepared);
    resolver_free(network->resolver);
    transfer_library_close();
    loop_free(network->loop);
    tls_free(network->tls);
}
