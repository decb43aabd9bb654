/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4: a hash that outsiders who do not know the key cannot make collide
 * (Aumasson and Bernstein, 2012). For tables keyed by text from outside. */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stdint.h>

#include "base/slice.h"

struct siphash_key {
    uint64_t k0, k1;
};

/* Fills the key from the kernel's random numbers. */
void siphash_key_random(struct siphash_key *key);

uint64_t siphash(const struct siphash_key *key, struct slice text);

#endif
