/* SPDX-License-Identifier: Apache-2.0 */
/* Every request is reported exactly once, whatever order its events come in. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { library } from './helpers.js';

const { createHits } = await import(join(library, 'lib/hits.js'));

function recorded() {
    const reports = [];
    const hits = createHits({ reportHit: (hit) => reports.push({ ...hit }) });
    const owner = { name: 'test_a', status: [1, 1, 1, 1], isRunning: true };
    return { reports, hits, owner, start: () => hits.start({ test: owner }, 'GET', 'http://h/') };
}

test('an end after the end is not reported', () => {
    const { reports, hits, owner, start } = recorded();
    const hit = start();
    hits.headers(hit, 200, 5);
    hits.end(hit);
    hits.end(hit);
    hits.fail(hit, new Error('late'));
    hits.headers(hit, 500, 9);
    assert.deepEqual([hit.status, hit.error, hit.bytes_in], [200, undefined, 5]); /* its text may be made later */
    hits.endUnread(owner);
    hits.endAll([owner]);
    assert.deepEqual(reports.map(({ status, error, bytes_in }) => [status, error, bytes_in]), [[200, undefined, 5]]);
});

test('at the end of a test only hits with headers are closed, at the end of the run all', () => {
    const { reports, hits, owner, start } = recorded();
    hits.headers(start(), 204);
    start();
    hits.endUnread(owner);
    assert.deepEqual(reports.map((each) => each.status), [204]);
    assert.equal(reports[0].elapsed_us, reports[0].ttfb_us);
    owner.isRunning = false;
    hits.endAll([]);
    assert.deepEqual(reports.map((each) => each.status), [204, 0]);
    assert.equal(reports[1].error, 'no response before the end of the run');
});

test('a cancelled body was a response, a cancelled request was none', () => {
    const abort = Object.assign(new Error('The operation was aborted.'), { name: 'AbortError' });
    const { reports, hits, start } = recorded();
    const answered = start();
    hits.headers(answered, 200);
    hits.fail(answered, abort);
    hits.fail(start(), abort);
    assert.deepEqual(reports.map(({ status, error }) => [status, error]),
        [[200, undefined], [0, 'The operation was aborted.']]);
});

test('a test that reports its requests itself has nothing recorded beside', () => {
    const { reports, hits, owner, start } = recorded();
    const record = () => {
        const hit = start();
        hits.headers(hit, 200);
        hits.end(hit);
    };
    hits.hold(owner);
    record();
    hits.endUnread(owner);
    assert.equal(reports.length, 1);
    hits.hold(owner);
    record();
    hits.toldByTest(owner);
    record();
    hits.endUnread(owner);
    assert.equal(reports.length, 1);
});
