/* SPDX-License-Identifier: Apache-2.0 */
/* The queue in front of the socket, against a socket that takes frames when told. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { library } from './helpers.js';

const { Reporter } = await import(join(library, 'lib/reporter.js'));

class SlowSocket {
    frames = [];
    isClosed = false;
    events = { on: (_, act) => { this.ended = act; } };
    #resume;

    send(frame) {
        this.frames.push(JSON.parse(frame));
        return new Promise((resolve) => { this.#resume = resolve; });
    }

    async takeOne() {
        this.#resume();
        await nextTurn();
    }

    close() {
        this.isClosed = true;
        this.ended();
    }
}

function started() {
    const socket = new SlowSocket();
    const reporter = new Reporter(socket, { agent_id: 'a.1', run_id: undefined, hostname: 'h' });
    const report = (count) => {
        for (let i = 0; i < count; i++)
            reporter.report('startTest', { test: 't' });
    };
    return { socket, reporter, report };
}

test('a full frame goes at once, a few messages after a while', async () => {
    const { socket, report } = started();
    report(199);
    assert.equal(socket.frames.length, 0);
    report(1);
    assert.deepEqual(socket.frames.map((each) => each.length), [200]);
    assert.deepEqual(socket.frames[0][199],
        { data_type: 'startTest', agent_id: 'a.1', hostname: 'h', seq: 200, test: 't' });
    report(3);
    await socket.takeOne();
    assert.equal(socket.frames.length, 1);
    while (socket.frames.length === 1)
        await nextTurn();
    assert.deepEqual(socket.frames[1].map((each) => each.seq), [201, 202, 203]);
});

test('who waits for room starts when as many messages have gone', async () => {
    const { socket, reporter, report } = started();
    report(1999);
    await reporter.room();
    report(1);
    const passed = [];
    for (let i = 0; i < 250; i++)
        reporter.room().then(() => passed.push(i));
    await nextTurn();
    assert.equal(passed.length, 0);
    await socket.takeOne();
    assert.deepEqual(passed, Array.from({ length: 200 }, (_, index) => index));
    report(500); /* full again: the rest waits on */
    await socket.takeOne();
    assert.equal(passed.length, 200);
    await socket.takeOne();
    await socket.takeOne();
    assert.equal(passed.length, 250);
});

test('an overfull queue says so', () => {
    const { reporter, report } = started();
    report(99_999);
    assert.equal(reporter.isOverfull, false);
    report(1);
    assert.equal(reporter.isOverfull, true);
});

test('the end: everything goes, the last message tells how many came before', async () => {
    const { socket, reporter, report } = started();
    report(450);
    const finished = reporter.finish();
    report(1); /* too late */
    for (let i = 0; i < 3; i++) {
        assert.equal(socket.isClosed, false);
        await socket.takeOne();
    }
    assert.equal(await finished, 0);
    assert.ok(socket.isClosed);
    assert.deepEqual(socket.frames.map((each) => each.length), [200, 200, 51]);
    const end = socket.frames[2][50];
    assert.deepEqual([end.data_type, end.seq, end.sent], ['runnerEnd', 451, 450]);
});

test('a frame stays below what the host takes', async () => {
    const { socket, reporter } = started();
    for (let i = 0; i < 200; i++)
        reporter.report('addError', { test: 't', exc_info: ['\u20ac'.repeat(8000), 'E', ''] });
    const finished = reporter.finish();
    while (!socket.isClosed)
        await socket.takeOne();
    await finished;
    assert.ok(socket.frames.every((each) => Buffer.byteLength(JSON.stringify(each)) <= 512 * 1024));
    assert.equal(socket.frames.flat().length, 201);
});
