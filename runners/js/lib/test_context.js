/* SPDX-License-Identifier: Apache-2.0 */
/* What a test function is handed as its argument, `t` (documented in index.d.ts). */

const KINDS = ['counter', 'gauge', 'rate', 'trend'];
const NAME_LIMIT = 256; /* bytes; the host refuses longer ones */

export class TestContext {
    #settings;
    #reporter;
    #test;

    constructor(settings, reporter, test) {
        this.#settings = settings;
        this.#reporter = reporter;
        this.#test = test;
    }

    get serverUrl() {
        return this.#settings.serverUrl;
    }

    get user() {
        return this.#test.status[3];
    }

    get iteration() {
        return this.#test.status[2];
    }

    url(path) {
        if (this.serverUrl === undefined)
            throw new Error(`t.url(${JSON.stringify(path)}): no --server-url was given`);
        return new URL(path, this.serverUrl).href;
    }

    incrCounter(name, value = 1) {
        checkMeasure(name, value);
        this.#report('incr_counter', { name, value });
    }

    metric(name, value, kind = 'trend') {
        checkMeasure(name, value);
        if (!KINDS.includes(kind))
            throw new TypeError(`metric ${name}: kind ${kind} is not one of ${KINDS.join(', ')}`);
        this.#report('metric', { name, value, kind });
    }

    #report(type, fields) {
        if (this.#reporter.isOverfull)
            throw new RangeError(`${fields.name}: the host takes no more now; await something between counters`);
        this.#reporter.report(type, { test: this.#test.name, loads_status: this.#test.status, ...fields });
    }
}

function checkMeasure(name, value) {
    if (typeof name !== 'string' || name === '')
        throw new TypeError(`the name of a counter or metric must be a text, not ${String(name) || 'empty'}`);
    if (Buffer.byteLength(name) > NAME_LIMIT)
        throw new RangeError(`the name ${name.slice(0, 20)}... is longer than ${NAME_LIMIT} bytes`);
    if (typeof value !== 'number' || !Number.isFinite(value))
        throw new TypeError(`${name}: ${String(value)} is not a finite number`);
}
