/* SPDX-License-Identifier: Apache-2.0 */
/* What the runner was asked to do: its arguments and the host's environment. */
#ifndef C_RUNNER_SETTINGS_H
#define C_RUNNER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arguments.h"
#include "base/err.h"
#include "deal.h"

struct settings {
    char *file;             /* the library or source, as given */
    char *test;             /* the one function to run; NULL: every test */
    const char *server_url; /* NULL: not given */
    const char *data;       /* the file with rows; NULL: not given */
    enum deal_order data_order;
    bool data_is_unique;
    uint32_t data_users;    /* the rows must be enough for these too; 0: not given */
    char *seed;

    const char *receiver; /* NULL: no host, each test runs once */
    const char *run_id;   /* may be empty */
    const char *agent_id;
    uint32_t protocol;      /* 2: the host understands our additions */
    uint32_t total_users;   /* of the cycle */
    uint32_t first_user;    /* the number of this process's first, from 1 */
    uint32_t process_users; /* how many run in this process */
    uint64_t hits;          /* iterations of each user; 0: by duration */
    double duration_s;
    uint64_t first_turn;  /* what iteration 1 is for the user: more than 1 in a process for each hit */

    size_t stack_size;  /* of each user */
    const char *ca_file; /* NULL: the system's authorities are trusted */
    bool is_insecure;    /* any certificate is */
    bool needs_libcurl; /* for every request */
    bool no_patching;   /* what tests call of libcurl is libcurl's */
};

/* Splits FILE[:NAME] and reads LOADS_*. Texts from the environment and the
 * arguments are borrowed. */
int settings_init(struct settings *settings, const struct arguments *arguments, struct err *err);
/* For a program that is its own file, and runs without a host: the operand is the
 * test. */
int settings_init_alone(struct settings *settings, const struct arguments *arguments, struct err *err);
void settings_clear(struct settings *settings);

#endif
