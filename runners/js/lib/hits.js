/* SPDX-License-Identifier: Apache-2.0 */
/* One hit is one request on the wire. Recorders tell what happens to it; this file
 * decides what is reported, and that each request is reported exactly once:
 * elapsed runs until the whole body has arrived, or, when the test ends without
 * having taken it all, until the headers had (which is ttfb). */
import { textOf } from './errors.js';
import { elapsedSeconds } from './time.js';

const HELD_LIMIT = 1000; /* hits of one test */

export function createHits(reporter) {
    const open = new Set(); /* hits without an end */

    function report(hit, fields) {
        if (!open.delete(hit))
            return; /* it has been reported */
        const { test } = hit;
        test.openHits -= 1;
        if (test.held === undefined)
            reporter.reportHit(hit, fields);
        else if (test.held !== TOLD_BY_TEST && test.held.push([hit, fields]) === HELD_LIMIT)
            release(test);
    }

    function reportUnread(hit) {
        report(hit, { elapsed: hit.ttfb });
    }

    function reportFailed(hit, error) {
        report(hit, { status: 0, error, elapsed: elapsedSeconds(hit.started_ms) });
    }

    function release(test) {
        const { held } = test;
        test.held = undefined;
        if (held !== TOLD_BY_TEST)
            held?.forEach(([hit, fields]) => reporter.reportHit(hit, fields));
    }

    return {
        /* A request begins (`work` as currentWork() gives it); what comes back is the
         * handle for the rest. */
        start({ test, hitName, tags }, method, url, name = hitName) {
            const hit = {
                test, method, url, name, tags,
                started_unix_ms: Date.now(), started_ms: performance.now(),
                status: 0, ttfb: undefined, bytes_in: undefined, bytes_out: undefined,
                dns: undefined, connect: undefined, tls: undefined,
            };
            test.openHits += 1;
            open.add(hit);
            return hit;
        },

        /* The headers of the response are here; `bytes` of body will follow, if known. */
        headers(hit, status, bytes) {
            hit.status = status;
            hit.ttfb = elapsedSeconds(hit.started_ms);
            hit.bytes_in = bytes;
        },

        end(hit) {
            report(hit, { elapsed: elapsedSeconds(hit.started_ms), bytes_in: hit.bytes_in });
        },

        /* A test that cancels a body it has begun to receive has had its response. */
        fail(hit, error) {
            if (hit.ttfb !== undefined && error?.name === 'AbortError')
                reportUnread(hit);
            else
                reportFailed(hit, textOf(error));
        },

        unread: reportUnread,

        /* The test is over: what it has not read will not be read. */
        endUnread(test) {
            if (test.openHits > 0)
                for (const hit of open)
                    if (hit.test === test && hit.ttfb !== undefined)
                        reportUnread(hit);
            release(test);
        },

        /* This test may report its requests itself: see toldByTest(). */
        hold(test) {
            test.held = [];
        },

        /* It does: then what is recorded beside would count them twice. */
        toldByTest(test) {
            test.held = TOLD_BY_TEST;
        },

        /* The run is over; the server may well have seen these. */
        endAll() {
            for (const hit of open)
                if (hit.ttfb !== undefined)
                    reportUnread(hit);
                else
                    reportFailed(hit, 'no response before the end of the run');
        },
    };
}

const TOLD_BY_TEST = Symbol('told by the test');
