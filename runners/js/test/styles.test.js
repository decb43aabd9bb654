/* SPDX-License-Identifier: Apache-2.0 */
/* What a test may look like: callbacks, classes, the original's, and what goes before
 * and after. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertWholeAccount, outcomes, runByHand, runFileForHost, runForHost, startServer, testFile } from './helpers.js';

const page = (_, response) => response.end('hello');

test('a callback ends the test, with an error or without, also from where it throws', async (t) => {
    const { code, sink } = await runForHost(t, `
        import assert from 'node:assert';
        export function test_1_ends(t, done) { setTimeout(done, 5); }
        export function test_2_errs(t, done) { setTimeout(() => done(new RangeError('no')), 5); }
        export function test_3_throws(t, done) { setTimeout(() => assert.equal(1, 2, 'in a callback'), 5); }
        export function test_4_rejects(t, done) { setTimeout(async () => { throw new Error('nobody'); }, 5); }
        export function test_5_sync(t, done) { throw new Error('at once'); }
        export async function test_6_both(t, done) { throw new Error('promised'); }`,
    { env: { LOADS_TOTAL_HITS: '2' } });
    assert.equal(code, 0);
    assertWholeAccount(sink);
    assert.deepEqual(outcomes(sink), {
        test_1_ends: 'ok', test_2_errs: 'Error: no', test_3_throws: 'Failure: in a callback',
        test_4_rejects: 'Error: nobody', test_5_sync: 'Error: at once', test_6_both: 'Error: promised',
    });
    assert.equal(sink.count('stopTest'), 12);
    assert.equal(sink.count('addError'), 8);
});

test('files of the original runner: a callback with a socket', async (t) => {
    const server = await startServer(t, { '/': page });
    const file = testFile(t, `
        const http = require('http');
        module.exports = {
            greeting: 'hello',
            loginTest: function (cb) {
                const started = new Date();
                http.get(process.env.URL, (response) => {
                    response.resume().on('end', () => {
                        cb.socket.send('add_hit', { url: process.env.URL, method: 'GET', status: response.statusCode,
                            started: started.toISOString(), elapsed: 0.25 });
                        cb.socket.send('incr_counter', { name: this.greeting });
                        cb(null);
                    });
                });
            },
            testRecorded: (callback) => http.get(process.env.URL, (r) => r.resume().on('end', callback)),
            testArrow: cb => setTimeout(cb, 1),
            testMethod(done) { setTimeout(done, 1); },
            testContext(t) { t.incrCounter('a context'); },
            testStatus: function (cb) { cb(JSON.stringify(cb.socket.runStatus)); },
            helper: function () { throw new Error('not a test'); },
        };`, 'original.js');
    const run = (options) => runFileForHost(t, file, { ...options, env: { LOADS_TOTAL_USERS: '3', URL: server.url } });
    const { sink } = await run();
    assertWholeAccount(sink);
    assert.deepEqual(outcomes(sink), { testArrow: 'ok', testContext: 'ok', testMethod: 'ok', testRecorded: 'ok',
        testStatus: 'Error: {"totalUsers":3,"totalHits":1,"currentUser":1,"currentHit":1,"duration":0}' });
    assert.deepEqual(server.seen, { '/': 1 });
});

test('what a test of the original reports itself is not counted twice', async (t) => {
    const server = await startServer(t, { '/': page });
    const file = testFile(t, `
        const http = require('http');
        exports.checkTheTest = function (cb) {
            http.get(process.env.URL, (response) => response.resume().on('end', () => {
                cb.socket.send('add_hit', { url: process.env.URL, method: 'GET', status: 200, elapsed: 0.25,
                    started: new Date().toISOString() });
                cb.socket.send('logins', { test: 'checkTheTest' });
                cb(null);
            }));
        };`, 'original.cjs');
    const { sink } = await runFileForHost(t, file, { env: { LOADS_TOTAL_HITS: '3', URL: server.url } });
    assert.deepEqual(outcomes(sink), { checkTheTest: 'ok' });
    assert.deepEqual(sink.of('add_hit').map((each) => each.elapsed), [0.25, 0.25, 0.25]);
    assert.deepEqual(sink.of('add_hit')[2].loads_status, [3, 1, 3, 1]);
    assert.equal(sink.count('logins'), 3);
    assert.equal(server.seen['/'], 3);
});

test('classes: an object for each user, set-up and tear-down around each test', async (t) => {
    const { sink } = await runForHost(t, `
        class Base {
            log = [];
            setUpUser(t) { this.log.push('setUpUser'); t.data.name = 'user ' + t.user; }
            async setUp() { this.log.push('setUp'); }
            tearDown() { this.log.push('tearDown'); }
            test_inherited() { this.log.push('inherited'); }
        }
        export class TestShop extends Base {
            test_own(t) { this.log.push(t.data.name); }
            test_fails() { throw new Error('body'); }
            tearDownUser(t) { t.incrCounter(this.log.join(' ')); }
            helper() { throw new Error('not a test'); }
        }
        export class TestNothing { constructor() { throw new Error('nobody asked'); } }
        export class NoTests { buy() {} }`,
    { env: { LOADS_TOTAL_USERS: '2', LOADS_PROCESS_USERS: '2', LOADS_TOTAL_HITS: '2' } });
    assertWholeAccount(sink);
    assert.deepEqual(outcomes(sink),
        { 'TestShop.test_fails': 'Error: body', 'TestShop.test_inherited': 'ok', 'TestShop.test_own': 'ok' });
    const round = (user) => `setUp tearDown setUp inherited tearDown setUp user ${user} tearDown`;
    assert.deepEqual(sink.of('incr_counter').map((each) => each.name).sort(),
        [1, 2].map((user) => `setUpUser ${round(user)} ${round(user)}`));
});

test('one class, one method of it', async (t) => {
    const file = testFile(t, `
        export class TestA { test_1() {} test_2() {} }
        export class TestB { test_1() {} }
        export function test_c() {}`);
    const lines = async (name) => (await runByHand(`${file}${name}`)).stdout.match(/(?<=^ok \d - ).*/gm);
    assert.deepEqual(await lines(''), ['test_c', 'TestA.test_1', 'TestA.test_2', 'TestB.test_1']);
    assert.deepEqual(await lines(':TestA'), ['TestA.test_1', 'TestA.test_2']);
    assert.deepEqual(await lines(':TestA.test_2'), ['TestA.test_2']);
    const { code, stderr } = await runByHand(`${file}:TestA.test_3`);
    assert.match(stderr, /does not export a function TestA\.test_3; it exports TestA, TestA\.test_1, .*test_c\n$/);
    assert.equal(code, 2);
});

test('set-up and tear-down of a module, a user and the process', async (t) => {
    const server = await startServer(t, { '/': page });
    const { sink } = await runForHost(t, `
        let isReady = 0;
        export async function setUpProcess() { await null; isReady++; }
        export async function setUpUser(t) {
            if (t.user === 3) throw new Error('no account left');
            await (await fetch('/', { loadsName: 'log in' })).text();
            t.data.count = 0;
        }
        export function setUp(t) { t.data.count += 10; }
        export function tearDown(t) { t.data.count += 100; }
        export function test_a(t) { if (isReady !== 1) throw new Error('not ready'); t.data.count += 1; }
        export function tearDownUser(t) { t.metric('count', t.data.count); }
        export function tearDownProcess() { process.stdout.write('over'); }`,
    { server, env: { LOADS_TOTAL_USERS: '3', LOADS_PROCESS_USERS: '3', LOADS_TOTAL_HITS: '2' } });
    assert.deepEqual(outcomes(sink), { setUpUser: 'Error: no account left', test_a: 'ok' });
    assert.equal(sink.count('startTest'), 4);
    assert.deepEqual(sink.of('metric').map((each) => each.value), [222, 222]);
    assert.deepEqual(sink.of('add_hit').map((each) => each.name), ['log in', 'log in']);
});

test('a process that cannot be set up runs nothing', async (t) => {
    const file = testFile(t, 'export function setUpProcess() { throw new Error("no database"); }\nexport function test_a() {}');
    const { code, stdout, stderr } = await runByHand(file);
    assert.match(stderr, /^loads-js-runner: .*example\.mjs cannot be set up: Error: no database\n[^]* at setUpProcess .*\n$/);
    assert.deepEqual([code, stdout], [2, '']);
});

test('a test has a time limit, and the user goes on', async (t) => {
    const { sink } = await runForHost(t, `
        export const timeout = 40;
        export const test_1_hangs = () => new Promise((resolve) => setTimeout(resolve, 60000));
        export function test_2_never_calls(t, done) { setInterval(() => {}, 1000); }
        export async function test_3_more() { await new Promise((resolve) => setTimeout(resolve, 80)); }
        test_3_more.timeout = 30000;`, { env: { LOADS_TOTAL_HITS: '2' } });
    assert.deepEqual(outcomes(sink), { test_1_hangs: 'Error: the test did not end within 0.04 s',
        test_2_never_calls: 'Error: the test did not end within 0.04 s', test_3_more: 'ok' });
    assert.equal(sink.of('addError')[0].exc_info[1], 'TimeLimitError');
    assert.equal(sink.count('stopTest'), 6);
});

test('process.exit ends no process', async (t) => {
    const { code, sink } = await runForHost(t, `
        export function test_1_exits() { process.exit(3); }
        export async function test_2_exits_late() {
            setTimeout(() => process.exit(), 5);
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        export function test_3_goes_on() {}`);
    assert.equal(code, 0);
    assert.deepEqual(outcomes(sink), {
        test_1_exits: 'Error: process.exit(3) was called: it would end all users of this process',
        test_2_exits_late: 'Error: process.exit() was called: it would end all users of this process',
        test_3_goes_on: 'ok',
    });
    const { stderr } = await runByHand(testFile(t, 'process.exit(0);'));
    assert.match(stderr, /does not load: ProcessExitError: process\.exit\(0\) was called/);
});

test('what comes after the end of a test is an error of that test', async (t) => {
    const { sink } = await runForHost(t, `
        export function test_1_leaves() { setTimeout(() => { throw new Error('much later'); }, 10); }
        export async function test_2_waits() { await new Promise((resolve) => setTimeout(resolve, 50)); }
        export const test_3_twice = () => { Promise.reject(new Error('first')); Promise.reject(new Error('second'));
            return new Promise((resolve) => setTimeout(resolve, 5)); };`);
    assert.deepEqual(sink.messages.filter((each) => /^add/.test(each.data_type))
        .map((each) => [each.test, each.exc_info?.[0]]),
    [['test_1_leaves', undefined], ['test_1_leaves', 'much later'], ['test_2_waits', undefined],
        ['test_3_twice', 'second'], ['test_3_twice', 'first']]);
});

test('parameters and time limits that make no sense', async (t) => {
    const refused = async (text, message) => {
        const { code, stderr } = await runByHand(testFile(t, text));
        assert.match(stderr, message);
        assert.equal(code, 2);
    };
    await refused('export const timeout = "1 s"; export function test_a() {}', /timeout of test_a: 1 s is not a number/);
    await refused('export function test_a() {} test_a.parameters = { a: "text" };',
        /parameters of test_a: a has the type 'text'; expected bool, int, /);
    await refused('export function test_a() {} test_a.parameters = "int a";', /parameters of test_a: expected an object/);
});
