# SPDX-License-Identifier: Apache-2.0
"""Recorded runs made by hand, reports of them, and runs that are watched."""
import json
import os
import signal
import subprocess
import sys

SOURCE = os.environ["top_srcdir"]
BUILD = os.environ["top_builddir"]
LOADS = BUILD + "/loads"
RUNNER = "%s %s/tests/helpers/runner.py" % (sys.executable, SOURCE)
DEADLINE_S = 60
sys.path.append(SOURCE + "/tests/observers")  # what it has of TAP serves here too

# Where each output puts what it writes: its option, and what is added to its value.
PLACES = {
    "csv": ("prefix", ["-timeline.csv", "-names.csv"]),
    "file": ("filename", [""]),
    "funkload": ("filename", [""]),
    "html": ("filename", [""]),
    "influx": ("filename", [""]),
    "json": ("filename", [""]),
    "junit": ("filename", [""]),
    "markdown": ("filename", [""]),
    "openmetrics": ("filename", [""]),
}


def built_outputs():
    return sorted(name[:-3] for name in os.listdir(BUILD + "/outputs") if name.endswith(".so"))


def written_outputs():
    """Those that write files, of those that are built."""
    return [name for name in built_outputs() if name in PLACES]


def option(output, place):
    """The arguments that make it write there."""
    return ["--output", output, "--output-%s-%s=%s" % (output, PLACES[output][0], place)]


def environment():
    return {k: v for k, v in os.environ.items() if not k.startswith(("LOADS_", "GITHUB_"))}


def loads(folder, *arguments, check=True):
    process = subprocess.run([LOADS, *arguments], cwd=folder, env=environment(), stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE_S)
    if check and process.returncode != 0:
        raise AssertionError("%r ended with %d: %r" % (arguments, process.returncode, process.stderr))
    return process


def run_arguments(behaviour, *arguments):
    return ["run", "--quiet", "--test-runner", "%s %s {test}" % (RUNNER, behaviour), "shop.test", *arguments]


class Interrupted:
    """A run that is stopped with Ctrl-C once it has recorded something."""

    def __init__(self, folder, *arguments):
        watched = folder + "/watched.jsonl"
        process = subprocess.Popen([LOADS, *run_arguments("polite " + folder + "/pid", "-d", "100", *arguments),
                                    "--output", "file", "--output-file-filename=" + watched],
                                   cwd=folder, env=environment(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            while process.poll() is None and not (os.path.exists(watched) and os.path.getsize(watched) > 5000):
                try:
                    process.wait(0.02)
                except subprocess.TimeoutExpired:
                    pass
            self.before = sorted(os.listdir(folder))
            process.send_signal(signal.SIGINT)
            self.out, self.err = process.communicate(timeout=DEADLINE_S)
        finally:
            process.kill()
        self.code = process.returncode


class Recording:
    """What output "file" would have written of a run of these targets: each a list of
    cycles, a cycle being {"users": n, "hits": n} or {"users": n, "duration_s": n}."""

    def __init__(self, *targets, started="2013-05-14T00:51:08.000000Z", names=(), **head):
        plan = [{"name": names[i] if i < len(names) else "t%d" % i, "runner": "external", "cycles": cycles}
                for i, cycles in enumerate(targets)]
        self.lines = [{"loads": "file/1", "schema": "loads-result/1", "run_id": "r1", "project": None, "label": None,
                       "version": "0.1.0", "started": started, "plan": plan, **head}]
        self.last_us = 0

    def add(self, seconds, data_type, cycle, /, target=0, agent="local.1", **members):
        self.last_us = max(self.last_us, round(seconds * 1e6))
        self.lines.append({"received_us": self.last_us, "target": target, "data_type": data_type, "agent_id": agent,
                           "hostname": "h", "run_id": "r1", "loads_status": cycle, **members})

    def hit(self, seconds, cycle, /, elapsed=0.5, url="http://localhost:8080/", code=200, **members):
        self.add(seconds, "add_hit", cycle, **{"url": url, "method": "GET", "status": code, "elapsed": elapsed, **members})

    def test(self, begin, end, cycle, /, outcome="addSuccess", name="test_home (example.TestWebSite)", **members):
        """A whole test with one hit."""
        envelope = {key: members.pop(key) for key in ("target", "agent") if key in members}
        hit = {key: members.pop(key) for key in ("started", "code", "elapsed", "url") if key in members}
        self.add(begin, "startTest", cycle, test=name, **envelope)
        self.hit(end, cycle, **hit, **envelope)
        self.add(end, outcome, cycle, test=name, **members, **envelope)
        self.add(end, "stopTest", cycle, test=name, **envelope)

    def save(self, path):
        messages = len(self.lines) - 1
        account = {"received": messages, "counted": messages, "malformed": 0, "unknown": 0, "duplicate": 0, "lost": 0,
                   "rejected": {}, "unnumbered": messages}
        end = {"loads": "end", "messages": account, "duration_s": max(self.last_us, 1) / 1e6,
               "verdict": {"status": "pass", "exit_code": 0, "reasons": []}, "timeline_step_s": 1,
               "timeline_s": self.last_us // 1000000 + 1, "users": []}
        with open(path, "w") as file:
            for line in [*self.lines, end]:
                # The first two members stand without blanks: see docs/reference/outputs.md.
                file.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n")
        return path

    def report(self, folder, output, *more):
        """The files that the output makes of it, as text."""
        self.save(folder + "/run.jsonl")
        place = folder + "/report-" + output
        loads(folder, "report", "run.jsonl", *option(output, place), *more)
        texts = [open(place + end, encoding="utf-8", newline="").read() for end in PLACES[output][1]]
        return texts[0] if len(texts) == 1 else texts

    def document(self, folder):
        return json.loads(self.report(folder, "json"))
