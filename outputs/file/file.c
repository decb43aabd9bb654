/* SPDX-License-Identifier: Apache-2.0 */
/* Output "file": every message as one line of JSON, between a header with the
 * plan and a trailer with the account, from which any other report can be made
 * later. Lines wait in a buffer until the next tick: what a killed host loses is
 * about a second. */
#include <errno.h>
#include <fcntl.h>
#include <loads/plugin.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "common/document.h"
#include "common/write.h"
#include "file/line.h"

enum {
    WRITE_BYTES = 256 * 1024,        /* lines that go to the kernel together */
    PENDING_LIMIT = 8 * 1024 * 1024, /* more than those and the longest message */
};

struct file {
    const char *filename;
    bool append;

    int fd;          /* -1: nobody wants more of it */
    bool is_open;    /* by us: not a standard descriptor */
    bool is_regular;
    off_t whole;     /* where the last whole line ends, in a regular file */
    struct buffer pending;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct file, filename, .flags = LOADS_REQUIRED,
                 .help = "Where to write every message; - is standard output"),
    LOADS_OPTION(struct file, append, .fallback = "no",
                 .help = "Keep what the file already holds"),
    { 0 }
};

/* Cuts a half-written line off, so that all that stands there can be read. */
static int
cut_to_whole_lines(struct file *file, const char *written, size_t length)
{
    const char *last = memrchr(written, '\n', length);

    if (!file->is_regular)
        return 0;
    if (last != NULL)
        file->whole += last + 1 - written;
    return ftruncate(file->fd, file->whole);
}

/* Hands the pending lines to the kernel. */
static int
write_pending(struct file *file, const struct loads_host *host)
{
    struct buffer *pending = &file->pending;
    size_t written = write_all(file->fd, pending->data, pending->length);
    int error = errno, is_torn;

    if (written == pending->length) {
        file->whole += (off_t)written;
        buffer_reset(pending);
        return 0;
    }
    if (write_is_unwanted(file->fd, error)) {
        buffer_reset(pending);
        file->fd = -1;
        return 0;
    }
    is_torn = cut_to_whole_lines(file, pending->data, written);
    buffer_reset(pending);
    return host->fail(host, "cannot write %s: %s%s", file->filename, strerror(error),
                      is_torn ? "; its last line is torn" : "");
}

/* Ends a line that an earlier writer left torn, so that ours begin on their own. */
static void
end_torn_line(struct file *file)
{
    char last = '\n';
    int fd = open(file->filename, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (pread(fd, &last, 1, file->whole - 1) == 1 && last != '\n')
        buffer_add_char(&file->pending, '\n');
    close(fd);
}

static int
open_place(struct file *file)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (file->append ? O_APPEND : O_TRUNC);
    struct stat found;

    file->fd = write_standard_descriptor(file->filename);
    if (file->fd >= 0)
        return 0;
    file->fd = open(file->filename, flags, 0644);
    if (file->fd < 0)
        return -1;
    file->is_open = true;
    file->is_regular = fstat(file->fd, &found) == 0 && S_ISREG(found.st_mode);
    if (file->is_regular)
        file->whole = found.st_size;
    return 0;
}

static int
file_open(void *state, const struct loads_host *host)
{
    struct file *file = state;

    buffer_init(&file->pending, PENDING_LIMIT);
    if (open_place(file) != 0)
        return host->fail(host, "cannot open %s: %s", file->filename, strerror(errno));
    if (file->append && file->is_regular && file->whole > 0)
        end_torn_line(file);
    buffer_add_text(&file->pending, "{\"loads\":\"file/1\"");
    line_add_members(&file->pending, slice_of(host->run_json));
    return write_pending(file, host);
}

static int
file_on_event(void *state, const struct loads_host *host, const struct loads_event *event)
{
    struct file *file = state;
    size_t whole = file->pending.length;

    if (file->fd < 0)
        return 0;
    line_add_message(&file->pending, event->received_us, event->target,
                     (struct slice){ event->raw, event->raw_length });
    if (file->pending.is_full) {
        file->pending.length = whole; /* closing writes what is pending */
        return host->fail(host, "cannot write %s: a message of %zu bytes is too long",
                          file->filename, event->raw_length);
    }
    return file->pending.length < WRITE_BYTES ? 0 : write_pending(file, host);
}

static int
file_on_tick(void *state, const struct loads_host *host, const struct loads_totals *totals)
{
    struct file *file = state;

    (void)totals;
    return file->fd < 0 ? 0 : write_pending(file, host);
}

/* [[second, users], ...]: only where the number of users changes. */
static json_t *
users_over_time(const json_t *document)
{
    json_t *changes = json_array(), *slot;
    json_int_t before = 0;
    size_t index;

    json_array_foreach(json_object_get(document, "timeline"), index, slot) {
        json_int_t users = json_integer_value(json_object_get(slot, "users"));

        if (users != before)
            json_array_append_new(changes, json_pack("[O, I]", json_object_get(slot, "t_s"), users));
        before = users;
    }
    return changes;
}

/* The second in which the timeline ends: after the last messages it may go on. */
static json_int_t
timeline_end_s(const json_t *document)
{
    const json_t *timeline = json_object_get(document, "timeline");
    size_t slots = json_array_size(timeline);

    if (slots == 0)
        return 0;
    return (json_int_t)(document_count(json_array_get(timeline, slots - 1), "t_s") +
                        document_count(document, "timeline_step_s"));
}

/* What messages alone do not tell: the account and the verdict of the run. */
static int
add_trailer(struct file *file, const struct loads_result *result, struct err *err)
{
    static const char *const copied[] = { "messages", "duration_s", "verdict", "timeline_step_s" };
    json_t *document = document_read(result, err), *trailer;
    char *text;

    if (document == NULL)
        return -1;
    trailer = json_pack("{s:s}", "loads", "end");
    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++)
        json_object_set(trailer, copied[i], json_object_get(document, copied[i]));
    json_object_set_new(trailer, "timeline_s", json_integer(timeline_end_s(document)));
    json_object_set_new(trailer, "users", users_over_time(document));
    text = json_dumps(trailer, JSON_COMPACT | JSON_REAL_PRECISION(15));
    buffer_add_text(&file->pending, text != NULL ? text : "{\"loads\":\"end\"}");
    buffer_add_char(&file->pending, '\n');
    free(text);
    json_decref(trailer);
    json_decref(document);
    return 0;
}

/* Closing tells what a late write error (a quota, a network) had kept back. */
static int
close_place(struct file *file)
{
    int fd = file->fd;

    file->fd = -1;
    if (!file->is_open)
        return 0;
    file->is_open = false;
    return close(fd);
}

static int
file_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    struct file *file = state;
    struct err err = { 0 };

    if (file->fd < 0)
        return 0;
    if (write_pending(file, host) != 0)
        return -1;
    if (add_trailer(file, result, &err) != 0)
        return host->fail(host, "%s", err.text);
    if (write_pending(file, host) != 0)
        return -1;
    if (close_place(file) != 0)
        return host->fail(host, "cannot write %s: %s", file->filename, strerror(errno));
    return 0;
}

static void
file_close(void *state)
{
    struct file *file = state;

    /* A run that ended without a result: what came is kept, as after a crash. */
    if (file->fd >= 0)
        write_all(file->fd, file->pending.data, file->pending.length);
    close_place(file);
    buffer_clear(&file->pending);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "file",
    .summary = "Write every message as a line of JSON, to make reports from later",
    .state_size = sizeof(struct file),
    .options = options,
    .open = file_open,
    .on_event = file_on_event,
    .on_tick = file_on_tick,
    .flush = file_flush,
    .close = file_close,
);
