/* SPDX-License-Identifier: Apache-2.0 */
/* Records what goes through node:http and node:https, as most libraries do. Only the
 * functions that make a request are wrapped, and the one that tells the events of
 * requests and responses: a listener more would change what one without any does. */
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { currentWork } from '../context.js';
import { elapsedSeconds } from '../time.js';

const HIT = Symbol('its hit');
const UPGRADE = Symbol('whose WebSocket it will be');
const CONTENT_LENGTH = 'content-length';

export function recordHttp(hits, sockets) {
    const begin = (request, options) => {
        const work = currentWork();
        if (work === undefined || request.method === 'CONNECT')
            return request;
        if (request.getHeader('upgrade') !== undefined)
            request[UPGRADE] = work;
        else
            request[HIT] = hits.start(work, request.method, urlOf(request), options?.loadsName);
        return request;
    };
    for (const module of [http, https]) {
        const original = module.request;
        const make = (args) => begin(original.apply(module, args), optionsOf(args));
        module.request = function request(...args) {
            return make(args);
        };
        module.get = function get(...args) {
            const request = make(args);
            request.end();
            return request;
        };
    }
    syncBuiltinESMExports(); /* for `import { get } from 'node:http'` */

    seeEvents(http.ClientRequest.prototype, (request, event, value, socket, head) => {
        const hit = request[HIT];
        if (hit !== undefined)
            followRequest(hits, hit, request, event, value);
        else if (event === 'upgrade' && request[UPGRADE] !== undefined)
            sockets.followUpgrade(request[UPGRADE], socket, head);
    });
    seeEvents(http.IncomingMessage.prototype, (response, event) => {
        const hit = response[HIT];
        if (hit !== undefined)
            followResponse(hits, hit, response, event);
    });
}

function optionsOf(args) {
    return args.find((each) => typeof each === 'object' && each !== null && !(each instanceof URL));
}

/* Calls `see` with each event before those who listen to it. */
function seeEvents(prototype, see) {
    const { emit } = prototype;
    prototype.emit = function (event, value, second, third) {
        see(this, event, value, second, third);
        return emit.apply(this, arguments); // eslint-disable-line prefer-rest-params
    };
}

function followRequest(hits, hit, request, event, value) {
    if (event === 'response')
        followHeaders(hits, hit, request, value);
    else if (event === 'socket' && value.connecting)
        followConnecting(hit, value);
    else if (event === 'error')
        hits.fail(hit, value);
    else if (event === 'close' && hit.ttfb_us === undefined)
        hits.fail(hit, new Error('closed before a response'));
}

function followHeaders(hits, hit, request, response) {
    const hasBody = request.method !== 'HEAD' && response.statusCode !== 304;
    hits.headers(hit, response.statusCode, hasBody ? bodyLength(response.rawHeaders) : undefined);
    response[HIT] = hit;
}

/* Of names and values in turn; `headers` would be made when it is read. */
function bodyLength(rawHeaders) {
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
        if (rawHeaders[i].length !== CONTENT_LENGTH.length || rawHeaders[i].toLowerCase() !== CONTENT_LENGTH)
            continue;
        const bytes = Number(rawHeaders[i + 1]);
        return Number.isSafeInteger(bytes) ? bytes : undefined;
    }
    return undefined;
}

function followResponse(hits, hit, response, event) {
    if (event === 'end')
        hits.end(hit);
    else if (event === 'close' && response.errored)
        hits.fail(hit, response.errored);
    else if (event === 'close')
        hits.unread(hit);
}

function urlOf(request) {
    return `${request.protocol}//${request.getHeader('host') ?? request.host}${request.path}`;
}

/* How long each phase takes, on a connection that is made for this request. */
function followConnecting(hit, socket) {
    let before_ms = performance.now();
    const phase = (name) => () => {
        hit[name] = elapsedSeconds(before_ms);
        before_ms = performance.now();
    };
    socket.once('lookup', phase('dns'));
    socket.once('connect', phase('connect'));
    socket.once('secureConnect', phase('tls'));
}
