/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of the receiver's sockets. */
#include "run/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"

enum { BACKLOG = 4096 };
static const char ipc_scheme[] = "ipc://";
static const char tcp_scheme[] = "tcp://";

static bool
begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int
refuse(const char *address, const char *why, struct err *err)
{
    return err_set(err, "cannot listen on %s: %s", address, why);
}

/* ---- ipc */

static void
fill_ipc_name(struct sockaddr_un *name, const char *path)
{
    *name = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(name->sun_path, path, strlen(path));
}

/* What nobody listens on is a leftover and may go; what is in use may not. */
static int
check_ipc(const char *address, struct err *err)
{
    const char *path = address + strlen(ipc_scheme);
    struct sockaddr_un name;
    struct stat status;
    int fd, rc;

    if (path[0] == '\0' || path[0] == '*' || path[0] == '@')
        return refuse(address, "an ipc address needs the path of a socket", err);
    if (strlen(path) >= sizeof name.sun_path)
        return err_set(err, "cannot listen on %s: the path has %zu bytes, a socket's has at most %zu", address,
                       strlen(path), sizeof name.sun_path - 1);
    if (lstat(path, &status) != 0)
        return errno == ENOENT ? 0 : refuse(address, strerror(errno), err);
    if (!S_ISSOCK(status.st_mode))
        return refuse(address, "a file of that name is in the way", err);
    fill_ipc_name(&name, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return refuse(address, strerror(errno), err);
    rc = connect(fd, (struct sockaddr *)&name, sizeof name);
    close(fd);
    return rc == 0 ? refuse(address, "another program is listening there", err) : 0;
}

static int
listen_ipc(const char *address, struct err *err)
{
    const char *path = address + strlen(ipc_scheme);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un name;

    if (fd < 0)
        return refuse(address, strerror(errno), err);
    fill_ipc_name(&name, path);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&name, sizeof name) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    refuse(address, strerror(errno), err);
    close(fd);
    return -1;
}

/* ---- tcp */

static const struct {
    const char *host; /* as typed, with the colon before the port */
    int family;
    const char *shown;
} loopbacks[] = {
    { "127.0.0.1:", AF_INET, "127.0.0.1" },
    { "localhost:", AF_INET, "127.0.0.1" },
    { "[::1]:", AF_INET6, "[::1]" },
};

/* The loopback that the address names, and its port (0 for *); -1: none. */
static int
parse_tcp(const char *address, uint16_t *port, struct err *err)
{
    const char *host = address + strlen(tcp_scheme);

    for (size_t i = 0; i < sizeof loopbacks / sizeof loopbacks[0]; i++) {
        const char *digits;
        char *end;
        unsigned long number;

        if (!begins_with(host, loopbacks[i].host))
            continue;
        digits = host + strlen(loopbacks[i].host);
        *port = 0;
        if (strcmp(digits, "*") == 0)
            return (int)i;
        number = strtoul(digits, &end, 10);
        if (digits[0] < '0' || digits[0] > '9' || *end != '\0' || number > UINT16_MAX)
            return refuse(address, "the port must be a number up to 65535, or *", err);
        *port = (uint16_t)number;
        return (int)i;
    }
    return refuse(address, "anybody could send results to it; only 127.0.0.1, localhost and [::1] are safe without keys",
                  err);
}

static int
listen_tcp(const char *address, char **bound, struct err *err)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name = { 0 };
    socklen_t length = sizeof name;
    uint16_t port;
    int which = parse_tcp(address, &port, err), fd, on = 1;

    if (which < 0)
        return -1;
    name.any.sa_family = (sa_family_t)loopbacks[which].family;
    if (name.any.sa_family == AF_INET) {
        name.v4.sin_port = htons(port);
        name.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        length = sizeof name.v4;
    } else {
        name.v6.sin6_port = htons(port);
        name.v6.sin6_addr = in6addr_loopback;
    }
    fd = socket(name.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return refuse(address, strerror(errno), err);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &name.any, length) != 0 || listen(fd, BACKLOG) != 0 || getsockname(fd, &name.any, &length) != 0) {
        refuse(address, strerror(errno), err);
        close(fd);
        return -1;
    }
    *bound = xasprintf("%s%s:%u", tcp_scheme, loopbacks[which].shown,
                       ntohs(name.any.sa_family == AF_INET ? name.v4.sin_port : name.v6.sin6_port));
    return fd;
}

/* ---- Both */

int
endpoint_check(const char *address, struct err *err)
{
    uint16_t port;

    if (begins_with(address, ipc_scheme))
        return check_ipc(address, err);
    if (begins_with(address, tcp_scheme))
        return parse_tcp(address, &port, err) < 0 ? -1 : 0;
    return refuse(address, "the address must begin with ipc:// or tcp://", err);
}

int
endpoint_listen(const char *given, const char *scratch, size_t index, char **address, struct err *err)
{
    char *wanted = given != NULL ? xstrdup(given) : xasprintf("%s%s/%zu.ipc", ipc_scheme, scratch, index);
    int fd = -1;

    *address = NULL;
    if (endpoint_check(wanted, err) != 0) {
        free(wanted);
        return -1;
    }
    if (begins_with(wanted, tcp_scheme)) {
        fd = listen_tcp(wanted, address, err);
    } else {
        fd = listen_ipc(wanted, err);
        if (fd >= 0)
            *address = xstrdup(wanted);
    }
    free(wanted);
    return fd;
}

bool
endpoint_trusts_peer(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    int family;

    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &(socklen_t){ sizeof family }) != 0 || family != AF_UNIX)
        return true;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

void
endpoint_close(int fd, const char *address)
{
    close(fd);
    if (begins_with(address, ipc_scheme))
        unlink(address + strlen(ipc_scheme));
}
