/* SPDX-License-Identifier: Apache-2.0 */
/* One user: what <loads/test.h> calls struct loads_test. Runs tests one at a
 * time, in the task of the loop that calls. */
#ifndef C_RUNNER_USER_H
#define C_RUNNER_USER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include <loads/test.h>

#include "event.h"
#include "library.h"
#include "random.h"
#include "session.h"
#include "sockets.h"

enum { USER_MEMORY_LIMIT = 64 * 1024 * 1024 }; /* of loads_alloc, in one test */

struct allocation;

/* What every test and request touch comes first. */
struct loads_test {
    _Alignas(64) uint32_t number; /* from 1, in the whole run */
    bool is_in_hook;
    uint64_t iteration; /* from 1 */
    const char *test;   /* the one that runs; NULL: none */
    struct listener listener;
    const struct network *network;
    enum event_type outcome;        /* EVENT_SUCCESS until proven otherwise */
    struct allocation *allocations; /* of the test that runs */
    size_t allocated;
    struct sockets sockets;
    jmp_buf end;        /* where a test that is over goes */
    struct session session;
    const char *server_url;
    void *data;         /* the test's own */
    struct random random;
    uint64_t row;       /* of the rows, for tests with parameters */
    struct allocation *kept; /* of set-up: as long as the user */
    struct patched *patched; /* of patch.h */
    struct problem problem;
};

/* `network` and `server_url` are borrowed; the latter may be NULL. */
void user_init(struct loads_test *user, uint32_t number, const struct network *network,
               const char *server_url, struct listener listener);
void user_clear(struct loads_test *user);

/* In its task: a request that did not go through the session. */
void user_tell_hit(struct loads_test *user, const struct hit *hit);

/* Runs the test once and tells the listener how it went. */
void user_run(struct loads_test *user, const struct test *test);

/* Runs the user's set-up or tear-down, which may be missing; false: it failed,
 * which the listener is told as it is of a test. What it allocates is kept until
 * user_clear. */
bool user_run_hook(struct loads_test *user, const struct test *hook);

/* Ends the test that runs. EVENT_FAILURE or EVENT_ERROR. */
_Noreturn void user_end_test(struct loads_test *user, enum event_type outcome, const char *class_name,
                             const char *file, int line, const char *fmt, ...) PRINTF_LIKE(6, 7);
_Noreturn void user_end_test_va(struct loads_test *user, enum event_type outcome, const char *class_name,
                                const char *file, int line, const char *fmt, va_list args)
    PRINTF_LIKE(6, 0);

#endif
