/* SPDX-License-Identifier: Apache-2.0 */
/* Events as messages of the runner protocol. */
#ifndef C_RUNNER_MESSAGE_H
#define C_RUNNER_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "event.h"
#include "settings.h"

enum {
    MESSAGE_SIZE_LIMIT = 128 * 1024,  /* no message that message_add writes is longer */
    MESSAGE_TEXT_LIMIT = 2048,        /* texts are cut: a name of a request, an error, a traceback */
    MESSAGE_SUBJECT_SIZE = 256,       /* longer ones are written anew each time */
    MESSAGE_FOREIGN_LIMIT = 96 * 1024 /* the caller's promise: members of a foreign message */
};

/* What all messages of this process have in common. */
struct envelope {
    char *text;         /* `"agent_id":"...","run_id":"...","hostname":"..."` */
    size_t length;      /* of the text */
    uint32_t users;     /* of the cycle */
    uint64_t hits;      /* of each user; 0: by duration */
    bool has_additions; /* the host understands seq, runnerEnd, metrics, arrays ... */
    /* What tells test and user, as last written: several messages in a row are of one. */
    struct {
        const char *test;
        uint32_t user;
        uint64_t iteration;
        size_t length; /* 0: none */
        char text[MESSAGE_SUBJECT_SIZE];
    } subject;
    /* The last date written, kept because its second serves for many messages. */
    int64_t second_unix_ns;
    char second[CLOCK_RFC3339_SIZE];
};

void envelope_init(struct envelope *envelope, const struct settings *settings);
void envelope_clear(struct envelope *envelope);

/* Whether the host knows this type of event. */
bool message_is_known(const struct envelope *envelope, const struct event *event);
/* Adds the event as a JSON object. `seq` 0: it goes behind another one in an array,
 * which tells who sends it, and its number by its place. */
void message_add(struct buffer *out, struct envelope *envelope, const struct event *event,
                 uint64_t seq);
/* The last message: how many came before, and how long users waited for the host. */
void message_add_end(struct buffer *out, const struct envelope *envelope, uint64_t seq, uint64_t sent,
                     int64_t blocked_us);

#endif
