/* SPDX-License-Identifier: Apache-2.0 */
/* One account per process: opened with the first hit, closed when the process
 * exits. Every hit takes a number, also one that could not be sent, so that the
 * host sees what is missing. Nothing is ever said to the program. */
#include "recorder.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "message.h"
#include "settings.h"
#include "uplink.h"

/* With a host that takes nothing. It gives up an output that holds it up after 10 s:
 * one that is silent for longer does not come back. */
#define PATIENCE_NS (15 * NS_PER_S)

struct recorder {
    pthread_mutex_t lock; /* for all below */
    enum { RECORDER_NEW, RECORDER_OPEN, RECORDER_CLOSED } state;
    struct envelope envelope;
    struct uplink *uplink;
    uint32_t user;
    uint64_t seq;
    int64_t blocked_ns;
    bool has_given_up;
};

/* We are called from the middle of somebody else's program, which has nowhere to
 * keep this for us. */
static struct recorder the_recorder = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void
before_fork(void)
{
    pthread_mutex_lock(&the_recorder.lock);
}

static void
after_fork(void)
{
    pthread_mutex_unlock(&the_recorder.lock);
}

/* The child has neither ZeroMQ's threads nor a right to our numbers. Its copy of
 * the link cannot even be freed. */
static void
begin_anew(void)
{
    the_recorder = (struct recorder){ .lock = PTHREAD_MUTEX_INITIALIZER };
}

/* Programs that a runner starts inherit its agent id, and a forked child that of
 * its parent. The host knows ID/ANYTHING as a process that ID started. */
static char *
own_agent_id(const char *runner)
{
    return xasprintf("%s/%ld-%llx", runner, (long)getpid(), (unsigned long long)clock_wall_unix_ns());
}

static void
open_account(struct recorder *recorder)
{
    const struct arguments none = { .operand = "" };
    struct settings settings;
    struct err err = { 0 };
    char *agent_id;

    recorder->state = RECORDER_CLOSED;
    if (settings_init(&settings, &none, &err) < 0 || settings.receiver == NULL)
        return;
    agent_id = own_agent_id(settings.agent_id);
    settings.agent_id = agent_id;
    recorder->uplink = uplink_open(settings.receiver, &err);
    if (recorder->uplink != NULL) {
        envelope_init(&recorder->envelope, &settings);
        recorder->user = settings.first_user;
        recorder->state = RECORDER_OPEN;
    }
    free(agent_id);
    settings_clear(&settings);
}

static void
send_text(struct recorder *recorder, const struct buffer *text, int64_t patience_ns)
{
    int64_t began_ns = clock_monotonic_ns();
    int result;

    do
        result = uplink_send(recorder->uplink, text->data, text->length);
    while (result > 0 && clock_monotonic_ns() - began_ns < patience_ns);
    recorder->blocked_ns += clock_monotonic_ns() - began_ns;
    if (result != 0)
        recorder->has_given_up = true;
}

static void
send_hit(struct recorder *recorder, const struct hit *hit)
{
    /* Which iteration this is only the program knows: 0. */
    const struct event event = { .type = EVENT_HIT, .user = recorder->user, .as.hit = hit };
    struct buffer text;

    recorder->seq++;
    if (recorder->has_given_up)
        return;
    buffer_init(&text, MESSAGE_SIZE_LIMIT);
    message_add(&text, &recorder->envelope, &event, recorder->seq);
    send_text(recorder, &text, PATIENCE_NS);
    buffer_clear(&text);
}

__attribute__((visibility("default"))) void
recorder_tell(const struct hit *hit)
{
    struct recorder *recorder = &the_recorder;

    pthread_mutex_lock(&recorder->lock);
    if (recorder->state == RECORDER_NEW)
        open_account(recorder);
    if (recorder->state == RECORDER_OPEN)
        send_hit(recorder, hit);
    pthread_mutex_unlock(&recorder->lock);
}

static void
close_account(struct recorder *recorder)
{
    struct buffer text;
    int64_t deadline_ns = clock_monotonic_ns() + PATIENCE_NS;

    if (recorder->envelope.has_additions) {
        buffer_init(&text, MESSAGE_SIZE_LIMIT);
        message_add_end(&text, &recorder->envelope, recorder->seq + 1, recorder->seq,
                        recorder->blocked_ns / NS_PER_US);
        send_text(recorder, &text, recorder->has_given_up ? 0 : PATIENCE_NS);
        buffer_clear(&text);
    }
    uplink_close(recorder->uplink, recorder->has_given_up ? 0 : deadline_ns);
    envelope_clear(&recorder->envelope);
}

__attribute__((constructor)) static void
begin(void)
{
    pthread_atfork(before_fork, after_fork, begin_anew);
}

/* Before libzmq's own end: it is what we depend on. Other threads may still run,
 * and one may have been in recorder_tell when the program called exit(). */
__attribute__((destructor)) static void
end(void)
{
    struct recorder *recorder = &the_recorder;
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_NS / NS_PER_S + 1;
    if (pthread_mutex_timedlock(&recorder->lock, &until) != 0)
        return;
    if (recorder->state == RECORDER_OPEN)
        close_account(recorder);
    recorder->state = RECORDER_CLOSED;
    pthread_mutex_unlock(&recorder->lock);
}
