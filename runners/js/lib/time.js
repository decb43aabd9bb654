/* SPDX-License-Identifier: Apache-2.0 */
/* Durations come from the monotonic clock, in seconds with whole microseconds. */

/* Since `started_ms`, a reading of performance.now(). */
export function elapsedSeconds(started_ms) {
    return Math.round((performance.now() - started_ms) * 1000) / 1e6;
}
