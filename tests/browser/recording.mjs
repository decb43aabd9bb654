/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that did not happen, as the output "file" would have written them: for
 * `loads report`, which makes the document and the page of them. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

export class Recording {
    constructor({ project = 'shop', label = 'build 7', plan, started = '2026-03-04T05:06:07.000000Z' } = {}) {
        this.plan = plan ?? [{ name: 'shop.mjs', runner: 'js', cycles: [{ users: 5, duration_s: 10 }] }];
        this.header = { loads: 'file/1', schema: 'loads-result/1', run_id: 'a1b2c3d4', project, label, version: '0.1.0', started,
            plan: this.plan };
        this.lines = [];
        this.users = [];
        this.seconds = 0;
    }

    add(t_s, data_type, members, target = 0) {
        this.lines.push([t_s, `{"received_us":${Math.round(t_s * 1e6)},"target":${target},${JSON.stringify({
            data_type, agent_id: `a.${target + 1}`, run_id: 'a1b2c3d4', loads_status: [0, 1, 1, 1], ...members }).slice(1)}`]);
        this.seconds = Math.max(this.seconds, Math.floor(t_s) + 1);
    }

    hit(t_s, { url = 'http://127.0.0.1/', method = 'GET', status = 200, elapsed = 0.01, ...more } = {}, target = 0) {
        this.add(t_s, 'add_hit', { url, method, status, elapsed, started: '2026-03-04T05:06:07Z', ...more }, target);
    }

    /* `outcome` is Success, Failure or Error. */
    test(t_s, name, outcome, exc_info, target = 0, elapsed = 0.05) {
        this.add(t_s, 'startTest', { test: name }, target);
        this.add(t_s, `add${outcome}`, { test: name, ...(exc_info ? { exc_info } : {}) }, target);
        this.add(t_s, 'stopTest', { test: name, elapsed }, target);
    }

    async write(path, { verdict, duration_s } = {}) {
        const count = this.lines.length;
        const rejected = Object.fromEntries(['json', 'utf8', 'type', 'range', 'too_big', 'depth', 'values', 'multipart', 'stale']
            .map((reason) => [reason, 0]));
        const trailer = { loads: 'end', messages: { received: count, counted: count, malformed: 0, unknown: 0, duplicate: 0, lost: 0,
            rejected, unnumbered: count }, duration_s: duration_s ?? this.seconds,
        verdict: verdict ?? { status: 'pass', exit_code: 0, reasons: [] }, timeline_step_s: 1, timeline_s: this.seconds,
        users: this.users };
        const out = createWriteStream(path);
        const all = [JSON.stringify(this.header), ...this.lines.sort(([a], [b]) => a - b).map(([, line]) => line), JSON.stringify(trailer)];
        for (let i = 0; i < all.length; i += 5000)
            out.write(`${all.slice(i, i + 5000).join('\n')}\n`);
        out.end();
        await once(out, 'close');
    }
}

/* The same numbers each time. */
export function randomOf(seed) {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        const mixed = Math.imul(state ^ (state >>> 15), state | 1);
        const more = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61));
        return ((more ^ (more >>> 14)) >>> 0) / 2 ** 32;
    };
}

/* A busy shop: three cycles of users, a slow search, a flaky cart. */
export function shopRecording({ seconds = 30, rate = 40, names = 12 } = {}) {
    const random = randomOf(7);
    const plan = [
        { name: 'shop.mjs', runner: 'js', cycles: [5, 10, 20].map((users) => ({ users, duration_s: seconds / 3 })) },
        { name: 'shop.c', runner: 'c', cycles: [5, 10, 20].map((users) => ({ users, duration_s: seconds / 3 })) },
    ];
    const recording = new Recording({ label: 'nightly 2026-03-04', plan });
    for (let second = 0; second < seconds; second++) {
        const cycle = Math.floor(second / (seconds / 3));
        const users = [10, 20, 40][cycle];
        recording.users.push([second, users]);
        for (let i = 0; i < rate * (cycle + 1) * (0.9 + 0.2 * random()); i++) {
            const t_s = second + random();
            const page = Math.floor(names * random() ** 2);
            const isSlow = page % 5 === 3;
            const elapsed = Math.exp((isSlow ? -2.3 : -5) + 0.5 * cycle * random() + 0.6 * (random() + random() + random() - 1.5))
                * (random() < 0.01 ? 12 : 1);
            const isBad = page === 2 && random() < 0.15 + 0.1 * cycle;
            const isLost = page === 4 && random() < 0.03;
            const target = page % 3 === 0 ? 1 : 0;
            recording.hit(t_s, { url: `http://shop.example/${['home', 'search', 'cart', 'product', 'login'][page % 5]}/${page}`,
                method: page % 5 === 2 ? 'POST' : 'GET', status: isLost ? 0 : isBad ? 503 : page % 7 === 6 ? 302 : 200, elapsed,
                ...(isLost ? { error: 'connect ECONNREFUSED 127.0.0.1:80' } : {}) }, target);
            if (isBad) {
                recording.test(t_s, 'test_cart', 'Failure', ['the cart answers\n\n503 !== 200', 'AssertionError',
                    'AssertionError [ERR_ASSERTION]: the cart answers\n\n503 !== 200\n\n    at test_cart (file:///srv/shop.mjs:15:12)'
                    + '\n    at async runTest (file:///usr/lib/loads/js/lib/users.js:88:9)'], target);
            } else if (random() < 0.5) {
                recording.test(t_s, ['test_home', 'test_search', 'test_cart'][page % 3], 'Success', undefined, target, elapsed + 0.001);
            }
        }
        recording.add(second + 0.5, 'incr_counter', { test: 'test_cart', name: 'carts', value: 3 + cycle });
        recording.add(second + 0.5, 'metric', { name: 'basket value', value: 10 + 90 * random(), kind: 'trend' });
        recording.add(second + 0.6, 'metric', { name: 'queue', value: Math.floor(10 * random()), kind: 'gauge' });
        recording.add(second + 0.7, 'metric', { name: 'cache hit', value: random() < 0.8 ? 1 : 0, kind: 'rate' });
    }
    return recording;
}
