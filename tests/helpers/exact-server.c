/* SPDX-License-Identifier: Apache-2.0 */
/* A web server whose answers come after a known time: GET /MICROSECONDS. When its
 * standard input ends it prints what it measured itself, one line an answer: the path's
 * number, and the microseconds from when the request was there to just before the
 * answer is handed to the kernel. It sleeps for most of that time and spins for the
 * rest; with --spin it never sleeps, for a processor of its own: then no wake-up of its
 * own lies between the packet's arrival and its clock. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS = 64, /* descriptors below this number */
    SPIN_NS = 1500 * 1000, /* what epoll may be late */
    EVENTS = 64,
};

struct connection {
    bool is_asked;
    int64_t asked_us, since_ns;
};

struct served {
    int64_t asked_us, took_ns;
};

struct server {
    int epoll, listener;
    bool spins;
    struct connection connections[CONNECTIONS]; /* by descriptor */
    struct served *served;
    size_t count, capacity;
};

static int64_t
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void
check(bool is_good, const char *what)
{
    if (is_good)
        return;
    fprintf(stderr, "exact-server: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void
watch(struct server *server, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    check(epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

static void
start(struct server *server)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;

    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(server->epoll >= 0 && server->listener >= 0, "cannot start");
    check(bind(server->listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    check(listen(server->listener, CONNECTIONS) == 0, "listen");
    check(getsockname(server->listener, (struct sockaddr *)&address, &size) == 0, "getsockname");
    watch(server, server->listener);
    watch(server, STDIN_FILENO);
    printf("http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
}

static void
take_in(struct server *server)
{
    int one = 1;
    int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return;
    if (fd >= CONNECTIONS) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    server->connections[fd] = (struct connection){ 0 };
    watch(server, fd);
}

/* Requests are short: each comes in one piece. */
static void
read_request(struct server *server, int fd)
{
    struct connection *connection = &server->connections[fd];
    char request[4097];
    ssize_t length = recv(fd, request, sizeof request - 1, 0);
    int64_t since_ns = now_ns();

    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length > 0)
        request[length] = '\0';
    if (length <= 0 || sscanf(request, "GET /%" SCNd64, &connection->asked_us) != 1) {
        connection->is_asked = false;
        close(fd);
        return;
    }
    connection->since_ns = since_ns;
    connection->is_asked = true;
}

/* Who has to be answered next; -1: nobody. */
static int
next_due(const struct server *server, int64_t *due_ns)
{
    int next = -1;

    for (int fd = 0; fd < CONNECTIONS; fd++) {
        const struct connection *connection = &server->connections[fd];
        int64_t this_ns = connection->since_ns + connection->asked_us * 1000;

        if (connection->is_asked && (next < 0 || this_ns < *due_ns)) {
            next = fd;
            *due_ns = this_ns;
        }
    }
    return next;
}

static void
keep(struct server *server, struct served served)
{
    if (server->count == server->capacity) {
        server->capacity = server->capacity == 0 ? 1024 : 2 * server->capacity;
        server->served = realloc(server->served, server->capacity * sizeof *server->served);
        check(server->served != NULL, "cannot note what was served");
    }
    server->served[server->count++] = served;
}

static void
answer(struct server *server, int fd, int64_t due_ns)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    struct connection *connection = &server->connections[fd];
    int64_t sent_ns;

    do
        sent_ns = now_ns();
    while (sent_ns < due_ns);
    connection->is_asked = false;
    if (send(fd, text, sizeof text - 1, MSG_NOSIGNAL) == (ssize_t)(sizeof text - 1))
        keep(server, (struct served){ connection->asked_us, sent_ns - connection->since_ns });
}

/* False: standard input has ended. */
static bool
take_events(struct server *server, int timeout_ms)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(server->epoll, events, EVENTS, timeout_ms);

    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == STDIN_FILENO)
            return false;
        if (events[i].data.fd == server->listener)
            take_in(server);
        else
            read_request(server, events[i].data.fd);
    }
    return true;
}

static void
serve(struct server *server)
{
    int timeout_ms = server->spins ? 0 : -1;

    while (take_events(server, timeout_ms)) {
        int64_t due_ns = 0, left_ns = 0;
        int next = next_due(server, &due_ns);

        if (next >= 0)
            left_ns = due_ns - SPIN_NS - now_ns();
        if (next >= 0 && left_ns <= 0)
            answer(server, next, due_ns);
        timeout_ms = server->spins || (next >= 0 && left_ns <= 0) ? 0 : next < 0 ? -1 : (int)(left_ns / 1000000);
    }
}

int
main(int argc, char **argv)
{
    static struct server server;

    server.spins = argc == 2 && strcmp(argv[1], "--spin") == 0;
    if (argc > 1 && !server.spins) {
        fprintf(stderr, "Usage: %s [--spin]\n", argv[0]);
        return 2;
    }
    start(&server);
    serve(&server);
    for (size_t i = 0; i < server.count; i++)
        printf("%" PRId64 " %.3f\n", server.served[i].asked_us, (double)server.served[i].took_ns / 1000);
    free(server.served);
    return 0;
}
