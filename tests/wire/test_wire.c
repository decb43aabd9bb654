/* SPDX-License-Identifier: Apache-2.0 */
/* Replays each folder of tests/wire through both decoders. A folder has
 *
 *     in       frames, one a line; or in.hex, the same as hexadecimal digits
 *     expect   for each frame a line "-- fast" or "-- slow", the path it takes,
 *              and then what report.h writes about it
 *
 * `test_wire FOLDER` prints what `expect` would have to be, to be read closely. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "wire/report.h"

enum { FILE_LIMIT = 4 * 1024 * 1024, CASES_LIMIT = 1000 };

struct wire {
    struct decoder *decoder;
    struct buffer in, expect, found, again; /* again: by another path */
};

static void
wire_init(struct wire *wire)
{
    wire->decoder = decoder_new();
    buffer_init(&wire->in, FILE_LIMIT);
    buffer_init(&wire->expect, FILE_LIMIT);
    buffer_init(&wire->found, FILE_LIMIT);
    buffer_init(&wire->again, FILE_LIMIT);
}

static void
wire_clear(struct wire *wire)
{
    decoder_free(wire->decoder);
    buffer_clear(&wire->in);
    buffer_clear(&wire->expect);
    buffer_clear(&wire->found);
    buffer_clear(&wire->again);
}

static bool
read_file(struct buffer *out, const char *folder, const char *name)
{
    char *path = xasprintf("%s/%s", folder, name), piece[4096];
    FILE *file = fopen(path, "rb");
    size_t length;

    free(path);
    buffer_reset(out);
    if (file == NULL)
        return false;
    while ((length = fread(piece, 1, sizeof piece, file)) > 0)
        buffer_add(out, piece, length);
    fclose(file);
    return !out->is_full;
}

/* Turns pairs of hexadecimal digits into bytes, in place. */
static struct slice
from_hex(char *line, size_t length)
{
    for (size_t i = 0; i + 1 < length; i += 2) {
        char digits[] = { line[i], line[i + 1], '\0' };

        line[i / 2] = (char)strtoul(digits, NULL, 16);
    }
    return (struct slice){ line, length / 2 };
}

/* Reports one frame, from all paths. */
static bool
replay_frame(struct wire *wire, struct slice frame)
{
    struct report report = { .out = &wire->found, .frame = frame };
    struct decoder_sink sink = report_sink(&report);
    size_t start = wire->found.length;
    struct slice found;
    bool is_fast;

    buffer_add_text(&wire->found, "-- slow\n");
    decoder_slow(wire->decoder, frame, &sink);
    found = (struct slice){ wire->found.data + start + 8, wire->found.length - start - 8 };

    report.out = &wire->again;
    buffer_reset(&wire->again);
    is_fast = decoder_fast(wire->decoder, frame, &sink);
    if (is_fast)
        memcpy(wire->found.data + start, "-- fast", 7);
    if (wire->again.length > 0 && !slice_equal(found, (struct slice){ wire->again.data, wire->again.length })) {
        printf("# the fast path differs: %s", wire->again.data);
        return false;
    }
    buffer_reset(&wire->again);
    decoder_decode(wire->decoder, frame, &sink);
    if (!slice_equal(found, (struct slice){ wire->again.data, wire->again.length })) {
        printf("# decoder_decode differs: %s", wire->again.data);
        return false;
    }
    return true;
}

/* Fills `found`. */
static bool
replay_folder(struct wire *wire, const char *folder)
{
    bool is_hex = !read_file(&wire->in, folder, "in"), is_same = true;
    char *at, *end;

    if (is_hex && !read_file(&wire->in, folder, "in.hex")) {
        printf("# no file in, and no in.hex\n");
        return false;
    }
    buffer_reset(&wire->found);
    at = wire->in.data;
    end = at + wire->in.length;
    while (at < end) {
        char *newline = memchr(at, '\n', (size_t)(end - at)), *stop = newline != NULL ? newline : end;
        struct slice frame = { at, (size_t)(stop - at) };

        if (is_hex)
            frame = from_hex(at, frame.length);
        is_same &= replay_frame(wire, frame);
        at = stop + 1;
    }
    return is_same;
}

/* The first line that is not as expected. */
static void
show_difference(const char *found, const char *expect)
{
    size_t same = 0, line = 1, start = 0;

    for (; found[same] == expect[same] && found[same] != '\0'; same++)
        if (found[same] == '\n') {
            line++;
            start = same + 1;
        }
    printf("# line %zu\n# found:    %.*s\n# expected: %.*s\n", line, (int)strcspn(found + start, "\n"),
           found + start, (int)strcspn(expect + start, "\n"), expect + start);
}

static bool
test_folder(struct wire *wire, const char *folder)
{
    bool is_good = replay_folder(wire, folder);

    if (!read_file(&wire->expect, folder, "expect") || wire->expect.length == 0) {
        printf("# no file expect\n");
        return false;
    }
    if (wire->found.length == 0 || strcmp(wire->found.data, wire->expect.data) != 0) {
        show_difference(wire->found.length > 0 ? wire->found.data : "", wire->expect.data);
        return false;
    }
    return is_good;
}

static int
is_case(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strchr(entry->d_name, '.') == NULL && entry->d_type != DT_REG;
}

int
main(int argc, char **argv)
{
    const char *source = getenv("top_srcdir");
    char *root = xasprintf("%s/tests/wire", source != NULL ? source : ".");
    int count = 0, failed = 0;
    struct dirent **cases;
    struct wire wire;

    wire_init(&wire);
    if (argc == 2) {
        failed = !replay_folder(&wire, argv[1]);
        fputs(wire.found.length > 0 ? wire.found.data : "", stdout);
    } else {
        count = scandir(root, &cases, is_case, alphasort);
        printf("1..%d\n", count);
        for (int i = 0; i < count; i++) {
            char *folder = xasprintf("%s/%s", root, cases[i]->d_name);
            bool is_good = test_folder(&wire, folder);

            failed += !is_good;
            printf("%s %d - %s\n", is_good ? "ok" : "not ok", i + 1, cases[i]->d_name);
            free(folder);
            free(cases[i]);
        }
        if (count > 0)
            free(cases);
        else
            failed = 1;
    }
    wire_clear(&wire);
    free(root);
    return failed > 0;
}
