/* SPDX-License-Identifier: Apache-2.0 */
/* The host's side of the observers: checks them, starts their processes, keeps
 * their time. */
#include "run/observers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "plugins/observe.h"
#include "run/exit_code.h"
#include "run/observer_job.h"

enum {
    MOMENT_COUNT = LOADS_AT_BAD + 1,
    PROCESSES_LIMIT = SETTINGS_PLUGINS_LIMIT * MOMENT_COUNT,
    SILENCE_S = 2, /* before people are told what is waited for */
    DEFAULT_TIMEOUT_S = 30,
    LONGEST_TIMEOUT_S = 3600,
};
static const char *const moment_words[MOMENT_COUNT] = { [LOADS_AT_END] = "end",
                                                        [LOADS_AT_START] = "start",
                                                        [LOADS_AT_BAD] = "bad" };

struct observer {
    struct plugin_settings plugin; /* its own options; the texts are borrowed */
    bool wants[MOMENT_COUNT];
    double timeout_s;
};

/* Their ids for the supervisor are their indices. */
struct process {
    const struct observer *observer;
    char *job;           /* the file */
    int64_t deadline_ns; /* INT64_MAX: it has ended, or was killed */
};

struct observers {
    struct supervisor *supervisor;
    const char *scratch;
    char *run_json;
    bool quiet;
    const char *option_path, *environment_path;
    struct observer list[SETTINGS_PLUGINS_LIMIT];
    size_t count;
    struct process processes[PROCESSES_LIMIT];
    size_t process_count, live_count;
};

struct observers *
observers_new(struct supervisor *supervisor, const char *scratch, const char *run_json, bool quiet)
{
    struct observers *observers = xcalloc(1, sizeof *observers);

    observers->supervisor = supervisor;
    observers->scratch = scratch;
    observers->run_json = xstrdup(run_json);
    observers->quiet = quiet;
    return observers;
}

void
observers_free(struct observers *observers)
{
    if (observers == NULL)
        return;
    for (size_t i = 0; i < observers->process_count; i++)
        free(observers->processes[i].job);
    for (size_t i = 0; i < observers->count; i++)
        free(observers->list[i].plugin.settings);
    free(observers->run_json);
    free(observers);
}

/* ---- What was asked for. */

/* "start,bad" */
static int
parse_when(const char *text, struct observer *observer, struct err *err)
{
    memset(observer->wants, 0, sizeof observer->wants);
    for (const char *word = text;; word++) {
        size_t length = strcspn(word, ","), moment = 0;

        while (moment < MOMENT_COUNT && (strlen(moment_words[moment]) != length
                                         || memcmp(moment_words[moment], word, length) != 0))
            moment++;
        if (moment == MOMENT_COUNT)
            return err_set(err, "\"%s\" is not a list of start, bad and end", text);
        observer->wants[moment] = true;
        word += length;
        if (*word == '\0')
            return 0;
    }
}

static int
parse_timeout(const char *text, struct observer *observer, struct err *err)
{
    char *end;

    observer->timeout_s = strtod(text, &end);
    if (end == text || *end != '\0' || !(observer->timeout_s > 0 && observer->timeout_s <= LONGEST_TIMEOUT_S))
        return err_set(err, "\"%s\" is not a number of seconds up to %d", text, LONGEST_TIMEOUT_S);
    return 0;
}

/* The options that every observer has and that are ours (plugins/describe.c tells
 * of them). */
static const struct own_option {
    const char *name;
    int (*parse)(const char *text, struct observer *observer, struct err *err);
} own_options[] = {
    { "when", parse_when },
    { "timeout", parse_timeout },
};

static const struct own_option *
find_own_option(const char *name)
{
    for (size_t i = 0; i < sizeof own_options / sizeof own_options[0]; i++)
        if (strcmp(own_options[i].name, name) == 0)
            return &own_options[i];
    return NULL;
}

/* Takes our own options out of the plugin's. */
static int
take_settings(struct observer *observer, const struct plugin_settings *asked, struct err *err)
{
    observer->plugin.name = asked->name;
    observer->plugin.settings = xcalloc(asked->setting_count + 1, sizeof *asked->settings);
    observer->wants[LOADS_AT_END] = true;
    observer->timeout_s = DEFAULT_TIMEOUT_S;
    for (size_t i = 0; i < asked->setting_count; i++) {
        const struct setting *setting = &asked->settings[i];
        const struct own_option *own = find_own_option(setting->name);

        if (own == NULL)
            observer->plugin.settings[observer->plugin.setting_count++] = *setting;
        else if (own->parse(setting->value, observer, err) != 0)
            return err_add(err, "--observer-%s-%s", asked->name, own->name);
    }
    return 0;
}

static int
open_observer(struct observers *observers, const struct plugin_path *path,
              const struct plugin_settings *asked, struct err *err)
{
    struct observer *observer = &observers->list[observers->count++];
    struct observation check = { .path = path, .name = asked->name, .run_json = observers->run_json,
                                 .quiet = observers->quiet };

    if (take_settings(observer, asked, err) != 0)
        return -1;
    check.settings = observer->plugin.settings;
    check.setting_count = observer->plugin.setting_count;
    return observe(&check, err);
}

int
observers_open(struct observers *observers, const struct run_settings *settings, struct err *err)
{
    struct plugin_path *path;
    int result = 0;

    observers->option_path = settings->plugin_path;
    observers->environment_path = getenv("LOADS_PLUGIN_PATH");
    path = plugin_path_new(observers->option_path, observers->environment_path);
    for (size_t i = 0; result == 0 && i < settings->observers.count; i++)
        result = open_observer(observers, path, &settings->observers.plugins[i], err);
    plugin_path_free(path);
    return result;
}

bool
observers_want(const struct observers *observers, enum loads_moment moment)
{
    for (size_t i = 0; i < observers->count; i++)
        if (observers->list[i].wants[moment])
            return true;
    return false;
}

/* ---- Processes. */

static void
say_failed(const struct process *process, const char *what)
{
    log_error("observer %s %s", process->observer->plugin.name, what);
}

static void
start_process(struct observers *observers, const struct observer *observer,
              const struct loads_result *result)
{
    struct process *process = &observers->processes[observers->process_count];
    const struct observer_job job = { .plugin = observer->plugin, .option_path = observers->option_path,
                                      .environment_path = observers->environment_path,
                                      .run_json = observers->run_json, .quiet = observers->quiet,
                                      .result = *result };
    char *argv[] = { (char *)"/proc/self/exe", (char *)"--observe", NULL, NULL };
    static const char *const no_variables[] = { NULL };
    struct err err = { 0 };

    *process = (struct process){ .observer = observer, .deadline_ns = INT64_MAX };
    process->job = xasprintf("%s/observer-%zu", observers->scratch, observers->process_count);
    argv[2] = process->job;
    if (observer_job_write(&job, process->job, &err) != 0
        || supervisor_spawn(observers->supervisor,
                            &(struct supervisor_spawn){ .id = (uint32_t)observers->process_count,
                                                        .argv = argv, .environ = no_variables,
                                                        .directory = ".", .output_fd = STDERR_FILENO },
                            &err) != 0) {
        say_failed(process, err.text);
        unlink(process->job);
        free(process->job);
        return;
    }
    process->deadline_ns = clock_monotonic_ns() + (int64_t)(observer->timeout_s * (double)NS_PER_S);
    observers->process_count++;
    observers->live_count++;
}

void
observers_tell(struct observers *observers, const struct loads_result *result)
{
    for (size_t i = 0; i < observers->count; i++)
        if (observers->list[i].wants[result->moment] && observers->process_count < PROCESSES_LIMIT)
            start_process(observers, &observers->list[i], result);
}

int
observers_fd(const struct observers *observers)
{
    return supervisor_fd(observers->supervisor);
}

/* With exit code 1 it has said itself why. */
static void
judge_exit(const struct process *process, int wait_status)
{
    char text[64];

    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) <= EXIT_TESTS_FAILED)
        return;
    if (process->deadline_ns == INT64_MAX)
        snprintf(text, sizeof text, "took longer than %g s and was killed", process->observer->timeout_s);
    else if (WIFSIGNALED(wait_status))
        snprintf(text, sizeof text, "was killed by signal %d", WTERMSIG(wait_status));
    else
        snprintf(text, sizeof text, "ended with exit code %d", WEXITSTATUS(wait_status));
    say_failed(process, text);
}

static void
end_process(struct observers *observers, struct process *process)
{
    process->deadline_ns = INT64_MAX;
    unlink(process->job);
    observers->live_count--;
}

static void
follow_event(struct observers *observers, const struct supervisor_event *event)
{
    struct process *process = &observers->processes[event->id];

    if (event->type == SUPERVISOR_FAILED) {
        char text[160];

        snprintf(text, sizeof text, "cannot be started: %s", strerror(event->error));
        say_failed(process, text);
        end_process(observers, process);
    } else if (event->type == SUPERVISOR_EXITED) {
        judge_exit(process, event->wait_status);
        end_process(observers, process);
    } else if (event->type == SUPERVISOR_GONE) {
        log_error("the supervisor process of the observers has died, and they with it");
        observers->live_count = 0;
    }
}

int64_t
observers_follow(struct observers *observers, int64_t now_ns)
{
    struct supervisor_event event;
    int64_t next_ns = INT64_MAX;

    while (observers->live_count > 0 && supervisor_next(observers->supervisor, &event))
        follow_event(observers, &event);
    for (size_t i = 0; i < observers->process_count; i++) {
        struct process *process = &observers->processes[i];

        if (process->deadline_ns <= now_ns) {
            process->deadline_ns = INT64_MAX;
            supervisor_signal(observers->supervisor, (uint32_t)i, SIGKILL);
        }
        if (process->deadline_ns < next_ns)
            next_ns = process->deadline_ns;
    }
    return next_ns;
}

void
observers_finish(struct observers *observers)
{
    int64_t told_ns = clock_monotonic_ns() + SILENCE_S * NS_PER_S;

    for (;;) {
        struct pollfd wait = { .fd = observers_fd(observers), .events = POLLIN };
        int64_t now_ns = clock_monotonic_ns();
        int64_t next_ns = observers_follow(observers, now_ns);

        if (observers->live_count == 0)
            return;
        if (told_ns <= now_ns) {
            log_info("waiting for %zu observer%s", observers->live_count,
                     observers->live_count == 1 ? "" : "s");
            told_ns = INT64_MAX;
        }
        if (poll(&wait, 1, clock_wait_ms(next_ns < told_ns ? next_ns : told_ns)) < 0 && errno != EINTR) {
            log_error("cannot wait for observers: %s", strerror(errno));
            return;
        }
    }
}

/* ---- In the observer's process. */

int
observer_main(const char *file)
{
    struct observer_job job;
    struct observation observation;
    struct plugin_path *path;
    struct err err = { 0 };
    int result;

    prctl(PR_SET_DUMPABLE, 0); /* secrets do not go into a core file */
    if (observer_job_read(&job, file, &err) != 0) {
        log_error("%s", err.text);
        return EXIT_USAGE;
    }
    unlink(file);
    path = plugin_path_new(job.option_path, job.environment_path);
    observation = (struct observation){ .path = path, .name = job.plugin.name,
                                        .settings = job.plugin.settings,
                                        .setting_count = job.plugin.setting_count,
                                        .run_json = job.run_json, .quiet = job.quiet,
                                        .result = &job.result };
    result = observe(&observation, &err);
    if (result != 0)
        log_error("%s", err.text);
    plugin_path_free(path);
    observer_job_clear(&job);
    return result == 0 ? EXIT_PASSED : EXIT_TESTS_FAILED;
}
