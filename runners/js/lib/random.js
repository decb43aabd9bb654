/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers that a seed repeats: xoshiro128** (Blackman and Vigna, 2018), started
 * by SipHash. Each user has its own, whatever the others do. */
import { hashWords } from './siphash.js';

const rotate = (value, bits) => value << bits | value >>> 32 - bits;

/* Returns a function as Math.random(): from 0 up to, but not, 1. */
export function createRandom(key, user) {
    let [a, b] = hashWords(key, user, 0, 0, 0);
    let [c, d] = hashWords(key, user, 0, 1, 0);
    d |= 1; /* all zero would stay so */

    function next() {
        const result = Math.imul(rotate(Math.imul(b, 5), 7), 9);
        const shifted = b << 9;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= shifted;
        d = rotate(d, 11);
        return result >>> 0;
    }
    return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}
