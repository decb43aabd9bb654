/* SPDX-License-Identifier: Apache-2.0 */
/* Records what undici sends, which is also the engine of global fetch() and WebSocket:
 * it announces each request, and those of redirects, on Node's diagnostics channels.
 * "create" comes from the code that asked; later ones may come from a connection
 * that another user opened, so they go by the request. */
import diagnostics from 'node:diagnostics_channel';
import { currentWork } from '../context.js';

/* What is known about a request is kept with it; a WeakMap would be several times as slow. */
const HIT = Symbol('its hit');
const UPGRADE = Symbol('whose WebSocket it will be');

export function recordUndici(hits, sockets) {
    const on = (event, act) => diagnostics.subscribe(`undici:request:${event}`, (message) => {
        const hit = message.request[HIT];
        if (hit !== undefined)
            act(hit, message);
    });

    diagnostics.subscribe('undici:request:create', ({ request }) => {
        const work = currentWork();
        if (work === undefined || request.method === 'CONNECT')
            return;
        if (request.upgrade)
            request[UPGRADE] = work;
        else
            request[HIT] = hits.start(work, request.method, urlOf(request));
    });
    on('headers', (hit, { request, response }) =>
        hits.headers(hit, response.statusCode, bodyLength(request, response)));
    on('trailers', (hit) => hits.end(hit));
    on('error', (hit, { error }) => hits.fail(hit, error));
    diagnostics.subscribe('undici:client:sendHeaders', ({ request, socket }) => {
        const work = request[UPGRADE];
        if (work !== undefined)
            sockets.followHandshake(work, socket);
    });
}

function urlOf({ origin, path }) {
    return (typeof origin === 'string' ? origin : origin.origin) + path;
}

/* Headers are names and values in turn, as Buffers. */
function bodyLength(request, { statusCode, headers }) {
    if (request.method === 'HEAD' || statusCode === 304)
        return undefined;
    for (let i = 0; i + 1 < headers.length; i += 2) {
        if (headers[i].length !== 14 || (headers[i][8] | 0x20) !== 0x6c /* l */
            || headers[i].latin1Slice().toLowerCase() !== 'content-length')
            continue;
        const bytes = Number(headers[i + 1].latin1Slice());
        return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
    }
    return undefined;
}
