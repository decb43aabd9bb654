/* SPDX-License-Identifier: Apache-2.0 */
/* What the program says when it is called wrongly: one clear line, exit code 2. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basename, dirname } from 'node:path';
import { hostEnvironment, runByHand, startRunner, temporaryFolder, testFile } from './helpers.js';

const good = 'export function test_a() {}\nexport function test_b() {}\nexport const helper = () => {};';

async function assertRefused(args, message, env) {
    const { code, stdout, stderr } = await startRunner(args, env).ended;
    assert.match(stderr, message);
    assert.match(stderr, /^loads-js-runner: /);
    assert.equal(stdout, '');
    assert.equal(code, 2);
    return stderr;
}

test('the command line', async () => {
    await assertRefused([], /no test file given/);
    await assertRefused(['--user', 'x.js'], /unknown option --user; known: --server-url, --ca-file, --data, .*--version/);
    await assertRefused(['x.js', 'y.js'], /one test file at a time: x\.js and y\.js given/);
    await assertRefused(['x.js', '--server-url'], /--server-url needs a URL/);
    await assertRefused(['--server-url=localhost:80', 'x.js'],
        /--server-url localhost:80 is not an http or https URL/);
});

test('--help and --version', async () => {
    const help = await runByHand('--help');
    assert.match(help.stdout, /^Usage: loads-js-runner/);
    assert.equal(help.code, 0);
    const version = await runByHand('--version');
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
});

test('the file', async (t) => {
    const folder = temporaryFolder(t);
    await assertRefused([`${folder}/none.mjs`], /cannot read .*none\.mjs: no such file\n$/);
    await assertRefused([testFile(t, good, 'shop.py')], /shop\.py is not a JavaScript file/);
    await assertRefused([dirname(folder)], /is not a JavaScript file/);
    await assertRefused([testFile(t, 'throw new Error("no database")')],
        /example\.mjs does not load: Error: no database\n/);
    await assertRefused([testFile(t, 'import "./missing.mjs";')], /does not load: .*Cannot find module/);
    await assertRefused([testFile(t, 'await new Promise(() => {});')], /does not load: it still waits/);
});

test('a syntax error is shown where it is', async (t) => {
    for (const name of ['broken.mjs', 'broken.cjs']) {
        const stderr = await assertRefused([testFile(t, 'const a = 1;\nconst b = = 2;\n', name)],
            /does not load: SyntaxError: Unexpected token '='\n/);
        assert.match(stderr, new RegExp(`${name.replace('.', '\\.')}:2\nconst b = = 2;\n {10}\\^\n`));
    }
});

test('the name', async (t) => {
    const file = testFile(t, good);
    await assertRefused([`${file}:test_c`],
        /does not export a function test_c; it exports helper, test_a, test_b\n$/);
    await assertRefused([testFile(t, 'export const test_x = 1;')], /has no test: .*; it exports no function\n$/);
    await assertRefused([testFile(t, 'export function buy() {}')], /has no test: .*; it exports buy\n$/);
    const { stdout } = await runByHand(`${file}:helper`);
    assert.match(stdout, /^ok 1 - helper$/m);
});

test('CommonJS modules, also when Node cannot list their exports', async (t) => {
    const { stdout } = await runByHand(testFile(t,
        'const tests = {}; for (const n of ["test_a", "test_b"]) tests[n] = () => {};\nmodule.exports = tests;',
        'example.cjs'));
    assert.deepEqual(stdout.match(/^ok .*/gm), ['ok 1 - test_a', 'ok 2 - test_b']);
});

test('a file whose folder has a colon', async (t) => {
    const { writeFileSync, mkdirSync } = await import('node:fs');
    const folder = `${temporaryFolder(t)}/a:b.js:c`;
    mkdirSync(folder);
    writeFileSync(`${folder}/d.mjs`, good);
    const { stdout } = await runByHand(`${folder}/d.mjs:test_b`);
    assert.deepEqual(stdout.match(/^ok .*/gm), ['ok 1 - test_b']);
    assert.equal(basename(folder), 'a:b.js:c');
});

test('the environment', async (t) => {
    const file = testFile(t, good);
    const env = hostEnvironment({ endpoint: 'ipc:///nowhere/r.ipc' });
    const refused = (more, message) => assertRefused([file], message, { ...env, ...more });
    await refused({ LOADS_DURATION: '5' }, /LOADS_TOTAL_HITS and LOADS_DURATION are both set/);
    await refused({ LOADS_TOTAL_HITS: 'ten' }, /LOADS_TOTAL_HITS=ten is not a whole number/);
    await refused({ LOADS_PROCESS_USERS: '0' }, /LOADS_PROCESS_USERS=0 is not a whole number/);
    await refused({ LOADS_TOTAL_HITS: '', LOADS_DURATION: '-1' }, /LOADS_DURATION=-1 is not a number of seconds/);
    await refused({ LOADS_PROTOCOL: '' }, /LOADS_PROTOCOL=: this runner needs a host that speaks protocol 2/);
    await refused({ LOADS_ZMQ_RECEIVER: 'nonsense' }, /LOADS_ZMQ_RECEIVER=nonsense: /);
});
