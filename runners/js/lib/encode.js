/* SPDX-License-Identifier: Apache-2.0 */
/* A message as JSON that every host takes: texts have limits, and neither NUL nor
 * halves of surrogate pairs, which are no Unicode text. */

/* In UTF-16 units. The host's limit is 64 KiB of UTF-8 for one text. */
const TEXT_LIMIT = 8192;
const TRACEBACK_LIMIT = 16384;

const SUSPICIOUS = /\\u(?:0000|d[89a-f])/;
const BAD_UNITS = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export function encodeMessage(message) {
    const text = JSON.stringify(message);
    /* It writes NUL and lone halves as escapes, and hardly anything else so. */
    return text.length > TEXT_LIMIT || SUSPICIOUS.test(text) ? JSON.stringify(message, safeTexts) : text;
}

function safeTexts(key, value) {
    if (typeof value !== 'string')
        return value;
    const limit = key === '2' ? TRACEBACK_LIMIT : TEXT_LIMIT; /* exc_info's third item */
    const clipped = value.length > limit ? `${value.slice(0, limit)}...` : value;
    return clipped.replace(BAD_UNITS, '\ufffd');
}
