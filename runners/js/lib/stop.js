/* SPDX-License-Identifier: Apache-2.0 */
/* The ways a run ends early: the first SIGINT or SIGTERM lets running iterations
 * finish for a while, the second ends the process at once. */

const GRACE_MS = 5000;
const SIGNALS = ['SIGINT', 'SIGTERM'];

/* `requested` tells users to start nothing new; `overdue` resolves when they have
 * had their time, or when nothing is left that could wake them. */
export function createStop() {
    const stop = { requested: false, overdue: undefined };
    let giveUp;
    stop.overdue = new Promise((resolve) => { giveUp = resolve; });

    const onSignal = (signal) => {
        if (stop.requested) {
            SIGNALS.forEach((each) => process.removeAllListeners(each));
            process.kill(process.pid, signal);
            return;
        }
        stop.requested = true;
        setTimeout(giveUp, GRACE_MS, 'signal');
    };
    SIGNALS.forEach((each) => process.on(each, onSignal));
    process.once('beforeExit', () => giveUp('stuck'));
    return stop;
}
