# SPDX-License-Identifier: Apache-2.0
"""The JavaScript runner beside autocannon, and beside the same loops without a runner:
GET of a small page from nginx, which has the last processor to itself. All take turns,
and each process is measured in several windows, once the engine has compiled. A busy
machine changes the rates; the ratio of processor time for a request is what stays. npm
installs autocannon into the folder that is the only argument."""
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
WARM = {"fetched": 16000, "node_http": 40000, "own": 60000, "nothing": 300000}  # requests; as many are measured
HITS = 10  # of a test
WINDOWS = 8

# What the users do, with and without the runner: the same file, and it takes the time
# itself. Each process sends the same number of requests, the first half unmeasured. A test
# that does nothing shows what its start, its end and their messages cost.
ACTS = """import http from 'node:http';
const warm = Number(process.env.BENCH_WARM);
const window = warm / %(windows)d, costs = [];
let hits = 0, begun;
function count() {
    hits += 1;
    if (hits < warm || hits %% window !== 0)
        return;
    const { user, system } = process.cpuUsage();
    if (begun !== undefined)
        costs.push((user + system - begun) / window);
    begun = user + system;
}
const several = (act) => async (t) => {
    for (let i = 0; i < %(hits)d; i++) {
        await act(t);
        count();
    }
};
export function tell() {
    if (costs.length > 0)
        process.stderr.write(`BENCH ${costs.join(' ')}\\n`);
}
const agent = new http.Agent({ keepAlive: true });
export const own = several((t) => t.get('/'));
export const fetched = several(async (t) => (await fetch(t.serverUrl + '/')).text());
export const nothing = several(async () => {});
export const node_http = several((t) => new Promise((resolve) =>
    http.get(t.serverUrl + '/', { agent }, (response) => response.resume().on('end', resolve))));
""" % {"windows": WINDOWS, "hits": HITS}

TESTS = """import { fetched, node_http, nothing, own, tell } from './acts.mjs';
export { fetched, node_http, nothing, own };
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
    """Microseconds of processor time for a request, of all threads, collection of garbage
    included, in each window."""
    done = subprocess.run(["taskset", "-c", CLIENT_CPU] + command, capture_output=True, text=True,
                          env=dict(os.environ, BENCH_WARM=str(WARM[kind]), **(environment or {})))
    found = re.search(r"^BENCH (.+)$", done.stderr, re.MULTILINE)
    assert done.returncode == 0 and found, done.stderr
    return [float(cost) for cost in found.group(1).split()]


def turns(kind):
    return 2 * WARM[kind] // USERS // HITS + 1


def run_bare(bare, style, kind, url):
    return metered(["node", bare, style, kind, url, str(USERS), str(turns(kind))], kind)


def run_recorded(sink, tests, kind, url):
    """The runner's process without a host; what receives shares nginx's processor."""
    env = {"LOADS_ZMQ_RECEIVER": sink.endpoint, "LOADS_RUN_ID": "run", "LOADS_AGENT_ID": "local.1",
           "LOADS_TOTAL_USERS": str(USERS), "LOADS_CURRENT_USER": "1", "LOADS_PROCESS_USERS": str(USERS),
           "LOADS_PROTOCOL": "2", "LOADS_TOTAL_HITS": str(turns(kind))}
    cost = metered([BUILD + "/loads-js-runner", "--server-url", url, tests + ":" + kind], kind, env)
    assert sink.take() == (0 if kind == "nothing" else USERS * turns(kind) * HITS), "hits are missing"
    return cost


def costs_of(kind, *runs):
    """Of each side. Others on the machine only add: the quartile of all windows of all
    rounds is nearer to the truth than the middle, and steadier than the least."""
    sides = [[] for _ in runs]
    for _ in range(ROUNDS):
        for side, once in zip(sides, runs):
            side += once(kind)
    return [statistics.quantiles(side)[0] for side in sides]


def recording_cost(sink, bare, tests, url):
    """What a hit costs in a plain loop, when Node follows the users, and in a test, which
    also starts, ends and tells so: that part is named beside, for it is the same with many hits."""
    def plain(kind): return run_bare(bare, "plain", kind, url)
    def followed(kind): return run_bare(bare, "followed", kind, url)
    def recorded(kind): return run_recorded(sink, tests, kind, url)
    print(subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip())
    loop_us, test_us = costs_of("nothing", followed, recorded)
    test_us = (test_us - loop_us) * HITS
    print("a test by itself %.1f us of processor time; those below have %d hits" % (test_us, HITS), flush=True)
    for kind in ("fetched", "node_http", "own"):
        bare_us, followed_us, recorded_us = costs_of(kind, plain, followed, recorded)
        percent = [100 * (us / bare_us - 1) for us in (followed_us, recorded_us - test_us / HITS, recorded_us)]
        print("%-10s %5.1f us of processor time a hit; Node follows the user: %+.0f %%; recorded: %+.0f %%; test and all: %+.0f %%"
              % (kind, bare_us, *percent), flush=True)


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
