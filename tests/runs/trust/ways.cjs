/* SPDX-License-Identifier: Apache-2.0 */
/* How tests in JavaScript reach a server; a test each. */
'use strict';
const assert = require('node:assert/strict');
const https = require('node:https');
const tls = require('node:tls');
const { once } = require('node:events');
const undici = require('undici');
const { WebSocket: WsSocket } = require('ws');

const socketUrl = (t) => t.url('/echo').replace('https', 'wss');

exports.test_fetch = async (t) => assert.equal(await (await fetch(t.url('/page'))).text(), 'Welcome');

exports.test_https = async (t) => {
    const [response] = await once(https.get(t.url('/page')), 'response');
    response.resume();
    assert.equal(response.statusCode, 200);
};

exports.test_https_by_an_agent = async (t) => {
    const agent = new https.Agent({ keepAlive: true, minVersion: 'TLSv1.2' });
    const [response] = await once(https.get(t.url('/page'), { agent }), 'response');
    response.resume();
    await once(response, 'end');
    agent.destroy();
};

exports.test_undici = async (t) => {
    const { statusCode, body } = await undici.request(t.url('/page'));
    assert.equal(statusCode, 200);
    await body.dump();
};

exports.test_own_client = async (t) => assert.equal((await t.get('/page')).status, 200);

exports.test_tls = async (t) => {
    const { hostname, port } = new URL(t.serverUrl);
    const socket = tls.connect(Number(port), hostname);
    await once(socket, 'secureConnect');
    socket.destroy();
};

exports.test_ws = async (t) => {
    const socket = new WsSocket(socketUrl(t));
    await once(socket, 'open');
    socket.terminate();
};

/* Node 18 and 20 have none. */
if (globalThis.WebSocket !== undefined)
    exports.test_global_websocket = (t) => new Promise((resolve, reject) => {
        const socket = new WebSocket(socketUrl(t));
        socket.onerror = reject;
        socket.onopen = () => {
            socket.close();
            resolve();
        };
    });
