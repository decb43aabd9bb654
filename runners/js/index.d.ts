/* SPDX-License-Identifier: Apache-2.0 */
// What a test function is handed: `export async function test_home(t) { ... }`.
// In plain JavaScript an editor knows it from
//     /** @param {import('loads-js-runner').TestContext} t */

export interface TestContext {
    /** What --server-url said; undefined when it was not given. */
    readonly serverUrl: string | undefined;
    /** Which user runs the test, from 1. */
    readonly user: number;
    /** Which time this user runs it, from 1. */
    readonly iteration: number;

    /** `path` as a full URL on the server under test. */
    url(path: string): string;
    /** Adds to a counter of the run; all users' additions make one sum. */
    incrCounter(name: string, value?: number): void;
    /** Reports one value; a "trend", which is the default, gets percentiles. */
    metric(name: string, value: number, kind?: 'counter' | 'gauge' | 'rate' | 'trend'): void;
}

/** A test succeeds when it returns or its promise resolves. What it throws is a
 *  failure when it is an AssertionError, else an error. */
export type Test = (t: TestContext) => unknown;

declare global {
    interface RequestInit {
        /** What the hit is called in results, instead of its URL. */
        loadsName?: string;
    }
}
