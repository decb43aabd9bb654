/* SPDX-License-Identifier: Apache-2.0 */
/* One message of the runner protocol, decoded and checked. Both decoders produce
 * it; everything after them reads nothing else. */
#ifndef PROTOCOL_MESSAGE_H
#define PROTOCOL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <loads/plugin.h>

#include "base/slice.h"

/* Limits that hold for everything that a runner sends. */
enum {
    MESSAGE_FRAME_LIMIT = 1024 * 1024, /* bytes of one ZeroMQ frame */
    MESSAGE_DEPTH_LIMIT = 16,          /* arrays and objects in one another, per message */
    MESSAGE_VALUES_LIMIT = 4096,       /* JSON values, per message */
    MESSAGE_KEYS_LIMIT = 256,          /* keys of one object */
    MESSAGE_STRING_LIMIT = 64 * 1024,  /* bytes of one decoded string */
    MESSAGE_BATCH_LIMIT = 65536,       /* messages in one frame */
    MESSAGE_COUNTER_NAME_LIMIT = 256,  /* bytes of a counter's or metric's name */
    MESSAGE_ID_LIMIT = 256,            /* bytes of an agent's or run's id, or a host name */
    MESSAGE_NUMBER_LIMIT = 256,        /* bytes of a number as written */
};
#define MESSAGE_ELAPSED_LIMIT_US (INT64_C(86400) * 1000000) /* one day */
#define MESSAGE_COUNT_LIMIT (INT64_C(1) << 53)              /* of bytes, and of seq: exact in JavaScript too */
#define MESSAGE_CYCLE_LIMIT (INT64_C(1) << 31)              /* of each number in loads_status */

/* What is not told is: an empty slice, -1 for times and bytes. */
struct message {
    enum loads_event_type type;
    struct slice raw; /* this message alone as a JSON object on one line */
    /* What the frame's first message tells for it: members, and a comma, that belong behind
     * the bracket of `raw`; empty when it has an envelope of its own. message_text has both. */
    struct slice envelope;
    struct slice agent_id; /* agent_id, or the older worker_id; numbers as their text */
    struct slice run_id;   /* empty when absent, null or "None" */
    struct slice hostname;
    uint64_t seq; /* from 1; 0: unnumbered */
    struct { uint32_t hits, users, hit, user; } cycle; /* loads_status; all 0: not told */
    union {
        struct {
            struct slice url, name, method, error; /* name is empty unless the runner gave one */
            int status;                            /* 0 to 999; 0: no response */
            int64_t started_unix_us, elapsed_us, dns_us, connect_us, tls_us, ttfb_us;
            int64_t bytes_in, bytes_out;
        } hit;
        struct {
            struct slice name, message, class_name, traceback;
            int64_t elapsed_us; /* stopTest may carry "elapsed" (our addition); -1: not told */
        } test;
        struct { uint64_t bytes; } socket;
        struct {
            struct slice test, name;
            double value; /* finite */
            enum loads_metric_kind kind;
        } metric; /* LOADS_COUNTER (kind is counter) and LOADS_METRIC */
        struct { uint64_t sent; } end; /* LOADS_RUNNER_END */
    } as;
};

/* The message with its whole envelope, on one line: `message_text` writes
 * message_text_length bytes, without a NUL. */
size_t message_text_length(const struct message *message);
void message_text(const struct message *message, char *out);

/* Why a message was not counted. The names are those of the result document's
 * `messages.rejected`. */
enum reject {
    REJECT_JSON,      /* not JSON, duplicate keys, an empty frame */
    REJECT_UTF8,      /* not UTF-8 (also lone surrogates and \u0000) */
    REJECT_TYPE,      /* a member has the wrong JSON type, or a required one is missing */
    REJECT_RANGE,     /* a number, date or name out of its range */
    REJECT_TOO_BIG,   /* past MESSAGE_FRAME_LIMIT, _STRING_ or _BATCH_LIMIT */
    REJECT_DEPTH,     /* past MESSAGE_DEPTH_LIMIT */
    REJECT_VALUES,    /* past MESSAGE_VALUES_LIMIT or MESSAGE_KEYS_LIMIT */
    REJECT_MULTIPART, /* several frames */
    REJECT_STALE,     /* of a foreign run, or of a cycle that is over */
    REJECT_COUNT
};
extern const char *const reject_names[REJECT_COUNT];

#endif
