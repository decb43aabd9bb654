/* SPDX-License-Identifier: Apache-2.0 */
/* What a test leaves behind, a promise that nobody awaits or a callback that throws,
 * and a test that wants to end the process: errors of that test. The other users of
 * this process go on. */
import { currentWork } from './context.js';
import { describeError } from './errors.js';

export function guardProcess(reporter) {
    const report = (error, isException) => {
        const test = currentWork()?.test;
        if (test === undefined)
            reporter.report('addError', { test: '(outside a test)', exc_info: describeError(error) });
        else
            test.failStray(error, isException);
    };
    process.on('unhandledRejection', (error) => report(error, false));
    process.on('uncaughtException', (error) => report(error, true));

    process.exit = (code) => { throw new ProcessExitError(code); };
}

class ProcessExitError extends Error {
    constructor(code) {
        super(`process.exit(${code ?? ''}) was called: it would end all users of this process`);
    }
}
