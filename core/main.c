/* SPDX-License-Identifier: Apache-2.0 */
/* The program `loads`. */
#include "cli/options.h"

int
main(int argc, char **argv)
{
    return cli_main(argc, argv);
}
