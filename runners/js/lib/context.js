/* SPDX-License-Identifier: Apache-2.0 */
/* Which test the code that runs now belongs to, across every await: one process
 * runs many users at once. */
import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage();

/* Runs `act` as a part of `work`, { test, hitName, tags }, and returns its result: hits
 * in it belong to that test, and have that name and those tags if there are any. */
export function runAs(work, act) {
    return storage.run(work, act);
}

/* From here on, in what runs now and in all that it starts. */
export function continueAs(work) {
    storage.enterWith(work);
}

/* undefined outside of every test. */
export function currentWork() {
    return storage.getStore();
}
