/* SPDX-License-Identifier: Apache-2.0 */
/* The program: settings, tests, users, the end. It alone ends the process. */
import { currentWork } from './context.js';
import { prepareDeal } from './data.js';
import { createHits } from './hits.js';
import { loadSuite } from './loader.js';
import { recordFetch } from './recorders/fetch.js';
import { recordHttp } from './recorders/http.js';
import { recordUndici } from './recorders/undici.js';
import { readSettings, USAGE, UsageError, VERSION } from './settings.js';
import { seedKey } from './siphash.js';
import { createSockets } from './sockets.js';
import { createStop } from './stop.js';
import { guardProcess } from './strays.js';
import { TestContext } from './test_context.js';
import { prepareTrust } from './trust.js';
import { runUsers } from './users.js';

const EXIT_USAGE = 2;
const EXIT_INTERNAL = 70;

export async function main(argv) {
    const exit = process.exit.bind(process); /* tests get another one */
    try {
        exit(await runProgram(argv));
    } catch (error) {
        const isUsage = error instanceof UsageError;
        process.stderr.write(`loads-js-runner: ${isUsage ? error.message : error.stack}\n`);
        exit(isUsage ? EXIT_USAGE : EXIT_INTERNAL);
    }
}

/* Returns the exit code. */
async function runProgram(argv) {
    const settings = readSettings(argv, process.env);
    if (settings.help || settings.version) {
        process.stdout.write(settings.help ? USAGE : `${VERSION}\n`);
        return 0;
    }
    prepareTrust(settings, process.env);
    const stop = createStop();
    const reporter = await openReporter(settings);
    const run = {
        settings, stop, reporter,
        hits: createHits(reporter),
        sockets: createSockets(reporter),
        key: seedKey(settings.seed),
        running: new Set(), /* tests, set-ups and tear-downs that have not ended */
    };
    /* Before the test file loads, so that it only ever sees what is recorded. */
    recordHttp(run.hits, run.sockets);
    recordUndici(run.hits, run.sockets);
    recordFetch(settings, reporter);
    guardProcess(reporter);
    defineGlobal();

    run.suite = await Promise.race([loadSuite(run), stop.overdue]);
    if (typeof run.suite !== 'object')
        throw new UsageError(`${settings.target} does not load: it still waits at its top level`);
    run.deal = prepareDeal(run);
    await runUsers(run);
    run.hits.endAll(run.running);
    run.sockets.endAll();
    return reporter.finish();
}

/* For code that is handed no context: Mocha's specs, libraries of a test. */
function defineGlobal() {
    Object.defineProperty(globalThis, 'loads', {
        configurable: true,
        get() {
            const test = currentWork()?.test;
            return test === undefined ? undefined : new TestContext(test);
        },
        set(value) {
            Object.defineProperty(globalThis, 'loads', { value, writable: true, configurable: true });
        },
    });
}

/* Each imports only what it needs: by hand no ZeroMQ, for the host no TAP. */
async function openReporter(settings) {
    if (settings.receiver === undefined)
        return (await import('./tap.js')).createTapReporter(process.stdout, settings.seed);
    return (await import('./reporter.js')).createReporter(settings);
}
