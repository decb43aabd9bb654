/* SPDX-License-Identifier: Apache-2.0 */
/* Mocha specs, unchanged. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { assertWholeAccount, hostEnvironment, outcomes, runByHand, runFileForHost, Sink, startRunner, startServer,
    testFile, testFileWith } from './helpers.js';

const page = (_, response) => response.end('hello');

const SHOP = `
    const assert = require('node:assert');
    let token;

    describe('Shop', function () {
        this.timeout(3000);
        before(async () => { token = await (await fetch('/login')).text(); });
        after(() => fetch('/logout'));
        beforeEach(function () { this.seen = []; });

        it('greets whom it knows', async function () {
            const response = await fetch('/?' + token);
            this.seen.push(await response.text());
            await new Promise((resolve) => setTimeout(resolve, 3)); /* the other users come and go */
            assert.equal((await (await fetch('/?' + token)).text()), 'hello');
            assert.deepEqual(this.seen, ['hello']);
            globalThis.loads?.incrCounter(token);
        });
        it('takes callbacks', (done) => { setTimeout(done, 2); });
        it.skip('is not ready', () => { throw new Error('never'); });
        it('is planned');
        it('skips itself', function () { this.skip(); });
        context('Cart', () => {
            it('fails', () => assert.equal(1, 2, 'one is two'));
            it('throws in a callback', (done) => { setTimeout(() => { throw new TypeError('late'); }, 2); });
            it('rejects in a callback', (done) => { setTimeout(async () => { assert.ok(false, 'nobody'); }, 2); });
            it('leaves a promise', async () => {
                Promise.reject(new RangeError('unheard'));
                await new Promise((resolve) => setTimeout(resolve, 5));
            });
            it('takes too long', function (done) { this.timeout(20); });
        });
        describe('Closed', () => {
            beforeEach('knock', () => { throw new Error('closed'); });
            it('never opens', () => {});
            it('is not even tried', () => {});
        });
    });`;

test('a spec runs whole for each of many users at once, who share nothing', async (t) => {
    let logins = 0;
    const server = await startServer(t, { '/': page, '/logout': page,
        '/login': (_, response) => response.end(`token ${logins++}`) });
    const { code, stderr, sink } = await runFileForHost(t, testFile(t, SHOP, 'shop.spec.cjs'),
        { server, env: { LOADS_TOTAL_USERS: '20', LOADS_PROCESS_USERS: '20', LOADS_TOTAL_HITS: '3' } });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assertWholeAccount(sink);
    assert.deepEqual(outcomes(sink), {
        'Shop greets whom it knows': 'ok',
        'Shop takes callbacks': 'ok',
        'Shop Cart fails': 'Failure: one is two',
        'Shop Cart throws in a callback': 'Error: late',
        'Shop Cart rejects in a callback': 'Failure: nobody',
        'Shop Cart leaves a promise': 'Error: unheard',
        'Shop Cart takes too long': outcomes(sink)['Shop Cart takes too long'],
        'Shop Closed never opens': 'Error: closed',
    });
    assert.match(outcomes(sink)['Shop Cart takes too long'], /^Error: Timeout of 20ms exceeded/);
    assert.equal(sink.count('addSuccess'), 120);
    assert.equal(sink.count('addFailure'), 120);
    assert.equal(sink.count('addError'), 240);
    assert.equal(sink.count('startTest'), 540); /* with those that skip themselves */
    assert.equal(sink.count('stopTest'), 540);
    /* Each user had its own token in each iteration, and each hit its own user. */
    assert.deepEqual(server.seen, { '/login': 60, '/': 120, '/logout': 60 });
    assert.equal(sink.count('add_hit'), 240);
    const tokens = sink.of('incr_counter');
    assert.equal(new Set(tokens.map((each) => each.name)).size, 60);
    for (const { name, loads_status } of tokens) {
        const own = sink.of('add_hit').filter((each) => decodeURIComponent(each.url).endsWith(`?${name}`));
        assert.deepEqual(own.map((each) => each.loads_status), [loads_status, loads_status]);
    }
});

test('the same spec as a module with imports, TDD, chai and only', async (t) => {
    const file = testFileWith(t, ['mocha', 'chai'], `
        import { suite, test, setup, teardown } from 'mocha';
        import { expect } from 'chai';
        const seen = [];
        suite('Sums', () => {
            setup(() => seen.push('setup'));
            teardown(() => { if (seen.length > 100) throw new Error('too many'); });
            test('hold', () => { expect(1 + 1).to.equal(2); });
            test('do not hold', () => { expect(1 + 1).to.equal(3); });
        });`, 'sums.mjs');
    const { sink } = await runFileForHost(t, file,
        { env: { LOADS_TOTAL_USERS: '3', LOADS_PROCESS_USERS: '3', LOADS_TOTAL_HITS: '40' } });
    /* 80 setups for each of three users: they do not share the module's variables. */
    assert.deepEqual(outcomes(sink), { 'Sums hold': 'ok', 'Sums do not hold': 'Failure: expected 2 to equal 3' });
    assert.equal(sink.count('addSuccess'), 120);
    assert.equal(sink.of('addFailure')[0].exc_info[1], 'AssertionError');
    for (const { exc_info: [, , traceback] } of sink.of('addFailure')) /* the same, whosever copy it is */
        assert.match(traceback, /sums\.mjs:9:\d+\)$/);

    const only = await runByHand(testFile(t, `
        describe('a', () => { it('no', () => {}); it.only('yes', () => {}); });
        describe('b', () => { it('neither', () => {}); });`, 'only.js'));
    assert.deepEqual(only.stdout.match(/^ok .*/gm), ['ok 1 - a yes']);
});

test('a suite or a test by its title', async (t) => {
    const file = testFile(t, `describe('Shop', () => {
        it('opens', () => {});
        describe('Cart (new)', () => { it('holds', () => {}); it('holds on', () => {}); });
    });`, 'shop.spec.js');
    const lines = async (name) => (await runByHand(`${file}:${name}`)).stdout.match(/(?<=^ok \d - ).*/gm);
    assert.deepEqual(await lines('Shop Cart (new)'), ['Shop Cart (new) holds', 'Shop Cart (new) holds on']);
    assert.deepEqual(await lines('Shop opens'), ['Shop opens']);
    const { code, stdout, stderr } = await runByHand(`${file}:Cart`);
    assert.match(stderr, /has no test or suite "Cart"; its tests are: Shop opens; Shop Cart \(new\) holds; /);
    assert.deepEqual([code, stdout], [2, '']);
});

test('by hand: TAP with what was skipped', async (t) => {
    const { stdout } = await runByHand(testFile(t, `describe('A', () => {
        before(() => { throw new Error('no way in'); });
        it('waits', () => {});
    });
    describe('B', () => { it('is there', () => {}); it('is not'); xit('is not either', () => {}); });`, 'a.cjs'));
    assert.deepEqual(stdout.match(/^(not )?ok.*/gm), ['not ok 1 - A "before all" hook for "waits"',
        'ok 2 - B is there', 'ok 3 - B is not # SKIP', 'ok 4 - B is not either # SKIP']);
});

test("Mocha's configuration: time limit, retries, required files with root hooks", async (t) => {
    const file = testFile(t, `let tries = 0;
        describe(title, () => {
            it('is slow', (done) => { setTimeout(done, 60); });
            it('is flaky', () => { if (++tries < 3) throw new Error('try again'); });
        });`, 'a.spec.js');
    const folder = dirname(file);
    writeFileSync(join(folder, '.mocharc.json'), '{ "timeout": 30, "retries": 2, "require": "./setup.cjs" }');
    writeFileSync(join(folder, 'setup.cjs'), `
        globalThis.title = 'A'; /* the spec needs it to load */
        exports.mochaGlobalSetup = () => process.stdout.write('global set-up;');
        exports.mochaGlobalTeardown = () => process.stdout.write('global tear-down;');
        exports.mochaHooks = { afterEach() { loads.incrCounter('hook'); } };`);
    const sink = await Sink.start(t);
    const { ended } = startRunner([file], hostEnvironment(sink, { LOADS_TOTAL_USERS: '2', LOADS_PROCESS_USERS: '2' }), folder);
    const { stdout } = await ended;
    await sink.until((each) => each.data_type === 'runnerEnd');
    assert.equal(stdout, 'global set-up;global tear-down;');
    assert.match(outcomes(sink)['A is slow'], /^Error: Timeout of 30ms exceeded/);
    assert.equal(outcomes(sink)['A is flaky'], 'ok');
    assert.equal(sink.count('addSuccess'), 2);
    assert.equal(sink.count('startTest'), 12); /* each of the two three times, for two users */
    assert.equal(sink.of('incr_counter').length, 12);
    writeFileSync(join(folder, '.mocharc.json'), '{ "require": "./gone.cjs" }');
    const { code, stderr } = await startRunner([file], {}, folder).ended;
    assert.match(stderr, /^loads-js-runner: Mocha's option "require": \.\/gone\.cjs does not load: /);
    assert.equal(code, 2);
});

test('what a spec shares with other files, and files that are no specs', async (t) => {
    const file = testFile(t, `
        const shared = require('./shared.cjs');
        let own = 0;
        describe('A', () => { it('counts', () => { loads.metric('own', ++own); loads.metric('shared', ++shared.count); }); });`,
    'a.cjs');
    writeFileSync(join(dirname(file), 'shared.cjs'), 'exports.count = 0;');
    const { sink } = await runFileForHost(t, file, { env: { LOADS_TOTAL_USERS: '3', LOADS_PROCESS_USERS: '3' } });
    const values = (name) => sink.of('metric').filter((each) => each.name === name).map((each) => each.value);
    assert.deepEqual(values('own'), [1, 1, 1]);
    assert.deepEqual(values('shared'), [1, 2, 3]);
    const none = await runByHand(testFile(t, 'describe("empty", () => {});'));
    assert.match(none.stderr, /has no test: .* no suite of Mocha; it exports no function\n$/);
    /* A spec need not look like one. */
    const hidden = testFile(t, `require('./part.cjs')();`, 'hidden.cjs');
    writeFileSync(join(dirname(hidden), 'part.cjs'), `module.exports = () => describe('part', () => { it('is found', () => {}); });`);
    assert.match((await runByHand(hidden)).stdout, /^ok 1 - part is found$/m);
    /* Nothing of Mocha is left in a file that does not want it. */
    const plain = await runByHand(testFile(t, `export function test_a() { if ('describe' in globalThis) throw 1; }`));
    assert.match(plain.stdout, /^ok 1/m);
});
