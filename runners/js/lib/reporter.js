/* SPDX-License-Identifier: Apache-2.0 */
/* Carries messages to the host over one PUSH socket: numbers them, puts many into
 * a frame, and makes users wait when the host is slow. */
import zmq from 'zeromq';
import { createEncoder } from './encode.js';
import { UsageError } from './settings.js';

const FRAME_MESSAGES = 200;
const FRAME_UNITS = 170 * 1024; /* in UTF-16, of at most 3 bytes each: half of what the host takes */
const FRAME_DELAY_MS = 100;
const QUEUE_ROOM = 2000;        /* messages; beyond it nothing new starts */
const QUEUE_LIMIT = 100_000;    /* beyond it counters and metrics are refused */
const QUEUE_END = 200_000;      /* beyond it messages are lost, and their numbers tell so */
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
    #encode;
    #seq = 0;
    #frames = [];     /* full ones that wait: { text, count } */
    #next = [];       /* of the one that is being filled: texts, and hits */
    #queued = 0;      /* messages in all of them */
    #waiting = [];    /* resolvers of those that wait for room */
    #isSending = false;
    #timer = undefined;
    #drained = undefined; /* called when the queue is empty, at the end */
    #isOver = false;  /* runnerEnd is queued */
    #hasLost = false;

    constructor(socket, identity) {
        this.#socket = socket;
        this.#encode = createEncoder(identity);
    }

    /* Queues a message; never waits. `fields` that are undefined are left out. */
    report(type, fields) {
        if (this.#isOpen())
            this.#add(this.#encode.message(type, this.#seq, fields));
    }

    /* What every test reports: that it starts, succeeds, stops. */
    reportTest(type, test, elapsed_us) {
        if (this.#isOpen())
            this.#add(this.#encode.test(type, this.#seq, test, elapsed_us));
    }

    /* A hit of hits.js, which changes no more. Its text is made with those of its frame:
     * many at once take less time than one now and then. */
    reportHit(hit) {
        if (!this.#isOpen())
            return;
        hit.seq = this.#seq;
        this.#add(hit.tags === undefined ? hit : this.#encode.hit(hit)); /* tags are the test's: it may change them */
    }

    /* Whether a message may be queued, which then has the number #seq. What a test says
     * that was left behind after a signal comes too late to count. */
    #isOpen() {
        if (this.#isOver)
            return false;
        this.#seq += 1;
        if (this.#queued < QUEUE_END)
            return true;
        if (!this.#hasLost)
            process.stderr.write(`loads-js-runner: the host takes nothing; messages beyond ${QUEUE_END} are lost\n`);
        this.#hasLost = true;
        return false;
    }

    #add(message) {
        this.#queued += 1;
        if (this.#next.push(message) === FRAME_MESSAGES)
            this.#endFrame();
        else
            this.#timer ??= setTimeout(() => this.#endFrame(), FRAME_DELAY_MS);
    }

    /* Or several, if the texts are long. */
    #endFrame() {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        let frame = '', count = 0;
        for (const each of this.#next) {
            const text = typeof each === 'string' ? each : this.#encode.hit(each);
            if (count > 0 && frame.length + text.length > FRAME_UNITS) {
                this.#frames.push({ text: `[${frame}]`, count });
                count = 0;
            }
            frame = count === 0 ? text : `${frame},${text}`;
            count += 1;
        }
        if (count > 0)
            this.#frames.push({ text: `[${frame}]`, count });
        this.#next = [];
        this.#send();
    }

    get isFull() {
        return this.#queued >= QUEUE_ROOM;
    }

    get isOverfull() {
        return this.#queued >= QUEUE_LIMIT;
    }

    /* Resolves when the host has taken enough for something new to start. */
    async room() {
        if (this.isFull)
            await new Promise((resolve) => this.#waiting.push(resolve));
    }

    /* Sends what is queued and the final message, waits until the host has it all, and
     * resolves to the exit code: failed tests are results, messages left over are not. */
    async finish() {
        const deadline = performance.now() + DELIVERY_MS;
        const sent = this.#seq;
        this.#seq += 1;
        this.#add(this.#encode.message('runnerEnd', this.#seq, { sent }));
        this.#isOver = true;
        const drained = new Promise((resolve) => { this.#drained = resolve; });
        this.#endFrame();
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

    async #send() {
        if (this.#isSending)
            return;
        this.#isSending = true;
        while (this.#frames.length > 0) {
            const { text, count } = this.#frames[0];
            await this.#socket.send(text);
            this.#frames.shift();
            this.#queued -= count;
            this.#admit(count);
        }
        this.#isSending = false;
        if (this.#queued === 0)
            this.#drained?.();
    }

    /* As many may start as messages have gone, so that they do not all come at once. */
    #admit(count) {
        if (!this.isFull)
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
