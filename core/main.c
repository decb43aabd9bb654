/* SPDX-License-Identifier: Apache-2.0 */
/* The program `loads`. */
#include <fcntl.h>
#include <unistd.h>

#include "cli/options.h"

/* Descriptors 0 to 2 that the caller has closed would be the next sockets and
 * files that we open, and what is printed would go there. */
static void
open_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int
main(int argc, char **argv)
{
    open_standard_descriptors();
    return cli_main(argc, argv);
}
