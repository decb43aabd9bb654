/* SPDX-License-Identifier: Apache-2.0 */
/* Every way to send a request is recorded, each request once, as its user's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertWholeAccount, closedAddress, outcomes, runFileForHost, runForHost, startServer, startWebSocketServer, testFile,
    testFileWith } from './helpers.js';

const page = (_, response) => response.end('<html>hello</html>'); /* 18 bytes */
const late = (_, response) => setTimeout(() => response.end('late'), 5);

const summary = (sink) => sink.of('add_hit').map(({ method, url, name, status, error }) =>
    `${method} ${name ?? new URL(url).pathname} ${error ?? status}`);

const WAYS = `
    const read = (response) => new Promise((resolve) => response.resume().on('end', resolve));
    const WAYS = {
        fetch: async (url) => (await fetch(url)).text(),
        get: (url) => new Promise((resolve) => http.get(url, (response) => resolve(read(response)))),
        request: (url) => new Promise((resolve) => {
            const { hostname, port, pathname } = new URL(url);
            const options = { hostname, port, path: pathname, method: 'PUT', agent };
            http.request(options).on('response', (response) => resolve(read(response))).end('body');
        }),
        undici: async (url) => (await undici.request(url, { method: 'POST', body: 'x' })).body.text(),
        undiciFetch: async (url) => (await undici.fetch(url)).text(),
        dumped: (url) => new Promise((resolve) => http.get(url).on('close', resolve)),
        own: (url, t) => t.get('/own'),
    };
    const METHODS = { request: 'PUT', undici: 'POST' };
    const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });`;

for (const [kind, imports, name] of [
    ['ES modules', "import http from 'node:http';\nimport undici from 'undici';", 'ways.mjs'],
    ['CommonJS', "const http = require('http');\nconst undici = require('undici');", 'ways.cjs']]) {
    test(`every way in ${kind}, many users at once: each request once, with the right user`, async (t) => {
        const ways = ['fetch', 'get', 'request', 'undici', 'undiciFetch', 'dumped', 'own'];
        const server = await startServer(t, Object.fromEntries(Array.from({ length: 10 }, (_, user) =>
            ways.map((way) => [`/${way}/${user + 1}`, late])).flat().concat([['/own', late]])));
        const text = `${imports}${WAYS}
            const test_ways = async (t) => {
                for (const [way, act] of Object.entries(WAYS))
                    await act(t.url('/' + way + '/' + t.user), t);
            };
            ${kind === 'CommonJS' ? 'module.exports = { test_ways };' : 'export { test_ways };'}`;
        const { sink, stderr } = await runFileForHost(t, testFileWith(t, ['undici'], text, name), { server,
            env: { LOADS_TOTAL_USERS: '10', LOADS_PROCESS_USERS: '10', LOADS_TOTAL_HITS: '2' } });
        assert.equal(stderr, '');
        assert.deepEqual(outcomes(sink), { test_ways: 'ok' });
        assertWholeAccount(sink);
        assert.equal(sink.count('add_hit'), 140);
        assert.equal(server.seen['/own'], 20);
        for (const hit of sink.of('add_hit')) {
            const [, way, user] = new URL(hit.url).pathname.split('/');
            assert.equal(server.seen[new URL(hit.url).pathname], way === 'own' ? 20 : 2);
            assert.equal(hit.method, { request: 'PUT', undici: 'POST' }[way] ?? 'GET');
            assert.equal(hit.status, 200);
            if (way !== 'own')
                assert.equal(hit.loads_status[3], Number(user));
        }
        for (const way of ways) /* of each user */
            assert.equal(sink.of('add_hit').filter((each) => each.url.includes(`/${way}`)).length,
                way === 'undici' ? 40 : 20);
    });
}

test('named imports of node:http and node:https are recorded too', async (t) => {
    const server = await startServer(t, { '/': page, '/old': (_, response) => {
        response.writeHead(302, { Location: '/', 'Content-Length': 0 }).end();
    } });
    const { sink } = await runForHost(t, `
        import { get, request } from 'node:http';
        import { request as secure } from 'node:https';
        const read = (start) => new Promise((resolve, reject) =>
            start((response) => response.resume().on('end', resolve)).on('error', reject));
        export const test_1 = (t) => read((answered) => get(t.url('/'), { loadsName: 'home' }, answered));
        export const test_2 = (t) => read((answered) => request(t.url('/old'), answered).end());
        export const test_3 = (t) => read((answered) =>
            secure(t.url('/').replace('http', 'https'), answered).end()).catch(() => {});
        export const test_4 = (t) => t.named('in a block', () => read((answered) => get(t.url('/'), answered)), { kind: 'x' });
        export const test_5 = (t) => t.get('/', { name: 'own', tags: { kind: 'y' } });
        export const test_6 = (t) => fetch('/', { loadsName: 'fetched', loadsTags: { kind: 'z' } });
        export const test_7 = (t) => t.named('block', () => t.get('/'), { kind: 'b' });
        export const test_8 = (t) => t.named('block', () => t.get('/', { name: 'inner' }), { kind: 'b' });
        `, { server });
    assert.deepEqual(summary(sink).map((each) => (/^GET \/ .*(SSL|EPROTO)/i.test(each) ? 'no TLS' : each)),
        ['GET home 200', 'GET /old 302', 'no TLS', 'GET in a block 200', 'GET own 200', 'GET fetched 200',
            'GET block 200', 'GET inner 200']);
    const [first] = sink.of('add_hit');
    assert.equal(first.bytes_in, 18);
    assert.ok(first.connect > 0 && first.ttfb >= first.connect && first.elapsed >= first.ttfb);
    assert.deepEqual(sink.of('add_hit').slice(3).map((each) => each.tags), [
        { kind: 'x' }, { kind: 'y' }, { kind: 'z' }, { kind: 'b' }, { kind: 'b' }]);
    assert.deepEqual(server.seen, { '/': 6, '/old': 1 });
});

test('node:http without a whole response', async (t) => {
    const closed = await closedAddress();
    const server = await startServer(t, {
        '/cut': (_, response) => {
            response.writeHead(200, { 'Content-Length': 100 });
            response.write('abc', () => response.destroy());
        },
        '/hang': () => {},
        '/endless': (_, response) => { response.write('x'); },
    });
    const { sink } = await runForHost(t, `
        import http from 'node:http';
        const settled = (request) => new Promise((resolve) => request.on('error', resolve).on('close', resolve));
        export const test_1_refused = () => settled(http.get('${closed}'));
        export const test_2_cut = (t) => settled(http.get(t.url('/cut'), (r) => r.on('error', () => {}).resume()));
        export const test_3_late = (t) => settled(http.get(t.url('/hang'), { timeout: 30 })
            .on('timeout', function () { this.destroy(new Error('too late')); }));
        export const test_4_cancelled = (t) => settled(http.get(t.url('/endless'), (r) => r.destroy()));
        export const test_5_unread = (t, done) => { http.get(t.url('/endless'), () => done()); };
        export const test_6_forgotten = (t) => { http.get(t.url('/hang')).on('error', () => {}); };
        export const test_7_unheard = (t) => { http.get('${closed}'); return new Promise((resolve) => setTimeout(resolve, 30)); };
        `, { server });
    assert.deepEqual(summary(sink).map((each) => each.replace(/ECONNREFUSED .*/, 'ECONNREFUSED')), [
        'GET / connect ECONNREFUSED', 'GET /cut aborted', 'GET /hang too late', 'GET /endless 200', 'GET /endless 200',
        'GET / connect ECONNREFUSED', 'GET /hang no response before the end of the run']);
    assert.match(outcomes(sink).test_7_unheard, /^Error: connect ECONNREFUSED/);
    assertWholeAccount(sink);
});

test('the own client: bodies, answers, errors', async (t) => {
    const closed = await closedAddress();
    const server = await startServer(t, {
        '/echo': (request, response) => {
            response.setHeader('X-Type', request.headers['content-type'] ?? 'none');
            response.setHeader('Set-Cookie', ['a=1', 'b=2']);
            request.pipe(response);
        },
        '/hang': () => {},
    });
    const { sink } = await runForHost(t, `
        import assert from 'node:assert';
        export async function test_1_json(t) {
            const answer = await t.post('/echo', { json: { a: [1] }, headers: { 'x-more': 'y' } });
            assert.deepEqual(answer.json(), { a: [1] });
            assert.equal(answer.headers['x-type'], 'application/json');
            assert.equal(answer.headers['set-cookie'], 'a=1, b=2');
        }
        export async function test_2_text(t) {
            const answer = await t.request('PATCH', t.url('/echo'), { body: 'plain' });
            assert.deepEqual([answer.status, answer.text(), answer.body.length], [200, 'plain', 5]);
            assert.equal((await t.head('/echo')).text(), '');
            assert.equal((await t.put('/echo')).status + (await t.delete('/echo')).status, 400);
            assert.equal((await t.patch('/none')).status, 404);
        }
        export async function test_3_refused(t) { await t.get('${closed}'); }
        export async function test_4_late(t) { await t.get('/hang', { timeout: 1 }); }
        export async function test_5_wrong(t) { await t.get('http://[::'); }`, { server });
    const { test_3_refused: refused, test_4_late: isLate, ...others } = outcomes(sink);
    assert.deepEqual(others, { test_1_json: 'ok', test_2_text: 'ok', test_5_wrong: 'Error: http://[:: is not a URL' });
    assert.match(refused, /ECONNREFUSED/);
    assert.match(isLate, /Headers Timeout/);
    assert.equal(sink.count('add_hit'), 8);
    assert.match(sink.of('addError')[0].exc_info[2], /at async .*test_3_refused .*example\.mjs:16:/);
    assertWholeAccount(sink);
});

test('web sockets of ws and of undici: opened, received, closed', async (t) => {
    const port = await startWebSocketServer(t);
    const file = testFileWith(t, ['ws', 'undici'], `
        import WebSocket from 'ws';
        import { WebSocket as UndiciSocket } from 'undici';
        const url = 'ws://127.0.0.1:${port}';
        const all = (socket, count) => new Promise((resolve) => {
            let seen = 0;
            socket.onmessage = () => { seen += 1; if (seen === count) socket.close(); };
            socket.onclose = resolve;
        });
        export async function test_1_echo() {
            const socket = new WebSocket(url + '/echo');
            socket.onopen = () => { socket.send('x'.repeat(10)); socket.send(Buffer.alloc(300)); socket.send('y'.repeat(70000)); };
            await all(socket, 3);
        }
        export async function test_2_push() { await all(new WebSocket(url + '/push'), 100); }
        export async function test_3_fragments() { await all(new WebSocket(url + '/fragments'), 1); }
        export async function test_4_ping() { await all(new WebSocket(url + '/ping'), 1); }
        export async function test_5_closed() { await all(new WebSocket(url + '/close'), 1); }
        export async function test_6_refused() {
            await new Promise((resolve) => new WebSocket(url + '/nowhere').on('error', resolve));
        }
        export async function test_7_undici() {
            const socket = new UndiciSocket(url + '/echo');
            socket.onopen = () => { socket.send('x'.repeat(20)); socket.send(Buffer.alloc(301)); };
            await all(socket, 2);
        }
        export async function test_8_undici_push() { await all(new UndiciSocket(url + '/push'), 100); }
        export async function test_9_undici_refused() {
            const socket = new UndiciSocket(url + '/nowhere');
            await new Promise((resolve) => { socket.onerror = resolve; });
        }
        export function test_a_left(t, done) { new WebSocket(url + '/echo').on('open', () => done()); }`,
    'sockets.mjs');
    const { sink } = await runFileForHost(t, file);
    assertWholeAccount(sink);
    const sizes = (name) => sink.of('socket_message').filter((each) => each.test === name).map((each) => each.size);
    const pushed = Array.from({ length: 100 }, (_, index) => `message ${index}`.length);
    assert.deepEqual(sizes('test_1_echo'), [10, 300, 70000]);
    assert.deepEqual(sizes('test_2_push'), pushed);
    assert.deepEqual(sizes('test_3_fragments'), ['one two three'.length]);
    assert.deepEqual(sizes('test_4_ping'), ['pong are you there?'.length]);
    assert.deepEqual(sizes('test_5_closed'), []);
    assert.deepEqual(sizes('test_7_undici'), [20, 301]);
    assert.deepEqual(sizes('test_8_undici_push'), pushed);
    assert.equal(sink.count('socket_open'), 8);
    assert.equal(sink.count('socket_close'), 8);
    assert.equal(sink.count('add_hit'), 0);
    assert.ok(Object.values(outcomes(sink)).every((each) => each === 'ok'), JSON.stringify(outcomes(sink)));
});

test('the global WebSocket, where Node has one', async (t) => {
    const port = await startWebSocketServer(t);
    const text = `export async function test_global() {
        const socket = new WebSocket('ws://127.0.0.1:${port}/echo');
        socket.onopen = () => socket.send('hello');
        await new Promise((resolve) => { socket.onmessage = () => socket.close(); socket.onclose = resolve; });
    }`;
    const { sink } = await runFileForHost(t, testFile(t, text),
        { env: process.versions.node.startsWith('20.') ? { NODE_OPTIONS: '--experimental-websocket' } : {} });
    if (process.versions.node < '20') /* it has none */
        return assert.match(outcomes(sink).test_global, /WebSocket is not defined/);
    assert.deepEqual(outcomes(sink), { test_global: 'ok' });
    return assert.deepEqual(['socket_open', 'socket_message', 'socket_close'].map((type) => sink.count(type)), [1, 1, 1]);
});
