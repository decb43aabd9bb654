/* SPDX-License-Identifier: Apache-2.0 */
/* Books every message under who sent it and which test it is about. */
#include "conformance/ledger.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "protocol/decoder.h"

enum { SAMPLE_LIMIT = 80 }; /* bytes of a message that are shown */

void
ledger_init(struct ledger *ledger, const struct ledger_setup *setup)
{
    *ledger = (struct ledger){ .setup = *setup, .decoder = decoder_new() };
}

void
ledger_clear(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->sender_count; i++) {
        free(ledger->senders[i].id);
        sequence_clear(&ledger->senders[i].sequence);
    }
    for (size_t i = 0; i < ledger->test_count; i++)
        free(ledger->tests[i].name);
    free(ledger->senders);
    free(ledger->tests);
    decoder_free(ledger->decoder);
    *ledger = (struct ledger){ 0 };
}

/* ---- Findings. */

static void find(struct finding *finding, const char *fmt, va_list args) PRINTF_LIKE(2, 0);

static void
find(struct finding *finding, const char *fmt, va_list args)
{
    if (finding->count++ == 0)
        vsnprintf(finding->first, sizeof finding->first, fmt, args);
}

static void note(struct finding *finding, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
note(struct finding *finding, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    find(finding, fmt, args);
    va_end(args);
}

void
ledger_invalid(struct ledger *ledger, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    find(&ledger->invalid, fmt, args);
    va_end(args);
}

static int
shown_length(struct slice text)
{
    return (int)utf8_prefix(text, SAMPLE_LIMIT).length;
}

/* For "%.*s": never NULL. */
static const char *
shown(struct slice text)
{
    return text.length > 0 ? text.data : "";
}

/* ---- Who sent it. */

/* The process that an agent id names: PREFIX.NUMBER or PREFIX.NUMBER/ANYTHING. */
static const struct ledger_process *
process_of(const struct ledger *ledger, struct slice agent_id)
{
    for (size_t i = 0; i < ledger->setup.process_count; i++) {
        char id[64];
        size_t length = (size_t)snprintf(id, sizeof id, "%s.%" PRIu32, ledger->setup.agent_prefix,
                                         ledger->setup.processes[i].number);

        if (agent_id.length >= length && memcmp(agent_id.data, id, length) == 0 &&
            (agent_id.length == length || (agent_id.data[length] == '/' && agent_id.length > length + 1)))
            return &ledger->setup.processes[i];
    }
    return NULL;
}

static struct sender *
sender_of(struct ledger *ledger, struct slice agent_id)
{
    for (size_t i = 0; i < ledger->sender_count; i++)
        if (slice_equal(slice_of(ledger->senders[i].id), agent_id))
            return &ledger->senders[i];
    if (ledger->sender_count == LEDGER_SENDERS_LIMIT)
        return &ledger->senders[ledger->sender_count - 1];
    ledger->senders = xreallocarray(ledger->senders, ledger->sender_count + 1, sizeof *ledger->senders);
    ledger->senders[ledger->sender_count] =
        (struct sender){ .id = xstrndup(shown(agent_id), agent_id.length) };
    return &ledger->senders[ledger->sender_count++];
}

static void
book_sender(struct sender *sender, const struct message *message)
{
    if (sender->has_ended)
        sender->went_on = true;
    if (message->seq > 0) {
        sender->numbered++;
        sender->repeated += !sequence_add(&sender->sequence, message->seq);
    }
    if (message->type == LOADS_RUNNER_END) {
        sender->has_ended = true;
        sender->announced = message->as.end.sent;
        sender->before_end = sender->messages;
    }
    sender->messages++;
}

/* ---- What it says of the run. */

static bool
tells_of_a_user(const struct message *message)
{
    return message->type != LOADS_RUN_START && message->type != LOADS_RUN_STOP &&
           message->type != LOADS_RUNNER_END && message->type != LOADS_METRIC;
}

/* By duration the hits are whatever the runner makes of them; the current hit always. */
static void
check_status(struct ledger *ledger, const struct message *message, const struct ledger_process *process)
{
    const struct plan_cycle *cycle = ledger->setup.cycle;
    bool is_right = (message->cycle.hits == cycle->hits || cycle->hits == 0) &&
                    message->cycle.users == cycle->users && message->cycle.user >= process->first_user &&
                    message->cycle.user - process->first_user < process->users;

    if (!tells_of_a_user(message) || (message->cycle.users == 0 && message->cycle.user == 0))
        return;
    ledger->statuses++;
    if (!is_right)
        note(&ledger->wrong_status,
             "[%" PRIu32 ", %" PRIu32 ", %" PRIu32 ", %" PRIu32 "] from user %" PRIu32 " of %" PRIu32
             ", with %" PRIu64 " hits",
             message->cycle.hits, message->cycle.users, message->cycle.hit, message->cycle.user,
             process->first_user, cycle->users, cycle->hits);
}

static void
check_run_id(struct ledger *ledger, const struct message *message)
{
    if (message->run_id.length == 0)
        return;
    ledger->run_ids++;
    if (!slice_equal(message->run_id, slice_of(ledger->setup.run_id)))
        note(&ledger->wrong_run, "run_id \"%.*s\"", shown_length(message->run_id), shown(message->run_id));
}

/* ---- Tests. */

static struct test_account *
test_of(struct ledger *ledger, const struct ledger_process *process, uint32_t user, struct slice name)
{
    struct slice kept = utf8_prefix(name, LEDGER_NAME_LIMIT);

    for (size_t i = 0; i < ledger->test_count; i++)
        if (ledger->tests[i].process == process->number && ledger->tests[i].user == user &&
            slice_equal(slice_of(ledger->tests[i].name), kept))
            return &ledger->tests[i];
    if (ledger->test_count == LEDGER_TESTS_LIMIT)
        return &ledger->tests[ledger->test_count - 1];
    ledger->tests = xreallocarray(ledger->tests, ledger->test_count + 1, sizeof *ledger->tests);
    ledger->tests[ledger->test_count] = (struct test_account){
        .process = process->number, .user = user, .name = xstrndup(shown(kept), kept.length) };
    return &ledger->tests[ledger->test_count++];
}

static void
book_test(struct ledger *ledger, const struct message *message, const struct ledger_process *process)
{
    uint32_t user = process->users == 1 ? process->first_user : message->cycle.user;
    struct test_account *test;

    if (message->type < LOADS_TEST_START || message->type > LOADS_TEST_ERROR)
        return;
    test = test_of(ledger, process, user, message->as.test.name);
    if (message->type == LOADS_TEST_START) {
        test->starts++;
        ledger->starts++;
    } else if (message->type == LOADS_TEST_STOP) {
        test->stops++;
        ledger->stops++;
    } else if (message->type == LOADS_TEST_SUCCESS) {
        test->successes++;
    } else if (message->type == LOADS_TEST_FAILURE) {
        test->failures++;
        ledger->failures++;
    } else {
        test->errors++;
        ledger->errors++;
    }
}

uint64_t
ledger_user_starts(const struct ledger *ledger, const struct ledger_process *process, uint32_t user,
                   uint64_t hits, bool *is_even)
{
    uint64_t starts = 0;

    *is_even = true;
    for (size_t i = 0; i < ledger->test_count; i++) {
        const struct test_account *test = &ledger->tests[i];

        if (test->process != process->number || test->user != user)
            continue;
        starts += test->starts;
        *is_even = *is_even && test->starts == hits;
    }
    return starts;
}

/* ---- Frames. */

static void
on_message(void *context, const struct message *message)
{
    struct ledger *ledger = context;
    const struct ledger_process *process = process_of(ledger, message->agent_id);

    ledger->messages++;
    ledger->last_ns = ledger->now_ns;
    if (ledger->first_ns == 0)
        ledger->first_ns = ledger->now_ns;
    if (message->type == LOADS_RUNNER_END)
        note(&ledger->additions, "runnerEnd");
    else if (message->type == LOADS_METRIC)
        note(&ledger->additions, "metric");
    check_run_id(ledger, message);
    if (process == NULL) {
        if (message->agent_id.length > 0)
            note(&ledger->wrong_agent, "agent_id \"%.*s\"", shown_length(message->agent_id),
                 shown(message->agent_id));
        else
            note(&ledger->wrong_agent, "no agent_id in %.*s", shown_length(message->raw), shown(message->raw));
        return;
    }
    book_sender(sender_of(ledger, message->agent_id), message);
    check_status(ledger, message, process);
    book_test(ledger, message, process);
}

static void
on_rejected(void *context, enum reject reason, const char *why, struct slice text)
{
    ledger_invalid(context, "%s: %s: %.*s", reject_names[reason], why, shown_length(text), shown(text));
}

static void
on_unknown(void *context, struct slice data_type, struct slice text)
{
    (void)text;
    ledger_invalid(context, "the data_type \"%.*s\" is unknown", shown_length(data_type), shown(data_type));
}

void
ledger_frame(struct ledger *ledger, struct slice frame, int64_t now_ns)
{
    const struct decoder_sink sink = { .context = ledger, .message = on_message, .rejected = on_rejected,
                                       .unknown = on_unknown };

    ledger->now_ns = now_ns;
    ledger->bytes += frame.length;
    if (frame.length > 0 && frame.data[0] == '[')
        note(&ledger->additions, "several messages in one frame");
    decoder_decode(ledger->decoder, frame, &sink);
}
