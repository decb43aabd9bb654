/* SPDX-License-Identifier: Apache-2.0 */
/* What is checked of one scene. */
#include "conformance/checks.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"

const char *const result_names[RESULT_COUNT] = { "pass", "FAIL", "not used" };

void
grade_set(struct grade *grade, enum result result, const char *fmt, ...)
{
    va_list args;

    if (grade->result == RESULT_FAIL)
        return;
    grade->result = result;
    va_start(args, fmt);
    vsnprintf(grade->seen, sizeof grade->seen, fmt, args);
    va_end(args);
}

double
seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

/* Of a process with several users the messages may not tell whose they are: then
 * they are one account, of user 0. */
static bool
is_told_apart(const struct scene *scene, const struct ledger_process *who)
{
    bool is_even;

    return who->users == 1 || ledger_user_starts(&scene->ledger, who, 0, 0, &is_even) == 0;
}

static void
check_hits_of(const struct scene *scene, const struct ledger_process *who, uint32_t user, uint64_t hits,
              struct grade *grade)
{
    bool is_even;
    uint64_t starts = ledger_user_starts(&scene->ledger, who, user, hits, &is_even);

    if (starts == hits || is_even)
        return;
    if (user > 0)
        FAIL(grade, "user %" PRIu32 " began %" PRIu64 " tests instead of %" PRIu64, user, starts, hits);
    else
        FAIL(grade, "%" PRIu32 " users began %" PRIu64 " tests instead of %" PRIu64, who->users, starts, hits);
}

void
check_hits(const struct scene *scene, struct grade *grade)
{
    uint64_t hits = scene->scenario.cycle.hits;

    for (size_t i = 0; i < scene->process_count; i++) {
        const struct ledger_process *who = &scene->who[i];

        if (!is_told_apart(scene, who)) {
            check_hits_of(scene, who, 0, hits * who->users, grade);
            continue;
        }
        for (uint32_t j = 0; j < who->users; j++)
            check_hits_of(scene, who, who->first_user + j, hits, grade);
    }
}

void
check_users(const struct scene *scene, struct grade *grade)
{
    for (size_t i = 0; i < scene->process_count; i++) {
        const struct ledger_process *who = &scene->who[i];

        for (uint32_t j = 0; is_told_apart(scene, who) && j < who->users; j++) {
            bool is_even;

            if (ledger_user_starts(&scene->ledger, who, who->first_user + j, 0, &is_even) == 0)
                FAIL(grade, "user %" PRIu32 " of %" PRIu32 " began no test", who->first_user + j,
                     scene->scenario.cycle.users);
        }
    }
}

void
check_tests(const struct scene *scene, struct grade *grade)
{
    for (size_t i = 0; i < scene->ledger.test_count; i++) {
        const struct test_account *test = &scene->ledger.tests[i];
        uint64_t outcomes = test->successes + test->failures + test->errors;

        if (test->stops != test->starts || outcomes != test->starts)
            FAIL(grade,
                 "test \"%.60s\" of user %" PRIu32 ": startTest %" PRIu64 " times, stopTest %" PRIu64
                 ", an outcome %" PRIu64,
                 test->name, test->user, test->starts, test->stops, outcomes);
    }
}

uint64_t
check_numbers(const struct scene *scene, struct grade *grade)
{
    uint64_t numbered = 0;

    for (size_t i = 0; i < scene->ledger.sender_count; i++) {
        const struct sender *sender = &scene->ledger.senders[i];
        uint64_t missing = sequence_missing(&sender->sequence, 0);

        numbered += sender->numbered;
        if (sender->numbered > 0 && sender->numbered < sender->messages)
            FAIL(grade, "%.60s: %" PRIu64 " of %" PRIu64 " messages have no seq", sender->id,
                 sender->messages - sender->numbered, sender->messages);
        else if (sender->repeated > 0 || missing > 0)
            FAIL(grade, "%.60s: %" PRIu64 " numbers missing, %" PRIu64 " repeated", sender->id, missing,
                 sender->repeated);
    }
    return numbered;
}

uint64_t
check_ends(const struct scene *scene, struct grade *grade)
{
    uint64_t ends = 0;

    for (size_t i = 0; i < scene->ledger.sender_count; i++)
        ends += scene->ledger.senders[i].has_ended;
    for (size_t i = 0; ends > 0 && i < scene->ledger.sender_count; i++) {
        const struct sender *sender = &scene->ledger.senders[i];

        if (!sender->has_ended && strchr(sender->id, '/') == NULL)
            FAIL(grade, "%.60s sent none, others did", sender->id);
        else if (sender->went_on)
            FAIL(grade, "%.60s sent more behind it", sender->id);
        else if (sender->has_ended && sender->announced != sender->before_end)
            FAIL(grade, "%.60s announced %" PRIu64 " messages, %" PRIu64 " came", sender->id, sender->announced,
                 sender->before_end);
    }
    return ends;
}

void
check_exits(const struct scene *scene, struct grade *grade)
{
    bool may_complain = scene->ledger.failures + scene->ledger.errors > 0;

    for (size_t i = 0; i < scene->process_count; i++) {
        const struct scene_process *process = &scene->processes[i];
        int status = process->wait_status;

        if (process->told_ns > 0)
            continue;
        if (WIFSIGNALED(status))
            FAIL(grade, "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
        else if (WEXITSTATUS(status) != 0 && !may_complain)
            FAIL(grade, "exit code %d", WEXITSTATUS(status));
    }
}

void
check_in_time(const struct scene *scene, struct grade *grade)
{
    for (size_t i = 0; i < scene->process_count; i++) {
        const struct scene_process *process = &scene->processes[i];

        if (process->is_overdue)
            FAIL(grade, "user %" PRIu32 "'s process still ran after %.1f s, and was told to end",
                 process->who.first_user, seconds(process->told_ns - process->started_ns));
    }
}

void
check_whole(const struct scene *scene, struct grade *grade)
{
    check_in_time(scene, grade);
    check_exits(scene, grade);
    check_users(scene, grade);
    check_hits(scene, grade);
    check_tests(scene, grade);
    check_numbers(scene, grade);
    check_ends(scene, grade);
}
