/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of --data, and numbers that a seed repeats. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { library, outcomes, runByHand, runFileForHost, startRunner, temporaryFolder, testFile } from './helpers.js';

const { dealRow } = await import(join(library, 'lib/deal.js'));
const { hashWords, seedKey } = await import(join(library, 'lib/siphash.js'));
const { createRandom } = await import(join(library, 'lib/random.js'));

const TEN_ROWS = `page,extra,term\n${Array.from({ length: 10 }, (_, n) => `${n},-,term${n}\n`).join('')}`;

test('SipHash-2-4 is what its authors say', () => {
    /* Key 00 01 .. 0f, message 00 01 .. 07: the vector of 8 bytes. */
    const key = Uint32Array.of(0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c);
    const [low, high] = hashWords(key, 0x03020100, 0x07060504);
    assert.equal(high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0'), '93f5f5799a932462');
});

test('rows are dealt like cards', () => {
    const deal = (more) => ({ order: 'sequential', isUnique: false, rows: 5, users: 2, key: seedKey('seven'), ...more });
    const turns = (more, user, count) => Array.from({ length: count }, (_, index) => dealRow(deal(more), user, index + 1));
    assert.deepEqual(turns({}, 1, 6), [0, 2, 4, 1, 3, 0]);
    assert.deepEqual(turns({}, 2, 6), [1, 3, 0, 2, 4, 1]);
    assert.deepEqual(turns({ order: 'once' }, 2, 4), [1, 3, undefined, undefined]);
    assert.deepEqual(turns({ isUnique: true }, 1, 5), [0, 2, 4, 0, 2]);
    assert.deepEqual(turns({ isUnique: true, order: 'once' }, 2, 3), [1, 3, undefined]);
    for (const rows of [1, 2, 5, 16, 17, 1000]) { /* each time through meets each row once */
        const shuffled = turns({ rows, users: 1, order: 'shuffled' }, 1, 2 * rows);
        const sorted = (from) => shuffled.slice(from, from + rows).sort((a, b) => a - b);
        assert.deepEqual(sorted(0), Array.from({ length: rows }, (_, index) => index));
        assert.deepEqual(sorted(rows), sorted(0));
        if (rows > 5)
            assert.notDeepEqual(shuffled.slice(0, rows), shuffled.slice(rows));
    }
    const drawn = turns({ rows: 4, order: 'random' }, 1, 1000);
    for (const row of [0, 1, 2, 3])
        assert.ok(drawn.filter((each) => each === row).length > 150);
});

test('random numbers are even, and the same for the same seed and user', () => {
    const numbers = (seed, user) => Array.from({ length: 10000 }, createRandom(seedKey(seed), user));
    const first = numbers('7', 1);
    assert.deepEqual(numbers('7', 1), first);
    assert.notDeepEqual(numbers('7', 2), first);
    assert.notDeepEqual(numbers('8', 1), first);
    assert.ok(first.every((each) => each >= 0 && each < 1));
    const mean = first.reduce((sum, each) => sum + each) / first.length;
    assert.ok(Math.abs(mean - 0.5) < 0.02, `mean ${mean}`);
});

const TAKE = `
    export function test_take(t) {
        if (typeof t.row.page !== 'number' || t.row.term !== 'term' + t.row.page || t.row.extra !== '-')
            throw new Error(JSON.stringify(t.row));
        t.metric('row', t.row.page);
    }
    test_take.parameters = { term: 'string', page: 'int' };
    export function test_random(t) { t.metric('random', t.random()); }`;

/* What each user got, over so many processes. */
async function deal(t, options, { users, hits, processes = 1, text = TAKE, data = TEN_ROWS }) {
    const file = testFile(t, text);
    const rows = join(dirname(file), 'rows.csv');
    writeFileSync(rows, data);
    const each = users / processes;
    const dealt = {};
    for (let process = 0; process < processes; process++) {
        const { sink } = await runFileForHost(t, file, { options: ['--data', rows, ...options], env: {
            LOADS_TOTAL_USERS: `${users}`, LOADS_CURRENT_USER: `${process * each + 1}`,
            LOADS_PROCESS_USERS: `${each}`, LOADS_TOTAL_HITS: `${hits}` } });
        assert.equal(sink.count('addError'), 0);
        for (const { name, value, loads_status: [, , , user] } of sink.of('metric'))
            ((dealt[user] ??= {})[name] ??= []).push(value);
    }
    return dealt;
}

const rowsOf = (dealt) => Object.fromEntries(Object.entries(dealt).map(([user, { row }]) => [user, row]));

test('each user gets its rows, in one process or in many', async (t) => {
    assert.deepEqual(rowsOf(await deal(t, [], { users: 4, hits: 5 })),
        { 1: [0, 4, 8, 2, 6], 2: [1, 5, 9, 3, 7], 3: [2, 6, 0, 4, 8], 4: [3, 7, 1, 5, 9] });
    for (const processes of [1, 2]) /* 8 hits are more than there are rows */
        assert.deepEqual(rowsOf(await deal(t, ['--data-order', 'once'], { users: 4, hits: 8, processes })),
            { 1: [0, 4, 8], 2: [1, 5, 9], 3: [2, 6], 4: [3, 7] });
    const shuffled = ['--data-unique', '--data-order=shuffled', '--seed', '7'];
    const one = await deal(t, shuffled, { users: 2, hits: 5 });
    assert.deepEqual(await deal(t, shuffled, { users: 2, hits: 5, processes: 2 }), one);
    assert.deepEqual(one[1].row.toSorted?.() ?? [...one[1].row].sort(), [0, 2, 4, 6, 8]);
    assert.notDeepEqual(one[1].random, one[2].random);
});

test('Mocha specs and JSON have rows too', async (t) => {
    const file = testFile(t, `describe('A', () => { it('asks', () => {
        loads.metric('row', loads.row.page); loads.incrCounter(loads.row.term); }); });`, 'a.cjs');
    const rows = join(dirname(file), 'rows.json');
    writeFileSync(rows, '[{ "page": 5, "term": "a" },\n{ "page": 6, "term": "b" }]');
    const { sink } = await runFileForHost(t, file, { options: ['--data', rows],
        env: { LOADS_TOTAL_USERS: '2', LOADS_PROCESS_USERS: '2' } });
    assert.deepEqual(outcomes(sink), { 'A asks': 'ok' });
    assert.deepEqual(sink.of('metric').map((each) => each.value), [5, 6]);
    assert.deepEqual(sink.of('incr_counter').map((each) => each.name), ['a', 'b']);
});

test('CSV as it is written', async (t) => {
    const data = '\ufeffname,note\r\n"a ""b"", c","two\nlines"\n\n plain ,\n"",x';
    const file = testFile(t, 'export function test_a(t) { t.metric(JSON.stringify(t.row), 1); }');
    const rows = join(dirname(file), 'rows.csv');
    writeFileSync(rows, data);
    const { sink } = await runFileForHost(t, file, { options: ['--data', rows], env: { LOADS_TOTAL_HITS: '3' } });
    assert.deepEqual(sink.of('metric').map((each) => JSON.parse(each.name)), [
        { name: 'a "b", c', note: 'two\nlines' }, { name: ' plain ', note: '' }, { name: '', note: 'x' }]);
});

test('what is wrong with the rows is known before anything runs, with its place', async (t) => {
    const folder = temporaryFolder(t);
    const file = testFile(t, `export function test_a() { throw new Error('runs'); }
        test_a.parameters = { n: 'int', b: 'bool', d: 'double' };`);
    const refused = async (name, data, message, ...options) => {
        writeFileSync(join(folder, name), data);
        const { code, stdout, stderr } = await startRunner(['--data', join(folder, name), ...options, file]).ended;
        assert.match(stderr, message);
        assert.deepEqual([code, stdout], [2, '']);
    };
    await refused('a.csv', 'n,b,d\n1,true,2\n\n1.5,true,2\n', /a\.csv:4: row 2: column n: int expects a whole number.*, found "1\.5"\n$/);
    await refused('a.csv', 'n,b,d\n1,yes,2\n', /a\.csv:2: row 1: column b: bool expects true or false, found "yes"\n$/);
    await refused('a.csv', 'n,b,d\n1,true,0x10\n', /column d: double expects a number, found "0x10"\n$/);
    await refused('a.csv', 'n,b,d\n99999999999,true,1\n', /column n: int expects/);
    await refused('a.csv', 'n,b,c\n1,true,2\n', /a\.csv:2: row 1: has no column d; it has n, b, c\n$/);
    await refused('a.csv', 'n,b,d\n1,true\n', /a\.csv:2: row 1: has 2 values, but the header has 3\n$/);
    await refused('a.csv', 'n,b,d\n"1,true,2\n', /a\.csv:2: value 1: its quote is never closed\n$/);
    await refused('a.csv', 'n,b,d\n1,"tr"ue,2\n', /a\.csv:2: value 2: after its closing quote/);
    await refused('a.csv', 'n,b,d\n1,tr"ue,2\n', /a\.csv:2: value 2: has a quote/);
    await refused('a.csv', 'n,b,n\n1,2,3\n', /a\.csv:1: header: has the column n twice\n$/);
    await refused('a.csv', 'n,b,d\n', /a\.csv has no rows\n$/);
    await refused('a.csv', '', /the file is empty\n$/);
    await refused('a.csv', Buffer.from([0x6e, 0xff, 0x0a]), /is not UTF-8\n$/);
    await refused('a.txt', 'n\n1\n', /expected a file that ends with \.csv or \.json\n$/);
    await refused('a.json', '[{"n":1,"b":true,"d":"x"}]', /a\.json: row 1: column d: double expects a number, found "x"\n$/);
    await refused('a.json', '[{"n":1,"b":true}, 5]', /a\.json: row 2: is not an object\n$/);
    await refused('a.json', '{}', /expected an array of objects/);
    await refused('a.json', '[', /a\.json: .*JSON/);
    await refused('a.csv', 'n,b,d\n1,true,2\n', /has 1 rows: not enough for 5 users with rows of their own\n$/, '--data-unique=5');
    await refused('a.csv', 'n,b,d\n1,true,2\n', /--data-order sorted: expected sequential, random, shuffled, once\n$/,
        '--data-order', 'sorted');
    const { stderr } = await runByHand(file);
    assert.match(stderr, /test_a has parameters \(n, b, d\): name a file with rows for them with --data\n$/);
    const missing = await runByHand('--data', join(folder, 'none.csv'), file);
    assert.match(missing.stderr, /--data .*none\.csv: ENOENT/);
});
