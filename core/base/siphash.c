/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4. */
#include "base/siphash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"

void
siphash_key_random(struct siphash_key *key)
{
    /* Up to 256 bytes come whole, once the kernel has been seeded. */
    if (getrandom(key, sizeof *key, 0) != (ssize_t)sizeof *key) {
        log_error("the kernel gives no random numbers");
        abort();
    }
}

static inline uint64_t
rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

static inline void
sip_round(uint64_t v[static 4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static inline void
absorb(uint64_t v[static 4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

uint64_t
siphash(const struct siphash_key *key, struct slice text)
{
    uint64_t v[4] = { key->k0 ^ UINT64_C(0x736f6d6570736575), key->k1 ^ UINT64_C(0x646f72616e646f6d),
                      key->k0 ^ UINT64_C(0x6c7967656e657261), key->k1 ^ UINT64_C(0x7465646279746573) };
    uint64_t last = (uint64_t)text.length << 56, word;
    size_t at = 0;

    for (; at + sizeof word <= text.length; at += sizeof word) {
        memcpy(&word, text.data + at, sizeof word);
        absorb(v, word);
    }
    for (int shift = 0; at < text.length; at++, shift += 8)
        last |= (uint64_t)(unsigned char)text.data[at] << shift;
    absorb(v, last);
    v[2] ^= 0xFF;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
