/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the place of the host when there is none: each test runs once, and its
 * messages become TAP, one line a hit. */

/* What a server answers may be in a message, and must not steer the terminal. */
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
const escapeControl = (unit) => `\\x${unit.charCodeAt(0).toString(16).padStart(2, '0')}`;

export function createTapReporter(stream, seed) {
    const write = (text) => stream.write(`${text.replace(CONTROL, escapeControl)}\n`);
    const comment = (text) => text.split('\n').forEach((line) => print(`# ${line}`.trimEnd()));
    let count = 0, failed = 0, hasBegun = false;

    function print(line) {
        if (!hasBegun)
            write(`TAP version 13\n# --seed ${seed}`);
        hasBegun = true;
        write(line);
    }

    function result(verdict, { test, exc_info }) {
        count += 1;
        print(`${verdict} ${count} - ${test}`);
        if (exc_info === undefined)
            return;
        failed += 1;
        comment(exc_info[2] || `${exc_info[1]}: ${exc_info[0]}`);
    }

    const printers = {
        socket_open: () => comment('web socket opened'),
        socket_message: ({ size }) => comment(`web socket: ${size} bytes`),
        socket_close: () => comment('web socket closed'),
        incr_counter: ({ name, value }) => comment(`counter ${name} ${value ?? 1}`),
        metric: ({ name, value, kind }) => comment(`${kind} ${name} ${value}`),
        addSuccess: (fields) => result('ok', fields),
        addFailure: (fields) => result('not ok', fields),
        addError: (fields) => result('not ok', fields),
    };

    return {
        isFull: false,
        isOverfull: false,
        report: (type, fields) => printers[type]?.(fields),
        reportTest: (type, { name }) => printers[type]?.({ test: name }),
        reportHit({ method, name, url, status, error, elapsed_us }) {
            comment(`${method} ${name ?? url} ${error ?? status} ${(elapsed_us / 1000).toFixed(1)} ms`);
        },
        skipped({ test }) {
            count += 1;
            print(`ok ${count} - ${test} # SKIP`);
        },
        room: async () => {},
        finish() {
            return new Promise((resolve) => {
                stream.write(`1..${count}\n`, () => resolve(failed === 0 ? 0 : 1));
            });
        },
    };
}
