/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4, after the paper of Aumasson and Bernstein. */
#include "results/siphash.h"

#include <endian.h>
#include <string.h>

struct state {
    uint64_t a, b, c, d;
};

static inline uint64_t
rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void
rounds(struct state *state, int count)
{
    while (count-- > 0) {
        state->a += state->b;
        state->c += state->d;
        state->b = rotate(state->b, 13) ^ state->a;
        state->d = rotate(state->d, 16) ^ state->c;
        state->a = rotate(state->a, 32);
        state->c += state->b;
        state->a += state->d;
        state->b = rotate(state->b, 17) ^ state->c;
        state->d = rotate(state->d, 21) ^ state->a;
        state->c = rotate(state->c, 32);
    }
}

static inline void
absorb(struct state *state, uint64_t word)
{
    state->d ^= word;
    rounds(state, 2);
    state->a ^= word;
}

uint64_t
siphash(const struct siphash_key *key, struct slice text)
{
    struct state state = {
        .a = key->words[0] ^ UINT64_C(0x736F6D6570736575),
        .b = key->words[1] ^ UINT64_C(0x646F72616E646F6D),
        .c = key->words[0] ^ UINT64_C(0x6C7967656E657261),
        .d = key->words[1] ^ UINT64_C(0x7465646279746573),
    };
    size_t whole = text.length & ~(size_t)7;
    uint64_t word, last = (uint64_t)text.length << 56;

    for (size_t at = 0; at < whole; at += sizeof word) {
        memcpy(&word, text.data + at, sizeof word);
        absorb(&state, le64toh(word));
    }
    for (size_t at = whole; at < text.length; at++)
        last |= (uint64_t)(unsigned char)text.data[at] << 8 * (at - whole);
    absorb(&state, last);
    state.c ^= 0xFF;
    rounds(&state, 4);
    return state.a ^ state.b ^ state.c ^ state.d;
}
