# SPDX-License-Identifier: Apache-2.0
"""What each output costs for each message, beside output null: the same recorded run is
reported through each of them in turn, five rounds; medians. Processor time, since an
output has a thread of its own, and the time that one waits."""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

BUILD = os.environ["top_builddir"]
MESSAGES = 400000
ROUNDS = 5
USERS, NAMES, HITS_OF_A_TEST = 20, 200, 5
OPTIONS = {"csv": "prefix"}  # what says where to write, where it is not "filename"
NO_FILE = {"null": [], "stdout": [], "statsd": ["--output-statsd-host=127.0.0.1", "--output-statsd-port=9"]}


def messages():
    """Tests of a few hits, by users in turn."""
    hit, test = 0, 0
    while True:
        test += 1
        user = test % USERS + 1
        status = [0, USERS, test, user]
        yield {"data_type": "startTest", "loads_status": status, "test": "test_home (example.TestWebSite)"}
        for _ in range(HITS_OF_A_TEST):
            hit += 1
            yield {"data_type": "add_hit", "loads_status": status, "url": "http://localhost:8080/page/%d" % (hit * 7 % NAMES),
                   "method": "GET", "status": 500 if hit % 100 == 0 else 200, "elapsed": 0.001 + hit * 7919 % 100003 / 1e6,
                   "started": "2013-05-14T00:51:08.860586"}
        if test % 50 == 0:
            yield {"data_type": "addFailure", "loads_status": status, "test": "test_home (example.TestWebSite)",
                   "exc_info": ["500 != 200", "<class 'AssertionError'>", '  File "example.py", line 9, in test_home\n' * 4]}
        else:
            yield {"data_type": "addSuccess", "loads_status": status, "test": "test_home (example.TestWebSite)"}
        yield {"data_type": "stopTest", "loads_status": status, "test": "test_home (example.TestWebSite)"}


def write_recording(path):
    plan = [{"name": "example.TestWebSite.test_home", "runner": "external", "cycles": [{"users": USERS, "duration_s": 60}]}]
    head = {"loads": "file/1", "schema": "loads-result/1", "run_id": "r1", "project": "bench", "label": None, "version": "0",
            "started": "2013-05-14T00:51:08.000000Z", "plan": plan}
    account = {"received": MESSAGES, "counted": MESSAGES, "malformed": 0, "unknown": 0, "duplicate": 0, "lost": 0,
               "rejected": {}, "unnumbered": MESSAGES}
    end = {"loads": "end", "messages": account, "duration_s": 60, "timeline_step_s": 1, "timeline_s": 60, "users": [],
           "verdict": {"status": "pass", "exit_code": 0, "reasons": []}}
    with open(path, "w") as file:
        file.write(json.dumps(head, separators=(",", ":")) + "\n")
        for number, message in zip(range(MESSAGES), messages()):
            file.write('{"received_us":%d,"target":0,"agent_id": "local.%d", "hostname": "box", "run_id": "r1", ' % (
                number * 60000000 // MESSAGES, message["loads_status"][3]))
            file.write(json.dumps(message)[1:] + "\n")
        file.write(json.dumps(end, separators=(",", ":")) + "\n")


def arguments(output, folder):
    if output in NO_FILE:
        return ["--output", output, *NO_FILE[output]]
    return ["--output", output, "--output-%s-%s=%s/report" % (output, OPTIONS.get(output, "filename"), folder)]


def measure(output, folder):
    """Seconds of processor time, and seconds in all."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([BUILD + "/loads", "report", folder + "/run.jsonl", *arguments(output, folder)], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, ended - began


def main():
    outputs = sorted(name[:-3] for name in os.listdir(BUILD + "/outputs") if name.endswith(".so"))
    figures = {output: [] for output in outputs}
    with tempfile.TemporaryDirectory() as folder:
        write_recording(folder + "/run.jsonl")
        for _ in range(ROUNDS):
            for output in outputs:
                figures[output].append(measure(output, folder))
    print("%d messages, medians of %d rounds; null reads, decodes and counts them" % (MESSAGES, ROUNDS))
    print("%-12s %14s %10s %10s" % ("output", "us a message", "of null", "waited"))
    for output in sorted(outputs, key=lambda name: name != "null"):
        rounds = list(zip(figures[output], figures["null"]))
        print("%-12s %14.2f %10.2f %10.2f" % (output, statistics.median(own[0] for own, _ in rounds) / MESSAGES * 1e6,
                                              statistics.median(own[0] / null[0] for own, null in rounds),
                                              statistics.median(own[1] / null[1] for own, null in rounds)))


if __name__ == "__main__":
    sys.exit(main())
