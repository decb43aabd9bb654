/* SPDX-License-Identifier: Apache-2.0 */
/* Figures and foreign text as people read them. Each figure has one way to be
 * written, wherever it stands. */

const numbers = new Map();

function formatNumber(value, digits, kind) {
    const key = `${kind} ${digits}`;
    if (!numbers.has(key))
        numbers.set(key, new Intl.NumberFormat('en-US', { [kind]: digits }));
    return numbers.get(key).format(value);
}

/* Exact up to 2^53. */
function formatCount(value) {
    return formatNumber(value, 0, 'maximumFractionDigits');
}

/* Three digits that count: "0.123", "12.3", "1,230". */
function formatReal(value) {
    return Math.abs(value) >= 100 ? formatNumber(value, 0, 'maximumFractionDigits')
        : formatNumber(value, 3, 'maximumSignificantDigits');
}

/* For an axis: "9,640", "12.3k", "1.23M". */
function formatShort(value) {
    for (const [unit, sign] of [[1e9, 'G'], [1e6, 'M'], [1e4, 'k']]) {
        if (Math.abs(value) >= unit)
            return formatReal(value / (sign === 'k' ? 1e3 : unit)) + sign;
    }
    return formatReal(value);
}

/* Milliseconds, for columns that share a unit. */
function formatMs(us) {
    return formatReal(us / 1000);
}

/* "950 µs", "18.2 ms", "1.2 s", "2m 03s". */
function formatDuration(us) {
    if (us === 0)
        return '0 ms';
    if (us < 1000)
        return `${formatReal(us)} µs`;
    if (us < 1e6)
        return `${formatReal(us / 1000)} ms`;
    if (us < 100e6)
        return `${formatReal(us / 1e6)} s`;
    return formatLong(us / 1e6);
}

function formatLong(seconds) {
    const whole = Math.round(seconds);
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const two = (value) => String(value).padStart(2, '0');
    return h > 0 ? `${h}h ${two(m)}m ${two(s)}s` : `${m}m ${two(s)}s`;
}

/* "0:07", "12:30", "1:02:03"; "0:00.5" where a second is long. */
function formatClock(seconds) {
    const whole = Math.floor(seconds);
    const two = (value) => String(value).padStart(2, '0');
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const rest = seconds > whole ? String(Math.round((seconds - whole) * 1000) / 1000).slice(1) : '';
    return (h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`) + rest;
}

/* A share is not rounded to all or nothing unless it is. */
function formatShare(share) {
    const percent = share * 100;
    const isNearEnd = percent >= 99.95 || percent < 0.1;
    const rounded = isNearEnd ? Math.floor(percent * 1000) / 1000 : Math.round(percent * 10) / 10;
    return share > 0 && rounded === 0 ? '<0.001%' : `${formatNumber(rounded, 3, 'maximumFractionDigits')}%`;
}

function formatBytes(bytes) {
    const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
    let unit = 0;
    for (; bytes >= 1000 && unit < units.length - 1; unit++)
        bytes /= 1000;
    return `${formatReal(bytes)} ${units[unit]}`;
}

/* "2013-07-22T07:12:30.139814Z" as a date for people; any other text as it is. */
function formatDate(text) {
    return text.replace(/^(\d{4,}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d+Z$/, '$1 $2 UTC');
}

function plural(count, one, many = `${one}s`) {
    return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/* Control characters, and those that change the order of others or cannot be
 * seen, are shown and do nothing. */
function visible(text, keepLines = false) {
    const hidden = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
    return String(text).replace(hidden, (character) => (keepLines && (character === '\n' || character === '\t')
        ? character : `\\u{${character.codePointAt(0).toString(16)}}`));
}
