/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of the receiver's sockets. */
#include "run/endpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#include "base/memory.h"

static const char ipc_scheme[] = "ipc://";
static const char tcp_scheme[] = "tcp://";

static bool
has_scheme(const char *address, const char *scheme)
{
    return strncmp(address, scheme, strlen(scheme)) == 0;
}

bool
endpoint_is_tcp(const char *address)
{
    return has_scheme(address, tcp_scheme);
}

static bool
is_loopback(const char *address)
{
    static const char *const hosts[] = { "127.0.0.1:", "localhost:", "[::1]:" };

    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (has_scheme(address + strlen(tcp_scheme), hosts[i]))
            return true;
    return false;
}

/* libzmq removes a socket that stands in its way, in use or not: so look first.
 * What nobody listens on is a leftover of ours and may go. */
static int
check_ipc_path(const char *address, struct err *err)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    const char *path = address + strlen(ipc_scheme);
    struct stat status;
    int fd, rc;

    if (path[0] == '\0' || path[0] == '*' || path[0] == '@')
        return err_set(err, "cannot listen on %s: an ipc address needs the path of a socket", address);
    if (strlen(path) >= sizeof name.sun_path)
        return err_set(err, "cannot listen on %s: the path has %zu bytes, a socket's has at most %zu", address,
                       strlen(path), sizeof name.sun_path - 1);
    if (lstat(path, &status) != 0)
        return errno == ENOENT ? 0 : err_set(err, "cannot listen on %s: %s", address, strerror(errno));
    if (!S_ISSOCK(status.st_mode))
        return err_set(err, "cannot listen on %s: a file of that name is in the way", address);
    strcpy(name.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    rc = connect(fd, (struct sockaddr *)&name, sizeof name);
    close(fd);
    if (rc == 0)
        return err_set(err, "cannot listen on %s: another program is listening there", address);
    return 0;
}

int
endpoint_check(const char *address, struct err *err)
{
    if (has_scheme(address, ipc_scheme))
        return check_ipc_path(address, err);
    if (!endpoint_is_tcp(address))
        return err_set(err, "cannot listen on %s: the address must begin with ipc:// or tcp://", address);
    if (!is_loopback(address))
        return err_set(err,
                       "cannot listen on %s: anybody could send results to it; only 127.0.0.1, localhost "
                       "and [::1] are safe without keys",
                       address);
    return 0;
}

char *
endpoint_bind(void *socket, const char *given, const char *scratch, size_t index, struct err *err)
{
    char *address = given != NULL ? xstrdup(given) : xasprintf("%s%s/%zu.ipc", ipc_scheme, scratch, index);
    char bound[256];
    size_t length = sizeof bound;

    if (given == NULL && check_ipc_path(address, err) != 0) {
        free(address);
        return NULL;
    }
    if (zmq_bind(socket, address) != 0 || zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, bound, &length) != 0) {
        err_set(err, "cannot listen on %s: %s", address, zmq_strerror(zmq_errno()));
        free(address);
        return NULL;
    }
    free(address);
    return xstrdup(bound);
}

void *
endpoint_open_zap(void *context, struct err *err)
{
    void *zap = zmq_socket(context, ZMQ_REP);
    int linger = 0;

    zmq_setsockopt(zap, ZMQ_LINGER, &linger, sizeof linger);
    if (zmq_bind(zap, "inproc://zeromq.zap.01") == 0)
        return zap;
    err_set(err, "cannot check who connects: %s", zmq_strerror(zmq_errno()));
    zmq_close(zap);
    return NULL;
}

/* A request (RFC 27): version, request id, domain, address, identity, mechanism.
 * The reply: version, request id, status code, status text, user id, metadata. */
void
endpoint_answer_zap(void *zap)
{
    enum { REQUEST_ID = 1, PART_COUNT = 6, ID_LIMIT = 255 };
    char id[ID_LIMIT];
    int id_length = 0, part = 0, more = 1;
    zmq_msg_t frame;

    zmq_msg_init(&frame);
    for (; more != 0 && zmq_msg_recv(&frame, zap, ZMQ_DONTWAIT) >= 0; part++) {
        if (part == REQUEST_ID && zmq_msg_size(&frame) <= sizeof id) {
            id_length = (int)zmq_msg_size(&frame);
            memcpy(id, zmq_msg_data(&frame), zmq_msg_size(&frame));
        }
        more = zmq_msg_more(&frame);
    }
    zmq_msg_close(&frame);
    if (part < PART_COUNT)
        return;
    zmq_send(zap, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(zap, id, (size_t)id_length, ZMQ_SNDMORE);
    zmq_send(zap, "200", 3, ZMQ_SNDMORE);
    zmq_send(zap, "OK", 2, ZMQ_SNDMORE);
    zmq_send(zap, "", 0, ZMQ_SNDMORE);
    zmq_send(zap, "", 0, 0);
}
