/* SPDX-License-Identifier: Apache-2.0 */
/* Checks a server's place and makes the address that libcurl takes. */
#include "common/server.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

int
server_check(const char *option, const char *host, int64_t port, struct err *err)
{
    if (host[0] == '\0' || strpbrk(host, "/@?# \t\r\n") != NULL)
        return err_set(err, "%s: \"%s\" is not the name or address of a server", option, host);
    if (port < 1 || port > 65535)
        return err_set(err, "port: %lld is not 1 to 65535", (long long)port);
    return 0;
}

char *
server_url(const char *scheme, const char *host, int64_t port)
{
    bool is_v6 = strchr(host, ':') != NULL;

    return xasprintf("%s://%s%s%s:%d", scheme, is_v6 ? "[" : "", host, is_v6 ? "]" : "", (int)port);
}
