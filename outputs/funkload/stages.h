/* SPDX-License-Identifier: Apache-2.0 */
/* Where a message belongs: which cycle of FunkLoad, which of its users. A cycle
 * there is a stage of ours: the i-th cycle of every target of the plan, which run
 * at the same time. */
#ifndef OUTPUTS_FUNKLOAD_STAGES_H
#define OUTPUTS_FUNKLOAD_STAGES_H

#include <jansson.h>
#include <loads/plugin.h>
#include <stdbool.h>
#include <stdint.h>

/* What is known of a user in a stage, and of the test that it runs. */
struct visit {
    uint64_t agent; /* hash of its id */
    size_t stage;
    uint64_t starts;             /* tests started in this stage */
    int64_t first_hit_unix_us;   /* of the stage, by the runner's clock; 0: none yet */
    struct {
        int64_t started_us;      /* since the run began */
        int64_t first_hit_unix_us, last_answer_unix_us;
        uint32_t requests, pages;
        bool is_judged;          /* an outcome has come */
    } test;
};

struct place {
    size_t stage;
    uint64_t users, thread; /* of all targets; thread 0: not told which */
    struct visit *visit;    /* until the next call */
};

struct stages;

/* `plan` is that of the result document. */
struct stages *stages_new(const json_t *plan);
void stages_free(struct stages *stages);

/* For each event, in the order of arrival. */
struct place stages_place(struct stages *stages, const struct loads_event *event);

/* For each hit, behind stages_place: when it began by the runner's clock, and how
 * long it took. Messages may come late and many at once; this tells the time that
 * really passed. */
void stages_note_hit(struct stages *stages, struct visit *visit, int64_t began_unix_us, int64_t elapsed_us);

size_t stages_count(const struct stages *stages);
uint64_t stages_users(const struct stages *stages, size_t stage);
/* The length of the longest stage: as planned, or, where it was by hits, from its
 * first event to its last, by whatever clock tells the longer time. None is longer than `run_us`. */
int64_t stages_longest_us(const struct stages *stages, int64_t run_us);

#endif
