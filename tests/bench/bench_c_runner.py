# SPDX-License-Identifier: Apache-2.0
"""The C runner beside wrk: GET of a small page from nginx, which has the last
processor to itself; wrk, and the whole run (runner and host, every hit reported and
counted), share the first. Interleaved, medians. A busy machine changes the rates;
the ratio of processor time for a request is what stays."""
import json
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile

SOURCE = os.environ.get("top_srcdir", ".")
BUILD = os.environ.get("top_builddir", ".")
SECONDS = os.environ.get("BENCH_SECONDS", "3")
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
CLIENT_CPU, SERVER_CPU = "0", str(max(os.sched_getaffinity(0)))
PAGE = "Welcome home: a page of some hundred bytes, which is what a small answer of a real service has."

CONF = """worker_processes 1; daemon off; pid %(dir)s/pid; error_log %(dir)s/error.log;
worker_rlimit_nofile 16384; events { worker_connections 12000; }
http { access_log off; keepalive_requests 1000000000; client_body_temp_path %(dir)s/body;
    proxy_temp_path %(dir)s/proxy; fastcgi_temp_path %(dir)s/fcgi; uwsgi_temp_path %(dir)s/uwsgi;
    scgi_temp_path %(dir)s/scgi;
    server { listen 127.0.0.1:%(port)d; location / { return 200 "%(page)s"; } } }
"""

TESTS = """#include <loads/test.h>
void get(struct loads_test *t) { loads_assert_equal(t, loads_get(t, "/")->status, 200); }
void get_ten(struct loads_test *t)
{
    for (int i = 0; i < 10; i++)
        loads_assert_equal(t, loads_get(t, "/")->status, 200);
}
void nap(struct loads_test *t) { loads_sleep(t, 3); }
"""


def start_nginx(folder):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    port = listener.getsockname()[1]
    with open(folder + "/nginx.conf", "w") as conf:
        conf.write(CONF % {"dir": folder, "port": port, "page": PAGE})
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    # It takes the listening socket over: see harness.py of the C runner.
    process = subprocess.Popen(["taskset", "-c", SERVER_CPU, nginx, "-p", folder, "-c", folder + "/nginx.conf"],
                               env=dict(os.environ, NGINX="%d;" % listener.fileno()),
                               pass_fds=[listener.fileno()], stderr=subprocess.DEVNULL)
    listener.close()
    return process, "http://127.0.0.1:%d" % port


def measure(command):
    """Runs it; returns its output and the processor seconds of all it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(["taskset", "-c", CLIENT_CPU] + command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, "%s: %s" % (command, done.stderr)
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_wrk(url, users):
    out, cpu = measure(["wrk", "-t1", "-c%d" % users, "-d%ss" % SECONDS, url + "/"])
    count = int(re.search(r"(\d+) requests in", out).group(1))
    return count / float(SECONDS), cpu / count


def run_loads(url, users, target, runner):
    out, cpu = measure([BUILD + "/loads", "run", target, "--server-url", url, "-u", str(users), "-d", SECONDS,
                        "--output", "json"] + runner)
    result = json.loads(out)
    assert result["verdict"]["status"] == "pass", result["verdict"]
    hits = result["totals"]["hits"]
    return hits / float(SECONDS), cpu / hits


def compare(url, users, name, target, runner):
    pairs = [(run_wrk(url, users), run_loads(url, users, target, runner)) for _ in range(ROUNDS)]
    wrk, loads = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
    rate = statistics.median(pair[1][0] / pair[0][0] for pair in pairs)
    cpu = statistics.median(pair[0][1] / pair[1][1] for pair in pairs)
    print("%-36s %5d users: wrk %7.0f/s, loads %7.0f/s; ratio of rates %.2f, of processor time %.2f"
          % (name, users, wrk, loads, rate, cpu), flush=True)


def print_memory(url, target, name):
    """The largest resident size of the runner with 10 000 users."""
    command = [BUILD + "/loads", "run", target, "--server-url", url, "-u", "10000", "-d", "3", "--output", "null"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/comm" % pid) as comm, open("/proc/%s/status" % pid) as status:
                    if comm.read().strip() == "loads-c-runner":
                        most = max(most, int(re.search(r"VmHWM:\s*(\d+)", status.read()).group(1)))
            except (OSError, AttributeError):
                pass  # it has ended meanwhile
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            pass
    print("10000 users, %s: %.0f MB in the runner" % (name, most / 1000), flush=True)


def main():
    folder = tempfile.mkdtemp(prefix="loads-bench-")
    with open(folder + "/bench.c", "w") as file:
        file.write(TESTS)
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-I" + SOURCE + "/runners/c/include", folder + "/bench.c",
                    "-o", folder + "/bench.so"], check=True)
    nginx, url = start_nginx(folder)
    # Runs that are named by a command: how a runner is given options of its own.
    libcurl = ["--test-runner", BUILD + "/loads-c-runner --libcurl --server-url " + url + " {test}"]
    try:
        for users in (64, 1000):
            compare(url, users, "a test of one GET (4 messages)", folder + "/bench.so:get", [])
            compare(url, users, "a test of ten GETs (13 messages)", folder + "/bench.so:get_ten", [])
            compare(url, users, "ten GETs with libcurl", folder + "/bench.so:get_ten",
                    libcurl + ["--process-users", str(users)])
        print_memory(url, folder + "/bench.so:nap", "idle")
        print_memory(url, folder + "/bench.so:get", "busy")
    finally:
        nginx.terminate()
        nginx.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
