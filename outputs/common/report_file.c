/* SPDX-License-Identifier: Apache-2.0 */
/* Reports that are whole or not there. */
#include "common/report_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "common/write.h"

enum { DRAFT_NAMES = 100 };

/* Where the bytes go until they are all there. */
struct draft {
    char *path; /* the final name, links followed */
    char *beside;
    int fd;
};

/* The file that a link points to: the link itself stays. */
static char *
follow_links(const char *path)
{
    char *real = realpath(path, NULL);

    return real != NULL ? real : xstrdup(path);
}

static bool
is_written_directly(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 && !S_ISREG(found.st_mode);
}

static int
draft_open(struct draft *draft, const char *path, struct err *err)
{
    struct stat old;

    draft->path = follow_links(path);
    draft->fd = -1;
    for (int i = 0; i < DRAFT_NAMES && draft->fd < 0; i++) {
        draft->beside = xasprintf("%s.tmp-%ld-%d", draft->path, (long)getpid(), i);
        draft->fd = open(draft->beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (draft->fd >= 0)
            break;
        free(draft->beside);
        if (errno != EEXIST)
            break;
    }
    if (draft->fd < 0) {
        err_set(err, "cannot create %s: %s", path, strerror(errno));
        free(draft->path);
        return -1;
    }
    /* A private report stays private; where it cannot, that is no reason to lose it. */
    if (stat(draft->path, &old) == 0)
        fchmod(draft->fd, old.st_mode & 0777);
    return 0;
}

/* Removes what was written, or, once renamed, only lets go of the names. */
static void
draft_close(struct draft *draft, bool is_kept)
{
    if (draft->fd >= 0)
        close(draft->fd);
    if (!is_kept)
        unlink(draft->beside);
    free(draft->beside);
    free(draft->path);
}

/* Makes the new name durable. Not every file system can; then it is as durable
 * as it gets. */
static void
sync_folder_of(char *path)
{
    int fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* Puts what was written under its name. */
static int
draft_finish(struct draft *draft)
{
    int fd = draft->fd;

    if (fsync(fd) != 0)
        return -1;
    draft->fd = -1;
    if (close(fd) != 0 || rename(draft->beside, draft->path) != 0)
        return -1;
    return 0;
}

/* Ends the draft, kept or not. */
static int
draft_keep(struct draft *draft, const char *path, struct err *err)
{
    int result = draft_finish(draft);

    if (result != 0)
        err_set(err, "cannot write %s: %s", path, strerror(errno));
    else
        sync_folder_of(draft->path);
    draft_close(draft, result == 0);
    return result;
}

static int
write_directly(int fd, const char *path, struct slice content, struct err *err)
{
    if (write_all(fd, content.data, content.length) == content.length || write_is_unwanted(fd, errno))
        return 0;
    return err_set(err, "cannot write %s: %s", fd == STDOUT_FILENO ? "standard output" : path,
                   strerror(errno));
}

int
report_file_check(const char *path, struct err *err)
{
    struct draft draft;
    struct stat found;

    if (write_standard_descriptor(path) >= 0)
        return 0;
    if (stat(path, &found) == 0 && S_ISDIR(found.st_mode))
        return err_set(err, "cannot write %s: it is a directory", path);
    if (is_written_directly(path))
        return access(path, W_OK) == 0 ? 0 : err_set(err, "cannot write %s: %s", path, strerror(errno));
    if (draft_open(&draft, path, err) != 0)
        return -1;
    draft_close(&draft, false);
    return 0;
}

int
report_file_write(const char *path, struct slice content, struct err *err)
{
    struct draft draft;
    int fd = write_standard_descriptor(path), result;

    if (fd >= 0)
        return write_directly(fd, path, content, err);
    if (is_written_directly(path)) {
        fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
            return err_set(err, "cannot open %s: %s", path, strerror(errno));
        result = write_directly(fd, path, content, err);
        close(fd);
        return result;
    }
    if (draft_open(&draft, path, err) != 0)
        return -1;
    if (write_all(draft.fd, content.data, content.length) < content.length) {
        err_set(err, "cannot write %s: %s", path, strerror(errno));
        draft_close(&draft, false);
        return -1;
    }
    return draft_keep(&draft, path, err);
}

/* ---- Written as it comes. */

struct report_stream {
    const char *path;
    struct draft draft; /* without names when the place is written directly */
};

/* A file without a name; it goes with its descriptor. */
static int
open_nameless(void)
{
    const char *folder = getenv("TMPDIR");
    char *path = xasprintf("%s/loads-XXXXXX", folder != NULL && folder[0] != '\0' ? folder : "/tmp");
    int fd = mkostemp(path, O_CLOEXEC);

    if (fd >= 0)
        unlink(path);
    free(path);
    return fd;
}

struct report_stream *
report_stream_open(const char *path, struct err *err)
{
    struct report_stream *stream;
    struct draft draft = { .fd = -1 };

    if (report_file_check(path, err) != 0)
        return NULL;
    if (write_standard_descriptor(path) >= 0 || is_written_directly(path)) {
        draft.fd = open_nameless();
        if (draft.fd < 0) {
            err_set(err, "cannot create a temporary file: %s", strerror(errno));
            return NULL;
        }
    } else if (draft_open(&draft, path, err) != 0) {
        return NULL;
    }
    stream = xmalloc(sizeof *stream);
    *stream = (struct report_stream){ .path = path, .draft = draft };
    return stream;
}

int
report_stream_write(struct report_stream *stream, struct slice content, struct err *err)
{
    if (write_all(stream->draft.fd, content.data, content.length) < content.length)
        return err_set(err, "cannot write %s: %s", stream->path, strerror(errno));
    return 0;
}

int
report_stream_replace(struct report_stream *stream, int64_t offset, struct slice content, struct err *err)
{
    if (pwrite(stream->draft.fd, content.data, content.length, offset) != (ssize_t)content.length)
        return err_set(err, "cannot write %s: %s", stream->path, strerror(errno));
    return 0;
}

/* From the file without a name to where it is wanted. */
static int
copy_directly(struct report_stream *stream, struct err *err)
{
    int fd = write_standard_descriptor(stream->path), result = 0;
    bool is_ours = fd < 0;
    off_t offset = 0;
    ssize_t count = 0;
    char block[65536];

    if (is_ours)
        fd = open(stream->path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, "cannot open %s: %s", stream->path, strerror(errno));
    while (result == 0 && (count = pread(stream->draft.fd, block, sizeof block, offset)) > 0) {
        result = write_directly(fd, stream->path, (struct slice){ block, (size_t)count }, err);
        offset += count;
    }
    if (count < 0)
        result = err_set(err, "cannot read what is for %s: %s", stream->path, strerror(errno));
    if (is_ours)
        close(fd);
    return result;
}

int
report_stream_keep(struct report_stream *stream, struct err *err)
{
    int result;

    if (stream->draft.beside != NULL) {
        result = draft_keep(&stream->draft, stream->path, err);
    } else {
        result = copy_directly(stream, err);
        close(stream->draft.fd);
    }
    free(stream);
    return result;
}

void
report_stream_drop(struct report_stream *stream)
{
    if (stream == NULL)
        return;
    if (stream->draft.beside != NULL)
        draft_close(&stream->draft, false);
    else
        close(stream->draft.fd);
    free(stream);
}
