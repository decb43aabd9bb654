/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of frames between the loop's thread, which fills them, and the sender
 * thread, which owns the uplink. The lock is taken for each message, but the two
 * meet at it only when a frame changes hands. */
#include "reporter.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "uplink.h"
#include "message.h"

enum {
    FRAMES = 8,
    FRAME_MESSAGES = 1000,
    FRAME_SIZE_LIMIT = 1024 * 1024,                          /* the host takes no more */
    FRAME_FULL = FRAME_SIZE_LIMIT - 2 * MESSAGE_SIZE_LIMIT, /* one more message always fits */
};
#define FRAME_AGE_NS (100 * NS_PER_MS)
#define FINISH_NS (30 * NS_PER_S)

struct frame {
    struct buffer text;
    unsigned messages;
    bool has_envelope; /* its first message tells who sends them all */
    int64_t opened_ns; /* when its first message came */
};

struct reporter {
    struct envelope envelope;
    unsigned frame_messages; /* 1 for a host that does not know arrays */
    struct uplink *uplink;       /* the sender's, once it runs */
    int wake_fd;
    pthread_t sender;
    struct loop *loop;
    struct gate freed; /* tasks that wait for room */
    int64_t until_ns;  /* when tests are over; LOOP_FOREVER: by hits */
    uint32_t users;
    int64_t opened_ns;
    atomic_bool is_done;
    bool is_undelivered; /* the sender's until it is done */

    pthread_mutex_t lock; /* for all below */
    pthread_cond_t filled;
    struct frame frames[FRAMES];
    uint64_t filling, sending; /* frame n is at n % FRAMES; filling - sending are full */
    uint64_t seq;
    int64_t blocked_ns;
    bool is_resting; /* the sender waits without looking at the clock */
    bool is_finishing;
    int64_t deadline_ns; /* once is_finishing */
};

static struct frame *
frame_at(struct reporter *reporter, uint64_t number)
{
    return &reporter->frames[number % FRAMES];
}

static void
frame_seal(struct reporter *reporter)
{
    struct frame *frame = frame_at(reporter, reporter->filling);

    if (reporter->frame_messages > 1)
        buffer_add_char(&frame->text, ']');
    reporter->filling++;
}

/* With the lock. What is not sent by then is given up. */
static void
begin_to_finish(struct reporter *reporter, int64_t deadline_ns)
{
    if (reporter->is_finishing)
        return;
    reporter->is_finishing = true;
    reporter->deadline_ns = deadline_ns;
    pthread_cond_signal(&reporter->filled);
    gate_knock(reporter->loop, &reporter->freed);
}

/* How long somebody waits for room, from now: a host that takes nothing must not
 * hold us past the duration for ever. */
static int64_t
patience_ns(const struct reporter *reporter, int64_t now_ns)
{
    if (reporter->until_ns == LOOP_FOREVER)
        return LOOP_FOREVER;
    return (now_ns > reporter->until_ns ? now_ns : reporter->until_ns) + FINISH_NS;
}

/* Waits until the frame to fill is free; the lock is open meanwhile. False: too
 * late to say anything. */
static bool
wait_for_frame(struct reporter *reporter)
{
    int64_t began_ns, until_ns;

    if (reporter->filling - reporter->sending < FRAMES)
        return !reporter->is_finishing;
    began_ns = clock_monotonic_ns();
    until_ns = patience_ns(reporter, began_ns);
    while (reporter->filling - reporter->sending == FRAMES && !reporter->is_finishing) {
        pthread_mutex_unlock(&reporter->lock);
        gate_wait(reporter->loop, &reporter->freed, until_ns);
        pthread_mutex_lock(&reporter->lock);
        if (clock_monotonic_ns() >= until_ns)
            begin_to_finish(reporter, until_ns);
    }
    reporter->blocked_ns += clock_monotonic_ns() - began_ns;
    return !reporter->is_finishing;
}

/* What another program wrote is perhaps not fit to tell it. */
static void
frame_open(struct frame *frame, const struct event *event)
{
    frame->opened_ns = clock_monotonic_ns();
    frame->has_envelope = event->type != EVENT_FOREIGN;
}

/* Whether the sender has to hear of it. */
static bool
frame_add(struct reporter *reporter, const struct event *event)
{
    struct frame *frame = frame_at(reporter, reporter->filling);
    bool is_first = frame->messages == 0;

    if (is_first)
        frame_open(frame, event);
    if (reporter->frame_messages > 1)
        buffer_add_char(&frame->text, is_first ? '[' : ',');
    reporter->seq++;
    message_add(&frame->text, &reporter->envelope, event, is_first || !frame->has_envelope ? reporter->seq : 0);
    frame->messages++;
    if (frame->messages < reporter->frame_messages && frame->text.length < FRAME_FULL)
        return is_first && reporter->is_resting;
    frame_seal(reporter);
    return true;
}

static void
tell(void *context, const struct event *event)
{
    struct reporter *reporter = context;
    bool is_news;

    if (!message_is_known(&reporter->envelope, event))
        return;
    pthread_mutex_lock(&reporter->lock);
    is_news = wait_for_frame(reporter) && frame_add(reporter, event);
    pthread_mutex_unlock(&reporter->lock);
    /* Not with the lock: the sender would wake up only to wait for it. */
    if (is_news)
        pthread_cond_signal(&reporter->filled);
}

static bool
is_late(struct reporter *reporter)
{
    bool late;

    pthread_mutex_lock(&reporter->lock);
    late = reporter->is_finishing && clock_monotonic_ns() >= reporter->deadline_ns;
    pthread_mutex_unlock(&reporter->lock);
    return late;
}

/* Waits as long as the host lets us, but not past the deadline. */
static void
send_frame(struct reporter *reporter, const struct buffer *text)
{
    while (!reporter->is_undelivered) {
        int result = uplink_send(reporter->uplink, text->data, text->length);

        if (result == 0)
            return;
        reporter->is_undelivered = result < 0 || is_late(reporter);
    }
}

/* False: it is past the time already. */
static bool
wait_until(struct reporter *reporter, int64_t until_ns)
{
    struct timespec until = { .tv_sec = until_ns / NS_PER_S, .tv_nsec = until_ns % NS_PER_S };

    return pthread_cond_timedwait(&reporter->filled, &reporter->lock, &until) != ETIMEDOUT;
}

/* Nothing to send: where messages follow each other the next one need not wake us;
 * whoever has had none for so long wants to be woken. */
static void
rest(struct reporter *reporter)
{
    if (wait_until(reporter, clock_monotonic_ns() + FRAME_AGE_NS))
        return;
    reporter->is_resting = true;
    while (reporter->filling == reporter->sending && frame_at(reporter, reporter->sending)->messages == 0 &&
           !reporter->is_finishing)
        pthread_cond_wait(&reporter->filled, &reporter->lock);
    reporter->is_resting = false;
}

/* Waits for a frame that is full, old enough, or the last one. Returns NULL when
 * there will be none. Called with the lock. */
static struct frame *
next_frame(struct reporter *reporter)
{
    for (;;) {
        struct frame *frame = frame_at(reporter, reporter->sending);
        int64_t due_ns = frame->opened_ns + FRAME_AGE_NS;

        if (reporter->filling > reporter->sending)
            return frame;
        if (frame->messages == 0 && reporter->is_finishing)
            return NULL;
        if (frame->messages == 0)
            rest(reporter);
        else if (reporter->is_finishing || clock_monotonic_ns() >= due_ns)
            frame_seal(reporter);
        else
            wait_until(reporter, due_ns);
    }
}

static void
send_frames(struct reporter *reporter)
{
    struct frame *frame;

    pthread_mutex_lock(&reporter->lock);
    while ((frame = next_frame(reporter)) != NULL) {
        /* Users do not touch the frame until `sending` moves on. */
        pthread_mutex_unlock(&reporter->lock);
        send_frame(reporter, &frame->text);
        pthread_mutex_lock(&reporter->lock);
        buffer_reset(&frame->text);
        frame->messages = 0;
        reporter->sending++;
        /* While frames are free nobody waits. */
        if (reporter->filling - reporter->sending == FRAMES - 1)
            gate_knock(reporter->loop, &reporter->freed);
    }
    pthread_mutex_unlock(&reporter->lock);
}

/* The times of requests do not tell of it, but fewer were made than there could be. */
static void
complain_of_host(const struct reporter *reporter)
{
    enum { WORTH_TELLING = 10 };
    int64_t all_ns = (clock_monotonic_ns() - reporter->opened_ns) * reporter->users;
    int percent = (int)(reporter->blocked_ns * 100 / (all_ns > 0 ? all_ns : 1));

    if (percent >= WORTH_TELLING)
        fprintf(stderr, "loads-c-runner: users spent %d %% of their time waiting for the host to take reports\n",
                percent);
}

static void
send_end(struct reporter *reporter)
{
    struct buffer text;

    if (!reporter->envelope.has_additions)
        return;
    buffer_init(&text, MESSAGE_SIZE_LIMIT);
    pthread_mutex_lock(&reporter->lock);
    message_add_end(&text, &reporter->envelope, reporter->seq + 1, reporter->seq,
                    reporter->blocked_ns / NS_PER_US);
    complain_of_host(reporter);
    pthread_mutex_unlock(&reporter->lock);
    send_frame(reporter, &text);
    buffer_clear(&text);
}

static void *
sender_run(void *argument)
{
    struct reporter *reporter = argument;

    send_frames(reporter);
    send_end(reporter);
    if (uplink_close(reporter->uplink, reporter->is_undelivered ? 0 : reporter->deadline_ns) < 0)
        reporter->is_undelivered = true;
    atomic_store(&reporter->is_done, true);
    eventfd_write(reporter->wake_fd, 1);
    return NULL;
}

static void
reporter_free(struct reporter *reporter)
{
    for (size_t i = 0; i < FRAMES; i++)
        buffer_clear(&reporter->frames[i].text);
    pthread_cond_destroy(&reporter->filled);
    gate_close(reporter->loop, &reporter->freed);
    pthread_mutex_destroy(&reporter->lock);
    envelope_clear(&reporter->envelope);
    free(reporter);
}

struct reporter *
reporter_open(const struct settings *settings, struct loop *loop, int wake_fd, struct err *err)
{
    struct reporter *reporter = xcalloc(1, sizeof *reporter);
    pthread_condattr_t monotonic;
    int code;

    envelope_init(&reporter->envelope, settings);
    reporter->frame_messages = reporter->envelope.has_additions ? FRAME_MESSAGES : 1;
    reporter->users = settings->process_users;
    reporter->opened_ns = clock_monotonic_ns();
    reporter->wake_fd = wake_fd;
    reporter->loop = loop;
    reporter->until_ns = LOOP_FOREVER;
    if (settings->hits == 0)
        reporter->until_ns = reporter->opened_ns + (int64_t)(settings->duration_s * NS_PER_S);
    pthread_mutex_init(&reporter->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&reporter->filled, &monotonic);
    gate_open(loop, &reporter->freed);
    pthread_condattr_destroy(&monotonic);
    for (size_t i = 0; i < FRAMES; i++)
        buffer_init(&reporter->frames[i].text, FRAME_SIZE_LIMIT);
    reporter->uplink = uplink_open(settings->receiver, err);
    if (reporter->uplink == NULL)
        goto fail;
    code = pthread_create(&reporter->sender, NULL, sender_run, reporter);
    if (code != 0) {
        err_set(err, "cannot start a thread: %s", strerror(code));
        uplink_close(reporter->uplink, 0);
        goto fail;
    }
    return reporter;

fail:
    reporter_free(reporter);
    return NULL;
}

struct listener
reporter_listener(struct reporter *reporter)
{
    return (struct listener){ .context = reporter, .tell = tell };
}

void
reporter_finish(struct reporter *reporter)
{
    pthread_mutex_lock(&reporter->lock);
    begin_to_finish(reporter, clock_monotonic_ns() + FINISH_NS);
    pthread_mutex_unlock(&reporter->lock);
}

bool
reporter_is_done(struct reporter *reporter)
{
    return atomic_load(&reporter->is_done);
}

int
reporter_close(struct reporter *reporter, struct err *err)
{
    bool is_undelivered;

    pthread_join(reporter->sender, NULL);
    is_undelivered = reporter->is_undelivered;
    reporter_free(reporter);
    if (is_undelivered)
        return err_set(err, "the host did not take all messages within %d s", (int)(FINISH_NS / NS_PER_S));
    return 0;
}
