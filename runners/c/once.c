/* SPDX-License-Identifier: Apache-2.0 */
/* One user and one iteration. */
#include "once.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "crowd.h"
#include "tap.h"

int
run_once(const struct settings *settings, const struct library *library, const struct network *network,
         struct alarm *alarm)
{
    struct tap tap = { .out = stdout };
    struct err err = { 0 };
    struct crowd *crowd;

    tap_begin(&tap, library->test_count, settings->seed);
    crowd = crowd_start(settings, library, network, tap_listener(&tap), alarm->event_fd, &err);
    if (crowd == NULL) {
        fprintf(stderr, "%s: %s\n", program_invocation_short_name, err.text);
        return EXIT_USAGE;
    }
    if (alarm_crowd(alarm, crowd) && !crowd_is_done(crowd))
        _exit(EXIT_FAILED);
    crowd_free(crowd);
    return tap.failed > 0 ? EXIT_FAILED : EXIT_OK;
}
