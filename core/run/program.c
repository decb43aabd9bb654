/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for programs. */
#include "run/program.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

char *
path_below(const char *dir, const char *file)
{
    if (file[0] == '/')
        return xstrdup(file);
    while (file[0] == '.' && file[1] == '/')
        file += 2;
    return xasprintf("%s/%s", strcmp(dir, "/") == 0 ? "" : dir, file);
}

static bool
is_regular(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 && S_ISREG(found.st_mode);
}

static bool
is_program(const char *path)
{
    return is_regular(path) && access(path, X_OK) == 0;
}

/* The current directory, which may have been deleted under us. */
static char *
current_directory(void)
{
    char *directory = realpath(".", NULL);

    return directory != NULL ? directory : xstrdup("/");
}

/* Takes `dir`; the program's path, or NULL. */
static char *
take_directory(char *dir, const char *name)
{
    char *path = path_below(dir, name);

    free(dir);
    if (is_program(path))
        return path;
    free(path);
    return NULL;
}

static char *
find_in_path(const char *name)
{
    const char *at = getenv("PATH");
    char *found = NULL;

    while (at != NULL && found == NULL) {
        size_t length = strcspn(at, ":");
        char *here = current_directory();
        char *directory = xstrndup(length > 0 ? at : ".", length > 0 ? length : 1);

        found = take_directory(path_below(here, directory), name);
        free(directory);
        free(here);
        at = at[length] == ':' ? at + length + 1 : NULL;
    }
    return found;
}

char *
program_find_own(const char *name)
{
    char *self = realpath("/proc/self/exe", NULL);
    char *found = NULL;

    if (self != NULL) {
        *strrchr(self, '/') = '\0';
        found = take_directory(self, name);
    }
    return found != NULL ? found : find_in_path(name);
}

/* Why the named program cannot be started, found in neither place. */
static void
explain(const char *name, const char *dir, const char *here, struct err *err)
{
    const char *const places[] = { dir, here };

    for (size_t i = 0; i < 2; i++) {
        char *path = path_below(places[i], name);
        struct stat found;

        if (stat(path, &found) == 0)
            err_set(err, S_ISDIR(found.st_mode) ? "%s is a directory" : "%s is not executable", path);
        free(path);
    }
    if (name[0] == '/')
        err_set(err, "%s: %s", name, strerror(ENOENT));
    else if (strcmp(dir, here) == 0)
        err_set(err, "no program %s in %s", name, dir);
    else
        err_set(err, "no program %s in %s or %s", name, dir, here);
}

char *
program_find(const char *name, const char *dir, struct err *err)
{
    char *found;
    char *here;

    if (strchr(name, '/') == NULL) {
        found = find_in_path(name);
        if (found == NULL)
            err_set(err, "no program named %s in PATH (write ./%s for one in the test directory)", name,
                    name);
        return found;
    }
    found = take_directory(xstrdup(dir), name);
    if (found != NULL)
        return found;
    here = current_directory();
    found = take_directory(xstrdup(here), name);
    if (found == NULL)
        explain(name, dir, here, err);
    free(here);
    return found;
}
