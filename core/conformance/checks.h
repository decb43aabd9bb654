/* SPDX-License-Identifier: Apache-2.0 */
/* A grade, and what is checked of one scene, which several rows share. */
#ifndef CONFORMANCE_CHECKS_H
#define CONFORMANCE_CHECKS_H

#include "conformance/scenario.h"

enum result { RESULT_PASS, RESULT_FAIL, RESULT_NOT_USED, RESULT_COUNT };
extern const char *const result_names[RESULT_COUNT];

struct grade {
    enum result result;
    char seen[400];
};

/* What failed first stays. */
void grade_set(struct grade *grade, enum result result, const char *fmt, ...) PRINTF_LIKE(3, 4);

#define PASS(grade, ...) grade_set(grade, RESULT_PASS, __VA_ARGS__)
#define FAIL(grade, ...) grade_set(grade, RESULT_FAIL, __VA_ARGS__)
#define NOT_USED(grade, ...) grade_set(grade, RESULT_NOT_USED, __VA_ARGS__)

double seconds(int64_t ns);

/* Each fails the grade when something is wrong, and leaves it alone otherwise. */

/* Each test of each user as often as was asked; a user who did nothing at all is
 * check_users' affair. */
void check_hits(const struct scene *scene, struct grade *grade);
void check_users(const struct scene *scene, struct grade *grade);
void check_tests(const struct scene *scene, struct grade *grade);
/* Of those that number; returns how many messages were numbered. */
uint64_t check_numbers(const struct scene *scene, struct grade *grade);
/* Of those that send runnerEnd; returns how many did. */
uint64_t check_ends(const struct scene *scene, struct grade *grade);
/* How the processes ended that nobody had told to. */
void check_exits(const struct scene *scene, struct grade *grade);
void check_in_time(const struct scene *scene, struct grade *grade);
/* All that there is to say about a run by hits. */
void check_whole(const struct scene *scene, struct grade *grade);

#endif
