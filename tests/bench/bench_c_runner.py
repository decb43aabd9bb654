# SPDX-License-Identifier: Apache-2.0
"""The C runner beside wrk and others: GET of a small page from nginx, which has the
last processor to itself; each client, ours with its host, which counts every hit,
has the first. Clients take turns, BENCH_ROUNDS times BENCH_SECONDS each; figures are
medians, ratios are those of one round. A busy machine changes the rates; the ratio
of processor time for a request is what stays."""
import contextlib
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

from bench_clients import BUILD, KNOWN_DELAYS, SOURCE, TESTS, all_clients
from bench_site import Site

SECONDS = int(os.environ.get("BENCH_SECONDS", "3"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
PERCENTILES = (50, 90, 99)
CLIENT_CPU, SERVER_CPU = "0", str(max(os.sched_getaffinity(0)))


def run(command, environment=None, cpu=CLIENT_CPU):
    """Returns its output and the processor seconds of all it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run((["taskset", "-c", cpu] if cpu else []) + command, capture_output=True, text=True,
                          env=dict(os.environ, **(environment or {})), timeout=SECONDS + 60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0 and not done.stdout.startswith("{"):
        raise ValueError((done.stderr or done.stdout).strip().splitlines()[-1:])
    return done.stdout or done.stderr, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(client, url, users):
    """Requests in a second, and processor microseconds for each."""
    out, cpu_s = run(client.command(url, users, SECONDS), client.environment)
    count = client.count(out)
    if count == 0:
        raise ValueError("no request was answered")
    return count / SECONDS, cpu_s / count * 1e6


def compare(url, users, clients):
    """`clients` without those that cannot run; wrk is the first."""
    print("\n%s, %d connections" % (url.split(":")[0].upper(), users))
    print("  %-30s %10s %8s %14s %14s" % ("", "requests/s", "CPU us", "of wrk's rate", "by CPU time"))
    results = {client.name: [] for client in clients}
    problems = {}
    for _ in range(ROUNDS):
        for client in clients:
            if client.name in problems:
                continue
            try:
                results[client.name].append(measure(client, url, users))
            except (ValueError, AttributeError, subprocess.TimeoutExpired) as problem:
                problems[client.name] = problem
    for name, rounds in results.items():
        if name in problems or clients[0].name in problems:
            print("  %-30s cannot: %s" % (name, str(problems.get(name, "no wrk"))[:200]), flush=True)
        else:
            print_medians(name, rounds, results[clients[0].name])


def print_medians(name, rounds, wrk_rounds):
    print("  %-30s %10.0f %8.2f %14.2f %14.2f" % (
        name, statistics.median(rate for rate, _ in rounds), statistics.median(cpu for _, cpu in rounds),
        statistics.median(mine[0] / wrk[0] for wrk, mine in zip(wrk_rounds, rounds)),
        statistics.median(wrk[1] / mine[1] for wrk, mine in zip(wrk_rounds, rounds))), flush=True)


def resident_kb(name):
    """The largest resident size so far of the processes of this name."""
    most = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/comm" % pid) as comm, open("/proc/%s/status" % pid) as status:
                if comm.read().strip() == name:
                    most = max(most, int(re.search(r"VmHWM:\s*(\d+)", status.read()).group(1)))
        except (OSError, AttributeError):
            pass  # it has ended meanwhile
    return most


def print_memory(url, target, name):
    command = [BUILD + "/loads", "run", target, "--server-url", url.rstrip("/"), "-u", "10000", "-d", "3",
               "--output", "null"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most_kb = 0
    while process.poll() is None:
        most_kb = max(most_kb, resident_kb("loads-c-runner"))
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            pass
    print("  10000 users in one process, %s: %.0f MB" % (name, most_kb / 1000), flush=True)


def print_processes(target):
    """Tests that only compute, so that nothing but processors limits them."""
    def rate(processes):
        out, _ = run([BUILD + "/loads", "run", target, "-u", "8", "-d", str(SECONDS), "--processes", str(processes),
                      "--output", "json"], cpu=None)
        return json.loads(out)["totals"]["success"] / SECONDS

    one, two = (statistics.median(rate(processes) for _ in range(ROUNDS)) for processes in (1, 2))
    print("  tests that compute: %.0f/s in one process, %.0f/s in two: %.2f times" % (one, two, two / one), flush=True)


def percentiles(values):
    values = sorted(values)
    return {percentile: values[max(0, -(-len(values) * percentile // 100) - 1)] for percentile in PERCENTILES}


def says_loads(target, url):
    out, _ = run([BUILD + "/loads", "run", target, "--server-url", url, "-d", str(SECONDS), "--output", "json"])
    latency = json.loads(out)["totals"]["latency"]
    return {percentile: latency["p%d_us" % percentile] for percentile in PERCENTILES}


def says_bare_client(target, url):
    """What the machine takes to wake whoever waits: no client can be nearer."""
    out, _ = run([BUILD + "/tests/bench/exact_client", url.rsplit(":", 1)[1], str(SECONDS), *KNOWN_DELAYS])
    return percentiles(map(float, out.split()))


def beside_server(client, target):
    """What the client says and what the server measured, which never sleeps."""
    server = subprocess.Popen(["taskset", "-c", SERVER_CPU, BUILD + "/tests/helpers/exact-server", "--spin"],
                              text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    mine = client(target, server.stdout.readline().strip())
    known = percentiles(float(line.split()[1]) for line in server.communicate()[0].splitlines())
    return {percentile: (mine[percentile], known[percentile]) for percentile in PERCENTILES}


@contextlib.contextmanager
def kept_awake(cpu):
    """Runs what gives way to everything else, so that the processor does not sleep."""
    spin = "import os\nos.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"
    process = subprocess.Popen(["taskset", "-c", cpu, sys.executable, "-c", spin])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def print_accuracy(target):
    """Percentiles beside those that the server measured; the nearest of the rounds, for
    whatever else the machine does makes them worse. A processor that sleeps while
    nothing is to be done takes time to wake: once as it is, once without."""
    for name, state in (("asleep between requests", contextlib.nullcontext()),
                        ("kept awake", kept_awake(CLIENT_CPU))):
        nearest = {}
        with state:
            for _ in range(ROUNDS):
                for client in (says_bare_client, says_loads):
                    for percentile, pair in beside_server(client, target).items():
                        best = nearest.get((client, percentile), pair)
                        nearest[client, percentile] = min(pair, best, key=lambda pair: abs(pair[0] - pair[1]))
        print("  the client's processor %s" % name)
        for percentile in PERCENTILES:
            row = "    p%d" % percentile
            for who, client in (("a bare client", says_bare_client), ("loads", says_loads)):
                mine, known = nearest[client, percentile]
                row += "   %s: %.0f of %.0f us, %+.0f us, %+.2f %%" % (who, mine, known, mine - known,
                                                                      100 * (mine - known) / known)
            print(row, flush=True)


def print_machine():
    with open("/proc/cpuinfo") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    print("%s %s %s, %d processors, %s; load %.1f; medians of %d rounds of %d s" % (
        os.uname().sysname, os.uname().release, os.uname().machine, os.cpu_count(),
        model.group(1) if model else "unknown", os.getloadavg()[0], ROUNDS, SECONDS), flush=True)


def measure_all(folder):
    tests = folder + "/bench.so"
    with open(folder + "/bench.c", "w") as file:
        file.write(TESTS)
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-I" + SOURCE + "/runners/c/include", folder + "/bench.c",
                    "-o", tests], check=True)
    site = Site(folder, SERVER_CPU)
    try:
        clients = all_clients(folder, tests, site.certificate)
        print_machine()
        for client in clients:
            if client.missing():
                print("skipped: %s, %s" % (client.name, client.missing()))
        clients = [client for client in clients if not client.missing()]
        if not clients or clients[0].name != "wrk":
            return "there is nothing to compare with"
        for kind, users in (("http", 64), ("http", 1000), ("https", 64)):
            compare(site.urls[kind], users, clients)
        print("\nMemory")
        print_memory(site.urls["http"], tests + ":nap", "idle")
        print_memory(site.urls["http"], tests + ":get", "busy")
        print("\nSeveral processes")
        print_processes(tests + ":compute")
        print("\nPercentiles beside a server that delays by known times")
        print_accuracy(tests + ":known_delays")
    finally:
        site.stop()
    return None


def main():
    folder = tempfile.mkdtemp(prefix="loads-bench-")
    try:
        return measure_all(folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
