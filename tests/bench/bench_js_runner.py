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

from bench_c_runner import BUILD, ROUNDS, SECONDS, measure, start_nginx

NODE_MODULES = sys.argv[1] + "/node_modules"
USERS = 64

TESTS = """import http from 'node:http';
const agent = new http.Agent({ keepAlive: true });
const ten = (act) => async (t) => {
    for (let i = 0; i < 10; i++)
        await act(t);
};
export const own = ten((t) => t.get('/'));
export const fetched = ten(async () => (await fetch('/')).text());
export const node_http = ten((t) => new Promise((resolve) =>
    http.get(t.url('/'), { agent }, (response) => response.resume().on('end', resolve))));
export const nap = () => new Promise((resolve) => setTimeout(resolve, 2000));
export const nothing = () => {};
"""

# The same loops, as one writes them without a runner; undici is what t.get() uses.
BARE = """import http from 'node:http';
import { Client } from '%(undici)s/index.js';
const [kind, url, users, seconds] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });
const acts = {
    own: async (client) => (await client.request({ method: 'GET', path: '/' })).body.text(),
    fetched: async () => (await fetch(url + '/')).text(),
    node_http: () => new Promise((resolve) =>
        http.get(url + '/', { agent }, (response) => response.resume().on('end', resolve))),
};
let hits = 0;
const ends = performance.now() + seconds * 1000;
await Promise.all(Array.from({ length: Number(users) }, async () => {
    const client = new Client(url);
    while (performance.now() < ends)
        for (let i = 0; i < 10; i++, hits++)
            await acts[kind](client);
    client.destroy();
}));
console.log(hits);
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


def run_bare(bare, kind, url):
    out, cpu = measure(["node", bare, kind, url, str(USERS), SECONDS])
    return int(out), cpu


def run_alone(sink, tests, kind, url, seconds=SECONDS):
    """The runner's process without a host; what receives shares nginx's processor."""
    env = {"LOADS_ZMQ_RECEIVER": sink.endpoint, "LOADS_RUN_ID": "run", "LOADS_AGENT_ID": "local.1",
           "LOADS_TOTAL_USERS": str(USERS), "LOADS_CURRENT_USER": "1", "LOADS_PROCESS_USERS": str(USERS),
           "LOADS_PROTOCOL": "2", "LOADS_DURATION": seconds}
    command = ["env"] + ["%s=%s" % pair for pair in env.items()]
    _, cpu = measure(command + [BUILD + "/loads-js-runner", "--server-url", url, tests + ":" + kind])
    return sink.take(), cpu


def recording_cost(sink, bare, tests, url):
    # What a process needs to start is no cost of recording.
    idle_alone = statistics.median(run_alone(sink, tests, "nothing", url, "0.001")[1] for _ in range(3))
    idle_bare = statistics.median(measure(["node", bare, "own", url, "1", "0"])[1] for _ in range(3))
    for kind in ("fetched", "node_http", "own"):
        ratios, costs = [], []
        for _ in range(ROUNDS):
            (hits, cpu), (bare_hits, bare_cpu) = run_alone(sink, tests, kind, url), run_bare(bare, kind, url)
            pair = (cpu - idle_alone) / hits * 1e6, (bare_cpu - idle_bare) / bare_hits * 1e6
            ratios.append(pair[0] / pair[1])
            costs.append(pair)
        # Others on the machine only add: the least of all rounds is nearest to the truth.
        recorded, plain = (min(cost[side] for cost in costs) for side in (0, 1))
        print("%-10s %5.1f us of processor time a hit, recorded %5.1f us: %+.0f %% (median of %d pairs: %+.0f %%)"
              % (kind, plain, recorded, 100 * (recorded / plain - 1), ROUNDS,
                 100 * (statistics.median(ratios) - 1)), flush=True)


def run_autocannon(url):
    out, cpu = measure(["node", NODE_MODULES + "/autocannon/autocannon.js", "-c", str(USERS), "-d", SECONDS,
                        "--json", "--no-progress", url + "/"])
    count = json.loads(out)["requests"]["total"]
    return count / float(SECONDS), cpu / count


def run_loads(url, target):
    out, cpu = measure([BUILD + "/loads", "run", target, "--server-url", url, "-u", str(USERS), "-d", SECONDS,
                        "--output", "json"])
    result = json.loads(out)
    assert result["verdict"]["status"] == "pass", result["verdict"]
    assert result["messages"]["lost"] == 0 and result["messages"]["received"] == result["messages"]["counted"]
    hits = result["totals"]["hits"]
    return hits / float(SECONDS), cpu / hits


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
        with open(bare, "w") as file:
            file.write(BARE % {"undici": BUILD + "/runners/js/package/node_modules/undici"})
        with open(tests, "w") as file:
            file.write(TESTS)
        nginx, url = start_nginx(folder)
        sink = Sink(folder)
        try:
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
            recording_cost(sink, bare, tests, url)
            for kind in ("own", "fetched"):
                compare(url, tests, kind)
            for kind in ("nap", "own", "fetched"):
                print_memory(url, tests, kind)
        finally:
            nginx.terminate()
            nginx.wait()


sys.exit(main())
