/* SPDX-License-Identifier: Apache-2.0 */
/* WebSockets, whichever library they belong to: all of them begin as an HTTP request
 * with an upgrade. From then on the bytes that arrive are followed on their way to the
 * library, which sees what it would see anyway. Reported are the opening, the closing,
 * and each message received with the bytes of its content as they came. */

const HEAD_END = Buffer.from('\r\n\r\n');
const HEAD_LIMIT = 64 * 1024;

export function createSockets(reporter) {
    const open = new Map(); /* TCP socket -> work */

    function report(type, { test }, fields) {
        reporter.report(type, { test: test.name, loads_status: test.status, ...fields });
    }

    function opened(work, socket) {
        const frames = createFrames((size) => report('socket_message', work, { size }));
        open.set(socket, work);
        report('socket_open', work);
        socket.once('close', () => closed(socket));
        return frames;
    }

    function closed(socket) {
        const work = open.get(socket);
        if (open.delete(socket))
            report('socket_close', work);
    }

    return {
        /* Of node:http, whose parser hands over the socket and what followed the headers. */
        followUpgrade(work, socket, head) {
            const frames = opened(work, socket);
            frames(head);
            observe(socket, frames);
        },

        /* Of undici, which reads the headers from the socket too. */
        followHandshake(work, socket) {
            let frames, head = Buffer.alloc(0);
            const stop = observe(socket, (chunk) => {
                if (frames !== undefined)
                    return frames(chunk);
                head = Buffer.concat([head, chunk]);
                const end = head.indexOf(HEAD_END);
                if (head.length > HEAD_LIMIT || end >= 0 && !head.subarray(0, 13).toString().startsWith('HTTP/1.1 101'))
                    return stop();
                if (end >= 0) {
                    frames = opened(work, socket);
                    frames(head.subarray(end + HEAD_END.length));
                }
                return undefined;
            });
        },

        /* The process ends, and with it what is still open. */
        endAll() {
            for (const socket of [...open.keys()])
                closed(socket);
        },
    };
}

/* Hands `see` each chunk that the socket receives. Returns the function that ends it. */
function observe(socket, see) {
    const { push } = socket;
    socket.push = function (chunk, encoding) {
        if (Buffer.isBuffer(chunk))
            see(chunk);
        return push.call(this, chunk, encoding);
    };
    return () => { socket.push = push; };
}

/* Follows the frames of RFC 6455 in chunks as they come, and calls `received` with the
 * size of each whole message; control frames are none. */
function createFrames(received) {
    const header = Buffer.alloc(14);
    let have = 0;     /* bytes of the header */
    let payload = 0;  /* bytes of this frame's content that are still to come */
    let size = 0;     /* of the message until now */
    let isLast = false, isControl = false;

    const needed = () => {
        if (have < 2)
            return 2;
        const length = header[1] & 0x7f;
        return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + (header[1] & 0x80 ? 4 : 0);
    };
    const payloadLength = () => {
        const length = header[1] & 0x7f;
        return length === 126 ? header.readUInt16BE(2) : length === 127 ? Number(header.readBigUInt64BE(2)) : length;
    };
    const begin = () => {
        isLast = (header[0] & 0x80) !== 0;
        isControl = (header[0] & 0x08) !== 0;
        payload = payloadLength();
        size += isControl ? 0 : payload;
    };
    const end = () => {
        have = 0;
        if (isLast && !isControl) {
            received(size);
            size = 0;
        }
    };

    return (chunk) => {
        for (let at = 0; at < chunk.length;) {
            if (have < needed()) {
                header[have] = chunk[at];
                have += 1;
                at += 1;
                if (have < needed())
                    continue;
                begin();
            } else {
                const taken = Math.min(payload, chunk.length - at);
                payload -= taken;
                at += taken;
            }
            if (payload === 0)
                end();
        }
    };
}
