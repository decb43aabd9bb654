/* SPDX-License-Identifier: Apache-2.0 */
/* One hit is one request on the wire. Recorders tell what happens to it; this file
 * decides what is reported, and that each request is reported exactly once:
 * elapsed runs until the whole body has arrived, or, when the test ends without
 * having taken it all, until the headers had (which is ttfb). */
import { textOf } from './errors.js';
import { elapsedSeconds } from './time.js';

export function createHits(reporter) {
    const open = new Map(); /* test -> Set of its hits without an end */

    function report(hit, fields) {
        const hitsOfTest = open.get(hit.test);
        if (!hitsOfTest?.delete(hit))
            return; /* it has been reported */
        if (hitsOfTest.size === 0)
            open.delete(hit.test);
        reporter.report('add_hit', {
            url: hit.url,
            method: hit.method,
            status: hit.status,
            started: hit.started.toISOString(),
            loads_status: hit.test.status,
            name: hit.name,
            ttfb: hit.ttfb,
            ...fields,
        });
    }

    function reportUnread(hit) {
        report(hit, { elapsed: hit.ttfb });
    }

    function reportFailed(hit, error) {
        report(hit, { status: 0, error, elapsed: elapsedSeconds(hit.started_ms) });
    }

    return {
        /* A request begins (`work` as currentWork() gives it); what comes back is the
         * handle for the rest. */
        start({ test, hitName }, method, url) {
            const hit = {
                test, method, url, name: hitName,
                started: new Date(), started_ms: performance.now(),
                status: 0, ttfb: undefined, bytes: undefined,
            };
            if (!open.has(test))
                open.set(test, new Set());
            open.get(test).add(hit);
            return hit;
        },

        /* The headers of the response are here; `bytes` of body will follow, if known. */
        headers(hit, status, bytes) {
            hit.status = status;
            hit.ttfb = elapsedSeconds(hit.started_ms);
            hit.bytes = bytes;
        },

        end(hit) {
            report(hit, { elapsed: elapsedSeconds(hit.started_ms), bytes_in: hit.bytes });
        },

        /* A test that cancels a body it has begun to receive has had its response. */
        fail(hit, error) {
            if (hit.ttfb !== undefined && error?.name === 'AbortError')
                reportUnread(hit);
            else
                reportFailed(hit, textOf(error));
        },

        /* The test is over: what it has not read will not be read. */
        endUnread(test) {
            for (const hit of open.get(test) ?? [])
                if (hit.ttfb !== undefined)
                    reportUnread(hit);
        },

        /* The run is over; the server may well have seen these. */
        endAll() {
            for (const test of [...open.keys()]) {
                this.endUnread(test);
                for (const hit of open.get(test) ?? [])
                    reportFailed(hit, 'no response before the end of the run');
            }
        },
    };
}
