/* SPDX-License-Identifier: Apache-2.0 */
/* The users of this process: each runs all tests one after another, again and
 * again, as a loop of its own beside the others. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { runAs } from './context.js';
import { describeError, isAssertion } from './errors.js';
import { TestContext } from './test_context.js';
import { elapsedSeconds } from './time.js';

/* Resolves when all users are through, or when `stop` says that it is enough. */
export async function runUsers(run) {
    const { settings, stop } = run;
    const running = new Set(); /* tests that have started and not ended */
    const ends = performance.now() + (settings.durationMs ?? Infinity);
    const goesOn = (iteration) => !stop.requested
        && (settings.hits > 0 ? iteration <= settings.hits : performance.now() < ends);

    const users = Array.from({ length: settings.processUsers },
        (_, index) => runUser({ ...run, running, goesOn }, settings.firstUser + index));
    const outcome = await Promise.race([Promise.all(users), stop.overdue]);
    if (outcome === 'stuck')
        running.forEach((test) => reportStuck(run.reporter, test));
}

async function runUser(run, user) {
    const { settings, reporter } = run;
    for (let iteration = 1; run.goesOn(iteration); iteration++) {
        const status = [settings.hits, settings.users, iteration, user];
        for (const { name, run: body } of run.tests) {
            await reporter.room();
            await runTest(run, { name, status }, body);
        }
        /* A test that never waits would keep signals and messages waiting. */
        await nextTurn();
    }
}

async function runTest({ settings, reporter, hits, running }, test, body) {
    const fields = { test: test.name, loads_status: test.status };
    reporter.report('startTest', fields);
    running.add(test);
    const started = performance.now();
    let outcome = 'addSuccess', exc_info;
    try {
        await runAs(test, () => body(new TestContext(settings, reporter, test)));
    } catch (error) {
        outcome = isAssertion(error) ? 'addFailure' : 'addError';
        exc_info = describeError(error);
    }
    const elapsed = elapsedSeconds(started);
    running.delete(test);
    hits.endUnread(test);
    reporter.report(outcome, { ...fields, exc_info });
    reporter.report('stopTest', { ...fields, elapsed });
}

function reportStuck(reporter, test) {
    const why = 'the test never ended: it waits for something that nothing in this process can bring';
    reporter.report('addError', {
        test: test.name, loads_status: test.status, exc_info: [why, 'Error', ''],
    });
}
