/* SPDX-License-Identifier: Apache-2.0 */
// What a test is handed: `export async function test_home(t) { ... }`.
// In plain JavaScript an editor knows it from
//     /** @param {import('loads-js-runner').TestContext} t */

export interface RequestOptions {
    /** What the hit is called in results, instead of its URL. */
    name?: string;
    /** Kept with the hit by the output "file". */
    tags?: Record<string, unknown>;
    headers?: Record<string, string>;
    body?: string | Uint8Array;
    /** A value to send as JSON. */
    json?: unknown;
    /** In milliseconds, for the headers and between parts of the body; 30 000 unless given. */
    timeout?: number;
}

export interface Response {
    readonly status: number;
    /** By name in lower case; several of one name with commas between. */
    readonly headers: Record<string, string>;
    readonly body: Uint8Array;
    text(): string;
    json(): any;
}

export interface TestContext {
    /** What --server-url said; undefined when it was not given. */
    readonly serverUrl: string | undefined;
    /** The test's own name. */
    readonly name: string;
    /** Which user runs the test, from 1. */
    readonly user: number;
    /** Which time this user runs it, from 1. */
    readonly iteration: number;
    /** This iteration's row of --data. */
    readonly row: any;
    /** What this user keeps from one test and iteration to the next. */
    readonly data: Record<string, any>;

    /** As Math.random(), but the same numbers for the same --seed and user. */
    random(): number;
    /** `path` as a full URL on the server under test. */
    url(path: string): string;
    /** Calls `act`: whatever it requests has this name in results. */
    named<T>(name: string, act: () => T, tags?: Record<string, unknown>): T;

    /** The fast client: one connection of each user to each origin, no redirects, no cookies. */
    request(method: string, url: string, options?: RequestOptions): Promise<Response>;
    get(url: string, options?: RequestOptions): Promise<Response>;
    head(url: string, options?: RequestOptions): Promise<Response>;
    post(url: string, options?: RequestOptions): Promise<Response>;
    put(url: string, options?: RequestOptions): Promise<Response>;
    patch(url: string, options?: RequestOptions): Promise<Response>;
    delete(url: string, options?: RequestOptions): Promise<Response>;

    /** Adds to a counter of the run; all users' additions make one sum. */
    incrCounter(name: string, value?: number): void;
    /** Reports one value; a "trend", which is the default, gets percentiles. */
    metric(name: string, value: number, kind?: 'counter' | 'gauge' | 'rate' | 'trend'): void;
}

export type ParameterType = 'bool' | 'int' | 'uint' | 'long' | 'float' | 'double' | 'string';

/** A test succeeds when it returns or its promise resolves; one with a second parameter
 *  when it calls that without an error. What it throws is a failure when it is an
 *  AssertionError, else an error. */
export interface Test {
    (t: TestContext, done?: (error?: unknown) => void): unknown;
    /** What the columns of --data must hold. */
    parameters?: Record<string, ParameterType>;
    /** How long it may take, in milliseconds. */
    timeout?: number;
}

declare global {
    /** The context of the test that runs now, for code that is not handed it, such as
     *  Mocha specs: `globalThis.loads?.incrCounter('carts')`. */
    var loads: TestContext | undefined;

    interface RequestInit {
        /** What the hit is called in results, instead of its URL. */
        loadsName?: string;
        /** Kept with the hit by the output "file". */
        loadsTags?: Record<string, unknown>;
    }
}
