# SPDX-License-Identifier: Apache-2.0
"""The Python runner beside a bare loop of requests and beside Locust: GET of a small
page from nginx, which has the last processor to itself; the others take turns on the
first. The bare loop is the same greenlets and the same client, with nothing counted and
nothing reported: the most that requests can do. Of Loads the whole run is measured,
runner and host. Interleaved, medians. A busy machine changes the rates; the ratio of
processor time for a request is what stays."""
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

BUILD = os.environ.get("top_builddir", ".")
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
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

BARE = """
from gevent import monkey
monkey.patch_all()
import sys, gevent, requests
from time import monotonic
url, users, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
counts, ends = [0] * users, monotonic() + seconds
def visit(user):
    session = requests.Session()
    session.trust_env = False
    while monotonic() < ends:
        assert session.get(url + "/").status_code == 200
        counts[user] += 1
gevent.joinall([gevent.spawn(visit, user) for user in range(users)], raise_error=True)
print(sum(counts))
"""

TESTS = """
from loads.case import TestCase
class TestPage(TestCase):
    def test_get(self):
        self.assertEqual(self.session.get("/").status_code, 200)
    def test_ten(self):
        for _ in range(10):
            self.assertEqual(self.session.get("/").status_code, 200)
"""

LOCUST = """
from locust import HttpUser, task
class Visitor(HttpUser):
    @task
    def get(self):
        self.client.get("/")
"""


def start_nginx(folder):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    port = listener.getsockname()[1]
    with open(folder + "/nginx.conf", "w") as conf:
        conf.write(CONF % {"dir": folder, "port": port, "page": PAGE})
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    # It takes the listening socket over: no port to guess, and no need to wait.
    process = subprocess.Popen(["taskset", "-c", SERVER_CPU, nginx, "-p", folder, "-c", folder + "/nginx.conf"],
                               env=dict(os.environ, NGINX="%d;" % listener.fileno()),
                               pass_fds=[listener.fileno()], stderr=subprocess.DEVNULL)
    listener.close()
    return process, "http://127.0.0.1:%d" % port


def measure(command):
    """Runs it; returns its output and the processor seconds of all that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(["taskset", "-c", CLIENT_CPU] + command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, "%s: %s" % (command, done.stderr)
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Contenders:
    """Each returns requests a second and processor seconds for one request."""

    def __init__(self, folder, url):
        self.url = url
        for name, text in (("bare.py", BARE), ("page.py", TESTS), ("locustfile.py", LOCUST)):
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
        self.folder = folder

    def python(self):
        # What the runner uses.
        with open(os.path.join(BUILD, "loads-python-runner")) as program:
            return program.readline()[2:].split()

    def bare(self, users):
        out, cpu = measure(self.python() + [self.folder + "/bare.py", self.url, str(users), str(SECONDS)])
        return int(out) / SECONDS, cpu / int(out)

    def loads(self, users, test):
        out, cpu = measure([os.path.join(BUILD, "loads"), "run", self.folder + "/page.py:TestPage." + test, "-u",
                            str(users), "-d", str(SECONDS), "--server-url", self.url, "--output", "json"])
        result = json.loads(out)
        account = result["messages"]
        assert result["verdict"]["status"] == "pass", result["verdict"]
        assert account["counted"] == account["received"] and account["lost"] == account["unnumbered"] == 0, account
        hits = result["totals"]["hits"]
        return hits / SECONDS, cpu / hits

    def locust(self, users):
        out, cpu = measure(["locust", "-f", self.folder + "/locustfile.py", "--headless", "--only-summary", "-u",
                            str(users), "-r", "1000", "-t", "%ds" % SECONDS, "-H", self.url, "--loglevel", "ERROR",
                            "--csv", self.folder + "/locust"])
        with open(self.folder + "/locust_stats.csv") as csv:
            count = int(re.search(r"^,Aggregated,(\d+),", csv.read(), re.M).group(1))
        return count / SECONDS, cpu / count


def compare(name, ours, other_name, other):
    pairs = [(ours(), other()) for _ in range(ROUNDS)]
    mine, theirs = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
    rate = statistics.median(pair[0][0] / pair[1][0] for pair in pairs)
    cpu = statistics.median(pair[1][1] / pair[0][1] for pair in pairs)
    print("%-34s loads %5.0f/s, %s %5.0f/s; ratio of rates %.2f, of processor time %.2f"
          % (name, mine, other_name, theirs, rate, cpu), flush=True)


def main():
    folder = tempfile.mkdtemp(prefix="loads-bench-")
    nginx, url = start_nginx(folder)
    try:
        contenders = Contenders(folder, url)
        for users in (20, 200):
            for name, test in (("one GET", "test_get"), ("ten GETs", "test_ten")):
                compare("a test of %s, %d users:" % (name, users), lambda: contenders.loads(users, test),
                        "bare loop", lambda: contenders.bare(users))
            if shutil.which("locust"):
                compare("a test of one GET, %d users:" % users, lambda: contenders.loads(users, "test_get"),
                        "Locust", lambda: contenders.locust(users))
            else:
                print("Locust is not installed (Debian: python3-locust): not compared")
    finally:
        nginx.terminate()
        nginx.wait()
        shutil.rmtree(folder)


sys.exit(main())
