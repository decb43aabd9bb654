/* SPDX-License-Identifier: Apache-2.0 */
/* The client behind t.get() and its kin: undici without the layers of fetch(). Each
 * user has one connection of its own to each origin, as a browser of its own would. */
import { createRequire } from 'node:module';
import { currentWork, runAs } from './context.js';
import { textOf } from './errors.js';

const TIMEOUT_MS = 30_000;
const BODY_LIMIT = 16 * 1024 * 1024;
const ORIGINS_LIMIT = 100;

const require = createRequire(import.meta.url);

export function createClient(run) {
    return new UserClient(run);
}

class UserClient {
    #run;
    #connections = new Map(); /* by origin */
    #base;

    constructor(run) {
        this.#run = run;
        this.#base = run.settings.serverUrl === undefined ? undefined : new URL(run.settings.serverUrl);
    }

    async request(test, method, url, { name, tags, headers, body, json, timeout = TIMEOUT_MS } = {}) {
        const { reporter } = this.#run;
        if (reporter.isFull)
            await reporter.room();
        const { origin, path } = this.#locate(url);
        const options = {
            method, path, headers, body: body ?? null, headersTimeout: timeout, bodyTimeout: timeout,
        };
        if (json !== undefined) {
            options.body = JSON.stringify(json);
            options.headers = { 'content-type': 'application/json', ...headers };
        }
        const connection = this.#connection(origin);
        try {
            return await new Promise((resolve, reject) => {
                const send = () => connection.dispatch(options, new Exchange(resolve, reject));
                const work = currentWork();
                if (work?.test === test && name === undefined && tags === undefined)
                    send(); /* what runs now says all that there is to say */
                else
                    runAs({ test, hitName: name ?? work?.hitName, tags: tags ?? work?.tags }, send);
            });
        } catch (error) { /* undici's has no trace of the test */
            throw new RequestError(textOf(error), { cause: error });
        }
    }

    #locate(url) {
        if (this.#base !== undefined && url.startsWith('/') && !url.startsWith('//'))
            return { origin: this.#base.origin, path: url };
        let found;
        try {
            found = new URL(url, this.#base);
        } catch {
            throw new TypeError(`${url} is not a URL${this.#base === undefined ? ', and no --server-url was given' : ''}`);
        }
        return { origin: found.origin, path: found.pathname + found.search };
    }

    #connection(origin) {
        let found = this.#connections.get(origin);
        if (found === undefined) {
            if (this.#connections.size === ORIGINS_LIMIT)
                throw new RangeError(`a user has connections to at most ${ORIGINS_LIMIT} origins`);
            const { Client } = require('undici');
            found = new Client(origin, { connectTimeout: TIMEOUT_MS });
            this.#connections.set(origin, found);
        }
        return found;
    }

    close() {
        for (const each of this.#connections.values())
            each.destroy();
    }
}

class RequestError extends Error {}

/* What undici tells about one request. */
class Exchange {
    #resolve;
    #reject;
    #status;
    #headers;
    #chunks = [];
    #size = 0;
    #abort;

    constructor(resolve, reject) {
        this.#resolve = resolve;
        this.#reject = reject;
    }

    onConnect(abort) {
        this.#abort = abort;
    }

    onHeaders(status, headers) {
        this.#status = status;
        this.#headers = headers;
        return true;
    }

    onData(chunk) {
        this.#size += chunk.length;
        if (this.#size > BODY_LIMIT)
            this.#abort(new RangeError(`the answer's body is larger than ${BODY_LIMIT / 2 ** 20} MiB`));
        else
            this.#chunks.push(chunk);
        return true;
    }

    onComplete() {
        const body = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
        this.#resolve(new Response(this.#status, this.#headers, body));
    }

    onError(error) {
        this.#reject(error);
    }
}

class Response {
    status;
    body;
    #raw;
    #headers = undefined;

    constructor(status, raw, body) {
        this.status = status;
        this.body = body;
        this.#raw = raw;
    }

    /* By name in lower case; of several of a name all, with commas between. */
    get headers() {
        if (this.#headers === undefined) {
            this.#headers = {};
            for (let i = 0; i < this.#raw.length; i += 2) {
                const name = this.#raw[i].toString('latin1').toLowerCase();
                const value = this.#raw[i + 1].toString('latin1');
                this.#headers[name] = name in this.#headers ? `${this.#headers[name]}, ${value}` : value;
            }
        }
        return this.#headers;
    }

    text() {
        return this.body.toString('utf8');
    }

    json() {
        return JSON.parse(this.text());
    }
}
