/* SPDX-License-Identifier: Apache-2.0 */
/* What global fetch() gains in a test: addresses relative to the server under
 * test, names for hits, and waiting while the host cannot take more. The requests
 * themselves are recorded by undici.js. */
import { currentWork, runAs } from '../context.js';

export function recordFetch({ serverUrl }, reporter) {
    const original = globalThis.fetch;

    globalThis.fetch = async function fetch(input, init) {
        const work = currentWork();
        if (work === undefined)
            return original(input, init);
        await reporter.room();
        const target = typeof input === 'string' && serverUrl !== undefined
            ? new URL(input, serverUrl).href : input;
        if (init?.loadsName === undefined)
            return original(target, init);
        return runAs(work.test, () => original(target, init), String(init.loadsName));
    };
}
