/* SPDX-License-Identifier: Apache-2.0 */
/* Durations come from the monotonic clock, in whole microseconds. */

/* Since `started_ms`, a reading of performance.now(). */
export function elapsedMicroseconds(started_ms) {
    return Math.round((performance.now() - started_ms) * 1000);
}

/* As messages have them. */
export function elapsedSeconds(started_ms) {
    return elapsedMicroseconds(started_ms) / 1e6;
}
