/* SPDX-License-Identifier: Apache-2.0 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { library } from './helpers.js';

const { createEncoder, encodeFields } = await import(join(library, 'lib/encode.js'));

test('an ordinary message is its JSON, without what is undefined', () => {
    assert.equal(encodeFields({ data_type: 'x', name: undefined, url: 'http://h/\u00e9"\n' }),
        '{"data_type":"x","url":"http://h/\u00e9\\"\\n"}');
});

test('NUL and lone surrogates become U+FFFD, pairs and texts that only look so stay', () => {
    const encode = (text) => JSON.parse(encodeFields({ text })).text;
    assert.equal(encode('a\0b'), 'a\ufffdb');
    assert.equal(encode('\ud83d!'), '\ufffd!');
    assert.equal(encode('!\ude00'), '!\ufffd');
    assert.equal(encode('\0\ud83d\ude00'), '\ufffd\ud83d\ude00');
    assert.equal(encode('\\u0000'), '\\u0000');
});

test('texts are clipped, the traceback later than others, never within a character', () => {
    const long = 'x'.repeat(20000);
    const [message, , traceback] = JSON.parse(encodeFields({ exc_info: [long, 'E', long] })).exc_info;
    assert.equal(message, `${'x'.repeat(8192)}...`);
    assert.equal(traceback, `${'x'.repeat(16384)}...`);
    const { text } = JSON.parse(encodeFields({ text: `${'x'.repeat(8191)}\ud83d\ude00` }));
    assert.equal(text, `${'x'.repeat(8191)}\ufffd...`);
});

test('what is written by hand is what JSON would have been', () => {
    const encode = createEncoder({ agent_id: 'a"1', run_id: undefined, hostname: 'h' });
    const envelope = { agent_id: 'a"1', hostname: 'h', seq: 7 };
    const parsed = (text) => JSON.parse(text);
    const owner = { name: 'a "b"\n', statusText: '[1,2,3,4]' };
    const fields = { test: 'a "b"\n', loads_status: [1, 2, 3, 4] };
    assert.deepEqual(parsed(encode.test('startTest', 7, owner)), { data_type: 'startTest', ...envelope, ...fields });
    assert.deepEqual(parsed(encode.test('stopTest', 7, owner, 250_000)),
        { data_type: 'stopTest', ...envelope, ...fields, elapsed: 0.25 });
    assert.deepEqual(parsed(encode.message('my "own"', 7, {})), { data_type: 'my "own"', ...envelope });
    assert.deepEqual(parsed(encode.message('socket_message', 7, { size: 5, test: undefined })),
        { data_type: 'socket_message', ...envelope, size: 5 });

    const hit = { test: owner, seq: 7, url: 'http://h/"', method: 'GET', status: 200, started_unix_ms: 1005, elapsed_us: 500_000 };
    const plain = { data_type: 'add_hit', ...envelope, url: 'http://h/"', method: 'GET', status: 200,
        started: '1970-01-01T00:00:01.005Z', elapsed: 0.5, loads_status: [1, 2, 3, 4] };
    assert.deepEqual(parsed(encode.hit(hit)), plain);
    assert.deepEqual(parsed(encode.hit({ ...hit, name: '\0', ttfb_us: 1, bytes_in: 9, tags: { a: 1 }, dns: 1e-7,
        started_unix_ms: 2050, elapsed_us: 61_500_000 })), { ...plain, name: '\ufffd', ttfb: 0.000001, bytes_in: 9,
        tags: { a: 1 }, dns: 1e-7, started: '1970-01-01T00:00:02.050Z', elapsed: 61.5 });
    assert.deepEqual(parsed(encode.hit({ ...hit, status: 0, error: 'no "way"', elapsed_us: 0 })),
        { ...plain, status: 0, error: 'no "way"', elapsed: 0 });
});
