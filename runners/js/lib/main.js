/* SPDX-License-Identifier: Apache-2.0 */
/* The program: settings, tests, users, the end. It alone ends the process. */
import { describeError } from './errors.js';
import { createHits } from './hits.js';
import { loadTests } from './loader.js';
import { recordFetch } from './recorders/fetch.js';
import { recordUndici } from './recorders/undici.js';
import { runUsers } from './users.js';
import { readSettings, USAGE, UsageError, VERSION } from './settings.js';
import { createStop } from './stop.js';

const EXIT_USAGE = 2;
const EXIT_INTERNAL = 70;

export async function main(argv) {
    try {
        process.exit(await runProgram(argv));
    } catch (error) {
        const isUsage = error instanceof UsageError;
        process.stderr.write(`loads-js-runner: ${isUsage ? error.message : error.stack}\n`);
        process.exit(isUsage ? EXIT_USAGE : EXIT_INTERNAL);
    }
}

/* Returns the exit code. */
async function runProgram(argv) {
    const settings = readSettings(argv, process.env);
    if (settings.help || settings.version) {
        process.stdout.write(settings.help ? USAGE : `${VERSION}\n`);
        return 0;
    }
    const stop = createStop();
    /* Before the test file loads, so that it only ever sees the recorded fetch. */
    const reporter = await openReporter(settings);
    const hits = createHits(reporter);
    recordUndici(hits);
    recordFetch(settings, reporter);
    reportStrays(reporter);

    const tests = await Promise.race([loadTests(settings), stop.overdue]);
    if (!Array.isArray(tests))
        throw new UsageError(`${settings.target} does not load: it still waits at its top level`);
    await runUsers({ settings, tests, reporter, hits, stop });
    hits.endAll();
    return reporter.finish();
}

/* Each imports only what it needs: by hand no ZeroMQ, for the host no TAP. */
async function openReporter(settings) {
    if (settings.receiver === undefined)
        return (await import('./tap.js')).createTapReporter(process.stdout);
    return (await import('./reporter.js')).createReporter(settings);
}

/* What a test leaves behind, a promise that nobody awaits or a timer that throws,
 * must not end the other users of this process. Node does not tell reliably which
 * test it came from. */
function reportStrays(reporter) {
    const report = (error) => reporter.report('addError', {
        test: '(outside a test)',
        exc_info: describeError(error),
    });
    process.on('unhandledRejection', report);
    process.on('uncaughtException', report);
}
