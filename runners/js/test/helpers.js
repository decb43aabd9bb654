/* SPDX-License-Identifier: Apache-2.0 */
/* The outside world of a runner in tests: a real HTTP server, a real PULL socket
 * in the host's place, and the program itself in a process of its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const built = process.env.top_builddir;
const own = fileURLToPath(new URL('..', import.meta.url));

export const program = built ? join(built, 'loads-js-runner') : join(own, 'bin/loads-js-runner');
/* The library that the program uses, to test its parts. */
export const library = built ? join(built, 'runners/js/package') : own;
export const zmq = createRequire(join(library, 'package.json'))('zeromq');
export const source = own;
export const examples = join(own, 'examples');

/* A folder for one test, removed after it. */
export function temporaryFolder(t) {
    const folder = mkdtempSync(join(tmpdir(), 'loads-js-'));
    t.after(() => rmSync(folder, { recursive: true }));
    return folder;
}

/* Writes a test module and returns its path. */
export function testFile(t, text, name = 'example.mjs') {
    const file = join(temporaryFolder(t), name);
    writeFileSync(file, text);
    return file;
}

/* What the tests' own packages are: undici and mocha are the runner's, the others
 * what tests/helpers installs. */
const helpers = built ? join(built, 'tests/helpers/npm') : join(own, '../../tests/helpers/npm');
const places = { undici: library, mocha: library, ws: helpers, chai: helpers };

/* The same with packages that it can import. */
export function testFileWith(t, packages, text, name) {
    const file = testFile(t, text, name);
    const modules = join(dirname(file), 'node_modules');
    mkdirSync(modules);
    for (const each of packages)
        symlinkSync(join(places[each], 'node_modules', each), join(modules, each));
    return file;
}

/* A server of WebSockets: tests/helpers/websocket-server.cjs. Returns its port. */
export async function startWebSocketServer(t) {
    const script = join(own, '../../tests/helpers/websocket-server.cjs');
    const child = spawn(process.execPath, [script], {
        env: { ...process.env, NODE_PATH: join(helpers, 'node_modules') }, stdio: ['pipe', 'pipe', 'inherit'],
    });
    t.after(() => child.kill());
    const [ports] = await once(child.stdout.setEncoding('utf8'), 'data');
    return JSON.parse(ports)[0];
}

/* `answers` maps paths to request handlers; others say 404. `seen` counts requests by path. */
export async function startServer(t, answers) {
    const seen = {};
    const server = http.createServer((request, response) => {
        const { pathname } = new URL(request.url, 'http://any');
        seen[pathname] = (seen[pathname] ?? 0) + 1;
        const answer = answers[pathname] ?? ((_, reply) => { reply.statusCode = 404; reply.end(); });
        answer(request, response, seen[pathname]);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
        server.close();
        server.closeAllConnections?.();
    });
    return { url: `http://127.0.0.1:${server.address().port}/`, seen };
}

/* Where nobody listens. */
export async function closedAddress() {
    const server = http.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return `http://127.0.0.1:${port}/`;
}

/* The host's side: collects messages, in the order of arrival. */
export class Sink {
    messages = [];
    frames = [];
    #socket = new zmq.Pull();
    #arrived = () => {};

    static async start(t, endpoint) {
        const sink = new Sink();
        sink.endpoint = endpoint ?? `ipc://${join(temporaryFolder(t), 'r.ipc')}`;
        await sink.#socket.bind(sink.endpoint);
        t.after(() => sink.#socket.close());
        sink.#receive();
        return sink;
    }

    async #receive() {
        for await (const [frame] of this.#socket) {
            const messages = JSON.parse(frame);
            this.frames.push(messages.length);
            this.messages.push(...messages);
            this.#arrived();
        }
    }

    /* Resolves when a message for which `matches` holds has come. */
    async until(matches) {
        while (!this.messages.some(matches))
            await new Promise((resolve) => { this.#arrived = resolve; });
    }

    of(type) {
        return this.messages.filter((each) => each.data_type === type);
    }

    count(type) {
        return this.of(type).length;
    }
}

/* Starts the program; `ended` resolves to { code, signal, stdout, stderr }. */
export function startRunner(args, env = {}, cwd = process.cwd()) {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(LOADS|NODE)_/.test(name));
    const child = spawn(process.execPath, [program, ...args],
        { cwd, env: { ...Object.fromEntries(inherited), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'])
        child[stream].setEncoding('utf8').on('data', (text) => { output[stream] += text; });
    const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }));
    return { child, ended };
}

export function runByHand(...args) {
    return startRunner(args).ended;
}

/* The environment that the host gives. */
export function hostEnvironment(sink, more = {}) {
    return {
        LOADS_ZMQ_RECEIVER: sink.endpoint, LOADS_RUN_ID: 'run-1', LOADS_AGENT_ID: 'local.1',
        LOADS_TOTAL_USERS: '1', LOADS_CURRENT_USER: '1', LOADS_PROTOCOL: '2',
        ...more.LOADS_DURATION ? {} : { LOADS_TOTAL_HITS: '1' }, ...more,
    };
}

/* Runs a module's text as the host would, to the end. */
export function runForHost(t, text, more) {
    return runFileForHost(t, testFile(t, text), more);
}

/* The same with a file. */
export async function runFileForHost(t, file, { env = {}, server, options = [] } = {}) {
    const sink = await Sink.start(t);
    const args = [...server ? ['--server-url', server.url] : [], ...options, file];
    const result = await startRunner(args, hostEnvironment(sink, env)).ended;
    await sink.until((each) => each.data_type === 'runnerEnd');
    return { ...result, sink };
}

/* Numbers without holes, and the last message tells how many came before it. */
export function assertWholeAccount(sink) {
    assert.deepEqual(sink.messages.map((each) => each.seq), sink.messages.map((_, index) => index + 1));
    const end = sink.messages.at(-1);
    assert.equal(end.data_type, 'runnerEnd');
    assert.equal(end.sent, sink.messages.length - 1);
}

/* What each test's outcome was: { test: 'addSuccess' ...}, of several the last. */
export function outcomes(sink) {
    return Object.fromEntries(sink.messages.filter((each) => /^add(Success|Failure|Error)$/.test(each.data_type))
        .map((each) => [each.test, each.exc_info === undefined ? 'ok' : `${each.data_type.slice(3)}: ${each.exc_info[0]}`]));
}
