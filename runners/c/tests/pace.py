# SPDX-License-Identifier: Apache-2.0
"""Times, numbers and sizes of the C runner that are known beforehand: what a server
delays, how users are split over processes, what ten thousand users take, and that a
slow host does not bend the times of requests."""
import json
import os
import re
import statistics
import subprocess
import sys

from harness import BUILD, DEADLINE_S, TESTS, Run, Sink, ended, has, run_all, same

CASES = TESTS + "/pace_cases.c"
LOADS = os.path.join(BUILD, "loads")
MICROSECOND = 1e-6
ATTEMPTS = 5


class ExactServer:
    def __init__(self):
        self.process = subprocess.Popen([BUILD + "/tests/helpers/exact-server"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.url = self.process.stdout.readline().strip()

    def stop(self):
        """Returns what each answer was asked to take and took, in seconds, in their order."""
        out = self.process.communicate(timeout=DEADLINE_S)[0]
        return [tuple(float(number) * MICROSECOND for number in line.split()) for line in out.splitlines()]


def run_loads(folder, case, *options):
    """Runs it under the host; returns the result document and the messages."""
    document, messages = folder + "/result.json", folder + "/messages.jsonl"
    done = subprocess.run(
        [LOADS, "run", CASES + ":" + case, *options, "--output", "json", "--output-json-filename", document,
         "--output", "file", "--output-file-filename", messages],
        capture_output=True, text=True, timeout=DEADLINE_S,
        env=dict(os.environ, LOADS_PLUGIN_PATH=BUILD + "/outputs", PATH=BUILD + ":" + os.environ["PATH"]))
    same((done.returncode, done.stderr), (0, ""))
    with open(document) as result, open(messages) as lines:
        return json.load(result), [json.loads(line) for line in lines]


def at_percentile(values, percentile):
    """The smallest that so many are not above: what HdrHistogram means."""
    return sorted(values)[max(0, -(-len(values) * percentile // 100) - 1)]


def check_percentiles(latency, elapsed):
    """The report's, of what the messages tell: HdrHistogram keeps three digits."""
    for percentile in (50, 90, 99):
        known_us = at_percentile(elapsed, percentile) / MICROSECOND
        assert abs(latency["p%d_us" % percentile] - known_us) <= 0.001 * known_us + 1, (latency, known_us)


def test_times_are_the_servers(folder):
    """1 %, and at least 100 us. Any hit may be late on a busy machine, so of each delay
    it is enough that a tenth of the hits is not."""
    late = {0.01: [], 0.02: [], 0.05: []}
    for _ in range(ATTEMPTS):
        server = ExactServer()
        result, messages = run_loads(folder, "case_known_delays", "--server-url", server.url, "--hits", "4")
        served = server.stop()
        elapsed = [message["elapsed"] for message in messages if message.get("data_type") == "add_hit"]
        same((len(elapsed), len(served)), (40, 40))
        check_percentiles(result["totals"]["latency"], elapsed)
        for mine, (asked, known) in zip(elapsed, served):
            # Never less than the server took: elapsed is cut to whole microseconds.
            assert mine >= known - MICROSECOND, (mine, known)
            late[round(asked, 6)].append((mine - known) / max(0.01 * known, 100 * MICROSECOND))
        if all(at_percentile(lates, 10) <= 1 for lates in late.values()):
            return
    raise AssertionError("of what is allowed hits are late by %r" % late)


def test_users_are_split_over_processes(folder):
    result, messages = run_loads(folder, "case_where", "-u", "7", "--hits", "3", "--processes", "2")
    same(result["totals"]["tests_finished"], 21)
    same(result["totals"]["success"], 21)
    names = [message["name"] for message in messages if message.get("data_type") == "incr_counter"]
    places = [tuple(map(int, re.findall(r"\d+", name))) for name in names]
    same(sorted(place[:2] for place in places), [(user, hit) for user in range(1, 8) for hit in range(1, 4)])
    users = {}
    for user, _, process in places:
        users.setdefault(process, set()).add(user)
    same(sorted(map(sorted, users.values())), [[1, 2, 3, 4], [5, 6, 7]])
    same(result["messages"]["counted"], result["messages"]["received"])
    same(result["messages"]["lost"], 0)


def resident_mb(pid):
    with open("/proc/%d/status" % pid) as status:
        return int(re.search(r"VmHWM:\s*(\d+)", status.read()).group(1)) / 1000


def is_sanitized():
    """A sanitizer keeps memory of its own for each byte of ours."""
    with open(BUILD + "/Makefile") as makefile:
        return re.search(r"^SANITIZERS = \S", makefile.read(), re.M) is not None


def test_ten_thousand_users(folder):
    users = "10000"
    sink = Sink(folder)
    run = Run(CASES + ":case_nap", None, sink, LOADS_PROCESS_USERS=users, LOADS_TOTAL_USERS=users)
    sink.receive(lambda message: message["data_type"] == "stopTest")
    # By now each has begun: the first sleeps a second, and the others do not wait for it.
    size_mb = resident_mb(run.process.pid)
    sink.until_end()
    ended(run, 0)
    sink.close()
    sink.check_account()
    same(len({message["loads_status"][3] for message in sink.of("addSuccess")}), 10000)
    assert size_mb < 200 or is_sanitized(), "%.0f MB" % size_mb


def test_a_slow_host_does_not_bend_times(folder):
    server = ExactServer()
    sink = Sink(folder, hwm=1)
    run = Run(CASES + ":case_flood_beside", server.url, sink, LOADS_PROCESS_USERS="4", LOADS_TOTAL_USERS="4")
    sink.until_end(each_s=0.004)
    ended(run, 0)
    sink.close()
    served = server.stop()
    sink.check_account()
    same((len(sink.of("add_hit")), len(served)), (60, 60))
    # The users did wait, for longer than any hit took, and no hit tells of it.
    assert sink.messages[-1]["blocked"] > 0.1, sink.messages[-1]
    has(run.err, "of their time waiting for the host to take reports")
    late = statistics.median(hit["elapsed"] for hit in sink.of("add_hit")) - statistics.median(known for _, known in served)
    assert 0 <= late < 0.02, late


run_all(sys.modules[__name__])
