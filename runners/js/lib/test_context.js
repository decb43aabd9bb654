/* SPDX-License-Identifier: Apache-2.0 */
/* What a test function is handed as its argument, `t` (documented in index.d.ts). */
import { currentWork, runAs } from './context.js';

const KINDS = ['counter', 'gauge', 'rate', 'trend'];
const NAME_LIMIT = 256; /* bytes; the host refuses longer ones */

export class TestContext {
    #test;

    constructor(test) {
        this.#test = test;
    }

    get serverUrl() {
        return this.#test.user.run.settings.serverUrl;
    }

    get name() {
        return this.#test.name;
    }

    get user() {
        return this.#test.user.number;
    }

    get iteration() {
        return this.#test.user.iteration;
    }

    get row() {
        return this.#test.user.row;
    }

    get data() {
        return this.#test.user.data;
    }

    random() {
        return this.#test.user.random();
    }

    url(path) {
        if (this.serverUrl === undefined)
            throw new Error(`t.url(${JSON.stringify(path)}): no --server-url was given`);
        return new URL(path, this.serverUrl).href;
    }

    named(name, act, tags) {
        checkName(name);
        return runAs({ test: this.#test, hitName: name, tags }, act);
    }

    request(method, url, options) {
        return this.#test.user.client.request(currentWork()?.test ?? this.#test, method, url, options);
    }

    get(url, options) {
        return this.request('GET', url, options);
    }

    head(url, options) {
        return this.request('HEAD', url, options);
    }

    post(url, options) {
        return this.request('POST', url, options);
    }

    put(url, options) {
        return this.request('PUT', url, options);
    }

    patch(url, options) {
        return this.request('PATCH', url, options);
    }

    delete(url, options) {
        return this.request('DELETE', url, options);
    }

    incrCounter(name, value = 1) {
        this.#report('incr_counter', { name, value });
    }

    metric(name, value, kind = 'trend') {
        if (!KINDS.includes(kind))
            throw new TypeError(`metric ${name}: kind ${kind} is not one of ${KINDS.join(', ')}`);
        this.#report('metric', { name, value, kind });
    }

    #report(type, fields) {
        const { name, value } = fields;
        const { reporter } = this.#test.user.run;
        checkName(name);
        if (typeof value !== 'number' || !Number.isFinite(value))
            throw new TypeError(`${name}: ${String(value)} is not a finite number`);
        if (reporter.isOverfull)
            throw new RangeError(`${name}: the host takes no more now; await something between counters`);
        reporter.report(type, { test: this.#test.name, loads_status: this.#test.status, ...fields });
    }
}

function checkName(name) {
    if (typeof name !== 'string' || name === '')
        throw new TypeError(`a name must be a text, not ${String(name) || 'empty'}`);
    if (Buffer.byteLength(name) > NAME_LIMIT)
        throw new RangeError(`the name ${name.slice(0, 20)}... is longer than ${NAME_LIMIT} bytes`);
}
