# SPDX-License-Identifier: Apache-2.0
"""What a run of /bin/true costs through the bridge, beside a bare loop in C that
starts it as cheaply as the system can, one after another. Interleaved, medians of five."""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

LOADS, BARE = "loads", sys.argv[1]
RUNS, ROUNDS = 2000, 5


def bare():
    began = time.monotonic()
    subprocess.run([BARE, str(RUNS), "/bin/true"], check=True)
    return (time.monotonic() - began) / RUNS


def bridge(folder, users, *options):
    document = folder + "/result.json"
    target = folder + "/true"
    subprocess.run([LOADS, "run", "--quiet", "-u", str(users), "--hits", str(RUNS // users), target, *options,
                    "--output", "json", "--output-json-filename", document], check=True)
    with open(document) as text:
        result = json.load(text)
    assert result["totals"]["success"] == RUNS, result["totals"]
    return result["duration_s"] / RUNS


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.symlink("/bin/true", folder + "/true")
        ways = {
            "posix_spawn and waitpid": bare,
            "bridge, 1 user, --no-patching": lambda: bridge(folder, 1, "--no-patching"),
            "bridge, 1 user": lambda: bridge(folder, 1),
            "bridge, 20 users": lambda: bridge(folder, 20),
        }
        times = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                times[name].append(way())
    base = statistics.median(times["posix_spawn and waitpid"])
    for name, measured in times.items():
        median = statistics.median(measured)
        print("%-32s %7.0f us a run  %5.2f" % (name, median * 1e6, median / base))


main()
