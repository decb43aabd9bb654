/* SPDX-License-Identifier: Apache-2.0 */
/* What the runner was asked to do: its arguments and the host's environment. */
#ifndef C_RUNNER_SETTINGS_H
#define C_RUNNER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct settings {
    char *file;             /* the library or source, as given */
    char *test;             /* the one function to run; NULL: every test */
    const char *server_url; /* NULL: not given */

    const char *receiver; /* NULL: no host, each test runs once */
    const char *run_id;   /* may be empty */
    const char *agent_id;
    uint32_t protocol;      /* 2: the host understands our additions */
    uint32_t total_users;   /* of the cycle */
    uint32_t first_user;    /* the number of this process's first, from 1 */
    uint32_t process_users; /* how many run in this process */
    uint64_t hits;          /* iterations of each user; 0: by duration */
    double duration_s;

    size_t stack_size;  /* of each user */
    bool needs_libcurl; /* for every request */
    bool no_patching;   /* what tests call of libcurl is libcurl's */
};

/* Splits FILE[:NAME] and reads LOADS_*. Texts from the environment and `url` are
 * borrowed. */
int settings_init(struct settings *settings, const char *target, const char *url, struct err *err);
void settings_clear(struct settings *settings);

#endif
