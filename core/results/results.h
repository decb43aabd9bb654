/* SPDX-License-Identifier: Apache-2.0 */
/* What a run has measured so far. The receiver counts messages into an interval
 * (one second of arrivals); results are the sum of intervals, and a timeline.
 * All of it is bounded, and merging is exact and independent of the order. */
#ifndef RESULTS_RESULTS_H
#define RESULTS_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "protocol/message.h"

/* Above these the rest goes to RESULTS_OTHER, with exact sums, and the result says so. */
enum {
    RESULTS_TARGETS_LIMIT = 10000, /* of a plan; a longer one is refused */
    RESULTS_NAMES_LIMIT = 10000,
    RESULTS_TESTS_LIMIT = 10000,
    RESULTS_ERRORS_LIMIT = 1000,   /* different error texts */
    RESULTS_COUNTERS_LIMIT = 1000, /* counters and metrics, each */
};
#define RESULTS_OTHER "(other)"

/* Texts that are longer keep a prefix; those that group, a hash of the whole as well. */
enum {
    RESULTS_KEY_LIMIT = 512,        /* bytes of a name */
    RESULTS_MESSAGE_LIMIT = 2048,   /* of an error's message */
    RESULTS_TRACEBACK_LIMIT = 8192,
};

/* Above either the timeline's neighbours merge and its step doubles. */
enum { RESULTS_SLOTS_LIMIT = 4096 };
#define RESULTS_TIMELINE_MEMORY ((size_t)32 * 1024 * 1024)

/* Names, tests, errors, counters and their distributions, in bytes: of the results,
 * and of an interval. A run has results and at most four intervals: with the
 * timeline, and the few MiB of what is there once, they stay below
 * RESULTS_MEMORY_LIMIT. */
#define RESULTS_TABLES_MEMORY ((size_t)88 * 1024 * 1024)
#define RESULTS_INTERVAL_MEMORY ((size_t)32 * 1024 * 1024)
#define RESULTS_MEMORY_LIMIT ((size_t)256 * 1024 * 1024)

/* How messages ended: received = counted + malformed + unknown + duplicate. */
struct account {
    uint64_t received, counted, unknown, duplicate;
    uint64_t rejected[REJECT_COUNT]; /* their sum is `malformed` */
    uint64_t unnumbered;             /* counted ones without seq: loss is not detectable */
    uint64_t lost;                   /* sent by runners that number, and never received */
};
uint64_t account_malformed(const struct account *account);

struct interval; /* one second of arrivals */

struct interval *interval_new(bool keep_query);
void interval_free(struct interval *interval);
/* Empties it for the next second. It keeps its memory, up to half of its budget. */
void interval_reset(struct interval *interval, uint32_t second);
/* The second since the run began that it counts: slots go by arrival. */
uint32_t interval_second(const struct interval *interval);
/* Counts one message of target number `target`. Allocates nothing once the
 * message's name, test and histogram blocks have been seen. */
void interval_add(struct interval *interval, const struct message *message, uint32_t target);
/* When a message of the target came, since the run began. */
void interval_note_arrival(struct interval *interval, uint32_t target, int64_t received_us);
/* The receiver writes the account itself; `lost` is set only at the end. */
struct account *interval_account(struct interval *interval);
/* Users running in this second; the largest value counts. */
void interval_set_users(struct interval *interval, uint32_t users);
/* Bytes held in all. */
size_t interval_memory(const struct interval *interval);

struct results;

struct results *results_new(void);
void results_free(struct results *results);
void results_merge_interval(struct results *results, const struct interval *interval);
/* Adds other results of the same run. */
void results_merge(struct results *into, const struct results *from);
/* Adds results of another run, as if both had begun at the same time: users add up.
 * Its target number i is number targets[i] here, and its
 * tests are counted with those of target tests[i]. Which run an error came in first or
 * a gauge last does not matter: of two tracebacks the first in the order of bytes is
 * kept, of two last values the larger one, whatever the order of merging. */
void results_merge_run(struct results *into, const struct results *from, const uint32_t *targets,
                       const uint32_t *tests);
struct account *results_account(struct results *results);
/* Bytes held in all. */
size_t results_memory(const struct results *results);

/* Sums, for progress and for the verdict. Fills what is measured; elapsed_us,
 * planned_us, planned_tests, users, cycle and cycles are the run's to fill. */
void results_totals(const struct results *results, struct loads_totals *totals);

/* Whether a test has failed or had an error, and the first target of the plan with
 * such a test. */
bool results_has_complained(const struct results *results, uint32_t *target);

/* One target of the plan, for the document. */
struct document_target {
    const char *run_id;  /* of the run that it belongs to, in a merged result; else NULL */
    const char *name;    /* as typed: "shop.c:test_home" */
    const char *runner;  /* "c", "js", "external", ... */
    size_t cycle_count;
    struct document_cycle {
        uint32_t users;
        uint64_t hits;      /* per user; 0: by duration */
        double duration_s;  /* 0: by hits */
    } *cycles;
};

struct document_verdict {
    const char *status; /* "pass", "fail" or "invalid" */
    int exit_code;
    const char *const *reasons;
    size_t reason_count;
};

/* One of the runs of a merged result. */
struct document_run {
    const char *run_id, *project, *label, *version; /* project and label may be NULL */
    int64_t started_unix_ns, duration_ns;
    struct document_verdict verdict;
};

/* What the document says beside the measured figures. All strings are borrowed. */
struct document_info {
    const char *run_id, *project, *label, *version; /* project and label may be NULL */
    int64_t started_unix_ns, duration_ns;
    const struct document_target *targets;
    size_t target_count;
    const struct document_run *runs; /* of a merged result, else none */
    size_t run_count;
    struct document_verdict verdict;
};

/* Writes the result document, schema loads-result/1 (docs/result-schema.json). */
void results_document(const struct results *results, const struct document_info *info,
                      struct buffer *out);
/* Only its first members, up to and with the plan: what plugins get at open(). */
void results_document_head(const struct document_info *info, struct buffer *out);

#endif
