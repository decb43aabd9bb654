/* SPDX-License-Identifier: Apache-2.0 */
/* Whole runs against a real server and a real receiver: exact numbers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join } from 'node:path';
import { assertWholeAccount, closedAddress, examples, hostEnvironment, runByHand, runForHost, Sink,
    startRunner, startServer, temporaryFolder, testFile } from './helpers.js';

const page = (_, response) => response.end('<html>hello</html>'); /* 18 bytes */

test('users x hits: every number is exact', async (t) => {
    const server = await startServer(t, { '/': page, '/item': page });
    const { code, stderr, sink } = await runForHost(t, `
        export async function test_buy(t) {
            await (await fetch('/')).text();
            await (await fetch('/item?user=' + t.user, { loadsName: 'item' })).text();
            t.incrCounter('bought', 2);
        }
        export async function test_look() { await fetch('/'); }
        export function other() { throw new Error('not a test'); }`,
    { server, env: { LOADS_TOTAL_USERS: '10', LOADS_CURRENT_USER: '4', LOADS_PROCESS_USERS: '3',
        LOADS_TOTAL_HITS: '40' } });

    assert.equal(stderr, '');
    assert.equal(code, 0);
    assertWholeAccount(sink);
    assert.deepEqual(server.seen, { '/': 240, '/item': 120 });
    assert.equal(sink.count('add_hit'), 360);
    assert.equal(sink.count('startTest'), 240);
    assert.equal(sink.count('stopTest'), 240);
    assert.equal(sink.count('addSuccess'), 240);
    assert.equal(sink.of('incr_counter').reduce((sum, each) => sum + each.value, 0), 240);
    assert.equal(sink.count('startTestRun') + sink.count('stopTestRun'), 0);
    assert.ok(sink.frames.length < sink.messages.length / 10, `${sink.frames.length} frames`);

    const items = sink.of('add_hit').filter((each) => each.name === 'item');
    assert.equal(items.length, 120);
    for (const user of [4, 5, 6]) { /* each hit belongs to the user that made it */
        const own = items.filter((each) => each.loads_status[3] === user);
        assert.ok(own.every((each) => each.url === `${server.url}item?user=${user}`));
        assert.deepEqual(own.map((each) => each.loads_status),
            Array.from({ length: 40 }, (_, index) => [40, 10, index + 1, user]));
    }
});

test('what a hit and a test say', async (t) => {
    let unfinished;
    const server = await startServer(t, {
        '/slow': (_, response) => {
            response.writeHead(200, { 'Content-Length': 6 });
            response.write('one');
            unfinished = response;
        },
        '/finish': (_, response) => {
            unfinished.end('two');
            response.end();
        },
    });
    const { sink } = await runForHost(t, `export async function test_slow() {
        const response = await fetch('/slow', { method: 'POST', body: 'x' });
        await new Promise((resolve) => setTimeout(resolve, 80)); /* after the headers */
        await fetch('/finish');
        await response.text();
    }`, { server });

    const hit = sink.of('add_hit').find((each) => each.url.endsWith('/slow'));
    assert.deepEqual(Object.keys(hit).sort(), ['agent_id', 'bytes_in', 'data_type', 'elapsed', 'hostname',
        'loads_status', 'method', 'run_id', 'seq', 'started', 'status', 'ttfb', 'url']);
    assert.equal(hit.url, `${server.url}slow`);
    assert.equal(hit.method, 'POST');
    assert.equal(hit.status, 200);
    assert.equal(hit.bytes_in, 6);
    assert.equal(hit.agent_id, 'local.1');
    assert.equal(hit.run_id, 'run-1');
    assert.match(hit.started, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(hit.ttfb > 0 && hit.elapsed - hit.ttfb >= 0.079, `ttfb ${hit.ttfb} of ${hit.elapsed}`);

    assert.deepEqual(sink.messages.map((each) => each.data_type),
        ['startTest', 'add_hit', 'add_hit', 'addSuccess', 'stopTest', 'runnerEnd']);
    const [stop] = sink.of('stopTest');
    assert.ok(stop.elapsed >= hit.elapsed && stop.test === 'test_slow');
    assert.deepEqual(stop.loads_status, [1, 1, 1, 1]);
});

test('each request of a redirect is a hit', async (t) => {
    const server = await startServer(t, { '/': page, '/old': (_, response) => {
        response.writeHead(302, { Location: '/?moved' }).end();
    } });
    const { sink } = await runForHost(t, `export async function test_moved(t) {
        await (await fetch(t.url('old'))).text();
    }`, { server });
    assert.deepEqual(sink.of('add_hit').map((each) => [each.url, each.status]),
        [[`${server.url}old`, 302], [`${server.url}?moved`, 200]]);
    assert.deepEqual(server.seen, { '/old': 1, '/': 1 });
});

test('requests without a whole response', async (t) => {
    const closed = await closedAddress();
    const server = await startServer(t, {
        '/cut': (_, response) => {
            response.writeHead(200, { 'Content-Length': 100 });
            response.write('abc', () => response.destroy());
        },
        '/hang': () => {},
        '/endless': (_, response) => { response.write('x'); },
    });
    const { sink } = await runForHost(t, `
        export async function test_1_refused() { await fetch('${closed}').catch(() => {}); }
        export async function test_2_cut() { await (await fetch('/cut')).text().catch(() => {}); }
        export async function test_3_late() {
            await fetch('/hang', { signal: AbortSignal.timeout(50) }).catch(() => {});
        }
        export async function test_4_unread() { await fetch('/endless'); }
        export async function test_5_cancelled() { await (await fetch('/endless')).body.cancel(); }
        export function test_6_forgotten() { fetch('/hang').catch(() => {}); }
        `, { server });

    const hits = sink.of('add_hit').map(({ status, error }) => [status, error]);
    assert.deepEqual(hits[1], [0, 'other side closed']);
    assert.equal(hits[2][0], 0);
    assert.match(hits[2][1], /^The operation was aborted/); /* Node 18 says no more than that */
    assert.deepEqual(hits.slice(3), [[200, undefined], [200, undefined],
        [0, 'no response before the end of the run']]);
    assert.match(hits[0][1], /ECONNREFUSED/);
    assert.equal(sink.of('add_hit')[3].elapsed, sink.of('add_hit')[3].ttfb);
    assert.deepEqual(server.seen, { '/cut': 1, '/hang': 2, '/endless': 2 });
    assertWholeAccount(sink);
});

test('failures, errors, and what nobody awaits', async (t) => {
    const { code, sink } = await runForHost(t, `
        import assert from 'node:assert';
        class OutOfStock extends Error {}
        export function test_fails() { assert.strictEqual(503, 200, 'status of the cart'); }
        export async function test_errs() { throw new OutOfStock('no more books'); }
        export function test_text() { throw 'just a text'; }
        export async function test_stray() {
            Promise.reject(new RangeError('nobody cares'));
            setTimeout(() => { throw new TypeError('thrown late'); });
            await new Promise((resolve) => setTimeout(resolve, 20));
        }`, { env: { LOADS_TOTAL_HITS: '2' } });

    assert.equal(code, 0);
    assertWholeAccount(sink);
    const failures = sink.of('addFailure');
    assert.deepEqual(failures.map((each) => each.test), ['test_fails', 'test_fails']);
    assert.match(failures[0].exc_info[0], /^status of the cart/); /* newer Nodes add both values */
    assert.equal(failures[0].exc_info[1], 'AssertionError');
    assert.match(failures[0].exc_info[2], /at Object\.test_fails \(.*example\.mjs:4:/);
    assert.doesNotMatch(failures[0].exc_info[2], /node:internal|users\.js|Promise/);

    const errors = Object.fromEntries(sink.of('addError').map((each) => [each.exc_info[0], each]));
    assert.deepEqual(Object.keys(errors).sort(), ['just a text', 'no more books', 'nobody cares', 'thrown late']);
    assert.equal(sink.count('addError'), 8);
    assert.equal(errors['no more books'].exc_info[1], 'OutOfStock');
    assert.equal(errors['just a text'].exc_info[1], 'string');
    assert.equal(errors['nobody cares'].test, 'test_stray');
    assert.equal(errors['thrown late'].test, 'test_stray');
    assert.equal(sink.count('addSuccess'), 0);
    assert.equal(sink.count('stopTest'), 8);
});

test('counters and metrics', async (t) => {
    const { sink } = await runForHost(t, `
        export function test_measures(t) {
            t.incrCounter('one');
            t.metric('queue', 7.5, 'gauge');
            t.metric('answer time', 0.25);
        }
        export function test_wrong_kind(t) { t.metric('x', 1, 'sum'); }
        export function test_wrong_name(t) { t.incrCounter(''); }
        export function test_wrong_value(t) { t.incrCounter('x', NaN); }`);
    assert.deepEqual(sink.of('incr_counter').map(({ name, value, test: of }) => [name, value, of]),
        [['one', 1, 'test_measures']]);
    assert.deepEqual(sink.of('metric').map(({ name, value, kind }) => [name, value, kind]),
        [['queue', 7.5, 'gauge'], ['answer time', 0.25, 'trend']]);
    assert.deepEqual(sink.of('addError').map((each) => each.exc_info[0]), [
        'metric x: kind sum is not one of counter, gauge, rate, trend',
        'a name must be a text, not empty',
        'x: NaN is not a finite number']);
});

test('a duration: users go on until it is over', async (t) => {
    const started = performance.now();
    const { code, sink } = await runForHost(t, 'export async function test_nothing() {}',
        { env: { LOADS_DURATION: '0.5', LOADS_PROCESS_USERS: '5', LOADS_TOTAL_USERS: '5' } });
    assert.equal(code, 0);
    assert.ok(performance.now() - started >= 500);
    assertWholeAccount(sink);
    assert.ok(sink.count('stopTest') > 5);
    assert.equal(sink.count('startTest'), sink.count('stopTest'));
    const [first] = sink.of('startTest');
    assert.deepEqual(first.loads_status, [0, 5, 1, 1]);
});

test('a host that comes late loses nothing', async (t) => {
    const endpoint = `ipc://${join(temporaryFolder(t), 'r.ipc')}`;
    const file = testFile(t, `let started = 0;
        export function test_many() { if (++started === 1000) process.stdout.write('1000 tests'); }`);
    const { child, ended } = startRunner([file], hostEnvironment({ endpoint },
        { LOADS_PROCESS_USERS: '50', LOADS_TOTAL_USERS: '50', LOADS_TOTAL_HITS: '200' }));
    t.after(() => child.kill('SIGKILL'));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const sink = await Sink.start(t, endpoint);
    assert.equal((await ended).code, 0);
    await sink.until((each) => each.data_type === 'runnerEnd');
    assertWholeAccount(sink);
    assert.equal(sink.count('stopTest'), 10000);
});

test('messages that libzmq still holds at the end reach a late host', async (t) => {
    const endpoint = `ipc://${join(temporaryFolder(t), 'r.ipc')}`;
    const file = testFile(t, `export function test_one() { process.stdout.write('the last test'); }`);
    const { child, ended } = startRunner([file], hostEnvironment({ endpoint }));
    t.after(() => child.kill('SIGKILL'));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const sink = await Sink.start(t, endpoint);
    await sink.until((each) => each.data_type === 'runnerEnd');
    assert.equal((await ended).code, 0);
    assertWholeAccount(sink);
    assert.equal(sink.count('addSuccess'), 1);
});

test('many large texts: no frame is larger than the host takes', async (t) => {
    const { sink } = await runForHost(t, `export function test_big() {
        const error = new Error('\\u20ac'.repeat(100000));
        throw error;
    }`, { env: { LOADS_TOTAL_HITS: '300' } });
    assertWholeAccount(sink);
    assert.equal(sink.count('addError'), 300);
    assert.ok(sink.frames.every((count) => count < 200));
    assert.equal(sink.of('addError')[0].exc_info[0], `${'\u20ac'.repeat(8192)}...`);
});

for (const signal of ['SIGTERM', 'SIGINT']) {
    test(`${signal} lets the running iteration finish`, async (t) => {
        const waiting = [];
        let isKilled = false;
        const server = await startServer(t, { '/wait': (_, response) => {
            if (isKilled)
                response.end();
            else
                waiting.push(response);
        } });
        const sink = await Sink.start(t);
        const file = testFile(t, `export async function test_wait() {
            await fetch('/');
            await (await fetch('/wait')).text();
        }`);
        const { child, ended } = startRunner(['--server-url', server.url, file],
            hostEnvironment(sink, { LOADS_DURATION: '60' }));
        await sink.until((each) => each.data_type === 'add_hit'); /* it waits for /wait */
        child.kill(signal);
        isKilled = true;
        waiting.forEach((response) => response.end());
        const { code } = await ended;
        assert.equal(code, 0);
        await sink.until((each) => each.data_type === 'runnerEnd');
        assertWholeAccount(sink);
        assert.equal(sink.count('startTest'), sink.count('stopTest'));
        assert.equal(sink.count('add_hit'), server.seen['/'] + server.seen['/wait']);
    });
}

test('a test that does not end is left behind after SIGTERM; a second one ends at once', async (t) => {
    const text = `export async function test_hang() { await new Promise((resolve) => setTimeout(resolve, 60000)); }`;
    const sinks = [await Sink.start(t), await Sink.start(t)];
    const runners = sinks.map((sink) =>
        startRunner([testFile(t, text)], hostEnvironment(sink, { LOADS_TOTAL_HITS: '5' })));
    const [gentle, hard] = runners;
    await Promise.all(sinks.map((sink) => sink.until((each) => each.data_type === 'startTest')));

    const started = performance.now();
    gentle.child.kill('SIGTERM');
    hard.child.kill('SIGTERM');
    hard.child.kill('SIGINT');
    assert.match((await hard.ended).signal, /^SIG(TERM|INT)$/);
    assert.equal((await gentle.ended).code, 0);
    assert.ok(performance.now() - started >= 4900);
    await sinks[0].until((each) => each.data_type === 'runnerEnd');
    assertWholeAccount(sinks[0]);
    assert.equal(sinks[0].count('stopTest'), 0);
});

test('a test that nothing can wake is an error, not a silent end', async (t) => {
    const { code, sink } = await runForHost(t, 'export const test_stuck = () => new Promise(() => {});',
        { env: { LOADS_TOTAL_HITS: '5' } });
    assert.equal(code, 0);
    assertWholeAccount(sink);
    assert.equal(sink.count('startTest'), 1);
    assert.match(sink.of('addError')[0].exc_info[0], /never ended/);
    const setUp = await runForHost(t, `export const setUpUser = () => new Promise(() => {});
        export function test_a() {}`);
    assert.deepEqual(setUp.sink.of('addError').map((each) => each.test), ['setUpUser']);
});

test('by hand: TAP', async (t) => {
    const server = await startServer(t, { '/': page, '/flaky': (_, response) => {
        response.statusCode = 503;
        response.end();
    } });
    const { code, stdout, stderr } = await runByHand('--server-url', server.url, join(examples, 'shop.mjs'));
    assert.equal(stderr, '');
    assert.equal(code, 1);
    const lines = stdout.split('\n');
    assert.equal(lines[0], 'TAP version 13');
    assert.deepEqual(lines.filter((line) => /^(not )?ok|^1\.\./.test(line)),
        ['not ok 1 - test_cart', 'ok 2 - test_home', '1..2']);
    assert.ok(lines.every((line) => line === '' || /^(TAP|1\.\.|ok|not ok|#)/.test(line)), stdout);
    assert.match(stdout, /^# GET cart 503 \d+\.\d ms$/m);
    assert.match(stdout, /^# AssertionError .*the cart answers$/m);
    assert.deepEqual(server.seen, { '/': 2, '/flaky': 1 });
});
