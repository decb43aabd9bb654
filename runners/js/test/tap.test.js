/* SPDX-License-Identifier: Apache-2.0 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { library } from './helpers.js';

const { createTapReporter } = await import(join(library, 'lib/tap.js'));

async function printed(...reports) {
    let text = '';
    const reporter = createTapReporter({ write(line, done) {
        text += line;
        done?.();
    } }, 'seven');
    reporter.report('startTest', { test: 'test_a' });
    reports.forEach(([type, fields]) => reporter.report(type, fields));
    return { code: await reporter.finish(), text };
}

test('what passes and what does not', async () => {
    assert.deepEqual(await printed(['addSuccess', { test: 'test_a' }]),
        { code: 0, text: 'TAP version 13\n# --seed seven\nok 1 - test_a\n1..1\n' });
    assert.deepEqual(await printed(['addError', { test: 'test_a', exc_info: ['no', 'string', ''] }]),
        { code: 1, text: 'TAP version 13\n# --seed seven\nnot ok 1 - test_a\n# string: no\n1..1\n' });
});

test('what a server sends does not steer the terminal', async () => {
    const { text } = await printed(
        ['addError', { test: 'test_a', exc_info: ['', '', 'Error: \x1b[31mred\x07\n\tat\x9b \u00e9'] }]);
    assert.match(text, /^# Error: \\x1b\[31mred\\x07\n# \tat\\x9b \u00e9$/m);
});
