/* SPDX-License-Identifier: Apache-2.0 */
/* What happens while a user runs a test, and who is told: the reporter under the
 * host, TAP without one. */
#ifndef C_RUNNER_EVENT_H
#define C_RUNNER_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_type {
    EVENT_TEST_START,
    EVENT_TEST_STOP,
    EVENT_SUCCESS,
    EVENT_FAILURE,
    EVENT_ERROR,
    EVENT_HIT,
    EVENT_COUNTER,
    EVENT_GAUGE,
    EVENT_RATE,
    EVENT_TREND,
    EVENT_SOCKET_OPEN,
    EVENT_SOCKET_CLOSE,
    EVENT_SOCKET_MESSAGE,
    EVENT_FOREIGN, /* a message that another program wrote */
};

/* One request. Times that are not known are -1. */
struct hit {
    const char *url, *method;
    const char *name;  /* NULL: none was given */
    const char *error; /* NULL: there was an answer */
    int status;        /* 0: no answer */
    int64_t started_unix_ns, elapsed_us;
    int64_t dns_us, connect_us, tls_us; /* how long each phase took; -1 on an open connection */
    int64_t ttfb_us;                    /* since the start */
    int64_t bytes_in, bytes_out;
};

/* Why a test did not succeed. */
struct problem {
    const char *class_name; /* one word */
    const char *file;       /* NULL: not known */
    int line;
    const char *traceback; /* NULL: file and line are all that is known */
    char message[1024];
};

/* A message of another program, without its envelope. */
struct foreign_message {
    const char *members; /* `"data_type":"incr_counter","name":"carts"`: one or more */
    size_t length;
    bool has_status; /* is one of them loads_status? */
};

struct event {
    enum event_type type;
    /* NULL: not known, of a hit only. Lives as long as the process: one address, one test. */
    const char *test;
    uint32_t user;
    uint64_t iteration;
    bool is_hook; /* `test` is a user's set-up or tear-down, of which only problems are told */
    union {
        int64_t elapsed_us;            /* EVENT_TEST_STOP */
        const struct problem *problem; /* EVENT_FAILURE, EVENT_ERROR */
        const struct hit *hit;
        uint64_t socket_bytes;         /* EVENT_SOCKET_MESSAGE: of what was received */
        struct { const char *name; double value; } metric;
        const struct foreign_message *foreign;
    } as;
};

/* `tell` is called from tasks of one loop and may wait in them; all that it is
 * handed is valid until it returns. */
struct listener {
    void *context;
    void (*tell)(void *context, const struct event *event);
};

#endif
