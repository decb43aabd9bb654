/* SPDX-License-Identifier: Apache-2.0 */
/* Options, through getopt. */
#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

static const char help[] =
    "\n"
    "  --server-url URL      put before URLs that are not absolute\n"
    "  --data FILE           rows for tests with parameters: .csv or .json\n"
    "  --data-order ORDER    sequential (unless given), random, shuffled or once\n"
    "  --data-unique[=USERS] each user gets rows of its own; there must be enough for\n"
    "                        so many users\n"
    "  --seed TEXT           repeat the random numbers of a run with this seed\n"
    "  --ca-file FILE        trust the certificate authorities in this file (PEM) alone\n"
    "  --insecure            trust any certificate\n"
    "  --libcurl             send every request with libcurl\n"
    "  --no-patching         leave the tests' curl_easy_perform as it is: not reported,\n"
    "                        and the other users wait for it\n"
    "  --stack-size KIB      of each user's stack, 256 unless given\n"
    "  --help                print this\n"
    "  --version             print the version\n";

static const struct option options[] = {
    { "server-url", required_argument, NULL, 'u' },
    { "data", required_argument, NULL, 'd' },
    { "data-order", required_argument, NULL, 'o' },
    { "data-unique", optional_argument, NULL, 'q' },
    { "seed", required_argument, NULL, 's' },
    { "ca-file", required_argument, NULL, 'f' },
    { "insecure", no_argument, NULL, 'i' },
    { "libcurl", no_argument, NULL, 'c' },
    { "no-patching", no_argument, NULL, 'p' },
    { "stack-size", required_argument, NULL, 'k' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'v' },
    { 0 },
};

static int
take_operand(struct arguments *arguments, int argc, char **argv)
{
    if (argc - optind > 1) {
        fprintf(stderr, "%s: unexpected argument \"%s\"; --help says more\n", program_invocation_short_name,
                argv[optind + 1]);
        return EXIT_USAGE;
    }
    arguments->operand = argv[optind]; /* NULL behind the last */
    return -1;
}

int
arguments_read(struct arguments *arguments, int argc, char **argv, const char *usage)
{
    int option;

    *arguments = (struct arguments){ 0 };
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'u': arguments->server_url = optarg; break;
        case 'd': arguments->data = optarg; break;
        case 'o': arguments->data_order = optarg; break;
        case 'q':
            arguments->data_is_unique = true;
            arguments->data_users = optarg;
            break;
        case 's': arguments->seed = optarg; break;
        case 'f': arguments->ca_file = optarg; break;
        case 'i': arguments->is_insecure = true; break;
        case 'c': arguments->needs_libcurl = true; break;
        case 'p': arguments->no_patching = true; break;
        case 'k': arguments->stack_kib = optarg; break;
        case 'h':
            printf("%s%s", usage, help);
            return EXIT_OK;
        case 'v':
            printf("%s " VERSION "\n", program_invocation_short_name);
            return EXIT_OK;
        default: /* getopt has said why */
            return EXIT_USAGE;
        }
    }
    return take_operand(arguments, argc, argv);
}
