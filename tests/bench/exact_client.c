/* SPDX-License-Identifier: Apache-2.0 */
/* The least that a client can be late: asks exact-server for what the paths say, one
 * request after the other for so many seconds, with calls that block, and prints the
 * microseconds of each. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int
connect_to(const char *port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
    };
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0)
        return fd;
    perror("exact_client");
    exit(1);
}

/* Nanoseconds; negative: there was no answer. */
static int64_t
ask(int fd, const char *path)
{
    char request[256], response[4096];
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    int64_t started_ns = now_ns();

    if (send(fd, request, (size_t)length, MSG_NOSIGNAL) != length || recv(fd, response, sizeof response, 0) <= 0)
        return -1;
    return now_ns() - started_ns;
}

int
main(int argc, char **argv)
{
    int64_t until_ns;
    int fd;

    if (argc < 4) {
        fprintf(stderr, "Usage: %s PORT SECONDS PATH...\n", argv[0]);
        return 2;
    }
    fd = connect_to(argv[1]);
    until_ns = now_ns() + strtol(argv[2], NULL, 10) * INT64_C(1000000000);
    while (now_ns() < until_ns) {
        for (int i = 3; i < argc; i++) {
            int64_t took_ns = ask(fd, argv[i]);

            if (took_ns < 0)
                return 1;
            printf("%.3f\n", (double)took_ns / 1000);
        }
    }
    close(fd);
    return 0;
}
