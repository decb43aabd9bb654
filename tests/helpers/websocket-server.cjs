// SPDX-License-Identifier: Apache-2.0
// Real WebSocket servers for the tests, plain and with TLS: the npm package ws.
//   node websocket-server.cjs [KEY CERTIFICATE]...
// Prints the ports as a JSON array, the plain one first; ends when stdin does.
// With each connection the path says what happens.
'use strict';
const http = require('node:http');
const https = require('node:https');
const fs = require('node:fs');
const { WebSocketServer } = require('ws');

const resumed = (socket) => typeof socket.isSessionReused === 'function' && socket.isSessionReused();

const paths = {
    '/echo': (ws) => ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary })),
    '/headers': (ws, request) => ws.send(JSON.stringify(request.headers)),
    '/resumed': (ws, request) => ws.send(String(resumed(request.socket))),
    '/close': (ws) => ws.close(4001, 'go away'),
    '/terminate': (ws) => ws.terminate(),
    '/silent': () => {},
    '/fragments': (ws) => {
        ws.send('one ', { fin: false });
        ws.send('two ', { fin: false });
        ws.send('three', { fin: true });
    },
    // Says what the client answered.
    '/ping': (ws) => {
        ws.on('pong', (data) => ws.send(`pong ${data}`));
        ws.ping('are you there?');
    },
    '/push': (ws) => {
        for (let i = 0; i < 100; i++)
            ws.send(`message ${i}`);
    },
    '/big': (ws) => ws.send(Buffer.alloc(16 * 1024 * 1024, 'x')),
    '/too-big': (ws) => ws.send(Buffer.alloc(16 * 1024 * 1024 + 1, 'x')),
};

function serve(server) {
    const sockets = new WebSocketServer({
        noServer: true,
        maxPayload: 32 * 1024 * 1024,
        handleProtocols: (offered) => (offered.has('superchat') ? 'superchat' : false),
    });

    server.on('upgrade', (request, socket, head) => {
        const serves = paths[new URL(request.url, 'http://localhost').pathname];

        if (serves === undefined)
            return socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
        return sockets.handleUpgrade(request, socket, head, (ws) => {
            ws.on('error', () => {});
            serves(ws, request);
        });
    });
    server.on('tlsClientError', () => {});
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

// Who asks for a page gets a cookie.
function answer(request, response) {
    response.setHeader('Set-Cookie', 'sid=42; Path=/');
    response.end('Welcome');
}

const servers = [http.createServer(answer)];
for (let i = 2; i + 1 < process.argv.length; i += 2)
    servers.push(https.createServer({ key: fs.readFileSync(process.argv[i]), cert: fs.readFileSync(process.argv[i + 1]) }));
Promise.all(servers.map(serve)).then((ports) => console.log(JSON.stringify(ports)));
process.stdin.on('end', () => process.exit(0)).resume();
