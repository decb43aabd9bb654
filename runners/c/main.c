/* SPDX-License-Identifier: Apache-2.0 */
/* loads-c-runner: reads its arguments, runs the tests, and minds signals. Speaks
 * the public runner protocol, nothing else. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "crash.h"
#include "crowd.h"
#include "library.h"
#include "reporter.h"
#include "session.h"
#include "settings.h"
#include "tap.h"
#include "url.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };
#define GRACE_NS (5 * NS_PER_S) /* for the iteration that runs when we are stopped */

static const char help[] =
    "Usage: loads-c-runner [--server-url URL] FILE[:NAME]\n"
    "\n"
    "Runs the load tests in FILE, a shared object (.so) or a C source (.c), which is\n"
    "compiled first. NAME is one exported function; without it all whose names start\n"
    "with \"test\" run. Users, hits and where to report come from the environment that\n"
    "loads sets; without LOADS_ZMQ_RECEIVER each test runs once and prints TAP.\n"
    "\n"
    "  --server-url URL  put before URLs that are not absolute\n"
    "  --help            print this\n"
    "  --version         print the version\n";

static int
complain(const struct err *err)
{
    fprintf(stderr, "loads-c-runner: %s\n", err->text);
    return EXIT_USAGE;
}

/* What wakes the main thread: signals, and what the other threads have done. */
struct watch {
    int signal_fd, event_fd;
    sigset_t signals;
};

/* All threads inherit the mask: only the main thread sees these signals. */
static int
watch_open(struct watch *watch, struct err *err)
{
    sigemptyset(&watch->signals);
    sigaddset(&watch->signals, SIGTERM);
    sigaddset(&watch->signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &watch->signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    watch->signal_fd = signalfd(-1, &watch->signals, SFD_CLOEXEC | SFD_NONBLOCK);
    watch->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (watch->signal_fd < 0 || watch->event_fd < 0)
        return err_set(err, "cannot watch for signals: %s", strerror(errno));
    return 0;
}

static void
watch_close(struct watch *watch)
{
    close(watch->signal_fd);
    close(watch->event_fd);
}

/* Waits until something happened, or `until_ns`; whether a signal did. */
static bool
watch_wait(struct watch *watch, int64_t until_ns)
{
    struct pollfd fds[] = { { .fd = watch->signal_fd, .events = POLLIN },
                            { .fd = watch->event_fd, .events = POLLIN } };
    struct signalfd_siginfo signal_info;
    int64_t left_ns = until_ns - clock_monotonic_ns();
    eventfd_t count;
    int timeout_ms = until_ns == INT64_MAX ? -1 : left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0;

    poll(fds, 2, timeout_ms);
    if (fds[1].revents != 0)
        eventfd_read(watch->event_fd, &count);
    return read(watch->signal_fd, &signal_info, sizeof signal_info) > 0;
}

/* The second signal: now, as if we had never caught one. */
static _Noreturn void
die_at_once(const struct watch *watch)
{
    signal(SIGTERM, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &watch->signals, NULL);
    raise(SIGTERM);
    _exit(128 + SIGTERM);
}

/* Waits for the users. The first signal lets them finish their iteration, for as
 * long as the grace lasts; true when it came. */
static bool
mind_crowd(struct watch *watch, struct crowd *crowd)
{
    int64_t until_ns = INT64_MAX;
    bool is_stopped = false;

    while (!crowd_is_done(crowd) && (!is_stopped || clock_monotonic_ns() < until_ns)) {
        if (!watch_wait(watch, until_ns))
            continue;
        if (is_stopped)
            die_at_once(watch);
        is_stopped = true;
        until_ns = clock_monotonic_ns() + GRACE_NS;
        crowd_stop(crowd);
    }
    return is_stopped;
}

static void
mind_reporter(struct watch *watch, struct reporter *reporter, bool is_stopped)
{
    reporter_finish(reporter);
    while (!reporter_is_done(reporter)) {
        if (!watch_wait(watch, INT64_MAX))
            continue;
        if (is_stopped)
            die_at_once(watch);
        is_stopped = true;
    }
}

/* Under the host: 0 when all was said, whatever the tests did. */
static int
run_reported(const struct settings *settings, const struct library *library, struct watch *watch)
{
    struct err err = { 0 };
    struct reporter *reporter = reporter_open(settings, watch->event_fd, &err);
    struct crowd *crowd;
    bool is_stopped;
    int code = EXIT_OK;

    if (reporter == NULL)
        return complain(&err);
    crowd = crowd_start(settings, library, reporter_listener(reporter), watch->event_fd, &err);
    if (crowd == NULL) {
        mind_reporter(watch, reporter, false);
        code = complain(&err);
        reporter_close(reporter, NULL);
        return code;
    }
    is_stopped = mind_crowd(watch, crowd);
    mind_reporter(watch, reporter, is_stopped);
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

/* On its own: each test once. */
static int
run_once(const struct settings *settings, const struct library *library, struct watch *watch)
{
    struct tap tap = { .out = stdout };
    struct err err = { 0 };
    struct crowd *crowd;

    tap_begin(&tap, library->test_count);
    crowd = crowd_start(settings, library, tap_listener(&tap), watch->event_fd, &err);
    if (crowd == NULL)
        return complain(&err);
    if (mind_crowd(watch, crowd) && !crowd_is_done(crowd))
        _exit(EXIT_FAILED);
    crowd_free(crowd);
    return tap.failed > 0 ? EXIT_FAILED : EXIT_OK;
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
    struct watch watch;
    struct err err = { 0 };
    int code;

    raise_file_limit();
    if (watch_open(&watch, &err) < 0 || session_library_open(&err) < 0)
        return complain(&err);
    if (library_open(&library, settings->file, settings->test, &err) < 0) {
        code = complain(&err);
    } else {
        crash_handle();
        code = settings->receiver != NULL ? run_reported(settings, &library, &watch)
                                          : run_once(settings, &library, &watch);
        library_close(&library);
    }
    session_library_close();
    watch_close(&watch);
    return code;
}

/* The arguments; -1: go on, otherwise the exit code. */
static int
read_arguments(int argc, char **argv, const char **url, const char **target)
{
    static const struct option options[] = {
        { "server-url", required_argument, NULL, 'u' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'v' },
        { 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'u':
            *url = optarg;
            break;
        case 'h':
            fputs(help, stdout);
            return EXIT_OK;
        case 'v':
            puts("loads-c-runner " VERSION);
            return EXIT_OK;
        default: /* getopt has said why */
            return EXIT_USAGE;
        }
    }
    if (argc - optind != 1) {
        fputs("loads-c-runner: one FILE[:NAME] is needed; --help says more\n", stderr);
        return EXIT_USAGE;
    }
    *target = argv[optind];
    return -1;
}

int
main(int argc, char **argv)
{
    const char *url = NULL, *target = NULL;
    struct settings settings;
    struct err err = { 0 };
    int code = read_arguments(argc, argv, &url, &target);

    if (code >= 0)
        return code;
    if (url != NULL && !url_is_http(url)) {
        err_set(&err, "--server-url \"%s\" does not start with http:// or https://", url);
        return complain(&err);
    }
    if (settings_init(&settings, target, url, &err) < 0)
        return complain(&err);
    code = run(&settings);
    settings_clear(&settings);
    return code;
}
