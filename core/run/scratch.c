/* SPDX-License-Identifier: Apache-2.0 */
/* The run's private directory. */
#include "run/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

static bool
is_private_directory(const char *path)
{
    struct stat status;

    return path != NULL && path[0] == '/' && stat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
           status.st_uid == geteuid() && (status.st_mode & 077) == 0;
}

static const char *
parent_directory(void)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *temporary = getenv("TMPDIR");

    if (is_private_directory(runtime))
        return runtime;
    return temporary != NULL && temporary[0] == '/' ? temporary : "/tmp";
}

char *
scratch_new(struct err *err)
{
    char *path = xasprintf("%s/loads-XXXXXX", parent_directory());

    if (mkdtemp(path) == NULL) {
        err_set(err, "cannot make a private directory %s: %s", path, strerror(errno));
        free(path);
        return NULL;
    }
    return path;
}

void
scratch_remove(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;

    while (directory != NULL && (entry = readdir(directory)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(fd, entry->d_name, 0);
    if (directory != NULL)
        closedir(directory);
    else if (fd >= 0)
        close(fd);
    /* Also where no descriptor could be had: it may be empty. */
    rmdir(path);
}
