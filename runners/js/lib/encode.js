/* SPDX-License-Identifier: Apache-2.0 */
/* A message as JSON that every host takes: texts have limits, and neither NUL nor
 * halves of surrogate pairs, which are no Unicode text. */

/* In UTF-16 units. The host's limit is 64 KiB of UTF-8 for one text. */
const TEXT_LIMIT = 8192;
const TRACEBACK_LIMIT = 16384;

const SUSPICIOUS = /\\u(?:0000|d[89a-f])/;
const BAD_UNITS = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/* Encodes messages of one sender: those that come in numbers by hand, for that is
 * several times as fast. */
export function createEncoder(identity) {
    const envelope = encodeFields(identity).slice(1, -1);
    const urls = new TextCache();
    const names = new TextCache();
    const dates = new DateCache();
    const head = (type, seq) => `{"data_type":"${type}",${envelope},"seq":${seq}`;
    const hitHead = head('add_hit', '');

    return {
        message(type, seq, fields) {
            const rest = encodeFields(fields);
            const begin = head(JSON.stringify(type).slice(1, -1), seq);
            return rest === '{}' ? `${begin}}` : `${begin},${rest.slice(1)}`;
        },

        /* A test's start, success or stop; the last one has a time. */
        test(type, seq, test, elapsed_us) {
            const elapsed = elapsed_us === undefined ? '' : `,"elapsed":${seconds(elapsed_us)}`;
            return `${head(type, seq)},"test":${names.get(test.name)},"loads_status":${test.statusText}${elapsed}}`;
        },

        /* Of hits.js, with its number. */
        hit(hit) {
            const { test, name, tags, error, ttfb_us, bytes_in, dns, connect, tls, bytes_out } = hit;
            let text = `${hitHead}${hit.seq},"url":${urls.get(hit.url)},"method":${names.get(hit.method)}`
                + `,"status":${hit.status},"started":"${dates.get(hit.started_unix_ms)}"`
                + `,"elapsed":${seconds(hit.elapsed_us)},"loads_status":${test.statusText}`;
            if (ttfb_us !== undefined)
                text += `,"ttfb":${seconds(ttfb_us)}`;
            if (bytes_in !== undefined)
                text += `,"bytes_in":${bytes_in}`;
            if (name !== undefined)
                text += `,"name":${names.get(name)}`;
            /* What few hits have. */
            if (error !== undefined || tags !== undefined || connect !== undefined || bytes_out !== undefined)
                text += encodeFields({ error, tags, dns, connect, tls, bytes_out }).slice(1, -1).replace(/^(?=.)/, ',');
            return `${text}}`;
        },
    };
}

/* JSON of texts that come again and again. */
class TextCache {
    static LIMIT = 1000;
    #known = new Map();

    get(text) {
        let found = this.#known.get(text);
        if (found === undefined) {
            found = encodeFields([text]).slice(1, -1);
            if (this.#known.size === TextCache.LIMIT)
                this.#known.clear();
            this.#known.set(text, found);
        }
        return found;
    }
}

/* A number's shortest decimal form takes longer to find than this one. */
function seconds(us) {
    return us < 1e6 ? `0.${String(1e6 + us).slice(1)}` : us / 1e6;
}

/* Dates as toISOString() writes them; most fall into the second of the one before. */
class DateCache {
    #second = -1;
    #text = '';

    get(unix_ms) {
        const second = Math.floor(unix_ms / 1000);
        if (second !== this.#second) {
            this.#second = second;
            this.#text = new Date(second * 1000).toISOString().slice(0, -4);
        }
        return `${this.#text}${String(unix_ms - second * 1000).padStart(3, '0')}Z`;
    }
}

export function encodeFields(fields) {
    const text = JSON.stringify(fields);
    /* It writes NUL and lone halves as escapes, and hardly anything else so. */
    return text.length > TEXT_LIMIT || SUSPICIOUS.test(text) ? JSON.stringify(fields, safeTexts) : text;
}

function safeTexts(key, value) {
    if (typeof value !== 'string')
        return value;
    const limit = key === '2' ? TRACEBACK_LIMIT : TEXT_LIMIT; /* exc_info's third item */
    const clipped = value.length > limit ? `${value.slice(0, limit)}...` : value;
    return clipped.replace(BAD_UNITS, '\ufffd');
}
