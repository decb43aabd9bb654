/* SPDX-License-Identifier: Apache-2.0 */
/* A user: runs the program, hands on what it says, and judges how it ended. */
#ifndef BRIDGE_USER_H
#define BRIDGE_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "bridge.h"
#include "environment.h"
#include "line.h"
#include "program.h"
#include "run/tail.h"
#include "splitter.h"

enum user_stop {
    USER_GOES_ON,
    USER_TIME_IS_OVER, /* its program ran for too long */
    USER_IS_STOPPED,   /* somebody does not want the rest */
};

struct user {
    const struct bridge_setup *setup; /* borrowed */
    const char *test;                 /* borrowed: what its test is called */
    uint32_t number;
    uint64_t iteration;
    struct environment environment;
    struct line_reader reader;
    char *socket_path;
    struct watch socket; /* datagrams with a message in each; fd -1: not open */
    char *datagram;      /* SPLITTER_LINE_LIMIT bytes */
    struct program program;
    enum user_stop stop;   /* why its program was told to end */
    const bool *is_stopping; /* whether we have been told to end */
    struct splitter lines; /* of its stdout */
    struct tail output;    /* what was no message, and stderr */
    struct told {          /* by the program itself, in this run */
        bool hit, test, outcome, trouble;
        struct err broken; /* the first message that is none; "": all are fine */
    } told;
};

/* `decoder` is borrowed, for one user at a time, and `is_stopping`. */
int user_init(struct user *user, const struct bridge_setup *setup, struct decoder *decoder, const char *test,
              uint32_t number, const bool *is_stopping, struct err *err);
void user_clear(struct user *user);

/* One run of the program. Inside a task. */
void user_run(struct user *user);

/* Asks the program that runs now to end, or kills it. For another task. */
void user_end_program(struct user *user, enum user_stop why, int signal_number);

#endif
