/* SPDX-License-Identifier: Apache-2.0 */
/* Writing bytes to a descriptor. */
#include "common/write.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

int
write_standard_descriptor(const char *path)
{
    if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    return strcmp(path, "/dev/stderr") == 0 ? STDERR_FILENO : -1;
}

size_t
write_all(int fd, const void *data, size_t length)
{
    const char *bytes = data;
    size_t done = 0;

    while (done < length) {
        ssize_t count = write(fd, bytes + done, length - done);

        if (count >= 0) {
            done += (size_t)count;
        } else if (errno == EAGAIN) {
            /* A terminal or pipe that somebody else made non-blocking. */
            poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
        } else if (errno != EINTR) {
            break;
        }
    }
    return done;
}

bool
write_is_unwanted(int fd, int error)
{
    return fd == STDOUT_FILENO && (error == EPIPE || error == EBADF);
}
