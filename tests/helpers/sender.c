/* SPDX-License-Identifier: Apache-2.0 */
/* A runner of few milliseconds: sender COUNT EXIT_CODE TEST sends COUNT hits as
 * fast as they go, and a failure when EXIT_CODE is not 0. It speaks ZMTP with its
 * own hands, has no buffer and no linger, and is gone with its last write. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { GREETING_SIZE = 64, BATCH_BYTES = 64 * 1024, MESSAGE_LIMIT = 1024 };

static void
fail(const char *what)
{
    perror(what);
    exit(99);
}

static void
send_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t count = write(fd, data, length);

        if (count < 0 && errno != EINTR)
            fail("write");
        if (count > 0) {
            data += count;
            length -= (size_t)count;
        }
    }
}

static int
connect_to(const char *address)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (strncmp(address, "ipc://", 6) != 0 || strlen(address + 6) >= sizeof name.sun_path)
        fail(address);
    memcpy(name.sun_path, address + 6, strlen(address + 6));
    if (connect(fd, (struct sockaddr *)&name, sizeof name) != 0)
        fail("connect");
    return fd;
}

/* The host's greeting and READY are read, since a socket that is closed with
 * bytes unread takes what the host has not read along. */
static void
introduce(int fd)
{
    static const char ready[] = "\x04\x1a\x05READY\x0bSocket-Type\0\0\0\x04PUSH";
    char greeting[GREETING_SIZE] = { (char)0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0x7F, 3, 0, 'N', 'U', 'L', 'L' };
    char answer[GREETING_SIZE + sizeof ready - 1];

    send_all(fd, greeting, sizeof greeting);
    send_all(fd, ready, sizeof ready - 1);
    for (size_t length = 0; length < sizeof answer;) {
        ssize_t count = read(fd, answer + length, sizeof answer - length);

        if (count <= 0)
            fail("read");
        length += (size_t)count;
    }
}

/* One frame: flags, a length of one or of eight bytes, the body. */
static size_t
put_frame(char *at, const char *body, size_t length)
{
    size_t header = length < 256 ? 2 : 9;

    memset(at, 0, header);
    at[0] = length < 256 ? 0 : 2;
    at[header - 1] = (char)(length & 0xFF);
    if (length >= 256)
        at[header - 2] = (char)(length >> 8);
    memcpy(at + header, body, length);
    return header + length;
}

static size_t
put_message(char *at, long seq, const char *data_type, const char *members)
{
    char body[MESSAGE_LIMIT];
    int length = snprintf(body, sizeof body,
                          "{\"data_type\":\"%s\",\"agent_id\":\"%s\",\"run_id\":\"%s\",\"seq\":%ld,"
                          "\"loads_status\":[1,1,1,%s],%s}",
                          data_type, getenv("LOADS_AGENT_ID"), getenv("LOADS_RUN_ID"), seq,
                          getenv("LOADS_CURRENT_USER"), members);

    return put_frame(at, body, (size_t)length);
}

int
main(int argc, char **argv)
{
    static char batch[BATCH_BYTES + 2 * MESSAGE_LIMIT];
    long count = argc > 1 ? atol(argv[1]) : 0, seq = 0;
    int exit_code = argc > 2 ? atoi(argv[2]) : 0;
    int fd = connect_to(getenv("LOADS_ZMQ_RECEIVER"));
    size_t length = 0;

    introduce(fd);
    if (exit_code != 0)
        length +=
            put_message(batch, ++seq, "addFailure", "\"test\":\"t\",\"exc_info\":[\"no\",\"Error\",\"\"]");
    for (long i = 0; i < count; i++) {
        length += put_message(batch + length, ++seq, "add_hit",
                              "\"url\":\"http://127.0.0.1/\",\"method\":\"GET\",\"status\":200,"
                              "\"elapsed\":0.012345,\"started\":\"2024-01-01T00:00:00.000001\"");
        if (length >= BATCH_BYTES) {
            send_all(fd, batch, length);
            length = 0;
        }
    }
    send_all(fd, batch, length);
    return exit_code;
}
