/* SPDX-License-Identifier: Apache-2.0 */
/* Deals rows. A shuffle is a permutation that is computed for one card at a time. */
#include "deal.h"

#include <stddef.h>
#include <string.h>

enum { FEISTEL_ROUNDS = 6 };

int
deal_order_parse(enum deal_order *order, const char *text, struct err *err)
{
    static const char *const names[] = {
        [DEAL_SEQUENTIAL] = "sequential", [DEAL_RANDOM] = "random", [DEAL_SHUFFLED] = "shuffled",
        [DEAL_ONCE] = "once",
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0) {
            *order = (enum deal_order)i;
            return 0;
        }
    return err_set(err, "--data-order %.60s: expected sequential, random, shuffled or once", text);
}

/* Where a card of a stack of `count` lies after shuffle number `pass`. A Feistel
 * network permutes the next power of four; what falls outside is shuffled on. */
static uint64_t
shuffled(const struct siphash_key *seed, const uint64_t pass[2], uint64_t count, uint64_t card)
{
    int half = 0;
    uint64_t mask;

    while (half < 31 && UINT64_C(1) << (2 * half) < count)
        half++;
    mask = (UINT64_C(1) << half) - 1;
    do {
        uint64_t left = card >> half, right = card & mask;

        for (uint64_t round = 0; round < FEISTEL_ROUNDS; round++) {
            const uint64_t words[] = { pass[0], pass[1], round, right };
            uint64_t mixed = siphash(seed, (struct slice){ (const char *)words, sizeof words });
            uint64_t next = left ^ (mixed & mask);

            left = right;
            right = next;
        }
        card = left << half | right;
    } while (card >= count);
    return card;
}

static uint64_t
drawn(const struct deal *deal, uint32_t user, uint64_t turn, uint64_t count)
{
    const uint64_t words[] = { user, turn };

    return siphash(&deal->seed, (struct slice){ (const char *)words, sizeof words }) % count;
}

/* The card of a stack of `count` of which `dealt` are gone. `owner` is 0 for the
 * stack of all, else the user whose own it is. */
static uint64_t
pick(const struct deal *deal, uint32_t owner, uint64_t count, uint64_t dealt)
{
    const uint64_t pass[] = { owner, dealt / count };

    if (deal->order == DEAL_ONCE && dealt >= count)
        return DEAL_NONE;
    if (deal->order == DEAL_SHUFFLED)
        return shuffled(&deal->seed, pass, count, dealt % count);
    return dealt % count;
}

uint64_t
deal_row(const struct deal *deal, uint32_t user, uint64_t turn)
{
    uint64_t first = user - 1;
    uint64_t own = deal->is_unique ? (deal->rows - first - 1) / deal->users + 1 : deal->rows;
    uint64_t card;

    if (deal->order == DEAL_RANDOM)
        card = drawn(deal, user, turn, own);
    else if (deal->is_unique)
        card = pick(deal, user, own, turn - 1);
    else
        card = pick(deal, 0, own, (turn - 1) * deal->users + first);
    return deal->is_unique && card != DEAL_NONE ? first + card * deal->users : card;
}
