/* SPDX-License-Identifier: Apache-2.0 */
/* The list of targets, and what they share. */
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const struct reader *const readers[] = {
    &reader_bridge,    &reader_config,   &reader_document, &reader_gunzip, &reader_irc,
    &reader_json_body, &reader_markdown, &reader_secret,   &reader_table,  NULL,
};

void
reader_broken(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

int
reader_file(const char *data, size_t length, char *path)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    READER_CHECK(fd >= 0 && fchmod(fd, 0600) == 0);
    READER_CHECK(write(fd, data, length) == (ssize_t)length);
    snprintf(path, READER_PATH_SIZE, "/proc/self/fd/%d", fd);
    return fd;
}
