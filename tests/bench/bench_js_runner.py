# SPDX-License-Identifier: Apache-2.0
"""The JavaScript runner beside autocannon, and beside the same loops without a runner:
GET of a small page from nginx, which has the last processor to itself. Interleaved,
medians. A busy machine changes the rates; the ratio of processor time for a request is
what stays. npm installs autocannon into the folder that is the only argument."""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import zmq

from bench_c_runner import BUILD, CLIENT_CPU, ROUNDS, SECONDS, SERVER_CPU, run
from bench_site import Site

NODE_MODULES = sys.argv[1] + "/node_modules"
USERS = 64
WARM = {"fetched": 12000, "node_http": 30000, "own": 40000}  # requests; as many are measured

# What the users do, with and without the runner: the same file, and it takes the time
# itself. Each process sends the same number of requests, the first of them unmeasured:
# until then the engine still compiles.
ACTS = """import http from 'node:http';
const warm = Number(process.env.BENCH_WARM);
let hits = 0, begun;
const ten = (act) => async (t) => {
    for (let i = 0; i < 10; i++) {
        await act(t);
        hits += 1;
        if (hits === warm)
            begun = process.cpuUsage();
    }
};
export function tell() {
    if (begun === undefined)
        return;
    const { user, system } = process.cpuUsage(begun);
    process.stderr.write(`BENCH ${(user + system) / (hits - warm)}\\n`);
}
const agent = new http.Agent({ keepAlive: true });
export const own = ten((t) => t.get('/'));
export const fetched = ten(async (t) => (await fetch(t.serverUrl + '/')).text());
export const node_http = ten((t) => new Promise((resolve) =>
    http.get(t.serverUrl + '/', { agent }, (response) => response.resume().on('end', resolve))));
"""

TESTS = """import { fetched, node_http, own, tell } from './acts.mjs';
export { fetched, node_http, own };
export const tearDownProcess = tell;
export const nap = () => new Promise((resolve) => setTimeout(resolve, 2000));
"""

# undici is what t.get() uses; loaded for nothing else, for it would replace fetch()'s.
# "followed" is what Node itself takes to know which user's code runs, nothing recorded.
BARE = """import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as acts from './acts.mjs';
const [style, kind, serverUrl, users, turns] = process.argv.slice(2);
const { Client } = kind === 'own' ? await import('%(undici)s/index.js') : {};
const storage = new AsyncLocalStorage();
const run = style === 'followed' ? (act) => storage.run({}, act) : (act) => act();
await Promise.all(Array.from({ length: Number(users) }, async () => {
    const client = kind === 'own' ? new Client(serverUrl) : undefined;
    const t = { serverUrl, get: async (path) => (await client.request({ method: 'GET', path })).body.text() };
    for (let i = 0; i < turns; i++) {
        await run(() => acts[kind](t));
        await nextTurn();
    }
}));
acts.tell();
process.exit(0);
"""


class Sink(threading.Thread):
    """The host's place: takes all frames, counts hits, keeps the last frame."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.endpoint = "ipc://%s/sink" % folder
        self.socket = zmq.Context.instance().socket(zmq.PULL)
        self.socket.bind(self.endpoint)
        self.start()

    def run(self):
        self.hits, self.messages, self.ended = 0, 0, threading.Event()
        while True:
            frame = self.socket.recv()
            self.hits += frame.count(b'"data_type":"add_hit"')
            self.messages += frame.count(b'"data_type"')
            if b'"runnerEnd"' in frame:
                sent = json.loads(frame)[-1]["sent"]
                assert sent + 1 == self.messages, "%d messages of %d" % (self.messages, sent + 1)
                self.result = self.hits
                self.hits = self.messages = 0
                self.ended.set()

    def take(self):
        assert self.ended.wait(30)
        self.ended.clear()
        return self.result


def metered(command, kind, environment=None):
    """Microseconds of processor time for a request, of all threads, collection of garbage included."""
    done = subprocess.run(["taskset", "-c", CLIENT_CPU] + command, capture_output=True, text=True,
                          env=dict(os.environ, BENCH_WARM=str(WARM[kind]), **(environment or {})))
    found = re.search(r"^BENCH (\S+)$", done.stderr, re.MULTILINE)
    assert done.returncode == 0 and found, done.stderr
    return float(found.group(1))


def turns(kind):
    return 2 * WARM[kind] // USERS // 10 + 1


def run_bare(bare, style, kind, url):
    return metered(["node", bare, style, kind, url, str(USERS), str(turns(kind))], kind)


def run_recorded(sink, tests, kind, url):
    """The runner's process without a host; what receives shares nginx's processor."""
    env = {"LOADS_ZMQ_RECEIVER": sink.endpoint, "LOADS_RUN_ID": "run", "LOADS_AGENT_ID": "local.1",
           "LOADS_TOTAL_USERS": str(USERS), "LOADS_CURRENT_USER": "1", "LOADS_PROCESS_USERS": str(USERS),
           "LOADS_PROTOCOL": "2", "LOADS_TOTAL_HITS": str(turns(kind))}
    cost = metered([BUILD + "/loads-js-runner", "--server-url", url, tests + ":" + kind], kind, env)
    assert sink.take() == USERS * turns(kind) * 10, "hits are missing"
    return cost


def recording_cost(sink, bare, tests, url):
    for kind in WARM:
        costs = [(run_bare(bare, "plain", kind, url), run_bare(bare, "followed", kind, url),
                  run_recorded(sink, tests, kind, url)) for _ in range(ROUNDS)]
        # Others on the machine only add: the least of all rounds is nearest to the truth.
        plain, followed, recorded = (min(side) for side in zip(*costs))
        print("%-10s %5.1f us of processor time a hit; with AsyncLocalStorage %5.1f us: %+.0f %%; recorded %5.1f us: %+.0f %%"
              % (kind, plain, followed, 100 * (followed / plain - 1), recorded, 100 * (recorded / plain - 1)), flush=True)


def run_autocannon(url):
    out, cpu = run(["node", NODE_MODULES + "/autocannon/autocannon.js", "-c", str(USERS), "-d", str(SECONDS),
                    "--json", "--no-progress", url + "/"])
    count = json.loads(out)["requests"]["total"]
    return count / SECONDS, cpu / count


def run_loads(url, target):
    out, cpu = run([BUILD + "/loads", "run", target, "--server-url", url, "-u", str(USERS), "-d", str(SECONDS),
                    "--output", "json"])
    result = json.loads(out)
    assert result["verdict"]["status"] == "pass", result["verdict"]
    assert result["messages"]["lost"] == 0 and result["messages"]["received"] == result["messages"]["counted"]
    hits = result["totals"]["hits"]
    return hits / SECONDS, cpu / hits


def compare(url, tests, kind):
    pairs = [(run_autocannon(url), run_loads(url, tests + ":" + kind)) for _ in range(ROUNDS)]
    cannon, loads = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
    rate = statistics.median(pair[1][0] / pair[0][0] for pair in pairs)
    cpu = statistics.median(pair[0][1] / pair[1][1] for pair in pairs)
    print("%-10s %d users: autocannon %6.0f/s, loads %6.0f/s; ratio of rates %.2f, of processor time %.2f"
          % (kind, USERS, cannon, loads, rate, cpu), flush=True)


def print_memory(url, tests, kind):
    """The largest resident size of the runner with 1000 users."""
    process = subprocess.Popen([BUILD + "/loads", "run", tests + ":" + kind, "--server-url", url, "-u", "1000",
                                "-d", "3", "--output", "null"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid) as command, open("/proc/%s/status" % pid) as status:
                    if "loads-js-runner" in command.read() and "PPid:\t1\n" not in status.read():
                        status.seek(0)
                        most = max(most, int(re.search(r"VmHWM:\s*(\d+)", status.read()).group(1)))
            except (OSError, AttributeError):
                pass  # it has ended meanwhile
        time.sleep(0.1)
    print("1000 users, %s: %.0f MB in the runner" % (kind, most / 1000), flush=True)


def main():
    with tempfile.TemporaryDirectory(prefix="loads-bench-") as folder:
        bare, tests = folder + "/bare.mjs", folder + "/tests.mjs"
        undici = BUILD + "/runners/js/package/node_modules/undici"
        for name, text in (("acts", ACTS), ("tests", TESTS), ("bare", BARE % {"undici": undici})):
            with open("%s/%s.mjs" % (folder, name), "w") as file:
                file.write(text)
        site, sink = Site(folder, SERVER_CPU), Sink(folder)
        url = site.urls["http"].rstrip("/")
        try:
            os.sched_setaffinity(0, {int(SERVER_CPU)})
            recording_cost(sink, bare, tests, url)
            for kind in ("own", "fetched"):
                compare(url, tests, kind)
            for kind in ("nap", "own", "fetched"):
                print_memory(url, tests, kind)
        finally:
            site.stop()


sys.exit(main())
