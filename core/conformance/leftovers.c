/* SPDX-License-Identifier: Apache-2.0 */
/* Looks through /proc. */
#include "conformance/leftovers.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"

enum { MOMENT_MS = 500, PAUSE_MS = 20, ENVIRONMENT_LIMIT = 256 * 1024 };

/* Reads a small file of a process; false when it cannot be read or is empty. */
static bool
read_file(const char *pid, const char *file, char *text, size_t size)
{
    char path[300];
    size_t length = 0;
    FILE *stream;

    snprintf(path, sizeof path, "/proc/%s/%s", pid, file);
    stream = fopen(path, "re");
    if (stream == NULL)
        return false;
    length = fread(text, 1, size - 1, stream);
    text[length] = '\0';
    fclose(stream);
    return length > 0;
}

/* A process that has ended has an empty environment. */
static bool
is_of_run(const char *pid, const char *variable, char *space)
{
    if (!read_file(pid, "environ", space, ENVIRONMENT_LIMIT))
        return false;
    for (const char *at = space; *at != '\0'; at += strlen(at) + 1)
        if (strcmp(at, variable) == 0)
            return true;
    return false;
}

static size_t
count_now(const char *variable, char *space, char *name, size_t size)
{
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    size_t count = 0;

    while (processes != NULL && (entry = readdir(processes)) != NULL) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9' || !is_of_run(entry->d_name, variable, space))
            continue;
        if (read_file(entry->d_name, "comm", name, size))
            name[strcspn(name, "\n")] = '\0';
        count++;
    }
    if (processes != NULL)
        closedir(processes);
    return count;
}

size_t
leftovers_count(const char *run_id, char *name, size_t size)
{
    const struct timespec pause = { .tv_nsec = PAUSE_MS * NS_PER_MS };
    char *variable = xasprintf("LOADS_RUN_ID=%s", run_id), *space = xmalloc(ENVIRONMENT_LIMIT);
    int64_t deadline_ns = clock_monotonic_ns() + MOMENT_MS * NS_PER_MS;
    size_t count;

    while ((count = count_now(variable, space, name, size)) > 0 && clock_monotonic_ns() < deadline_ns)
        nanosleep(&pause, NULL);
    free(space);
    free(variable);
    return count;
}
