/* SPDX-License-Identifier: Apache-2.0 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { library } from './helpers.js';

const { describeError, isAssertion } = await import(join(library, 'lib/errors.js'));

test('an assertion is known by its code or its name', () => {
    assert.ok(isAssertion(new assert.AssertionError({ message: 'm' })));
    assert.ok(isAssertion(Object.assign(new Error('chai'), { name: 'AssertionError' })));
    assert.ok(!isAssertion(new TypeError('x')));
    assert.ok(!isAssertion(undefined));
});

test('the cause is in the message and in the traceback', () => {
    const [message, name, traceback] = describeError(
        new TypeError('fetch failed', { cause: new RangeError('no route') }));
    assert.equal(message, 'fetch failed: no route');
    assert.equal(name, 'TypeError');
    assert.match(traceback, /^TypeError: fetch failed\n[^]*\nCaused by: RangeError: no route/);
});

test('causes that go round in a circle end', () => {
    const error = new Error('round');
    error.cause = error;
    assert.equal(describeError(error)[2].match(/Caused by/g).length, 4);
});

test('anything can be thrown', () => {
    assert.deepEqual(describeError(undefined), ['undefined', 'undefined', '']);
    assert.deepEqual(describeError('text'), ['text', 'string', '']);
    assert.deepEqual(describeError({ a: 1 }), ['{ a: 1 }', 'object', '']);
    const hostile = new Error('x');
    Object.defineProperty(hostile, 'message', { get() { throw new Error('no'); } });
    assert.equal(describeError(hostile)[0], 'an error that cannot be read');
});
