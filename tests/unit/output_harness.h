/* SPDX-License-Identifier: Apache-2.0 */
/* A host of one plugin, in this process: opens the built .so as the real host
 * does, fills its options and calls it, and keeps what it said went wrong. */
#ifndef TESTS_OUTPUT_HARNESS_H
#define TESTS_OUTPUT_HARNESS_H

#include <loads/plugin.h>

#include "base/buffer.h"

struct harness {
    struct loads_host host; /* first: callbacks find their way back */
    const struct loads_plugin *plugin;
    void *so, *state;
    char failure[1024];
    int failures;
    bool was_opened;
};

/* Each ends the test when it cannot. */
void harness_load(struct harness *harness, const char *name);
void harness_set(struct harness *harness, const char *option, const char *value);
void harness_unload(struct harness *harness); /* closes and frees; once is enough */

int harness_open(struct harness *harness);
int harness_event(struct harness *harness, uint32_t target, int64_t received_us, const char *raw);
int harness_tick(struct harness *harness, const struct loads_totals *totals);
int harness_flush(struct harness *harness, const char *json);

/* The run that harness hosts tell of. */
extern const char harness_run_json[];

/* What is written to `fd` (1 or 2) goes to `file` instead, until it is given
 * back. */
int harness_redirect(int fd, int file);
void harness_restore(int fd, int saved);

/* A new folder for one test, removed with all that is in it. */
char *harness_folder(void);
void harness_remove(char *folder);

/* Whole files; NUL-terminated, free(). `harness_golden` reads tests/unit/outputs. */
char *harness_read(const char *path);
char *harness_golden(const char *name);
bool harness_exists(const char *path);

#endif
