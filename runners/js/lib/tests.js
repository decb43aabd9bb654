/* SPDX-License-Identifier: Apache-2.0 */
/* One test of one user from start to stop. It has one outcome, the first that is
 * told; what goes wrong beside that is an error more of the same test. */
import { runAs } from './context.js';
import { describeError, isAssertion } from './errors.js';
import { elapsedMicroseconds } from './time.js';

export const DEFAULT_LIMIT_MS = 60_000;

/* What was started in a test, even a connection that others go on using, may hold it
 * long after its end: it is small, and what it does not need any more it lets go. */
export class Test {
    name;
    user;
    statusText;          /* as JSON: every hit has it, so it is written once */
    isRunning = true;
    openHits = undefined; /* the first of a list: kept by hits.js */
    held = undefined;    /* hits that may turn out to be told by the test itself: hits.js */
    finish = undefined;  /* ends the wait for the test's code, which may go on */
    endsByCallback = false;
    takeStray = undefined; /* handles what nobody awaited instead */
    #run;
    #started_ms = performance.now();
    #error = undefined;  /* { error } */

    constructor(run, user, name) {
        this.#run = run;
        this.user = user;
        this.name = name;
        this.statusText = `[${user.status()}]`;
        run.running.add(this);
    }

    /* As currentWork() gives it: a test as such has no name for its hits. */
    get test() {
        return this;
    }

    get status() {
        return JSON.parse(this.statusText);
    }

    start() {
        this.#run.reporter.reportTest('startTest', this);
    }

    /* The first error is the test's outcome; also one that comes when it is over counts. */
    fail(error) {
        if (this.isRunning && this.#error === undefined)
            this.#error = { error };
        else
            this.#reportError(error);
    }

    /* An error that no code of the test has awaited. After an exception in a callback
     * nobody can expect that the callback goes on to end the test. */
    failStray(error, isException) {
        if (this.isRunning && this.takeStray !== undefined)
            return this.takeStray(error, isException);
        this.fail(error);
        if (isException || this.endsByCallback)
            this.finish?.();
        return undefined;
    }

    /* `hasOutcome`: false if the test neither succeeded nor failed, but was skipped. */
    stop(hasOutcome = true) {
        const elapsed_us = elapsedMicroseconds(this.#started_ms);
        this.isRunning = false;
        this.#run.running.delete(this);
        this.#run.hits.endUnread(this);
        if (this.#error !== undefined)
            this.#reportError(this.#error.error);
        else if (hasOutcome)
            this.#run.reporter.reportTest('addSuccess', this);
        else
            this.#run.reporter.skipped?.({ test: this.name });
        this.#run.reporter.reportTest('stopTest', this, elapsed_us);
    }

    /* Set-up and tear-down are no tests: only their errors are told. */
    stopQuietly() {
        this.isRunning = false;
        this.#run.running.delete(this);
        this.#run.hits.endUnread(this);
        if (this.#error !== undefined)
            this.#reportError(this.#error.error);
        return this.#error === undefined;
    }

    #reportError(error) {
        this.#run.reporter.report(isAssertion(error) ? 'addFailure' : 'addError',
            { test: this.name, loads_status: this.status, exc_info: describeError(error) });
    }
}

/* Runs `body` as `test` and resolves when it has ended, or has had its time. */
export function runBody(test, limit_ms, body) {
    return new Promise((resolve) => {
        /* It keeps no process alive: what nothing can wake is known at once (stop.js). */
        const timer = setTimeout(() => {
            test.fail(new TimeLimitError(limit_ms));
            test.finish?.();
        }, limit_ms).unref();
        test.finish = () => {
            test.finish = undefined;
            clearTimeout(timer);
            resolve();
        };
        runAs(test, async () => {
            try {
                await body();
            } catch (error) {
                test.fail(error);
            }
            test.finish?.();
        });
    });
}

export class TimeLimitError extends Error {
    constructor(limit_ms) {
        super(`the test did not end within ${limit_ms / 1000} s`);
        this.stack = `TimeLimitError: ${this.message}`;
    }
}
