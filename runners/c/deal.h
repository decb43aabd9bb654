/* SPDX-License-Identifier: Apache-2.0 */
/* Which row a user gets when. Nothing is remembered and nobody is asked: every
 * process of a run finds the same answer. */
#ifndef C_RUNNER_DEAL_H
#define C_RUNNER_DEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/siphash.h"

enum deal_order { DEAL_SEQUENTIAL, DEAL_RANDOM, DEAL_SHUFFLED, DEAL_ONCE };

/* As --data-order names it. */
int deal_order_parse(enum deal_order *order, const char *text, struct err *err);

struct deal {
    enum deal_order order;
    bool is_unique; /* no two users ever get the same row */
    uint64_t rows;  /* at least 1; at least `users` when unique */
    uint32_t users; /* of the cycle, in all processes */
    struct siphash_key seed;
};

#define DEAL_NONE UINT64_MAX /* no row is left */

/* The row (from 0) of the user's turn; both count from 1.
 *
 * Rows are dealt like cards: in turn k user u gets the card number
 * (k - 1) * users + u - 1. Sequential and once take the card as the row, and when
 * they are used up sequential begins again and once ends. Shuffled does as
 * sequential with a new shuffle for each time through. Random draws. When unique,
 * user u owns the rows u - 1, u - 1 + users, ... and the same is done with these
 * alone. */
uint64_t deal_row(const struct deal *deal, uint32_t user, uint64_t turn);

#endif
