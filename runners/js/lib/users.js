/* SPDX-License-Identifier: Apache-2.0 */
/* The users of this process: each runs all tests one after another, again and
 * again, as a loop of its own beside the others. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createClient } from './client.js';
import { describeError } from './errors.js';
import { createRandom } from './random.js';
import { UsageError } from './settings.js';

export class User {
    number;
    iteration = 1;
    row = undefined; /* of this iteration, with --data */
    data = {};       /* what the tests keep */
    #run;
    #random = undefined;
    #client = undefined;

    constructor(run, number) {
        this.#run = run;
        this.number = number;
    }

    status() {
        const { hits, users } = this.#run.settings;
        return [hits, users, this.iteration, this.number];
    }

    get run() {
        return this.#run;
    }

    get client() {
        this.#client ??= createClient(this.#run);
        return this.#client;
    }

    random() {
        this.#random ??= createRandom(this.#run.key, this.number);
        return this.#random();
    }

    leave() {
        this.#client?.close();
    }
}

/* Resolves when all users are through, or when `stop` says that it is enough. */
export async function runUsers(run) {
    const { settings, stop, suite } = run;
    const members = await prepare(run);
    const ends = performance.now() + (settings.durationMs ?? Infinity);
    run.goesOn = (iteration) => !stop.requested
        && (settings.hits > 0 ? iteration <= settings.hits : performance.now() < ends);
    const outcome = await Promise.race([Promise.all(members.map((each) => runUser(run, each))), stop.overdue]);
    if (outcome === 'stuck')
        run.running.forEach((test) => reportStuck(run.reporter, test));
    else if (outcome !== 'signal')
        await suite.close();
}

/* Loading a file again for each user is no part of the measurement. */
async function prepare(run) {
    const { settings, suite } = run;
    try {
        await suite.open();
        const members = [];
        for (let i = 0; i < settings.processUsers; i++)
            members.push(await suite.join(new User(run, settings.firstUser + i)));
        return members;
    } catch (error) {
        const [message, name, traceback] = describeError(error);
        throw new UsageError(`${settings.target} cannot be set up: ${name}: ${message}\n${traceback}`);
    }
}

/* `member` is what the suite makes of a user: { user, setUp, iterate, tearDown }. */
async function runUser(run, member) {
    const { user } = member;
    if (await member.setUp()) {
        for (let turn = 1; run.goesOn(turn); turn++) {
            user.iteration = turn;
            if (!run.deal(user))
                break;
            await member.iterate();
            /* A test that never waits would keep signals and messages waiting. */
            await nextTurn();
        }
        await member.tearDown();
    }
    user.leave();
}

function reportStuck(reporter, test) {
    const why = 'the test never ended: it waits for something that nothing in this process can bring';
    reporter.report('addError', {
        test: test.name, loads_status: test.status, exc_info: [why, 'Error', ''],
    });
}
