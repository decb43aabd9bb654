/* SPDX-License-Identifier: Apache-2.0 */
/* From frames to counts. */
#include "run/intake.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/utf8.h"

enum { SAMPLE_LIMIT = 200 }; /* bytes of a bad message that are shown */

struct intake {
    struct intake_setup setup;
    struct decoder *decoder;
    struct interval *interval;
    struct account *account; /* the interval's */
    /* Of the frame at hand. */
    uint32_t target;
    bool is_shared;
    int64_t received_us;
    /* What was said once and is only counted from then on. */
    bool has_told_reject[REJECT_COUNT], has_told_unknown, has_told_stranger;
};

struct intake *
intake_new(const struct intake_setup *setup)
{
    struct intake *intake = xcalloc(1, sizeof *intake);

    intake->setup = *setup;
    intake->decoder = decoder_new();
    return intake;
}

void
intake_free(struct intake *intake)
{
    if (intake == NULL)
        return;
    decoder_free(intake->decoder);
    free(intake);
}

void
intake_set_interval(struct intake *intake, struct interval *interval)
{
    intake->interval = interval;
    intake->account = interval_account(interval);
}

/* The first of its kind gets a line; all are in the account. */
static void
tell_rejected(struct intake *intake, enum reject reason, const char *why, struct slice text)
{
    struct slice sample = utf8_prefix(text, SAMPLE_LIMIT);

    if (intake->has_told_reject[reason])
        return;
    intake->has_told_reject[reason] = true;
    log_warning("%s: a message is not counted (%s): %s: %.*s%s (more of this kind are only counted)",
                intake->setup.target_names[intake->target], reject_names[reason], why, (int)sample.length, sample.length > 0 ? sample.data : "",
                sample.length < text.length ? "..." : "");
}

static void
reject(struct intake *intake, enum reject reason, const char *why, struct slice text)
{
    intake->account->received++;
    intake->account->rejected[reason]++;
    tell_rejected(intake, reason, why, text);
}

static void
on_rejected(void *context, enum reject reason, const char *why, struct slice text)
{
    reject(context, reason, why, text);
}

static void
on_unknown(void *context, struct slice data_type, struct slice text)
{
    struct intake *intake = context;
    struct slice shown = utf8_prefix(data_type, SAMPLE_LIMIT);

    (void)text;
    intake->account->received++;
    intake->account->unknown++;
    if (intake->has_told_unknown)
        return;
    intake->has_told_unknown = true;
    log_warning("%s: a message has the unknown data_type \"%.*s\" (more unknown ones are only counted)",
                intake->setup.target_names[intake->target], (int)shown.length, shown.length > 0 ? shown.data : "");
}

/* Tests that do not say how long they took are timed by arrival. */
static void
time_test(struct agent *agent, struct message *message, int64_t received_us)
{
    if (message->type == LOADS_TEST_START)
        agent_test_start(agent, message->cycle.user, received_us);
    else if (message->type == LOADS_TEST_STOP) {
        int64_t arrived_us = agent_test_stop(agent, message->cycle.user, received_us);

        if (message->as.test.elapsed_us < 0)
            message->as.test.elapsed_us = arrived_us;
    }
}

/* What the agent's record learns from a message; false for one that came before. */
static bool
note_agent(struct agent *agent, struct message *message, int64_t received_us)
{
    if (message->seq > 0) {
        agent->is_numbered = true;
        if (!sequence_add(&agent->sequence, message->seq))
            return false;
    }
    if (message->type == LOADS_RUNNER_END) {
        agent->sent = message->as.end.sent + (message->seq > 0 ? 1 : 0);
        agent->has_ended = true;
    } else if (message->type == LOADS_TEST_FAILURE || message->type == LOADS_TEST_ERROR) {
        agent->has_complained = true;
    } else {
        time_test(agent, message, received_us);
    }
    return true;
}

static void
on_message(void *context, const struct message *decoded)
{
    struct intake *intake = context;
    struct message message = *decoded;
    uint32_t target = intake->target;
    struct agent *agent;

    if (message.run_id.length > 0 && !slice_equal(message.run_id, slice_of(intake->setup.run_id))) {
        reject(intake, REJECT_STALE, "run_id is not that of this run", message.raw);
        return;
    }
    switch (agents_find(intake->setup.agents, message.agent_id, &agent)) {
    case AGENTS_STALE:
        reject(intake, REJECT_STALE, "its cycle is over", message.raw);
        return;
    case AGENTS_UNKNOWN:
        break;
    case AGENTS_FOUND:
        if (intake->is_shared && agent->is_own)
            target = agent->target;
        if (!note_agent(agent, &message, intake->received_us)) {
            intake->account->received++;
            intake->account->duplicate++;
            return;
        }
        break;
    }
    intake->account->received++;
    intake->account->counted++;
    if (message.seq == 0 || agent == NULL)
        intake->account->unnumbered++;
    interval_add(intake->interval, &message, target);
    interval_note_arrival(intake->interval, target, intake->received_us);
    if (intake->setup.dispatch != NULL)
        dispatch_event(intake->setup.dispatch, &message, target, intake->received_us, intake->setup.run_id);
}

void
intake_frame(struct intake *intake, struct slice frame, uint32_t target, bool is_shared, int64_t received_us)
{
    const struct decoder_sink sink = { .context = intake, .message = on_message, .rejected = on_rejected,
                                       .unknown = on_unknown };

    intake->target = target;
    intake->is_shared = is_shared;
    intake->received_us = received_us;
    decoder_decode(intake->decoder, frame, &sink);
}

void
intake_multipart(struct intake *intake, uint32_t target)
{
    intake->target = target;
    reject(intake, REJECT_MULTIPART, "a message is one frame", (struct slice){ 0 });
}

void
intake_too_big(struct intake *intake, uint32_t target, uint64_t length)
{
    struct err why = { 0 };

    intake->target = target;
    err_set(&why, "a frame of %" PRIu64 " bytes; at most %d are allowed", length, MESSAGE_FRAME_LIMIT);
    reject(intake, REJECT_TOO_BIG, why.text, (struct slice){ 0 });
}

void
intake_stranger(struct intake *intake, uint32_t target, const char *why)
{
    if (intake->has_told_stranger)
        return;
    intake->has_told_stranger = true;
    log_warning("%s: a connection was closed: %s (more of this kind are not told)",
                intake->setup.target_names[target], why);
}

struct decoder_stats
intake_stats(const struct intake *intake)
{
    return decoder_stats(intake->decoder);
}
