/* SPDX-License-Identifier: Apache-2.0 */
/* plugins/loader.h: searching, trusting, checking and describing plugins, and
 * their options. The plugins are those of tests/badplugins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "plugins/loader.h"
#include "plugins/search.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char *
bad_plugins(void)
{
    const char *builddir = getenv("top_builddir");

    return xasprintf("%s/tests/badplugins", builddir != NULL ? builddir : ".");
}

static void
assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

/* Without what is installed on this machine. */
static struct plugin_path *
path_of_only(const char *folder)
{
    struct plugin_path *path = plugin_path_new(folder, NULL);

    while (path->count > 1)
        free(path->folders[--path->count]);
    return path;
}

/* A directory of the test's own. */
static int
folder_make(void **state)
{
    const char *base = getenv("TMPDIR");
    char *folder = xasprintf("%s/loads-loader-XXXXXX", base != NULL ? base : "/tmp");

    if (mkdtemp(folder) == NULL)
        return -1;
    *state = folder;
    return 0;
}

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static int
folder_remove(void **state)
{
    int outcome = nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);

    free(*state);
    return outcome;
}

/* Copies a plugin to FOLDER/TO, which only this user can write. */
static char *
plugin_copy(const char *folder, const char *name, const char *to)
{
    char *bad = bad_plugins();
    char *from = xasprintf("%s/%s.so", bad, name), *path = xasprintf("%s/%s", folder, to);
    FILE *in = fopen(from, "rb"), *out = fopen(path, "wb");
    char bytes[65536];
    size_t count;

    assert_non_null(in);
    assert_non_null(out);
    while ((count = fread(bytes, 1, sizeof bytes, in)) > 0)
        assert_int_equal(fwrite(bytes, 1, count, out), count);
    fclose(in);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, 0644), 0);
    free(from);
    free(bad);
    return path;
}

static void
folder_add(const char *folder, const char *name, const char *to)
{
    free(plugin_copy(folder, name, to));
}

static int
open_bad(struct loaded *loaded, enum loads_kind kind, const char *name, struct err *err)
{
    char *bad = bad_plugins();
    struct plugin_path *path = plugin_path_new(bad, NULL);
    int outcome = loaded_open(loaded, path, kind, name, err);

    plugin_path_free(path);
    free(bad);
    return outcome;
}

static void
broken_promises_are_named(void **state)
{
    static const struct { const char *name, *why; } cases[] = {
        { "wrong_abi", "it is built for plugin ABI 2, this host needs 1" },
        { "no_symbol", "it does not export loads_plugin" },
        { "wrong_kind", "it is an observer, not an output" },
        { "unknown_kind", "it is of kind 7, which this host does not know" },
        { "other_name", "its name is \"another_name\", so the file must be another_name.so" },
        { "huge_state", "it wants 1099511627776 bytes of state, the limit is 67108864" },
        { "too_short", "its description has 32 bytes" },
        { "bad_option", "its option size lies outside of its state" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct loaded loaded;
        struct err err = { 0 };

        assert_int_equal(open_bad(&loaded, LOADS_OUTPUT, cases[i].name, &err), -1);
        assert_has(err.text, "cannot load plugin ");
        assert_has(err.text, cases[i].name);
        assert_has(err.text, cases[i].why);
        assert_null(loaded.so);
    }
}

static void
shorter_and_longer_descriptions_are_read(void **state)
{
    struct loaded loaded;
    struct err err = { 0 };
    void *plugin_state;
    struct loads_option option;

    (void)state;
    assert_int_equal(open_bad(&loaded, LOADS_OUTPUT, "older", &err), 0);
    assert_null(loaded.plugin.flush);
    assert_null(loaded.plugin.close);
    loaded_close(&loaded);

    assert_int_equal(open_bad(&loaded, LOADS_OUTPUT, "newer", &err), 0);
    assert_string_equal(loaded_option(&loaded, 1, &option)->name, "second");
    assert_null(loaded_option(&loaded, 2, &option));
    assert_int_equal(plugin_state_new(&plugin_state, &loaded, NULL, 0, &err), 0);
    assert_int_equal(*(int64_t *)plugin_state, 41);
    plugin_state_free(plugin_state, &loaded);
    loaded_close(&loaded);
}

static void
bad_default_blames_the_plugin(void **state)
{
    struct loaded loaded;
    struct err err = { 0 };
    void *plugin_state;

    (void)state;
    assert_int_equal(open_bad(&loaded, LOADS_OUTPUT, "bad_default", &err), 0);
    assert_int_equal(plugin_state_new(&plugin_state, &loaded, NULL, 0, &err), -1);
    assert_has(err.text, "/bad_default.so: bad default: --output-bad_default-size: \"many\" is not a "
                         "whole number");
    loaded_close(&loaded);
}

static void
unknown_name_gets_the_nearest_and_all(void **state)
{
    static const struct { enum loads_kind kind; const char *typed, *answer; } cases[] = {
        { LOADS_OUTPUT, "recrod",
          "unknown output \"recrod\"; did you mean \"record\"? there are newer, record" },
        { LOADS_OBSERVER, "oldre", "unknown observer \"oldre\"; did you mean \"older\"? there are older, record" },
        { LOADS_OUTPUT, "../record", "unknown output \"../record\"" },
        { LOADS_OUTPUT, "", "unknown output \"\"; there are newer, record" },
        { LOADS_OUTPUT, "Record", "unknown output \"Record\"; did you mean \"record\"?" },
        { LOADS_OUTPUT, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "unknown output \"aaaa" },
    };
    const char *folder = *state;
    char *outputs = xasprintf("%s/outputs", folder), *observers = xasprintf("%s/observers", folder);
    struct plugin_path *path = path_of_only(folder);

    mkdir(outputs, 0755);
    mkdir(observers, 0755);
    folder_add(folder, "record", "record.so");
    folder_add(outputs, "newer", "newer.so");
    folder_add(observers, "older", "older.so");
    folder_add(folder, "record", "Not-a-name.so");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct loaded loaded;
        struct err err = { 0 };

        assert_int_equal(loaded_open(&loaded, path, cases[i].kind, cases[i].typed, &err), -1);
        assert_has(err.text, cases[i].answer);
    }
    plugin_path_free(path);
    free(outputs);
    free(observers);
}

static void
first_directory_wins(void **state)
{
    const char *folder = *state;
    char *first = xasprintf("%s/first", folder), *second = xasprintf("%s/second", folder);
    char *option = xasprintf("%s/missing::%s", folder, first), *found;
    struct plugin_path *path = plugin_path_new(option, second);
    struct loaded loaded;
    struct err err = { 0 };

    mkdir(first, 0755);
    mkdir(second, 0755);
    found = plugin_copy(second, "record", "record.so");
    assert_int_equal(loaded_open(&loaded, path, LOADS_OUTPUT, "record", &err), 0);
    assert_string_equal(loaded.path, found);
    loaded_close(&loaded);
    free(found);

    found = plugin_copy(first, "record", "record.so");
    assert_int_equal(loaded_open(&loaded, path, LOADS_OUTPUT, "record", &err), 0);
    assert_string_equal(loaded.path, found);
    loaded_close(&loaded);
    free(found);

    plugin_path_free(path);
    free(option);
    free(first);
    free(second);
}

/* Tries FOLDER/record.so with these modes; NULL: it must load. */
static void
check_modes(const char *folder, mode_t folder_mode, mode_t file_mode, const char *why)
{
    char *file = xasprintf("%s/record.so", folder);
    struct loaded loaded;
    struct err err = { 0 };

    assert_int_equal(chmod(folder, folder_mode), 0);
    assert_int_equal(chmod(file, file_mode), 0);
    if (why == NULL) {
        assert_int_equal(loaded_open_file(&loaded, file, &err), 0);
        loaded_close(&loaded);
    } else {
        assert_int_equal(loaded_open_file(&loaded, file, &err), -1);
        assert_has(err.text, why);
    }
    free(file);
}

static void
what_others_can_write_is_not_loaded(void **state)
{
    const char *folder = *state;

    folder_add(folder, "record", "record.so");
    check_modes(folder, 0755, 0644, NULL);
    check_modes(folder, 0700, 0400, NULL);
    check_modes(folder, 0755, 0666, "record.so (mode 0666; chmod go-w would help)");
    check_modes(folder, 0755, 0664, "others can write ");
    check_modes(folder, 0775, 0644, "(mode 0775;");
    check_modes(folder, 0777, 0644, "(mode 0777;");
    check_modes(folder, 01777, 0644, "(mode 1777;");
}

static void
what_strangers_own_is_not_loaded(void **state)
{
    const char *folder = *state;
    char *file = plugin_copy(folder, "record", "record.so");
    struct loaded loaded;
    struct err err = { 0 };

    if (geteuid() != 0) {
        free(file);
        skip();
    }
    assert_int_equal(chown(file, 12345, (gid_t)-1), 0);
    assert_int_equal(loaded_open_file(&loaded, file, &err), -1);
    assert_has(err.text, "record.so belongs to user 12345, not to root or to this user");
    free(file);
}

static void
links_are_followed_before_they_are_trusted(void **state)
{
    const char *folder = *state;
    char *real_folder = xasprintf("%s/real", folder), *link = xasprintf("%s/record.so", folder), *real;
    struct loaded loaded;
    struct err err = { 0 };

    mkdir(real_folder, 0755);
    real = plugin_copy(real_folder, "record", "record.so");
    assert_int_equal(symlink(real, link), 0);
    assert_int_equal(loaded_open_file(&loaded, link, &err), 0);
    assert_string_equal(loaded.path, link);
    loaded_close(&loaded);

    assert_int_equal(chmod(real_folder, 0777), 0);
    assert_int_equal(loaded_open_file(&loaded, link, &err), -1);
    assert_has(err.text, "others can write ");
    assert_has(err.text, "/real (mode");
    free(real_folder);
    free(link);
    free(real);
}

static void
what_is_no_library_is_not_loaded(void **state)
{
    const char *folder = *state;
    char *pipe_file = xasprintf("%s/fifo.so", folder), *text_file = xasprintf("%s/text.so", folder);
    struct loaded loaded;
    struct err err = { 0 };
    FILE *out = fopen(text_file, "w");

    /* To open it would wait for a writer. */
    assert_int_equal(mkfifo(pipe_file, 0644), 0);
    assert_int_equal(loaded_open_file(&loaded, pipe_file, &err), -1);
    assert_has(err.text, "fifo.so is not a file");

    fputs("no library\n", out);
    fclose(out);
    chmod(text_file, 0644);
    err = (struct err){ 0 };
    assert_int_equal(loaded_open_file(&loaded, text_file, &err), -1);
    assert_has(err.text, "cannot load plugin ");

    err = (struct err){ 0 };
    assert_int_equal(loaded_open_file(&loaded, "/nowhere/x.so", &err), -1);
    assert_string_equal(err.text, "cannot load plugin /nowhere/x.so: No such file or directory");
    free(pipe_file);
    free(text_file);
}

/* A plugin that needs no file. */
struct values {
    bool flag;
    int64_t count;
    double scale;
    const char *file_name;
    int64_t pin;
};

static const struct loads_option value_options[] = {
    LOADS_OPTION(struct values, flag, .fallback = "no"),
    LOADS_OPTION(struct values, count),
    LOADS_OPTION(struct values, scale, .fallback = "2.5"),
    LOADS_OPTION(struct values, file_name, .fallback = "-"),
    LOADS_OPTION(struct values, pin, .flags = LOADS_SECRET),
    { 0 }
};

static struct loaded
values_plugin(void)
{
    return (struct loaded){ .plugin = { .size = sizeof(struct loads_plugin),
                                        .option_size = sizeof(struct loads_option),
                                        .kind = LOADS_OUTPUT,
                                        .name = "values",
                                        .state_size = sizeof(struct values),
                                        .options = value_options },
                            .path = (char *)"values.so" };
}

static void
defaults_fill_the_state(void **state)
{
    struct loaded loaded = values_plugin();
    struct values *values;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(plugin_state_new((void **)&values, &loaded, NULL, 0, &err), 0);
    assert_false(values->flag);
    assert_int_equal(values->count, 0);
    assert_true(values->scale == 2.5);
    assert_string_equal(values->file_name, "-");
    values->file_name = "the plugin's own";
    plugin_state_free(values, &loaded);
    plugin_state_free(NULL, &loaded);
}

static void
values_are_read_as_typed(void **state)
{
    struct loaded loaded = values_plugin();
    static const struct { const char *text; bool value; } flags[] = {
        { "yes", true }, { "no", false },  { "true", true }, { "false", false },
        { "1", true },   { "0", false },   { "on", true },   { "off", false },
    };
    static const struct { const char *text; int64_t value; } counts[] = {
        { "0", 0 }, { "-7", -7 }, { "9223372036854775807", INT64_MAX }, { "-9223372036854775808", INT64_MIN },
        { "010", 10 },
    };
    static const struct { const char *text; double value; } scales[] = {
        { "0", 0 }, { "-1.25", -1.25 }, { "1e3", 1000 }, { ".5", 0.5 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(flags); i++) {
        const struct setting settings[] = {
            { "flag", flags[i].text },
            { "count", counts[i % COUNT(counts)].text },
            { "scale", scales[i % COUNT(scales)].text },
            { "file-name", "first" },
            { "file_name", "last" },
        };
        struct values *values;
        struct err err = { 0 };

        assert_int_equal(plugin_state_new((void **)&values, &loaded, settings, COUNT(settings), &err), 0);
        assert_int_equal(values->flag, flags[i].value);
        assert_true(values->count == counts[i % COUNT(counts)].value);
        assert_true(values->scale == scales[i % COUNT(scales)].value);
        assert_string_equal(values->file_name, "last");
        plugin_state_free(values, &loaded);
    }
}

static void
bad_values_are_named(void **state)
{
    struct loaded loaded = values_plugin();
    static const struct { const char *name, *value, *why; } cases[] = {
        { "flag", "maybe", "--output-values-flag: \"maybe\" is not yes or no" },
        { "flag", "", "--output-values-flag: \"\" is not yes or no" },
        { "flag", "YES ", "is not yes or no" },
        { "count", "", "--output-values-count: \"\" is not a whole number" },
        { "count", "1.5", "is not a whole number" },
        { "count", " 1", "is not a whole number" },
        { "count", "0x10", "is not a whole number" },
        { "count", "9223372036854775808", "is not a whole number" },
        { "scale", "nan", "--output-values-scale: \"nan\" is not a number" },
        { "scale", "inf", "is not a number" },
        { "scale", "1e999", "is not a number" },
        { "scale", "\t1", "is not a number" },
        { "scale", "1,5", "is not a number" },
        { "pin", "hunter2", "--output-values-pin: a secret is not typed but named: env:NAME" },
        { "pin", "env:LOADER_TEST_PIN", "--output-values-pin: the value (a secret) is not a whole number" },
        { "fiel_name", "x", "output values has no option \"fiel_name\"; did you mean "
                            "--output-values-file-name? it has flag, count, scale, file-name, pin" },
        { "colour", "hunter2", "output values has no option \"colour\"; it has flag, count, scale" },
        { "file", "x", "has no option \"file\"" },
        { "file-name-", "x", "has no option \"file-name-\"" },
    };

    (void)state;
    setenv("LOADER_TEST_PIN", "hunter2", 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct setting setting = { cases[i].name, cases[i].value };
        void *values;
        struct err err = { 0 };

        assert_int_equal(plugin_state_new(&values, &loaded, &setting, 1, &err), -1);
        assert_has(err.text, cases[i].why);
        assert_null(strstr(err.text, "hunter2"));
    }
}

static void
required_options_are_required(void **state)
{
    const struct setting setting = { "filename", "x" };
    struct loaded loaded;
    struct err err = { 0 };
    void *plugin_state;

    (void)state;
    assert_int_equal(open_bad(&loaded, LOADS_OUTPUT, "record", &err), 0);
    assert_int_equal(plugin_state_new(&plugin_state, &loaded, NULL, 0, &err), -1);
    assert_string_equal(err.text, "output record needs --output-record-filename");
    assert_int_equal(plugin_state_new(&plugin_state, &loaded, &setting, 1, NULL), 0);
    plugin_state_free(plugin_state, &loaded);
    loaded_close(&loaded);
}

static void
all_are_described_in_80_columns(void **state)
{
    static const char *const expected =
        "output newer: Has a longer description and longer options\n"
        "  %s/outputs/newer.so\n"
        "  --output-newer-first INTEGER  The first (default: 41)\n"
        "  --output-newer-second TEXT    The second (default: two)\n"
        "\n"
        "output record: Write down every call\n"
        "  %s/record.so\n"
        "  --output-record-filename TEXT     Where to write (required)\n"
        "  --output-record-append yes|no     Keep what the file already holds (default:\n"
        "                                    no)\n"
        "  --output-record-max-size INTEGER  A whole number (default: -1)\n"
        "  --output-record-scale NUMBER      A number, with a help text that is so long\n"
        "                                    that it does not fit into one line of a\n"
        "                                    terminal (default: 1.5)\n"
        "  --output-record-password SECRET   Is kept to itself (env:NAME, file:PATH or\n"
        "                                    netrc:MACHINE)\n"
        "\n"
        "observer wrong_abi: cannot be used\n"
        "  cannot load plugin\n";
    const char *folder = *state;
    char *outputs = xasprintf("%s/outputs", folder), *observers = xasprintf("%s/observers", folder);
    struct plugin_path *path = path_of_only(folder);
    struct buffer out;
    char *whole, *end;

    mkdir(outputs, 0755);
    mkdir(observers, 0755);
    folder_add(folder, "record", "record.so");
    folder_add(outputs, "newer", "newer.so");
    folder_add(observers, "record", "record.so"); /* hidden by the one above */
    folder_add(observers, "wrong_abi", "wrong_abi.so");
    buffer_init(&out, 65536);
    plugin_path_describe(path, &out);

    whole = xasprintf(expected, folder, folder);
    /* The reason is wrapped as the length of the folder's name wants it. */
    end = strstr(whole, "  cannot load plugin");
    assert_int_equal(strncmp(out.data, whole, (size_t)(end - whole)), 0);
    assert_has(out.data, "ABI");
    for (const char *line = out.data; *line != '\0'; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80 || strchr(folder, ' ') != NULL);
    free(whole);
    buffer_clear(&out);
    plugin_path_free(path);
    free(outputs);
    free(observers);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_promises_are_named),
        cmocka_unit_test(shorter_and_longer_descriptions_are_read),
        cmocka_unit_test(bad_default_blames_the_plugin),
        WITH_FOLDER(unknown_name_gets_the_nearest_and_all),
        WITH_FOLDER(first_directory_wins),
        WITH_FOLDER(what_others_can_write_is_not_loaded),
        WITH_FOLDER(what_strangers_own_is_not_loaded),
        WITH_FOLDER(links_are_followed_before_they_are_trusted),
        WITH_FOLDER(what_is_no_library_is_not_loaded),
        cmocka_unit_test(defaults_fill_the_state),
        cmocka_unit_test(values_are_read_as_typed),
        cmocka_unit_test(bad_values_are_named),
        cmocka_unit_test(required_options_are_required),
        WITH_FOLDER(all_are_described_in_80_columns),
    };

    return cmocka_run_group_tests_name("loader", tests, NULL, NULL);
}
