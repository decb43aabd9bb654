/* SPDX-License-Identifier: Apache-2.0 */
/* Output json: the document under its name is whole, or is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "output_harness.h"

struct place {
    char *folder, *file;
};

static int
setup(void **state)
{
    struct place *place = xcalloc(1, sizeof *place);

    place->folder = harness_folder();
    place->file = xasprintf("%s/result.json", place->folder);
    umask(022);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    *state = place;
    return 0;
}

static int
teardown(void **state)
{
    struct place *place = *state;

    harness_remove(place->folder);
    free(place->file);
    free(place);
    return 0;
}

static size_t
entries(const char *folder)
{
    DIR *stream = opendir(folder);
    size_t count = 0;

    assert_non_null(stream);
    while (readdir(stream) != NULL)
        count++;
    closedir(stream);
    return count - 2; /* . and .. */
}

static void
assert_text(const char *path, const char *expected)
{
    char *text = harness_read(path);

    assert_string_equal(text, expected);
    free(text);
}

/* Opens, flushes `json` and closes; returns what flush did. */
static int
write_document(const char *filename, bool pretty, const char *json, char failure[static 1024])
{
    struct harness harness;
    int result;

    harness_load(&harness, "json");
    harness_set(&harness, "filename", filename);
    harness_set(&harness, "pretty", pretty ? "yes" : "no");
    result = harness_open(&harness);
    if (result == 0)
        result = harness_flush(&harness, json);
    assert_int_equal(harness.failures, result == 0 ? 0 : 1);
    memcpy(failure, harness.failure, sizeof harness.failure);
    harness_unload(&harness);
    return result;
}

static void
document_is_written_whole(void **state)
{
    struct place *place = *state;
    struct stat found;
    char failure[1024];

    assert_int_equal(write_document(place->file, false, "{\"a\":[1,2]}", failure), 0);
    assert_text(place->file, "{\"a\":[1,2]}\n");
    assert_int_equal(stat(place->file, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0644);
    assert_int_equal(entries(place->folder), 1);
}

static void
nothing_is_there_before_the_end(void **state)
{
    struct place *place = *state;
    struct harness harness;

    harness_load(&harness, "json");
    harness_set(&harness, "filename", place->file);
    assert_int_equal(harness_open(&harness), 0);
    assert_int_equal(entries(place->folder), 0);
    harness_unload(&harness);
    assert_int_equal(entries(place->folder), 0);
}

static void
replaced_file_hands_on_its_permissions(void **state)
{
    struct place *place = *state;
    struct stat found;
    char failure[1024];

    close(open(place->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    assert_int_equal(write_document(place->file, false, "{}", failure), 0);
    assert_int_equal(stat(place->file, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0600);
    assert_text(place->file, "{}\n");
}

static void
link_stays_a_link(void **state)
{
    struct place *place = *state;
    char *name = xasprintf("%s/latest", place->folder), failure[1024];
    struct stat found;

    close(open(place->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    assert_int_equal(symlink("result.json", name), 0);
    assert_int_equal(write_document(name, false, "{}", failure), 0);
    assert_int_equal(lstat(name, &found), 0);
    assert_true(S_ISLNK(found.st_mode));
    assert_text(place->file, "{}\n");
    free(name);
}

static void
pretty_keeps_every_value_as_it_is(void **state)
{
    struct place *place = *state;
    char failure[1024];

    assert_int_equal(write_document(place->file, true,
                                    "{\"a\":{},\"b\":[],\"c\":[1,{\"d\":\"x{,:\\\"]\",\"e\":0.1}],\"f\":null}", failure), 0);
    assert_text(place->file, "{\n"
                             "  \"a\": {},\n"
                             "  \"b\": [],\n"
                             "  \"c\": [\n"
                             "    1,\n"
                             "    {\n"
                             "      \"d\": \"x{,:\\\"]\",\n"
                             "      \"e\": 0.1\n"
                             "    }\n"
                             "  ],\n"
                             "  \"f\": null\n"
                             "}\n");
}

static void
pretty_or_not_it_is_the_same_document(void **state)
{
    struct place *place = *state;
    char *json = harness_golden("mixed.json"), failure[1024];
    json_t *expected = json_loads(json, JSON_REJECT_DUPLICATES, NULL), *got;

    assert_non_null(expected);
    json[strlen(json) - 1] = '\0'; /* the document ends without a newline */
    for (int pretty = 0; pretty < 2; pretty++) {
        assert_int_equal(write_document(place->file, pretty, json, failure), 0);
        got = json_load_file(place->file, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(got);
        assert_true(json_equal(expected, got));
        json_decref(got);
    }
    json_decref(expected);
    free(json);
}

/* As a user who may not write everywhere; the plugin itself may lie where that
 * user cannot read. */
static int
open_without_privilege(struct harness *harness)
{
    bool is_root = geteuid() == 0;
    int rc;

    if (is_root)
        assert_int_equal(seteuid(65534), 0);
    rc = harness_open(harness);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    return rc;
}

static void
assert_refused(const char *filename, const char *why)
{
    char failure[1024], *expected = xasprintf("%s %s: %s", strncmp(why, "it is", 5) == 0 ? "cannot write" :
                                              "cannot create", filename, why);
    struct harness harness;
    bool is_forbidden = strcmp(why, "Permission denied") == 0;

    harness_load(&harness, "json");
    harness_set(&harness, "filename", filename);
    assert_int_equal(is_forbidden ? open_without_privilege(&harness) : harness_open(&harness), -1);
    memcpy(failure, harness.failure, sizeof failure);
    harness_unload(&harness);
    assert_string_equal(failure, expected);
    free(expected);
}

static void
place_that_cannot_be_written_is_refused_at_once(void **state)
{
    struct place *place = *state;
    char *missing = xasprintf("%s/no/result.json", place->folder);
    char *below = xasprintf("%s/x.json", place->file);

    close(open(place->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    assert_refused(missing, "No such file or directory");
    assert_refused(below, "Not a directory");
    assert_refused(place->folder, "it is a directory");
    assert_int_equal(chmod(place->folder, 0555), 0);
    assert_refused(place->file, "Permission denied");
    free(missing);
    free(below);
}

/* A document of about that many bytes. */
static char *
long_document(size_t bytes)
{
    char *json = xmalloc(bytes + 1);

    memset(json, '1', bytes);
    json[0] = '[';
    json[bytes - 1] = ']';
    json[bytes] = '\0';
    return json;
}

static void
assert_fails_without_a_trace(const struct place *place, const char *why)
{
    char *json = long_document(1000000), *expected = xasprintf("cannot write %s: %s", place->file, why);
    char failure[1024];

    assert_int_equal(write_document(place->file, false, json, failure), -1);
    assert_string_equal(failure, expected);
    free(expected);
    free(json);
}

static void
failed_write_leaves_the_old_report(void **state)
{
    struct place *place = *state;
    struct rlimit old, small;
    char failure[1024];

    assert_int_equal(write_document(place->file, false, "{\"old\":1}", failure), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){ .rlim_cur = 65536, .rlim_max = old.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_fails_without_a_trace(place, "File too large");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_text(place->file, "{\"old\":1}\n");
    assert_int_equal(entries(place->folder), 1);
}

static void
full_disk_leaves_nothing(void **state)
{
    struct place *place = *state;

    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", place->folder, "tmpfs", 0, "size=64k") != 0)
        skip();
    assert_fails_without_a_trace(place, "No space left on device");
    assert_int_equal(entries(place->folder), 0);
    assert_int_equal(umount(place->folder), 0);
}

static void
devices_are_written_directly(void **state)
{
    char failure[1024];

    (void)state;
    assert_int_equal(write_document("/dev/full", false, "{}", failure), -1);
    assert_string_equal(failure, "cannot write /dev/full: No space left on device");
    assert_int_equal(write_document("/dev/null", false, "{}", failure), 0);
}

static void
standard_output_gets_the_document(void **state)
{
    static const char *const names[] = { "-", "/dev/stdout" };
    struct place *place = *state;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int file = open(place->file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), saved;
        char failure[1024];

        assert_int_equal(write(file, "before\n", 7), 7);
        saved = harness_redirect(STDOUT_FILENO, file);
        assert_int_equal(write_document(names[i], false, "{}", failure), 0);
        harness_restore(STDOUT_FILENO, saved);
        close(file);
        assert_text(place->file, "before\n{}\n");
    }
}

static void
closed_reader_is_no_failure(void **state)
{
    char failure[1024];
    int ends[2], saved;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    saved = harness_redirect(STDOUT_FILENO, ends[1]);
    assert_int_equal(write_document("-", false, "{}", failure), 0);
    harness_restore(STDOUT_FILENO, saved);
    close(ends[1]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(document_is_written_whole),
        CASE(nothing_is_there_before_the_end),
        CASE(replaced_file_hands_on_its_permissions),
        CASE(link_stays_a_link),
        CASE(pretty_keeps_every_value_as_it_is),
        CASE(pretty_or_not_it_is_the_same_document),
        CASE(place_that_cannot_be_written_is_refused_at_once),
        CASE(failed_write_leaves_the_old_report),
        CASE(full_disk_leaves_nothing),
        CASE(devices_are_written_directly),
        CASE(standard_output_gets_the_document),
        CASE(closed_reader_is_no_failure),
    };

    return cmocka_run_group_tests_name("output json", tests, NULL, NULL);
}
