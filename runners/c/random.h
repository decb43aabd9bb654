/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers that a seed repeats: the same seed, user and turn give the same
 * numbers, whatever other users do. */
#ifndef C_RUNNER_RANDOM_H
#define C_RUNNER_RANDOM_H

#include <stdint.h>

#include "base/siphash.h"

struct random {
    uint64_t state[4];
};

/* Any text is a seed. */
struct siphash_key seed_key(const char *seed);

/* `first_turn`: the iteration that the user starts with. */
void random_start(struct random *random, const struct siphash_key *seed, uint32_t user, uint64_t first_turn);

uint64_t random_next(struct random *random);
/* Each of 0 to limit - 1 is as likely; `limit` is not 0. */
uint64_t random_below(struct random *random, uint64_t limit);
/* From 0 up to, but not, 1. */
double random_double(struct random *random);

#endif
