/* SPDX-License-Identifier: Apache-2.0 */
/* The host's side of the supervisor: requests out, events in. */
#include "run/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "run/supervisor_wire.h"

struct supervisor {
    pid_t pid;
    int fd;
    bool is_gone;
};

struct supervisor *
supervisor_start(const char *scratch, struct err *err)
{
    struct supervisor *supervisor;
    int pair[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        err_set(err, "cannot make a socket pair: %s", strerror(errno));
        return NULL;
    }
    pid = fork();
    if (pid < 0) {
        err_set(err, "cannot start the supervisor process: %s", strerror(errno));
        close(pair[0]);
        close(pair[1]);
        return NULL;
    }
    if (pid == 0) {
        close(pair[0]);
        supervisor_process_main(pair[1], scratch);
    }
    close(pair[1]);
    supervisor = xcalloc(1, sizeof *supervisor);
    *supervisor = (struct supervisor){ .pid = pid, .fd = pair[0] };
    return supervisor;
}

int
supervisor_fd(const struct supervisor *supervisor)
{
    return supervisor->fd;
}

/* One packet, with a descriptor when `pass_fd` is not -1. A supervisor that has
 * died is noticed by supervisor_next. */
static int
send_packet(struct supervisor *supervisor, const void *data, size_t length, int pass_fd)
{
    struct iovec part = { .iov_base = (void *)data, .iov_len = length };
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = { 0 };
    struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };
    ssize_t sent;

    if (pass_fd >= 0) {
        packet.msg_control = control.space;
        packet.msg_controllen = sizeof control.space;
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &pass_fd, sizeof pass_fd);
    }
    do
        sent = sendmsg(supervisor->fd, &packet, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

/* Strings follow each other, each with its NUL: directory, argv, environ. */
int
supervisor_spawn(struct supervisor *supervisor, const struct supervisor_spawn *spawn, struct err *err)
{
    struct supervisor_request request = { .type = REQUEST_SPAWN, .id = spawn->id };
    struct buffer packet;
    int result = 0;

    for (; spawn->argv[request.argument_count] != NULL;)
        request.argument_count++;
    for (; spawn->environ[request.variable_count] != NULL;)
        request.variable_count++;
    buffer_init(&packet, SUPERVISOR_SPAWN_LIMIT);
    buffer_add(&packet, &request, sizeof request);
    buffer_add(&packet, spawn->directory, strlen(spawn->directory) + 1);
    for (uint32_t i = 0; i < request.argument_count; i++)
        buffer_add(&packet, spawn->argv[i], strlen(spawn->argv[i]) + 1);
    for (uint32_t i = 0; i < request.variable_count; i++)
        buffer_add(&packet, spawn->environ[i], strlen(spawn->environ[i]) + 1);
    if (packet.is_full)
        result = err_set(err, "cannot run %s: its command line is longer than %d bytes", spawn->argv[0],
                         SUPERVISOR_SPAWN_LIMIT);
    else if (send_packet(supervisor, packet.data, packet.length, spawn->output_fd) != 0)
        result = err_set(err, "cannot run %s: the supervisor does not answer: %s", spawn->argv[0],
                         strerror(errno));
    buffer_clear(&packet);
    return result;
}

void
supervisor_signal(struct supervisor *supervisor, uint32_t id, int signal_number)
{
    struct supervisor_request request = { .type = REQUEST_SIGNAL, .id = id, .signal_number = signal_number };

    send_packet(supervisor, &request, sizeof request, -1);
}

void
supervisor_kill_all(struct supervisor *supervisor)
{
    struct supervisor_request request = { .type = REQUEST_KILL_ALL };

    send_packet(supervisor, &request, sizeof request, -1);
}

bool
supervisor_next(struct supervisor *supervisor, struct supervisor_event *event)
{
    ssize_t length;

    if (supervisor->is_gone)
        return false;
    do
        length = recv(supervisor->fd, event, sizeof *event, MSG_DONTWAIT);
    while (length < 0 && errno == EINTR);
    if (length == (ssize_t)sizeof *event)
        return true;
    if (length < 0 && errno == EAGAIN)
        return false;
    supervisor->is_gone = true;
    *event = (struct supervisor_event){ .type = SUPERVISOR_GONE };
    return true;
}

void
supervisor_stop(struct supervisor *supervisor)
{
    if (supervisor == NULL)
        return;
    close(supervisor->fd);
    while (waitpid(supervisor->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    free(supervisor);
}
