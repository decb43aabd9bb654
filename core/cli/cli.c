/* SPDX-License-Identifier: Apache-2.0 */
/* Names the command and runs it. */
#include "cli/options.h"

int
cli_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return EXIT_USAGE;
}
