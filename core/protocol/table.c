/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a table's file into memory and picks its format. */
#include "protocol/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"

#define BYTE_ORDER_MARK SLICE("\xef\xbb\xbf")

/* As many bytes as there are, up to `size`; -1: a read failed. */
static ssize_t
read_all(int fd, char *data, size_t size)
{
    size_t length = 0;

    while (length < size) {
        ssize_t count = read(fd, data + length, size - length);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        if (count == 0)
            break;
        length += (size_t)count;
    }
    return (ssize_t)length;
}

/* A regular file whole, with room for a NUL behind it; NULL: failed. */
static char *
load(int fd, const char *path, size_t *length, struct err *err)
{
    struct stat file;
    ssize_t got;
    char *data;

    if (fstat(fd, &file) < 0) {
        err_set(err, "cannot read %s: %s", path, strerror(errno));
        return NULL;
    }
    if (!S_ISREG(file.st_mode)) {
        err_set(err, "%s is not a file", path);
        return NULL;
    }
    if (file.st_size > TABLE_FILE_LIMIT) {
        err_set(err, "%s has more than %d MiB", path, TABLE_FILE_LIMIT / (1024 * 1024));
        return NULL;
    }
    data = malloc((size_t)file.st_size + 1);
    got = data != NULL ? read_all(fd, data, (size_t)file.st_size) : -1;
    if (got < 0) {
        err_set(err, "cannot read %s: %s", path, strerror(data != NULL ? errno : ENOMEM));
        free(data);
        return NULL;
    }
    data[got] = '\0';
    *length = (size_t)got;
    return data;
}

/* The first byte that is no text, by its line. */
static int
check_text(const char *path, const char *data, size_t length, struct err *err)
{
    unsigned long long line = 1;

    for (size_t at = 0, width; at < length; at += width) {
        width = (unsigned char)data[at] < 0x80 ? 1 : utf8_width(data + at, length - at);
        if (width == 0)
            return err_set(err, "%s:%llu: is not UTF-8", path, line);
        if (data[at] == '\0')
            return err_set(err, "%s:%llu: has a NUL byte in it", path, line);
        line += data[at] == '\n';
    }
    return 0;
}

static bool
has_ending(const char *path, const char *ending)
{
    size_t length = strlen(path), ending_length = strlen(ending);

    return length > ending_length && strcmp(path + length - ending_length, ending) == 0;
}

static int
read_format(const char *path, char *data, size_t length, const struct table_reader *reader, struct err *err)
{
    struct slice mark = BYTE_ORDER_MARK;

    if (check_text(path, data, length, err) < 0)
        return -1;
    if (length >= mark.length && memcmp(data, mark.data, mark.length) == 0) {
        data += mark.length;
        length -= mark.length;
    }
    return has_ending(path, ".csv") ? table_read_csv(path, data, length, reader, err)
                                    : table_read_json(path, data, length, reader, err);
}

int
table_read(const char *path, const struct table_reader *reader, struct err *err)
{
    size_t length;
    char *data;
    int fd, result;

    if (!has_ending(path, ".csv") && !has_ending(path, ".json"))
        return err_set(err, "%s: a file with rows ends with .csv or .json", path);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_set(err, "cannot open %s: %s", path, strerror(errno));
    data = load(fd, path, &length, err);
    close(fd);
    if (data == NULL)
        return -1;
    result = read_format(path, data, length, reader, err);
    free(data);
    return result;
}
