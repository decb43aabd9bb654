/* SPDX-License-Identifier: Apache-2.0 */
/* Records what goes through node:http and node:https, as most libraries do. Only the
 * functions that make a request are wrapped, and of a request the function that tells
 * its events: another listener would change what a request without one does. */
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { currentWork } from '../context.js';
import { elapsedSeconds } from '../time.js';

export function recordHttp(hits, sockets) {
    const follow = (request, options) => {
        const work = currentWork();
        if (work === undefined || request.method === 'CONNECT')
            return request;
        if (request.getHeader('upgrade') !== undefined)
            sockets.followUpgrade(work, request);
        else
            followRequest(hits, work, request, options);
        return request;
    };
    for (const module of [http, https]) {
        const original = module.request;
        const make = (args) => follow(original.apply(module, args), optionsOf(args));
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
}

function optionsOf(args) {
    return args.find((each) => typeof each === 'object' && each !== null && !(each instanceof URL));
}

function followRequest(hits, work, request, options) {
    const hit = hits.start(work, request.method, urlOf(request), options?.loadsName);
    const acts = {
        socket: (socket) => followConnecting(hit, socket),
        response: (response) => followResponse(hits, hit, request, response),
        error: (error) => hits.fail(hit, error),
        close: () => hit.ttfb === undefined && hits.fail(hit, new Error('closed before a response')),
    };
    const { emit } = request;
    request.emit = function (event, ...rest) {
        if (Object.hasOwn(acts, event))
            acts[event](...rest);
        return emit.call(this, event, ...rest);
    };
}

function urlOf(request) {
    return `${request.protocol}//${request.getHeader('host') ?? request.host}${request.path}`;
}

/* How long each phase takes, on a connection that is made for this request. */
function followConnecting(hit, socket) {
    if (!socket.connecting)
        return;
    let before_ms = performance.now();
    const phase = (name) => () => {
        hit[name] = elapsedSeconds(before_ms);
        before_ms = performance.now();
    };
    socket.once('lookup', phase('dns'));
    socket.once('connect', phase('connect'));
    socket.once('secureConnect', phase('tls'));
}

/* Nobody is kept from reading it: listeners for "end" and "close" start no flow. */
function followResponse(hits, hit, request, response) {
    const bytes = Number(response.headers['content-length']);
    const hasBody = request.method !== 'HEAD' && response.statusCode !== 304 && Number.isSafeInteger(bytes);
    hits.headers(hit, response.statusCode, hasBody ? bytes : undefined);
    response.once('end', () => hits.end(hit));
    response.once('close', () => {
        if (response.errored)
            hits.fail(hit, response.errored);
        else
            hits.unread(hit);
    });
}
