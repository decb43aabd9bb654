/* SPDX-License-Identifier: Apache-2.0 */
/* One hit is one request on the wire. Recorders tell what happens to it; this file
 * decides what is reported, and that each request is reported exactly once:
 * elapsed runs until the whole body has arrived, or, when the test ends without
 * having taken it all, until the headers had (which is ttfb). */
import { textOf } from './errors.js';
import { elapsedMicroseconds } from './time.js';

const HELD_LIMIT = 1000; /* hits of one test */

export function createHits(reporter) {
    const left = new Set(); /* tests that are over, with hits that are not */

    /* A test's hits that have not ended are a list of their own: one of all tests would live
     * long, and what a long-lived object holds is dear to collect. */
    function open(hit) {
        const { test } = hit;
        hit.next = test.openHits;
        if (hit.next !== undefined)
            hit.next.previous = hit;
        test.openHits = hit;
        if (!test.isRunning)
            left.add(test);
    }

    /* False if it has been reported; else it is from now on. */
    function close(hit) {
        const { test, next, previous } = hit;
        if (!hit.isOpen)
            return false;
        hit.isOpen = false;
        hit.next = hit.previous = undefined;
        if (next !== undefined)
            next.previous = previous;
        if (previous !== undefined)
            previous.next = next;
        else
            test.openHits = next;
        if (test.openHits === undefined && !test.isRunning)
            left.delete(test);
        return true;
    }

    function openHits(test) {
        const found = [];
        for (let hit = test.openHits; hit !== undefined; hit = hit.next)
            found.push(hit);
        return found.reverse(); /* the first began last */
    }

    function report(hit, elapsed_us) {
        const { test } = hit;
        hit.elapsed_us = elapsed_us;
        if (test.held === undefined)
            reporter.reportHit(hit);
        else if (test.held !== TOLD_BY_TEST && test.held.push(hit) === HELD_LIMIT)
            release(test);
    }

    function reportUnread(hit) {
        if (!close(hit))
            return;
        hit.bytes_in = undefined; /* they have not all come */
        report(hit, hit.ttfb_us);
    }

    function reportFailed(hit, error) {
        if (!close(hit))
            return;
        hit.status = 0;
        hit.error = error;
        hit.bytes_in = undefined;
        report(hit, elapsedMicroseconds(hit.started_ms));
    }

    function release(test) {
        const { held } = test;
        test.held = undefined;
        if (held !== TOLD_BY_TEST)
            held?.forEach((hit) => reporter.reportHit(hit));
    }

    return {
        /* A request begins (`work` as currentWork() gives it); what comes back is the
         * handle for the rest. */
        start({ test, hitName, tags }, method, url, name = hitName) {
            const hit = {
                test, method, url, tags,
                name: name === undefined ? undefined : String(name),
                started_unix_ms: Date.now(), started_ms: performance.now(),
                status: 0, error: undefined, elapsed_us: 0, ttfb_us: undefined,
                bytes_in: undefined, bytes_out: undefined,
                dns: undefined, connect: undefined, tls: undefined,
                seq: 0, /* given when it is reported */
                isOpen: true, next: undefined, previous: undefined,
            };
            open(hit);
            return hit;
        },

        /* The headers of the response are here; `bytes` of body will follow, if known. */
        headers(hit, status, bytes) {
            if (!hit.isOpen)
                return;
            hit.status = status;
            hit.ttfb_us = elapsedMicroseconds(hit.started_ms);
            hit.bytes_in = bytes;
        },

        end(hit) {
            if (close(hit))
                report(hit, elapsedMicroseconds(hit.started_ms));
        },

        /* A test that cancels a body it has begun to receive has had its response. */
        fail(hit, error) {
            if (hit.ttfb_us !== undefined && error?.name === 'AbortError')
                reportUnread(hit);
            else
                reportFailed(hit, textOf(error));
        },

        unread: reportUnread,

        /* The test is over: what it has not read will not be read. */
        endUnread(test) {
            if (test.openHits !== undefined) {
                left.add(test);
                openHits(test).filter((hit) => hit.ttfb_us !== undefined).forEach(reportUnread);
            }
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

        /* The run is over, also for these tests; the server may well have seen it all. */
        endAll(running) {
            for (const test of [...left, ...running])
                for (const hit of openHits(test))
                    if (hit.ttfb_us !== undefined)
                        reportUnread(hit);
                    else
                        reportFailed(hit, 'no response before the end of the run');
        },
    };
}

const TOLD_BY_TEST = Symbol('told by the test');
