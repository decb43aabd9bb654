/* SPDX-License-Identifier: Apache-2.0 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { library } from './helpers.js';

const { encodeMessage } = await import(join(library, 'lib/encode.js'));

test('an ordinary message is its JSON, without what is undefined', () => {
    assert.equal(encodeMessage({ data_type: 'x', name: undefined, url: 'http://h/\u00e9"\n' }),
        '{"data_type":"x","url":"http://h/\u00e9\\"\\n"}');
});

test('NUL and lone surrogates become U+FFFD, pairs and texts that only look so stay', () => {
    const encode = (text) => JSON.parse(encodeMessage({ text })).text;
    assert.equal(encode('a\0b'), 'a\ufffdb');
    assert.equal(encode('\ud83d!'), '\ufffd!');
    assert.equal(encode('!\ude00'), '!\ufffd');
    assert.equal(encode('\0\ud83d\ude00'), '\ufffd\ud83d\ude00');
    assert.equal(encode('\\u0000'), '\\u0000');
});

test('texts are clipped, the traceback later than others, never within a character', () => {
    const long = 'x'.repeat(20000);
    const [message, , traceback] = JSON.parse(encodeMessage({ exc_info: [long, 'E', long] })).exc_info;
    assert.equal(message, `${'x'.repeat(8192)}...`);
    assert.equal(traceback, `${'x'.repeat(16384)}...`);
    const { text } = JSON.parse(encodeMessage({ text: `${'x'.repeat(8191)}\ud83d\ude00` }));
    assert.equal(text, `${'x'.repeat(8191)}\ufffd...`);
});
