/* SPDX-License-Identifier: Apache-2.0 */
/* A judge for each row. Each looks at what its row is about and at nothing else,
 * so that one fault makes one row fail. */
#include "conformance/rows.h"

#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

/* The scenes that nothing disturbs, and that every runner can play. */
static const enum scene_id quiet_scenes[] = { SCENE_HITS, SCENE_TIME };
enum { QUIET_COUNT = sizeof quiet_scenes / sizeof quiet_scenes[0] };

static uint64_t
messages_of(const struct scene scenes[static SCENE_COUNT])
{
    uint64_t messages = 0;

    for (size_t i = 0; i < SCENE_COUNT; i++)
        messages += scenes[i].ledger.messages;
    return messages;
}

/* Fails when any scene has that finding; says the first. */
static bool
has_finding(const struct scene scenes[static SCENE_COUNT], size_t offset, struct grade *grade)
{
    const struct finding *first = NULL;
    uint64_t count = 0;

    for (size_t i = 0; i < SCENE_COUNT; i++) {
        const struct finding *finding =
            (const struct finding *)(const void *)((const char *)&scenes[i].ledger + offset);

        count += finding->count;
        if (first == NULL && finding->count > 0)
            first = finding;
    }
    if (first != NULL)
        FAIL(grade, "%" PRIu64 " of %" PRIu64 " messages, the first: %s", count, messages_of(scenes),
             first->first);
    return first != NULL;
}

/* ---- Messages. */

static void
judge_messages(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    if (has_finding(scenes, offsetof(struct ledger, invalid), grade))
        return;
    if (messages_of(scenes) == 0)
        FAIL(grade, "no message came");
    PASS(grade, "%" PRIu64 " messages", messages_of(scenes));
}

static void
judge_agent_id(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    if (!has_finding(scenes, offsetof(struct ledger, wrong_agent), grade))
        PASS(grade, "on every message");
}

static void
judge_run_id(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    uint64_t told = 0;

    for (size_t i = 0; i < SCENE_COUNT; i++)
        told += scenes[i].ledger.run_ids;
    if (has_finding(scenes, offsetof(struct ledger, wrong_run), grade))
        return;
    if (told == 0)
        NOT_USED(grade, "no message has a run_id");
    else
        PASS(grade, "on %" PRIu64 " of %" PRIu64 " messages", told, messages_of(scenes));
}

static void
judge_status(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    uint64_t told = 0;

    for (size_t i = 0; i < SCENE_COUNT; i++)
        told += scenes[i].ledger.statuses;
    if (has_finding(scenes, offsetof(struct ledger, wrong_status), grade))
        return;
    if (told == 0)
        NOT_USED(grade, "no message has a loads_status");
    else
        PASS(grade, "right on %" PRIu64 " messages", told);
}

/* ---- The environment obeyed. */

static void
judge_hits(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    const struct scene *scene = &scenes[SCENE_HITS];

    if (scene->ledger.starts == 0)
        FAIL(grade, "no test began");
    check_hits(scene, grade);
    PASS(grade, "%" PRIu64 " tests of each user", scene->scenario.cycle.hits);
}

static void
judge_users(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    for (size_t i = 0; i < QUIET_COUNT; i++)
        check_users(&scenes[quiet_scenes[i]], grade);
    PASS(grade, "all %" PRIu32 " users ran", scenes[SCENE_HITS].scenario.cycle.users);
}

static void
judge_process_users(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    const struct scene *scene = &scenes[SCENE_CROWD];

    if (!scene->was_played) {
        NOT_USED(grade, "one user in each process; if it can run more, say so with --process-users");
        return;
    }
    check_whole(scene, grade);
    PASS(grade, "%" PRIu32 " users in one process", scene->scenario.cycle.users);
}

/* A process may take long to start, and its first message to arrive: neither time
 * alone says how long the tests went on. */
static void
judge_duration(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    const struct scene *scene = &scenes[SCENE_TIME];
    double duration_s = scene->scenario.cycle.duration_s;
    int64_t last_ns = 0;

    check_in_time(scene, grade);
    if (scene->ledger.starts == 0)
        FAIL(grade, "no test began");
    for (size_t i = 0; i < scene->process_count; i++) {
        const struct scene_process *process = &scene->processes[i];

        last_ns = process->ended_ns > last_ns ? process->ended_ns : last_ns;
        if (seconds(process->ended_ns - process->started_ns) < duration_s)
            FAIL(grade, "ended after %.2f s of %g s", seconds(process->ended_ns - process->started_ns),
                 duration_s);
    }
    if (seconds(last_ns - scene->ledger.first_ns) < duration_s / 2)
        FAIL(grade, "ended %.2f s after its first message, not %g s", seconds(last_ns - scene->ledger.first_ns),
             duration_s);
    PASS(grade, "ended %.2f s after its first message, for %g s", seconds(last_ns - scene->ledger.first_ns),
         duration_s);
}

static void
judge_older(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    const struct scene *scene = &scenes[SCENE_OLDER];
    int status = scene->process_count > 0 ? scene->processes[0].wait_status : 0;

    if (scene->was_played && scene->ledger.messages == 0 && WIFEXITED(status) && WEXITSTATUS(status) != 0 &&
        scene->processes[0].told_ns == 0) {
        NOT_USED(grade, "it refuses to run without LOADS_PROTOCOL (exit code %d)", WEXITSTATUS(status));
        return;
    }
    if (scene->ledger.additions.count > 0)
        FAIL(grade, "it used additions without LOADS_PROTOCOL: %s", scene->ledger.additions.first);
    check_whole(scene, grade);
    PASS(grade, "runs without LOADS_PROTOCOL, and uses no additions");
}

/* ---- The numbers add up. */

static void
judge_tests(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    uint64_t starts = 0;

    for (size_t i = 0; i < QUIET_COUNT; i++) {
        check_tests(&scenes[quiet_scenes[i]], grade);
        starts += scenes[quiet_scenes[i]].ledger.starts;
    }
    PASS(grade, "%" PRIu64 " tests begun, stopped and judged", starts);
}

static void
judge_failures(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    const struct scene *scene = &scenes[SCENE_HITS];

    if (scene->ledger.failures + scene->ledger.errors == 0) {
        NOT_USED(grade, "no test failed; to see this graded, give a test that does");
        return;
    }
    for (size_t i = 0; i < scene->process_count; i++) {
        int status = scene->processes[i].wait_status;

        if (scene->processes[i].told_ns == 0 && WIFEXITED(status) && WEXITSTATUS(status) != 0)
            FAIL(grade, "exit code %d because tests failed; they are results", WEXITSTATUS(status));
    }
    PASS(grade, "%" PRIu64 " failures, %" PRIu64 " errors, exit code 0", scene->ledger.failures,
         scene->ledger.errors);
}

static void
judge_seq(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    uint64_t numbered = 0;

    for (size_t i = 0; i < QUIET_COUNT; i++)
        numbered += check_numbers(&scenes[quiet_scenes[i]], grade);
    if (numbered == 0)
        NOT_USED(grade, "messages are not numbered: a lost one is not noticed");
    else
        PASS(grade, "%" PRIu64 " messages, no hole, no repeat", numbered);
}

static void
judge_runner_end(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    uint64_t ends = 0;

    for (size_t i = 0; i < QUIET_COUNT; i++)
        ends += check_ends(&scenes[quiet_scenes[i]], grade);
    if (ends == 0)
        NOT_USED(grade, "no runnerEnd: a lost last message is not noticed");
    else
        PASS(grade, "the last message of each process, and right");
}

/* ---- How it ends. */

static void
judge_end(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    check_in_time(&scenes[SCENE_HITS], grade);
    PASS(grade, "by itself, after the last test");
}

static void
judge_exit_code(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    for (size_t i = 0; i < QUIET_COUNT; i++)
        check_exits(&scenes[quiet_scenes[i]], grade);
    PASS(grade, "0");
}

static void
judge_leftovers(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    for (size_t i = 0; i < SCENE_COUNT; i++)
        if (scenes[i].leftovers > 0)
            FAIL(grade, "%zu processes were still there, one of them %s", scenes[i].leftovers,
                 scenes[i].leftover);
    PASS(grade, "no process left");
}

/* A disturbance that came too late shows nothing. */
static bool
was_disturbed(const struct scene *scene, struct grade *grade)
{
    if (!scene->was_disturbed)
        FAIL(grade, "it ended before it got so far");
    return scene->was_disturbed;
}

static void
judge_stop(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    const struct scene *scene = &scenes[SCENE_STOP];
    const struct scene_process *process = scene->processes;

    if (!was_disturbed(scene, grade))
        return;
    if (process->is_killed)
        FAIL(grade, "it still ran %.1f s after SIGTERM, and was killed",
             seconds(process->ended_ns - process->told_ns));
    else if (WIFSIGNALED(process->wait_status) && WTERMSIG(process->wait_status) != SIGTERM)
        FAIL(grade, "killed by signal %d (%s)", WTERMSIG(process->wait_status),
             strsignal(WTERMSIG(process->wait_status)));
    PASS(grade, "ended %.2f s after SIGTERM", seconds(process->ended_ns - process->told_ns));
}

/* A test may have been cut off, one for each user; what was sent must arrive. */
static void
judge_gentle_stop(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    const struct scene *scene = &scenes[SCENE_STOP];
    struct grade ignored = { 0 };

    if (!scene->was_disturbed || WIFSIGNALED(scene->processes[0].wait_status)) {
        NOT_USED(grade, "SIGTERM is not handled: what was not sent yet is lost");
        return;
    }
    if (scene->ledger.starts > scene->ledger.stops + scene->scenario.cycle.users)
        FAIL(grade, "%" PRIu64 " of %" PRIu64 " tests have no stopTest",
             scene->ledger.starts - scene->ledger.stops, scene->ledger.starts);
    check_numbers(scene, grade);
    if (check_ends(scene, grade) == 0 && check_ends(&scenes[SCENE_HITS], &ignored) > 0)
        FAIL(grade, "runnerEnd is missing, which it sends otherwise");
    PASS(grade, "nothing lost of %" PRIu64 " messages", scene->ledger.messages);
}

/* ---- When the host is not well. */

static void
judge_slow(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    const struct scene *scene = &scenes[SCENE_SLOW];

    if (!was_disturbed(scene, grade))
        return;
    check_whole(scene, grade);
    PASS(grade, "%" PRIu64 " tests, %.1f MiB, nothing lost", scene->ledger.starts,
         (double)scene->ledger.bytes / (1024 * 1024));
}

static void
judge_gone(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    const struct scene *scene = &scenes[SCENE_GONE];
    const struct scene_process *process = scene->processes;
    double after_s;

    if (!was_disturbed(scene, grade))
        return;
    after_s = seconds(process->ended_ns - process->started_ns) - scene->scenario.cycle.duration_s;
    if (process->is_killed)
        FAIL(grade, "it hung, ignored SIGTERM and had to be killed");
    else if (WIFSIGNALED(process->wait_status) &&
             (process->told_ns == 0 || WTERMSIG(process->wait_status) != SIGTERM))
        FAIL(grade, "killed by signal %d (%s)", WTERMSIG(process->wait_status),
             strsignal(WTERMSIG(process->wait_status)));
    else if (process->told_ns > 0)
        PASS(grade, "ended %.1f s after its time, when SIGTERM told it to", after_s);
    else
        PASS(grade, "ended by itself, %.1f s after its time", after_s > 0 ? after_s : 0);
}

static void
judge_return(const struct scene scenes[static SCENE_COUNT], struct grade *grade)
{
    const struct scene *scene = &scenes[SCENE_RETURN];

    if (!was_disturbed(scene, grade))
        return;
    if (scene->ledger.messages == scene->messages_before || scene->messages_before == 0)
        FAIL(grade, "no message came after the endpoint was back");
    check_in_time(scene, grade);
    if (WIFSIGNALED(scene->processes[0].wait_status))
        FAIL(grade, "killed by signal %d (%s)", WTERMSIG(scene->processes[0].wait_status),
             strsignal(WTERMSIG(scene->processes[0].wait_status)));
    PASS(grade, "connected again, %" PRIu64 " messages more",
         scene->ledger.messages - scene->messages_before);
}

const struct row rows[] = {
    { "messages", "every message is one that the protocol has, whole and within its limits", true, judge_messages },
    { "agent id", "LOADS_AGENT_ID as agent_id (or worker_id) in every message", false, judge_agent_id },
    { "run id", "LOADS_RUN_ID as run_id, or no run_id", false, judge_run_id },
    { "status", "loads_status is [hits, users, current hit, current user], or absent", false, judge_status },
    { "hits", "each user begins each test LOADS_TOTAL_HITS times", false, judge_hits },
    { "users", "each process runs its user, LOADS_CURRENT_USER", false, judge_users },
    { "process users", "a process runs LOADS_PROCESS_USERS users and ends well", false, judge_process_users },
    { "duration", "tests go on for LOADS_DURATION, and the process ends soon after", false, judge_duration },
    { "tests", "each startTest has one stopTest and one of addSuccess, addFailure, addError", false, judge_tests },
    { "failures", "the exit code is 0 also when tests fail", false, judge_failures },
    { "seq", "messages are numbered from 1 without a hole or a repeat", false, judge_seq },
    { "runnerEnd", "runnerEnd is the last message, and `sent` is how many came before", false, judge_runner_end },
    { "end", "the process ends by itself when all hits are done", true, judge_end },
    { "exit code", "0", true, judge_exit_code },
    { "leftovers", "no process is left that has left the runner's process group", true, judge_leftovers },
    { "stop", "SIGTERM ends the process in time", false, judge_stop },
    { "gentle stop", "after SIGTERM it sends what it has", false, judge_gentle_stop },
    { "slow host", "a host that reads late and slowly misses nothing", false, judge_slow },
    { "host gone", "without a host it ends, at the latest by SIGTERM, and does not crash", false, judge_gone },
    { "host returns", "it connects again when the endpoint is back, goes on, and ends", false, judge_return },
    { "older host", "without LOADS_PROTOCOL it works the same, and uses no additions", false, judge_older },
    { NULL, NULL, false, NULL },
};
