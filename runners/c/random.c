/* SPDX-License-Identifier: Apache-2.0 */
/* xoshiro256** (Blackman and Vigna, 2018), started by SipHash. */
#include "random.h"

struct siphash_key
seed_key(const char *seed)
{
    static const struct siphash_key one = { 1, 0 }, two = { 2, 0 };

    return (struct siphash_key){ .k0 = siphash(&one, slice_of(seed)), .k1 = siphash(&two, slice_of(seed)) };
}

void
random_start(struct random *random, const struct siphash_key *seed, uint32_t user, uint64_t first_turn)
{
    for (uint64_t i = 0; i < 4; i++) {
        const uint64_t words[] = { user, first_turn, i };

        random->state[i] = siphash(seed, (struct slice){ (const char *)words, sizeof words });
    }
    random->state[3] |= 1; /* all zero would stay so */
}

static inline uint64_t
rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

uint64_t
random_next(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t
random_below(struct random *random, uint64_t limit)
{
    /* Numbers of the last round that is not whole would favour the small ones. */
    uint64_t uneven = -limit % limit;
    uint64_t drawn;

    do
        drawn = random_next(random);
    while (drawn < uneven);
    return drawn % limit;
}

double
random_double(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}
