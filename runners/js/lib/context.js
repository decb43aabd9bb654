/* SPDX-License-Identifier: Apache-2.0 */
/* Which test the code that runs now belongs to, across every await: one process
 * runs many users at once. */
import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage();

/* Runs `work` as a part of `test` ({ name, status }) and returns its result. Hits
 * in it are called `hitName`, if given. */
export function runAs(test, work, hitName) {
    return storage.run({ test, hitName }, work);
}

/* { test, hitName }, or undefined outside of every test. */
export function currentWork() {
    return storage.getStore();
}
