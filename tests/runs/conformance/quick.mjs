/* SPDX-License-Identifier: Apache-2.0 */
/* A test that asks nothing of the world. */
import { setTimeout } from 'node:timers/promises';

export async function test_nothing() {
    await setTimeout(1);
}
