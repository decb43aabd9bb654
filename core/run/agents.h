/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of each runner process by its agent id: which sequence numbers
 * came, which tests are open, what it reported. Owned by whoever feeds the
 * intake: the receiver thread, or a replay. */
#ifndef RUN_AGENTS_H
#define RUN_AGENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "run/sequence.h"

enum {
    AGENTS_NUMBER_LIMIT = 10000000, /* processes of one run */
    AGENTS_FOREIGN_LIMIT = 4096,    /* agent ids that are not ours; beyond, they count as unnumbered */
    AGENTS_OPEN_TESTS_LIMIT = 16,   /* open tests of one process whose start is kept */
};

struct agent {
    struct sequence sequence;
    uint64_t sent;       /* what runnerEnd announced; 0: not yet */
    bool is_numbered;    /* it has sent a seq */
    bool has_complained; /* it reported a failure or an error */
    bool has_ended;      /* it sent runnerEnd */
    bool is_own;     /* one of our processes, or started by one */
    uint32_t target; /* if is_own */
    struct open_test {
        uint32_t user; /* + 1; 0: free */
        int64_t started_us;
    } open_tests[AGENTS_OPEN_TESTS_LIMIT];
};

struct agents;

/* Our processes are named PREFIX.N with N from 1; PREFIX.N/ANYTHING is a program
 * that process N started, with an account of its own: a foreign id of that cycle. */
struct agents *agents_new(const char *prefix);
void agents_free(struct agents *agents);

/* Process `number` of target `target` is about to start. An id with a number
 * that was not issued is foreign. */
void agents_issue(struct agents *agents, uint32_t number, uint32_t target);
/* Every number is ours: for replays. */
void agents_issue_all(struct agents *agents);

/* The cycles of all processes below `first` are over: their messages are stale.
 * Adds what they are missing to the total. */
void agents_retire(struct agents *agents, uint32_t first);
/* Messages that numbering processes sent and that never came; retire all first. */
uint64_t agents_lost(const struct agents *agents);

enum agents_find { AGENTS_FOUND, AGENTS_STALE, AGENTS_UNKNOWN };

/* The record of an agent id, made when it is new. UNKNOWN: it has none, since
 * the id is empty or the limit is reached. */
enum agents_find agents_find(struct agents *agents, struct slice agent_id, struct agent **agent);

/* Whether process N reported a failure or an error, and whether it sent runnerEnd;
 * also after it retired. */
bool agents_has_complained(const struct agents *agents, uint32_t number);
bool agents_has_ended(const struct agents *agents, uint32_t number);

/* A test began or ended without saying how long it took: arrival decides.
 * agent_test_stop returns -1 when the start is not known. */
void agent_test_start(struct agent *agent, uint32_t user, int64_t received_us);
int64_t agent_test_stop(struct agent *agent, uint32_t user, int64_t received_us);

#endif
