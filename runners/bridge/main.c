/* SPDX-License-Identifier: Apache-2.0 */
/* loads-bridge: makes a load test of any program. Reads its arguments and the
 * host's orders, and speaks the public runner protocol, nothing else. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/memory.h"
#include "bridge.h"
#include "reporter.h"
#include "run/program.h"
#include "run/scratch.h"
#include "settings.h"

static const char usage[] =
    "Usage: loads-bridge [OPTION...] PROGRAM\n"
    "\n"
    "Runs PROGRAM again and again, as many users as loads asks for, and reports each\n"
    "run as a test. Lines of JSON on its standard output that are messages of the\n"
    "runner protocol are passed on. It is started by loads run.\n"
    "\n"
    "  --server-url URL  what LOADS_SERVER_URL is for PROGRAM\n"
    "  --ca-file FILE    certificate authorities (PEM) that PROGRAM shall trust: in\n"
    "                    SSL_CERT_FILE and other variables that programs know\n"
    "  --no-patching     do not record what it does with libcurl\n"
    "  --help            print this\n";

struct options {
    const char *program, *server_url, *ca_file;
    bool no_patching;
};

static int
complain(const struct err *err)
{
    fprintf(stderr, "loads-bridge: %s\n", err->text);
    return EXIT_USAGE;
}

/* Returns an exit code, or -1: go on. */
static int
read_options(struct options *options, int argc, char **argv)
{
    static const struct option known[] = {
        { "server-url", required_argument, NULL, 's' },
        { "ca-file", required_argument, NULL, 'f' },
        { "no-patching", no_argument, NULL, 'n' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "+", known, NULL)) >= 0) {
        if (option == 'h')
            return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_OK;
        if (option == '?')
            return EXIT_USAGE;
        if (option == 's')
            options->server_url = optarg;
        if (option == 'f')
            options->ca_file = optarg;
        options->no_patching |= option == 'n';
    }
    if (optind != argc - 1) {
        fputs("loads-bridge: one PROGRAM is needed; --help says more\n", stderr);
        return EXIT_USAGE;
    }
    options->program = argv[optind];
    return -1;
}

static char *
take_if_there(char *path)
{
    if (access(path, R_OK) == 0)
        return path;
    free(path);
    return NULL;
}

/* Beside the build tree's program, in an installed tree that was moved, or where
 * it was installed. */
static char *
find_recorder(struct err *err)
{
    static const char *const places[] = { "runners/c", "../lib/loads" };
    char *self = realpath("/proc/self/exe", NULL);
    char *found = NULL;

    for (size_t i = 0; self != NULL && found == NULL && i < sizeof places / sizeof places[0]; i++)
        found = take_if_there(
            xasprintf("%.*s/%s/loads-curl-recorder.so", (int)(strrchr(self, '/') - self), self, places[i]));
    free(self);
    if (found == NULL)
        found = take_if_there(xstrdup(PKGLIBDIR "/loads-curl-recorder.so"));
    if (found == NULL)
        err_set(err, "loads-curl-recorder.so is not installed in " PKGLIBDIR "; --no-patching does without");
    /* What separates names in LD_PRELOAD cannot be quoted. */
    if (found != NULL && strpbrk(found, " :") != NULL) {
        err_set(err, "%s cannot be preloaded: its path has a space or a colon; --no-patching does without", found);
        free(found);
        return NULL;
    }
    return found;
}

/* The folder of the host's own socket, which it removes whatever happens to us,
 * or NULL. */
static char *
host_folder(const char *receiver)
{
    enum { NAME_LENGTH = sizeof "/4194304-1000000", LIMIT = 108 };
    struct stat status;
    char *folder;

    if (strncmp(receiver, "ipc:///", 7) != 0)
        return NULL;
    folder = xstrdup(receiver + 6);
    *strrchr(folder, '/') = '\0';
    if (strlen(folder) + NAME_LENGTH <= LIMIT && stat(folder, &status) == 0 && status.st_uid == geteuid() &&
        (status.st_mode & 077) == 0)
        return folder;
    free(folder);
    return NULL;
}

static int
open_signals(struct err *err)
{
    sigset_t stopping;
    int fd;

    sigemptyset(&stopping);
    sigaddset(&stopping, SIGTERM);
    sigaddset(&stopping, SIGINT);
    sigprocmask(SIG_BLOCK, &stopping, NULL);
    signal(SIGPIPE, SIG_IGN);
    fd = signalfd(-1, &stopping, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd >= 0 ? fd : err_set(err, "cannot watch for signals: %s", strerror(errno));
}

/* Only when it must be: programs inherit it, and some close all up to there. */
static void
raise_file_limit(uint32_t users)
{
    enum { OF_A_USER = 6, OF_ALL = 64 };
    rlim_t needed = (rlim_t)users * OF_A_USER + OF_ALL;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
        return;
    limit.rlim_cur = needed < limit.rlim_max ? needed : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int
finish(struct reporter *reporter, int wake_fd, struct err *err)
{
    struct pollfd wake = { .fd = wake_fd, .events = POLLIN };

    reporter_finish(reporter);
    while (!reporter_is_done(reporter))
        poll(&wake, 1, -1);
    return reporter_close(reporter, err);
}

static int
run_reported(struct bridge_setup *setup, struct err *err)
{
    int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct reporter *reporter;
    int result;

    if (wake_fd < 0)
        return err_set(err, "cannot make an eventfd: %s", strerror(errno));
    reporter = reporter_open(setup->settings, setup->loop, wake_fd, err);
    if (reporter == NULL) {
        close(wake_fd);
        return -1;
    }
    setup->listener = reporter_listener(reporter);
    result = bridge_run(setup, err);
    if (finish(reporter, wake_fd, err) < 0)
        result = -1;
    close(wake_fd);
    return result;
}

static int
run_in_folder(struct bridge_setup *setup, struct err *err)
{
    char *shared = host_folder(setup->settings->receiver);
    char *own = shared == NULL ? scratch_new(err) : NULL;
    int result = -1;

    setup->folder = shared != NULL ? shared : own;
    if (setup->folder != NULL)
        result = run_reported(setup, err);
    if (own != NULL)
        scratch_remove(own);
    free(own);
    free(shared);
    return result;
}

static int
run(const struct options *options, const struct settings *settings, struct err *err)
{
    struct bridge_setup setup = { .settings = settings, .server_url = options->server_url };
    char *here = realpath(".", NULL);
    char *program = path_below(here != NULL ? here : "/", options->program);
    char *recorder = options->no_patching ? NULL : find_recorder(err);
    int result = -1;

    setup.program = program;
    setup.recorder = recorder;
    if (recorder != NULL || options->no_patching) {
        setup.loop = loop_new(err);
        setup.signal_fd = setup.loop != NULL ? open_signals(err) : -1;
        if (setup.signal_fd >= 0)
            result = run_in_folder(&setup, err);
        loop_free(setup.loop);
    }
    free(here);
    free(program);
    free(recorder);
    return result;
}

int
main(int argc, char **argv)
{
    struct options options = { 0 };
    struct settings settings;
    struct err err = { 0 };
    int code = read_options(&options, argc, argv);
    const struct arguments arguments = { .operand = options.program, .ca_file = options.ca_file };

    if (code >= 0)
        return code;
    if (settings_init(&settings, &arguments, &err) < 0)
        return complain(&err);
    if (settings.receiver == NULL) {
        err_set(&err, "LOADS_ZMQ_RECEIVER is not set: loads run %s starts this program", options.program);
        code = complain(&err);
    } else {
        raise_file_limit(settings.process_users);
        code = run(&options, &settings, &err) == 0 ? EXIT_OK : complain(&err);
    }
    settings_clear(&settings);
    return code;
}
