/* SPDX-License-Identifier: Apache-2.0 */
/* What an observer's process is told: a file in the run's scratch directory that
 * the host writes and `loads --observe FILE`, the same program, reads. */
#ifndef RUN_OBSERVER_JOB_H
#define RUN_OBSERVER_JOB_H

#include <loads/plugin.h>

#include "base/err.h"
#include "plugins/loader.h"
#include "run/settings.h"

struct observer_job {
    struct plugin_settings plugin;   /* secrets as references, not yet read */
    const char *option_path, *environment_path; /* of plugins; NULL: not given */
    const char *run_json;
    bool quiet;
    struct loads_result result;
};

/* Writes the file, which must not exist yet, for its owner only. */
int observer_job_write(const struct observer_job *job, const char *file, struct err *err);

/* Reads it; all that `job` points to lives until observer_job_clear. */
int observer_job_read(struct observer_job *job, const char *file, struct err *err);
void observer_job_clear(struct observer_job *job);

#endif
