/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded messages, as tests need them: what is not named is not told. */
#ifndef TESTS_MESSAGES_H
#define TESTS_MESSAGES_H

#include "protocol/message.h"

static inline struct message
a_hit(const char *method, const char *url, int status, int64_t elapsed_us)
{
    return (struct message){
        .type = LOADS_HIT,
        .agent_id = SLICE("1"),
        .as.hit = { .url = slice_of(url), .method = slice_of(method), .status = status,
                    .elapsed_us = elapsed_us, .dns_us = -1, .connect_us = -1, .tls_us = -1,
                    .ttfb_us = -1, .bytes_in = -1, .bytes_out = -1 },
    };
}

static inline struct message
a_lost_hit(const char *method, const char *url, const char *error)
{
    struct message message = a_hit(method, url, 0, 0);

    message.as.hit.error = slice_of(error);
    return message;
}

static inline struct message
a_test(enum loads_event_type type, const char *name)
{
    return (struct message){ .type = type, .agent_id = SLICE("1"),
                             .as.test = { .name = slice_of(name), .elapsed_us = -1 } };
}

static inline struct message
a_test_stop(const char *name, int64_t elapsed_us)
{
    struct message message = a_test(LOADS_TEST_STOP, name);

    message.as.test.elapsed_us = elapsed_us;
    return message;
}

static inline struct message
a_test_problem(enum loads_event_type type, const char *name, const char *class_name, const char *text,
               const char *traceback)
{
    struct message message = a_test(type, name);

    message.as.test.class_name = slice_of(class_name);
    message.as.test.message = slice_of(text);
    message.as.test.traceback = slice_of(traceback);
    return message;
}

static inline struct message
a_socket(enum loads_event_type type, uint64_t bytes)
{
    return (struct message){ .type = type, .agent_id = SLICE("1"), .as.socket = { .bytes = bytes } };
}

static inline struct message
a_counter(const char *name, double value)
{
    return (struct message){ .type = LOADS_COUNTER, .agent_id = SLICE("1"),
                             .as.metric = { .name = slice_of(name), .value = value,
                                            .kind = LOADS_METRIC_COUNTER } };
}

static inline struct message
a_metric(enum loads_metric_kind kind, const char *name, double value)
{
    struct message message = a_counter(name, value);

    message.type = LOADS_METRIC;
    message.as.metric.kind = kind;
    return message;
}

#endif
