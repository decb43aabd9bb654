/* SPDX-License-Identifier: Apache-2.0 */
/* What global fetch() gains in a test: addresses relative to the server under
 * test, names and tags for hits, and waiting while the host cannot take more. The
 * requests themselves are recorded by undici.js. */
import { currentWork, runAs } from '../context.js';

export function recordFetch({ serverUrl }, reporter) {
    const original = globalThis.fetch;
    const origin = serverUrl === undefined ? undefined : new URL(serverUrl).origin;

    const target = (input) => {
        if (typeof input !== 'string' || serverUrl === undefined)
            return input;
        return /^\/(?!\/)/.test(input) ? origin + input : new URL(input, serverUrl).href;
    };

    /* No async function: each promise more is felt, where Node follows all of them. */
    globalThis.fetch = function fetch(input, init) {
        const work = currentWork();
        if (work === undefined)
            return original(input, init);
        if (reporter.isFull)
            return reporter.room().then(() => fetch(input, init));
        if (init?.loadsName === undefined && init?.loadsTags === undefined)
            return send(input, init);
        const { loadsName = work.hitName, loadsTags = work.tags } = init;
        return runAs({ test: work.test, hitName: loadsName, tags: loadsTags }, () => send(input, init));
    };

    function send(input, init) {
        try {
            return original(target(input), init);
        } catch (error) {
            return Promise.reject(error); /* a URL that is none */
        }
    }
}
