/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a file. */
#include "base/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

enum { READ_BYTES = 256 * 1024 };

struct lines {
    const char *path;
    int fd;
    size_t line_limit;
    char *data; /* line_limit + READ_BYTES */
    size_t begin, end;   /* of what was read and not yet given out */
    size_t searched;     /* no newline stands between begin and here */
    off_t offset;        /* of `begin` in the file */
    uint64_t number;     /* of the last line given out */
    bool is_at_end;
};

struct lines *
lines_open(const char *path, size_t line_limit, struct err *err)
{
    struct lines *lines;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        err_set(err, "cannot open %s: %s", path, strerror(errno));
        return NULL;
    }
    lines = xcalloc(1, sizeof *lines);
    *lines = (struct lines){ .path = path, .fd = fd, .line_limit = line_limit,
                             .data = xmalloc(line_limit + READ_BYTES) };
    return lines;
}

void
lines_close(struct lines *lines)
{
    if (lines == NULL)
        return;
    close(lines->fd);
    free(lines->data);
    free(lines);
}

/* Reads more behind what is there; a line that is being collected moves to the
 * front first. */
static int
read_more(struct lines *lines, struct err *err)
{
    ssize_t length;

    memmove(lines->data, lines->data + lines->begin, lines->end - lines->begin);
    lines->searched -= lines->begin;
    lines->end -= lines->begin;
    lines->begin = 0;
    do
        length = read(lines->fd, lines->data + lines->end, READ_BYTES);
    while (length < 0 && errno == EINTR);
    if (length < 0)
        return err_set(err, "cannot read %s: %s", lines->path, strerror(errno));
    lines->is_at_end = length == 0;
    lines->end += (size_t)length;
    return 0;
}

static enum lines_next
give_out(struct lines *lines, struct line *line, size_t length, bool is_torn)
{
    size_t taken = length + (is_torn ? 0 : 1);

    lines->number++;
    *line = (struct line){ .text = lines->data + lines->begin, .length = length, .is_torn = is_torn,
                           .number = lines->number };
    lines->begin += taken;
    lines->searched = lines->begin;
    lines->offset += (off_t)taken;
    return LINES_LINE;
}

enum lines_next
lines_next(struct lines *lines, struct line *line, struct err *err)
{
    for (;;) {
        const char *from = lines->data + lines->searched;
        const char *newline = memchr(from, '\n', lines->end - lines->searched);
        size_t length = (newline != NULL ? (size_t)(newline - lines->data) : lines->end) - lines->begin;

        if (length > lines->line_limit) {
            err_set(err, "line %llu of %s is longer than %zu bytes", (unsigned long long)lines->number + 1,
                    lines->path, lines->line_limit);
            return LINES_FAILED;
        }
        if (newline != NULL)
            return give_out(lines, line, length, false);
        if (lines->is_at_end)
            return length > 0 ? give_out(lines, line, length, true) : LINES_END;
        lines->searched = lines->end;
        if (read_more(lines, err) != 0)
            return LINES_FAILED;
    }
}

struct lines_place
lines_tell(const struct lines *lines)
{
    return (struct lines_place){ .offset = lines->offset, .number = lines->number };
}

int
lines_seek(struct lines *lines, struct lines_place place, struct err *err)
{
    if (lseek(lines->fd, place.offset, SEEK_SET) < 0)
        return err_set(err, "cannot go back in %s: %s", lines->path, strerror(errno));
    lines->begin = lines->end = lines->searched = 0;
    lines->offset = place.offset;
    lines->number = place.number;
    lines->is_at_end = false;
    return 0;
}
