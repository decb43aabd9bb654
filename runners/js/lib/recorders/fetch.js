/* SPDX-License-Identifier: Apache-2.0 */
/* What global fetch() gains in a test: addresses relative to the server under
 * test, names and tags for hits, and waiting while the host cannot take more. The
 * requests themselves are recorded by undici.js. */
import { currentWork, runAs } from '../context.js';

export function recordFetch({ serverUrl }, reporter) {
    const original = globalThis.fetch;

    globalThis.fetch = async function fetch(input, init) {
        const work = currentWork();
        if (work === undefined)
            return original(input, init);
        if (reporter.isFull)
            await reporter.room();
        const target = typeof input === 'string' && serverUrl !== undefined
            ? new URL(input, serverUrl).href : input;
        if (init?.loadsName === undefined && init?.loadsTags === undefined)
            return original(target, init);
        const { loadsName = work.hitName, loadsTags = work.tags } = init;
        return runAs({ test: work.test, hitName: loadsName, tags: loadsTags }, () => original(target, init));
    };
}
