/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a program so many times, one after another: the floor for what a run costs. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    long runs = argc == 3 ? strtol(argv[1], NULL, 10) : 0;

    if (runs <= 0) {
        fprintf(stderr, "Usage: %s RUNS PROGRAM\n", argv[0]);
        return 2;
    }
    for (long i = 0; i < runs; i++) {
        char *const program[] = { argv[2], NULL };
        int status;
        pid_t pid;

        if (posix_spawn(&pid, argv[2], NULL, NULL, program, environ) != 0 ||
            waitpid(pid, &status, 0) != pid || status != 0)
            return 1;
    }
    return 0;
}
