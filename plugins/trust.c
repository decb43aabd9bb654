/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns a file and its directory, and who may write them. */
#include "plugins/trust.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

/* Refuses what somebody else could have written. `wanted` is S_IFREG or S_IFDIR. */
static int
check_one(const char *path, mode_t wanted, struct err *err)
{
    struct stat status;

    if (stat(path, &status) < 0)
        return err_set(err, "%s: %s", path, strerror(errno));
    if ((status.st_mode & S_IFMT) != wanted)
        return err_set(err, "%s is not a file", path);
    if (status.st_uid != 0 && status.st_uid != geteuid())
        return err_set(err, "%s belongs to user %u, not to root or to this user", path,
                       (unsigned)status.st_uid);
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return err_set(err, "others can write %s (mode %04o; chmod go-w would help)", path,
                       (unsigned)status.st_mode & 07777);
    return 0;
}

int
trust_check(const char *path, struct err *err)
{
    char *folder;
    int outcome;

    if (check_one(path, S_IFREG, err) < 0)
        return -1;
    folder = xstrndup(path, (size_t)(strrchr(path, '/') - path));
    outcome = check_one(folder[0] != '\0' ? folder : "/", S_IFDIR, err);
    free(folder);
    return outcome;
}
