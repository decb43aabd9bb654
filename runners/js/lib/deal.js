/* SPDX-License-Identifier: Apache-2.0 */
/* Which row a user gets when. Nothing is remembered and nobody is asked: every process
 * of a run, whatever its language, finds the same answer (runners/c/deal.h). */
import { hashWords } from './siphash.js';

export const ORDERS = ['sequential', 'random', 'shuffled', 'once'];

const FEISTEL_ROUNDS = 6;
const WORD = 2 ** 32;

/* The row (from 0) for the user's turn, both from 1; undefined: none is left.
 * `deal`: { order, isUnique, rows, users, key }, `key` as seedKey() makes it. */
export function dealRow(deal, user, turn) {
    const first = user - 1;
    const { rows, users, isUnique } = deal;
    const own = isUnique ? Math.floor((rows - first - 1) / users) + 1 : rows;
    let card;
    if (deal.order === 'random')
        card = drawn(deal.key, user, turn, own);
    else if (isUnique)
        card = pick(deal, user, own, turn - 1);
    else
        card = pick(deal, 0, own, (turn - 1) * users + first);
    return isUnique && card !== undefined ? first + card * users : card;
}

/* A card of the owner's stack of `count` of which `dealt` are gone; owner 0 is all. */
function pick({ order, key }, owner, count, dealt) {
    if (order === 'once' && dealt >= count)
        return undefined;
    if (order === 'shuffled')
        return shuffled(key, owner, Math.floor(dealt / count), count, dealt % count);
    return dealt % count;
}

function drawn(key, user, turn, count) {
    const [low, high] = hashWords(key, user, 0, turn % WORD, Math.floor(turn / WORD));
    return Number((BigInt(high) << 32n | BigInt(low)) % BigInt(count));
}

/* Where a card lies after shuffle number `pass`: a Feistel network permutes the next
 * power of four; what falls outside is shuffled on. */
function shuffled(key, owner, pass, count, card) {
    let half = 0;
    while (4 ** half < count)
        half += 1;
    const mask = 2 ** half - 1;
    do {
        let left = card >> half, right = card & mask;
        for (let round = 0; round < FEISTEL_ROUNDS; round++) {
            const [mixed] = hashWords(key, owner, 0, pass % WORD, Math.floor(pass / WORD), round, 0, right, 0);
            [left, right] = [right, left ^ mixed & mask];
        }
        card = left << half | right;
    } while (card >= count);
    return card;
}
