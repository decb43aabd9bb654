/* SPDX-License-Identifier: Apache-2.0 */
/* What the processes of one scenario said: every frame is decoded as the host
 * does it, and what matters to a grade is kept. Bounded, whatever they send. */
#ifndef CONFORMANCE_LEDGER_H
#define CONFORMANCE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "run/plan.h"
#include "run/sequence.h"

enum {
    LEDGER_SENDERS_LIMIT = 4096, /* agent ids; messages of more are all the last one's */
    LEDGER_TESTS_LIMIT = 1000,   /* tests by process, user and name; so are these */
    LEDGER_NAME_LIMIT = 256,     /* bytes of a test's name; longer ones are cut */
};

/* Something that must not be: how often, and the first of it. */
struct finding {
    uint64_t count;
    char first[200];
};

/* One agent id: a process, or a program that a process started. */
struct sender {
    char *id;
    struct sequence sequence;
    uint64_t messages, numbered, repeated;
    bool has_ended;        /* runnerEnd came */
    bool went_on;          /* and then more */
    uint64_t announced;    /* by runnerEnd: how many came before it */
    uint64_t before_end;   /* how many did */
};

/* One test of one user of one process. */
struct test_account {
    uint32_t process; /* its number */
    uint32_t user;    /* 0: of several users, and it was not told which */
    char *name;
    uint64_t starts, stops, successes, failures, errors;
};

/* A process as the ledger knows it, and which users are its own. */
struct ledger_process {
    uint32_t number, first_user, users;
};

/* All borrowed. */
struct ledger_setup {
    const char *run_id, *agent_prefix;
    const struct plan_cycle *cycle;
    const struct ledger_process *processes;
    size_t process_count;
};

struct ledger {
    struct ledger_setup setup;
    struct decoder *decoder;
    uint64_t messages, bytes;
    uint64_t starts, stops, failures, errors; /* of all tests */
    struct finding invalid;       /* malformed, unknown, not of the protocol */
    struct finding wrong_agent, wrong_run, wrong_status;
    uint64_t run_ids, statuses;   /* messages that tell them */
    struct finding additions;     /* what a host that does not announce them cannot read */
    struct sender *senders;
    size_t sender_count;
    struct test_account *tests;
    size_t test_count;
    int64_t first_ns, last_ns;    /* when messages came; 0: none */
    int64_t now_ns;               /* of the frame at hand */
};

void ledger_init(struct ledger *ledger, const struct ledger_setup *setup);
void ledger_clear(struct ledger *ledger);

/* As a struct connections_sink hands them over. */
void ledger_frame(struct ledger *ledger, struct slice frame, int64_t now_ns);
void ledger_invalid(struct ledger *ledger, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The tests that a user began; 0: of all, when it was not told whose they are.
 * `*is_even`: each of the tests with a name of its own just `hits` times. */
uint64_t ledger_user_starts(const struct ledger *ledger, const struct ledger_process *process,
                            uint32_t user, uint64_t hits, bool *is_even);

#endif
