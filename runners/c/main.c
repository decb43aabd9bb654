/* SPDX-License-Identifier: Apache-2.0 */
/* loads-c-runner: reads its arguments, runs the tests, and minds signals. Speaks
 * the public runner protocol, nothing else. */
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "arguments.h"
#include "base/err.h"
#include "crash.h"
#include "crowd.h"
#include "library.h"
#include "once.h"
#include "reporter.h"
#include "session.h"
#include "settings.h"
#include "target.h"
#include "alarm.h"

static const char usage[] =
    "Usage: loads-c-runner [OPTION...] FILE[:NAME]\n"
    "\n"
    "Runs the load tests in FILE, a shared object (.so) or a C source (.c), which is\n"
    "compiled first. NAME is one exported function; without it all whose names start\n"
    "with \"test\" run. Users, hits and where to report come from the environment that\n"
    "loads sets; without LOADS_ZMQ_RECEIVER each test runs once and prints TAP.\n";

static int
complain(const struct err *err)
{
    fprintf(stderr, "loads-c-runner: %s\n", err->text);
    return EXIT_USAGE;
}

static void
mind_reporter(struct alarm *alarm, struct reporter *reporter, bool is_stopped)
{
    reporter_finish(reporter);
    while (!reporter_is_done(reporter)) {
        if (!alarm_wait(alarm, INT64_MAX))
            continue;
        if (is_stopped)
            alarm_die();
        is_stopped = true;
    }
}

/* Under the host: 0 when all was said, whatever the tests did. */
static int
run_reported(const struct settings *settings, const struct library *library, const struct network *network,
             struct alarm *alarm)
{
    struct err err = { 0 };
    struct reporter *reporter = reporter_open(settings, network->loop, alarm->event_fd, &err);
    struct crowd *crowd;
    bool is_stopped;
    int code = EXIT_OK;

    if (reporter == NULL)
        return complain(&err);
    crowd = crowd_start(settings, library, network, reporter_listener(reporter), alarm->event_fd, &err);
    if (crowd == NULL) {
        mind_reporter(alarm, reporter, false);
        code = complain(&err);
        reporter_close(reporter, NULL);
        return code;
    }
    is_stopped = alarm_crowd(alarm, crowd);
    mind_reporter(alarm, reporter, is_stopped);
    if (!crowd_is_done(crowd)) {
        /* Users that do not come back still use all of this memory. */
        fputs("loads-c-runner: stopped before every test had finished\n", stderr);
        _exit(EXIT_OK);
    }
    crowd_free(crowd);
    if (reporter_close(reporter, &err) < 0) {
        complain(&err);
        code = EXIT_FAILED;
    }
    return code;
}

/* Each user has a connection of its own. */
static void
raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int
run(const struct settings *settings)
{
    struct library library;
    struct tls_settings trust = { .ca_file = settings->ca_file, .is_unverified = settings->is_insecure };
    struct network network;
    struct alarm alarm;
    struct err err = { 0 };
    int code;

    raise_file_limit();
    if (alarm_open(&alarm, &err) < 0 || network_open(&network, &trust, settings->needs_libcurl, &err) < 0)
        return complain(&err);
    if (target_open(&library, settings, &err) < 0) {
        code = complain(&err);
    } else {
        crash_handle();
        library_setup(&library);
        code = settings->receiver != NULL ? run_reported(settings, &library, &network, &alarm)
                                          : run_once(settings, &library, &network, &alarm);
        library_teardown(&library);
        target_close(&library);
    }
    network_close(&network);
    alarm_close(&alarm);
    return code;
}

int
main(int argc, char **argv)
{
    struct arguments arguments;
    struct settings settings;
    struct err err = { 0 };
    int code = arguments_read(&arguments, argc, argv, usage);

    if (code >= 0)
        return code;
    if (arguments.operand == NULL) {
        fputs("loads-c-runner: one FILE[:NAME] is needed; --help says more\n", stderr);
        return EXIT_USAGE;
    }
    if (settings_init(&settings, &arguments, &err) < 0)
        return complain(&err);
    code = run(&settings);
    settings_clear(&settings);
    return code;
}
