/* SPDX-License-Identifier: Apache-2.0 */
/* Copies the template's files, with the plugin's name and kind in them. */
#include "plugins/project.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "plugins/search.h"

enum { FILE_LIMIT = 64 * 1024 };

static const struct {
    const char *from, *to;
    enum loads_kind kind; /* 0: either */
} template_files[] = {
    { "Makefile", "Makefile", 0 },
    { "README.md", "README.md", 0 },
    { "gitignore", ".gitignore", 0 },
    { "output.c", "@NAME@.c", LOADS_OUTPUT },
    { "output-check.sh", "check.sh", LOADS_OUTPUT },
    { "observer.c", "@NAME@.c", LOADS_OBSERVER },
    { "observer-check.sh", "check.sh", LOADS_OBSERVER },
};
enum { FILE_COUNT = sizeof template_files / sizeof template_files[0] };

struct project {
    const char *name;
    enum loads_kind kind;
    char *template;
    struct {
        char *path; /* NULL: not of this kind */
        struct buffer text;
    } files[FILE_COUNT];
};

/* In an installed tree that was moved, in a build tree, and where it was to be. */
static char *
find_template(struct err *err)
{
    char *program = program_folder();
    char *places[] = {
        program != NULL ? xasprintf("%s/../share/loads/template", program) : NULL,
        program != NULL ? xasprintf("%s/plugins/template", program) : NULL,
        xstrdup(PKGDATADIR "/template"),
    };
    char *found = NULL;

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (found == NULL && places[i] != NULL && access(places[i], X_OK) == 0)
            found = places[i];
        else
            free(places[i]);
    free(program);
    if (found == NULL)
        err_set(err, "cannot find the template of a plugin, which should be in %s", PKGDATADIR "/template");
    return found;
}

/* Adds `text` with the marks replaced. */
static void
fill_in(struct buffer *out, const struct project *project, struct slice text)
{
    const struct {
        struct slice mark;
        const char *value;
    } marks[] = {
        { SLICE("@NAME@"), project->name },
        { SLICE("@KIND@"), plugin_kind_name(project->kind) },
    };

    while (text.length > 0) {
        size_t length = 1;

        for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
            if (text.length >= marks[i].mark.length &&
                memcmp(text.data, marks[i].mark.data, marks[i].mark.length) == 0) {
                buffer_add_text(out, marks[i].value);
                length = marks[i].mark.length;
            }
        if (length == 1)
            buffer_add_char(out, *text.data);
        text.data += length;
        text.length -= length;
    }
}

static int
read_file(struct buffer *out, const struct project *project, const char *name, struct err *err)
{
    char *path = xasprintf("%s/%s", project->template, name), *text = xmalloc(FILE_LIMIT);
    FILE *in = fopen(path, "re");
    size_t length = in != NULL ? fread(text, 1, FILE_LIMIT, in) : 0;
    int failed = 0;

    if (in == NULL || ferror(in))
        failed = err_set(err, "cannot read %s: %s", path, strerror(errno));
    else
        fill_in(out, project, (struct slice){ text, length });
    if (in != NULL)
        fclose(in);
    free(text);
    free(path);
    return failed;
}

/* What will be written, before anything is. */
static int
project_read(struct project *project, struct err *err)
{
    project->template = find_template(err);
    if (project->template == NULL)
        return -1;
    for (size_t i = 0; i < FILE_COUNT; i++) {
        struct buffer path;

        if (template_files[i].kind != 0 && template_files[i].kind != project->kind)
            continue;
        if (read_file(&project->files[i].text, project, template_files[i].from, err) != 0)
            return -1;
        buffer_init(&path, FILE_LIMIT);
        buffer_printf(&path, "%s/", project->name);
        fill_in(&path, project, slice_of(template_files[i].to));
        project->files[i].path = buffer_take(&path);
    }
    return 0;
}

static int
write_file(const char *path, const struct buffer *text, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool is_written;

    if (out == NULL)
        return err_set(err, "cannot make %s: %s", path, strerror(errno));
    is_written = fwrite(text->data, 1, text->length, out) == text->length;
    if (fclose(out) != 0 || !is_written)
        return err_set(err, "cannot write %s: %s", path, strerror(errno));
    return 0;
}

/* The folder is made so that others cannot write it, whatever the umask: Loads
 * would refuse a plugin in it. */
static int
project_write(const struct project *project, struct err *err)
{
    int failed = 0;

    if (mkdir(project->name, 0755) != 0)
        return err_set(err, "cannot make the folder %s: %s", project->name, strerror(errno));
    for (size_t i = 0; i < FILE_COUNT && failed == 0; i++)
        if (project->files[i].path != NULL)
            failed = write_file(project->files[i].path, &project->files[i].text, err);
    if (failed == 0)
        return 0;
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (project->files[i].path != NULL)
            unlink(project->files[i].path);
    rmdir(project->name);
    return -1;
}

static void
project_describe(const struct project *project, struct buffer *out)
{
    buffer_printf(out, "Made the %s plugin %s:\n", plugin_kind_name(project->kind), project->name);
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (project->files[i].path != NULL)
            buffer_printf(out, "    %s\n", project->files[i].path);
    buffer_printf(out,
                  "Next:\n"
                  "    cd %s\n"
                  "    make         # needs a C compiler and pkg-config\n"
                  "    make check   # tests it; with LOADS=/path/of/loads if loads is not in PATH\n"
                  "    loads plugins --plugin-path .\n",
                  project->name);
}

int
project_new(const char *name, enum loads_kind kind, struct buffer *out, struct err *err)
{
    struct project project = { .name = name, .kind = kind };
    int failed;

    if (!plugin_name_is_valid(name))
        return err_set(
            err, "\"%s\" cannot be the name of a plugin: it is made of a to z, 0 to 9 and _, at most 32",
            name);
    for (size_t i = 0; i < FILE_COUNT; i++)
        buffer_init(&project.files[i].text, FILE_LIMIT);
    failed = project_read(&project, err);
    if (failed == 0)
        failed = project_write(&project, err);
    if (failed == 0)
        project_describe(&project, out);
    for (size_t i = 0; i < FILE_COUNT; i++) {
        free(project.files[i].path);
        buffer_clear(&project.files[i].text);
    }
    free(project.template);
    return failed;
}
