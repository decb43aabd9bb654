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
    "Usage: loads-c-runner [OPTION...] FILE[:NAME]\n"
    "\n"
    "Runs the load tests in FILE, a shared object (.so) or a C source (.c), which is\n"
    "compiled first. NAME is one exported function; without it all whose names start\n"
    "with \"test\" run. Users, hits and where to report come from the environment that\n"
    "loads sets; without LOADS_ZMQ_RECEIVER each test runs once and prints TAP.\n"
    "\n"
    "  --server-url URL  put before URLs that are not absolute\n"
    "  --libcurl         send every request with libcurl, plain http:// too\n"
    "  --no-patching     leave the tests' curl_easy_perform as it is: not reported, and\n"
    "                    the other users wait for it\n"
    "  --stack-size KIB  of each user's stack, 256 unless given\n"
    "  --help            print this\n"
    "  --version         print the version\n";

static int
complain(const struct err *err)
{
    fprintf(stderr, "loads-c-runner: %s\n", err->text);
    return EXIT_USAGE;
}

/* What wakes the main thread: signals, and what the other threads have done. */
struct alarm {
    int signal_fd, event_fd;
    sigset_t signals;
};

/* All threads inherit the mask: only the main thread sees these signals. */
static int
alarm_open(struct alarm *alarm, struct err *err)
{
    sigemptyset(&alarm->signals);
    sigaddset(&alarm->signals, SIGTERM);
    sigaddset(&alarm->signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &alarm->signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    alarm->signal_fd = signalfd(-1, &alarm->signals, SFD_CLOEXEC | SFD_NONBLOCK);
    alarm->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (alarm->signal_fd < 0 || alarm->event_fd < 0)
        return err_set(err, "cannot watch for signals: %s", strerror(errno));
    return 0;
}

static void
alarm_close(struct alarm *alarm)
{
    close(alarm->signal_fd);
    close(alarm->event_fd);
}

/* Waits until something happened, or `until_ns`; whether a signal did. */
static bool
alarm_wait(struct alarm *alarm, int64_t until_ns)
{
    struct pollfd fds[] = { { .fd = alarm->signal_fd, .events = POLLIN },
                            { .fd = alarm->event_fd, .events = POLLIN } };
    struct signalfd_siginfo signal_info;
    int64_t left_ns = until_ns - clock_monotonic_ns();
    eventfd_t count;
    int timeout_ms = until_ns == INT64_MAX ? -1 : left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0;

    poll(fds, 2, timeout_ms);
    if (fds[1].revents != 0)
        eventfd_read(alarm->event_fd, &count);
    return read(alarm->signal_fd, &signal_info, sizeof signal_info) > 0;
}

/* The second signal: now, as if we had never caught one. */
static _Noreturn void
die_at_once(const struct alarm *alarm)
{
    signal(SIGTERM, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &alarm->signals, NULL);
    raise(SIGTERM);
    _exit(128 + SIGTERM);
}

/* Waits for the users. The first signal lets them finish their iteration, for as
 * long as the grace lasts; true when it came. */
static bool
mind_crowd(struct alarm *alarm, struct crowd *crowd)
{
    int64_t until_ns = INT64_MAX;
    bool is_stopped = false;

    while (!crowd_is_done(crowd) && (!is_stopped || clock_monotonic_ns() < until_ns)) {
        int64_t look_ns = clock_monotonic_ns() + NS_PER_S;

        crowd_watch(crowd);
        if (!alarm_wait(alarm, look_ns < until_ns ? look_ns : until_ns))
            continue;
        if (is_stopped)
            die_at_once(alarm);
        is_stopped = true;
        until_ns = clock_monotonic_ns() + GRACE_NS;
        crowd_stop(crowd);
    }
    return is_stopped;
}

static void
mind_reporter(struct alarm *alarm, struct reporter *reporter, bool is_stopped)
{
    reporter_finish(reporter);
    while (!reporter_is_done(reporter)) {
        if (!alarm_wait(alarm, INT64_MAX))
            continue;
        if (is_stopped)
            die_at_once(alarm);
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
    is_stopped = mind_crowd(alarm, crowd);
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

/* On its own: each test once. */
static int
run_once(const struct settings *settings, const struct library *library, const struct network *network,
         struct alarm *alarm)
{
    struct tap tap = { .out = stdout };
    struct err err = { 0 };
    struct crowd *crowd;

    tap_begin(&tap, library->test_count);
    crowd = crowd_start(settings, library, network, tap_listener(&tap), alarm->event_fd, &err);
    if (crowd == NULL)
        return complain(&err);
    if (mind_crowd(alarm, crowd) && !crowd_is_done(crowd))
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
    struct network network;
    struct alarm alarm;
    struct err err = { 0 };
    int code;

    raise_file_limit();
    if (alarm_open(&alarm, &err) < 0 || network_open(&network, settings->needs_libcurl, &err) < 0)
        return complain(&err);
    if (library_open(&library, settings->file, settings->test, &err) < 0) {
        code = complain(&err);
    } else {
        crash_handle();
        code = settings->receiver != NULL ? run_reported(settings, &library, &network, &alarm)
                                          : run_once(settings, &library, &network, &alarm);
        library_close(&library);
    }
    network_close(&network);
    alarm_close(&alarm);
    return code;
}

struct arguments {
    const char *url, *target;
    bool needs_libcurl, no_patching;
    size_t stack_size; /* 0: not given */
};

static int
read_stack_size(const char *text, size_t *size)
{
    char *end;
    long kib = strtol(text, &end, 10);

    if (end == text || *end != '\0' || kib < 32 || kib > 1024 * 1024) {
        fprintf(stderr, "loads-c-runner: --stack-size \"%s\": a number from 32 to 1048576 is needed\n", text);
        return EXIT_USAGE;
    }
    *size = (size_t)kib * 1024;
    return -1;
}

/* -1: go on, otherwise the exit code. */
static int
read_option(int option, struct arguments *arguments)
{
    switch (option) {
    case 'u':
        arguments->url = optarg;
        return -1;
    case 'c':
        arguments->needs_libcurl = true;
        return -1;
    case 'p':
        arguments->no_patching = true;
        return -1;
    case 's':
        return read_stack_size(optarg, &arguments->stack_size);
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

static int
read_arguments(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {
        { "server-url", required_argument, NULL, 'u' },
        { "libcurl", no_argument, NULL, 'c' },
        { "no-patching", no_argument, NULL, 'p' },
        { "stack-size", required_argument, NULL, 's' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'v' },
        { 0 },
    };
    int option, code = -1;

    while (code < 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        code = read_option(option, arguments);
    if (code < 0 && argc - optind != 1) {
        fputs("loads-c-runner: one FILE[:NAME] is needed; --help says more\n", stderr);
        return EXIT_USAGE;
    }
    arguments->target = argv[optind];
    return code;
}

int
main(int argc, char **argv)
{
    struct arguments arguments = { 0 };
    struct settings settings;
    struct err err = { 0 };
    int code = read_arguments(argc, argv, &arguments);

    if (code >= 0)
        return code;
    if (arguments.url != NULL && !url_is_http(arguments.url)) {
        err_set(&err, "--server-url \"%s\" does not start with http:// or https://", arguments.url);
        return complain(&err);
    }
    if (settings_init(&settings, arguments.target, arguments.url, &err) < 0)
        return complain(&err);
    settings.needs_libcurl = arguments.needs_libcurl;
    settings.no_patching = arguments.no_patching;
    if (arguments.stack_size > 0)
        settings.stack_size = arguments.stack_size;
    code = run(&settings);
    settings_clear(&settings);
    return code;
}
