/* SPDX-License-Identifier: Apache-2.0 */
/* The search path and what lies on it. */
#include "plugins/search.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

enum { NAME_LIMIT = 32 };

/* Where in a directory of the path a plugin may lie, first one first. */
static const struct {
    const char *folder;
    enum loads_kind kind; /* 0: either */
} places[] = {
    { "", 0 },
    { "outputs/", LOADS_OUTPUT },
    { "observers/", LOADS_OBSERVER },
};
enum { PLACE_COUNT = sizeof places / sizeof places[0] };

bool
plugin_name_is_valid(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

    return length > 0 && length <= NAME_LIMIT && name[length] == '\0';
}

const char *
plugin_kind_name(enum loads_kind kind)
{
    return kind == LOADS_OUTPUT ? "output" : kind == LOADS_OBSERVER ? "observer" : "plugin";
}

static bool
is_directory(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static void
path_take(struct plugin_path *path, char *folder)
{
    path->folders = xreallocarray(path->folders, path->count + 1, sizeof *path->folders);
    path->folders[path->count++] = folder;
}

/* Adds the directories of "A:B"; empty ones do not mean the current directory. */
static void
path_add_list(struct plugin_path *path, const char *list)
{
    while (list != NULL && *list != '\0') {
        size_t length = strcspn(list, ":");

        if (length > 0)
            path_take(path, xstrndup(list, length));
        list += length + (list[length] == ':');
    }
}

char *
program_folder(void)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash;

    if (length <= 0)
        return NULL;
    program[length] = '\0';
    slash = strrchr(program, '/');
    return slash != NULL ? xstrndup(program, (size_t)(slash - program)) : NULL;
}

/* Where an installed tree that was moved, and a build tree, have their plugins. */
static void
path_add_beside_program(struct plugin_path *path)
{
    char *program = program_folder(), *folder;

    if (program == NULL)
        return;
    folder = xasprintf("%s/../lib/loads", program);
    if (is_directory(folder))
        path_take(path, folder);
    else
        free(folder);

    folder = xasprintf("%s/outputs", program);
    if (is_directory(folder))
        path_take(path, xstrdup(program));
    free(folder);
    free(program);
}

struct plugin_path *
plugin_path_new(const char *option, const char *environment)
{
    struct plugin_path *path = xcalloc(1, sizeof *path);

    path_add_list(path, option);
    path_add_list(path, environment);
    path_add_beside_program(path);
    path_take(path, xstrdup(PKGLIBDIR));
    return path;
}

void
plugin_path_free(struct plugin_path *path)
{
    if (path == NULL)
        return;
    for (size_t i = 0; i < path->count; i++)
        free(path->folders[i]);
    free(path->folders);
    free(path);
}

char *
plugin_path_find(const struct plugin_path *path, enum loads_kind kind, const char *name)
{
    for (size_t i = 0; i < path->count; i++)
        for (size_t place = 0; place < PLACE_COUNT; place++) {
            char *file;

            if (places[place].kind != 0 && places[place].kind != kind)
                continue;
            file = xasprintf("%s/%s%s.so", path->folders[i], places[place].folder, name);
            if (access(file, F_OK) == 0)
                return file;
            free(file);
        }
    return NULL;
}

/* Whether plugin_path_find would take a file of the list instead. */
static bool
files_hide(const struct plugin_files *files, const char *name, enum loads_kind kind)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->items[i].name, name) == 0 &&
            (files->items[i].kind == 0 || files->items[i].kind == kind))
            return true;
    return false;
}

static void
files_add(struct plugin_files *files, const char *folder, const char *base_name, enum loads_kind kind)
{
    size_t length = strlen(base_name);
    char *name;

    if (length <= 3 || strcmp(base_name + length - 3, ".so") != 0)
        return;
    name = xstrndup(base_name, length - 3);
    if (!plugin_name_is_valid(name) || files_hide(files, name, kind)) {
        free(name);
        return;
    }
    files->items = xreallocarray(files->items, files->count + 1, sizeof *files->items);
    files->items[files->count++] = (struct plugin_file){
        .name = name, .path = xasprintf("%s/%s", folder, base_name), .kind = kind
    };
}

static void
files_add_folder(struct plugin_files *files, const char *folder, enum loads_kind kind)
{
    DIR *stream = opendir(folder);
    const struct dirent *entry;

    if (stream == NULL)
        return;
    while ((entry = readdir(stream)) != NULL)
        files_add(files, folder, entry->d_name, kind);
    closedir(stream);
}

static int
compare_files(const void *a, const void *b)
{
    const struct plugin_file *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order != 0 ? order : (int)x->kind - (int)y->kind;
}

void
plugin_files_init(struct plugin_files *files, const struct plugin_path *path)
{
    *files = (struct plugin_files){ 0 };
    for (size_t i = 0; i < path->count; i++)
        for (size_t place = 0; place < PLACE_COUNT; place++) {
            const char *folder = places[place].folder;
            char *whole = xasprintf("%s/%s", path->folders[i], folder);

            /* Without the slash that ends it, as people write paths. */
            whole[strlen(whole) - 1] = '\0';
            files_add_folder(files, whole, places[place].kind);
            free(whole);
        }
    if (files->count > 0)
        qsort(files->items, files->count, sizeof *files->items, compare_files);
}

void
plugin_files_clear(struct plugin_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->items[i].name);
        free(files->items[i].path);
    }
    free(files->items);
    *files = (struct plugin_files){ 0 };
}
