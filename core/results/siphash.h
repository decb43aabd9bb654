/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4: a keyed hash under which a sender who does not know the key cannot
 * choose texts that collide. */
#ifndef RESULTS_SIPHASH_H
#define RESULTS_SIPHASH_H

#include <stdint.h>

#include "base/slice.h"

struct siphash_key {
    uint64_t words[2];
};

uint64_t siphash(const struct siphash_key *key, struct slice text);

#endif
