/* SPDX-License-Identifier: Apache-2.0 */
/* One run, from the plan to the exit code. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "run/settings.h"

/* Does what the settings say: plan, plugins, processes, counting, results. Says
 * on stderr what is wrong, hands results to the outputs, and returns the exit
 * code of the program. With `dry_run` it prints the plan on stdout instead. */
int run_execute(const struct run_settings *settings);

/* `loads report FILE...`: the outputs again, from files that output "file" or "json"
 * wrote; several make one result. With `allow_torn` (`loads recover`) a file without trailer or with a torn last
 * line is taken as far as it goes, and the result is marked invalid. */
int run_replay(const char *const *files, size_t file_count, const struct run_settings *settings,
               bool allow_torn);

#endif
