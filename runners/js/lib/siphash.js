/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4 over 64-bit words, each two halves of 32 bits as engines are fast with.
 * The rows of a run follow from it (deal.js), the same ones in every language. */

/* The key that a seed's text stands for: [low, high, low, high]. */
export function seedKey(seed) {
    const text = Buffer.from(seed);
    return Uint32Array.of(...hashBytes([1, 0, 0, 0], text), ...hashBytes([2, 0, 0, 0], text));
}

/* [low, high] of the hash of whole words, given as low, high, low, high... */
export function hashWords(key, ...halves) {
    return hash(key, halves, 0, (halves.length * 4 & 0xff) << 24);
}

function hashBytes(key, bytes) {
    const whole = bytes.length - bytes.length % 8;
    const halves = [];
    for (let at = 0; at < whole; at += 4)
        halves.push(bytes.readInt32LE(at));
    const rest = Buffer.alloc(8);
    bytes.copy(rest, 0, whole);
    rest[7] = bytes.length & 0xff;
    return hash(key, halves, rest.readInt32LE(0), rest.readInt32LE(4));
}

/* v0 to v3 as halves, a the low and b the high one. */
function hash(key, halves, lastLow, lastHigh) {
    let a0 = key[0] ^ 0x70736575, b0 = key[1] ^ 0x736f6d65;
    let a1 = key[2] ^ 0x6e646f6d, b1 = key[3] ^ 0x646f7261;
    let a2 = key[0] ^ 0x6e657261, b2 = key[1] ^ 0x6c796765;
    let a3 = key[2] ^ 0x79746573, b3 = key[3] ^ 0x74656462;

    function round() {
        let low, high;
        low = (a0 >>> 0) + (a1 >>> 0);
        b0 = b0 + b1 + (low > 0xffffffff) | 0;
        a0 = low | 0;
        low = a1 << 13 | b1 >>> 19;
        high = b1 << 13 | a1 >>> 19;
        a1 = low ^ a0;
        b1 = high ^ b0;
        low = a0;
        a0 = b0;
        b0 = low;
        low = (a2 >>> 0) + (a3 >>> 0);
        b2 = b2 + b3 + (low > 0xffffffff) | 0;
        a2 = low | 0;
        low = a3 << 16 | b3 >>> 16;
        high = b3 << 16 | a3 >>> 16;
        a3 = low ^ a2;
        b3 = high ^ b2;
        low = (a0 >>> 0) + (a3 >>> 0);
        b0 = b0 + b3 + (low > 0xffffffff) | 0;
        a0 = low | 0;
        low = a3 << 21 | b3 >>> 11;
        high = b3 << 21 | a3 >>> 11;
        a3 = low ^ a0;
        b3 = high ^ b0;
        low = (a2 >>> 0) + (a1 >>> 0);
        b2 = b2 + b1 + (low > 0xffffffff) | 0;
        a2 = low | 0;
        low = a1 << 17 | b1 >>> 15;
        high = b1 << 17 | a1 >>> 15;
        a1 = low ^ a2;
        b1 = high ^ b2;
        low = a2;
        a2 = b2;
        b2 = low;
    }

    function absorb(low, high) {
        a3 ^= low;
        b3 ^= high;
        round();
        round();
        a0 ^= low;
        b0 ^= high;
    }

    for (let i = 0; i < halves.length; i += 2)
        absorb(halves[i], halves[i + 1]);
    absorb(lastLow, lastHigh);
    a2 ^= 0xff;
    for (let i = 0; i < 4; i++)
        round();
    return [(a0 ^ a1 ^ a2 ^ a3) >>> 0, (b0 ^ b1 ^ b2 ^ b3) >>> 0];
}
