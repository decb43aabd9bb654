/* SPDX-License-Identifier: Apache-2.0 */
/* What stands around the messages in a file that output "file" wrote: the header
 * with the run's identity and plan, the trailer with the account and verdict.
 * docs/reference/outputs.md describes the format. */
#ifndef PROTOCOL_RECORDING_H
#define PROTOCOL_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "results/results.h"

/* How lines begin, written by nobody else: a header, a trailer, a message. */
#define RECORDING_HEAD_PREFIX "{\"loads\":\"file/1\""
#define RECORDING_END_PREFIX "{\"loads\":\"end\""
#define RECORDING_MESSAGE_PREFIX "{\"received_us\":"

struct recording_head {
    struct document_info info; /* its strings and targets belong to the head */
    const char **target_names;
    void *json; /* keeps the strings */
};

/* Reads a header line. On failure nothing needs to be cleared. */
int recording_head_parse(struct recording_head *head, struct slice line, struct err *err);
void recording_head_clear(struct recording_head *head);

struct recording_end {
    struct account account;
    int64_t duration_ns;
    const char *verdict_status;
    int exit_code;
    const char **reasons;
    size_t reason_count;
    uint32_t seconds; /* that the timeline spans */
    struct recording_users {
        uint32_t second, users; /* from this second on */
    } *users;
    size_t user_count;
    void *json;
};

int recording_end_parse(struct recording_end *end, struct slice line, struct err *err);
void recording_end_clear(struct recording_end *end);

/* Splits a message line into when and from which target it came, and the message
 * itself as a JSON object, its names as they came. It is put together in place:
 * `line` is changed. */
int recording_message_parse(char *line, size_t length, int64_t *received_us, uint32_t *target,
                            struct slice *message, struct err *err);

#endif
