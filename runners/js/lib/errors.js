/* SPDX-License-Identifier: Apache-2.0 */
/* What a test threw, for people to read. */
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

/* Of this package, and of what it uses: as a module's address and as a path. */
const OWN_FILES = [new URL('.', import.meta.url), new URL('../node_modules/', import.meta.url)]
    .flatMap((each) => [each.href, fileURLToPath(each)]);
/* Of a module that is loaded for each user: one place is one error (mocha.js). */
export const COPY_NAME = 'loads-user';
const COPY_MARK = new RegExp(`\\?${COPY_NAME}=\\d+`, 'g');
/* Where the users and tests of this process wait: users.js, tests.js. */
const OWN_WAITS = /^\s+at (async Promise\.all |new Promise \(<anonymous>\)|async new Promise )/;
const CAUSES_SHOWN = 5;

/* A failed assertion of node:assert, or of the libraries that follow its habit. */
export function isAssertion(error) {
    return error?.code === 'ERR_ASSERTION' || error?.name === 'AssertionError';
}

/* The protocol's exc_info: [message, class, traceback]. A test may throw anything,
 * even an object whose members throw when read. */
export function describeError(error) {
    try {
        return [messageOf(error), classOf(error), tracebackOf(error)];
    } catch {
        return ['an error that cannot be read', 'Error', ''];
    }
}

/* fetch() says only "fetch failed"; why is in the cause. */
function messageOf(error) {
    if (!(error instanceof Error))
        return typeof error === 'string' ? error : inspect(error);
    const cause = error.cause instanceof Error ? textOf(error.cause) : '';
    return cause === '' || error.message.includes(cause) ? textOf(error) : `${error.message}: ${cause}`;
}

/* Node's error for several failed addresses of a host has a code and no message. */
export function textOf(error) {
    return String(error?.message || error?.code || error?.name || error);
}

function classOf(error) {
    return error instanceof Error ? error.constructor?.name || error.name : typeof error;
}

/* The stack and those of the causes, without the lines of Node and of this runner. */
function tracebackOf(error) {
    const stacks = [];
    for (let each = error; each instanceof Error && stacks.length < CAUSES_SHOWN; each = each.cause)
        stacks.push(readableStack(each));
    return stacks.join('\nCaused by: ');
}

function readableStack(error) {
    const lines = String(error.stack).replaceAll(COPY_MARK, '').split('\n').filter((line) => !/^\s+at /.test(line)
        || !OWN_FILES.some((each) => line.includes(each)) && !/\bnode:/.test(line));
    while (OWN_WAITS.test(lines.at(-1)))
        lines.pop();
    return lines.join('\n');
}
