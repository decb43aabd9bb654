/* SPDX-License-Identifier: Apache-2.0 */
/* Carries messages to the host over one PUSH socket: numbers them, puts many into
 * a frame, and makes users wait when the host is slow. */
import zmq from 'zeromq';
import { encodeMessage } from './encode.js';
import { UsageError } from './settings.js';

const FRAME_MESSAGES = 200;
const FRAME_BYTES = 512 * 1024; /* half of what the host takes */
const FRAME_DELAY_MS = 100;
const QUEUE_ROOM = 2000;        /* beyond it nothing new starts */
const QUEUE_LIMIT = 100_000;    /* beyond it counters and metrics are refused */
const SOCKET_FRAMES = 16;       /* libzmq's own queue */
const DELIVERY_MS = 30_000;     /* how long the end waits for the host */
const LINGER_MS = 31_000;       /* so that our own deadline comes first */

export function createReporter({ receiver, identity }) {
    const socket = new zmq.Push({ sendHighWaterMark: SOCKET_FRAMES, linger: LINGER_MS });
    try {
        socket.connect(receiver);
    } catch (error) {
        throw new UsageError(`LOADS_ZMQ_RECEIVER=${receiver}: ${error.message}`);
    }
    return new Reporter(socket, identity);
}

export class Reporter {
    #socket;
    #identity;
    #seq = 0;
    #queue = [];      /* encoded messages */
    #waiting = [];    /* resolvers of those that wait for room */
    #isSending = false;
    #isDue = false;   /* what is queued goes out even if it fills no frame */
    #timer = undefined;
    #drained = undefined; /* called when the queue is empty, at the end */
    #isOver = false;  /* runnerEnd is queued */

    constructor(socket, identity) {
        this.#socket = socket;
        this.#identity = identity;
    }

    /* Queues a message; never waits. `fields` that are undefined are left out. What a
     * test says that was left behind after a signal comes too late to count. */
    report(type, fields) {
        if (this.#isOver)
            return;
        this.#seq += 1;
        this.#queue.push(encodeMessage({ data_type: type, ...this.#identity, seq: this.#seq, ...fields }));
        if (this.#queue.length >= FRAME_MESSAGES)
            this.#send();
        else
            this.#timer ??= setTimeout(() => this.#sendAll(), FRAME_DELAY_MS);
    }

    reportHit(hit, fields) {
        this.report('add_hit', {
            url: hit.url, method: hit.method, status: hit.status,
            started: new Date(hit.started_unix_ms).toISOString(), loads_status: hit.test.status,
            name: hit.name, tags: hit.tags, dns: hit.dns, connect: hit.connect, tls: hit.tls, ttfb: hit.ttfb,
            ...fields,
        });
    }

    get isFull() {
        return this.#queue.length >= QUEUE_ROOM;
    }

    /* Resolves when the host has taken enough for something new to start. */
    async room() {
        if (this.#queue.length >= QUEUE_ROOM)
            await new Promise((resolve) => this.#waiting.push(resolve));
    }

    get isOverfull() {
        return this.#queue.length >= QUEUE_LIMIT;
    }

    /* Sends what is queued and the final message, waits until the host has it all, and
     * resolves to the exit code: failed tests are results, messages left over are not. */
    async finish() {
        const deadline = performance.now() + DELIVERY_MS;
        this.report('runnerEnd', { sent: this.#seq });
        this.#isOver = true;
        const drained = new Promise((resolve) => { this.#drained = resolve; });
        this.#sendAll();
        if (await inTime(drained, deadline) && await this.#close(deadline))
            return 0;
        process.stderr.write(`loads-js-runner: the host did not take all messages within ${DELIVERY_MS / 1000} s\n`);
        return 1;
    }

    /* libzmq sends what it still holds after the socket was closed. Its monitor ends
     * with it; process.exit() alone would throw the rest away. */
    async #close(deadline) {
        const ended = new Promise((resolve) => { this.#socket.events.on('end', resolve); });
        this.#socket.close();
        return inTime(ended, deadline);
    }

    #sendAll() {
        this.#isDue = true;
        this.#send();
    }

    async #send() {
        if (this.#isSending)
            return;
        this.#isSending = true;
        while (this.#queue.length >= FRAME_MESSAGES || this.#isDue && this.#queue.length > 0) {
            const count = this.#frameLength();
            await this.#socket.send(`[${this.#queue.slice(0, count).join(',')}]`);
            this.#queue.splice(0, count);
            this.#admit(count);
        }
        this.#isSending = false;
        this.#isDue = false;
        clearTimeout(this.#timer);
        this.#timer = this.#queue.length === 0 ? undefined
            : setTimeout(() => this.#sendAll(), FRAME_DELAY_MS);
        if (this.#queue.length === 0)
            this.#drained?.();
    }

    /* How many messages from the head of the queue fit into one frame. */
    #frameLength() {
        let count = 0, bytes = 0;
        while (count < Math.min(this.#queue.length, FRAME_MESSAGES)) {
            bytes += Buffer.byteLength(this.#queue[count]) + 1;
            if (count > 0 && bytes > FRAME_BYTES)
                break;
            count += 1;
        }
        return count;
    }

    /* As many may start as messages have gone, so that they do not all come at once. */
    #admit(count) {
        if (this.#queue.length < QUEUE_ROOM)
            this.#waiting.splice(0, count).forEach((resolve) => resolve());
    }
}

async function inTime(promise, deadline) {
    let timer;
    const late = new Promise((resolve) => {
        timer = setTimeout(resolve, deadline - performance.now(), false);
    });
    const isInTime = await Promise.race([promise.then(() => true), late]);
    clearTimeout(timer);
    return isInTime;
}
