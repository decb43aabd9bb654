# SPDX-License-Identifier: Apache-2.0
"""Those who send requests: ours in several ways, wrk, and others. Each is a command
for so many connections and seconds, and how to read from its output how many
requests were answered."""
import json
import os
import re
import shutil
from dataclasses import dataclass, field
from typing import Callable

BUILD = os.environ.get("top_builddir", ".")
SOURCE = os.environ.get("top_srcdir", ".")

# What exact-server is asked for: microseconds.
KNOWN_DELAYS = ("/10000", "/10000", "/20000", "/10000", "/10000", "/20000", "/10000", "/50000", "/10000", "/20000")

TESTS = """#include <loads/test.h>
#include <time.h>
void get(struct loads_test *t) { loads_assert_equal(t, loads_get(t, "/")->status, 200); }
void get_ten(struct loads_test *t)
{
    for (int i = 0; i < 10; i++)
        loads_assert_equal(t, loads_get(t, "/")->status, 200);
}
void nap(struct loads_test *t) { loads_sleep(t, 3); }
void known_delays(struct loads_test *t)
{
    static const char *const delays[] = { %s };
    for (size_t i = 0; i < sizeof delays / sizeof *delays; i++)
        loads_get(t, delays[i]);
}
void compute(struct loads_test *t)
{
    struct timespec now;
    (void)t;
    for (int i = 0; i < 20000; i++)
        clock_gettime(CLOCK_MONOTONIC, &now);
}
""" % ", ".join('"%s"' % path for path in KNOWN_DELAYS)

LOCUST = """from locust import FastHttpUser, task
class Visitor(FastHttpUser):
    insecure = True
    @task
    def get(self):
        self.client.get("/")
"""


@dataclass
class Client:
    name: str
    command: Callable  # of the URL, the connections and the seconds, a list
    count: Callable    # of the output, how many requests
    program: str = ""  # what has to be installed; "": ours
    package: str = ""  # which has it
    environment: dict = field(default_factory=dict)  # beside what all have

    def missing(self):
        """Why it cannot run, or None."""
        if not self.program or shutil.which(self.program) or os.path.exists(self.program):
            return None
        return "%s is not installed (%s)" % (os.path.basename(self.program), self.package)


def number(pattern):
    return lambda out: int(re.search(pattern, out).group(1))


def count_loads(out):
    result = json.loads(out)
    if result["verdict"]["status"] != "pass":
        raise ValueError("%s; %s" % (result["verdict"], result["errors"][:1]))
    return result["totals"]["hits"]


def ours(name, target, libcurl=False):
    def command(url, users, seconds):
        site = url.rstrip("/")
        words = [BUILD + "/loads", "run", target, "--server-url", site, "-u", str(users), "-d", str(seconds),
                 "--output", "json"]
        # A run that is named by a command: how a runner is given options of its own.
        runner = "%s/loads-c-runner --libcurl --server-url %s {test}" % (BUILD, site)
        return words + (["--test-runner", runner, "--process-users", str(users)] if libcurl else [])

    return Client(name, command, count_loads)


def locust(folder):
    with open(folder + "/locustfile.py", "w") as file:
        file.write(LOCUST)
    return Client(
        "Locust, FastHttpUser",
        lambda url, users, seconds: ["locust", "-f", folder + "/locustfile.py", "--headless", "-u", str(users), "-r",
                                     str(users), "-t", "%ds" % seconds, "--host", url.rstrip("/"),
                                     "--only-summary", "--exit-code-on-error", "0"],
        number(r"Aggregated\s+(\d+)"),
        "locust", "Debian's python3-locust")


def all_clients(folder, tests, certificate):
    """wrk first: the others are compared with it."""
    autocannon = BUILD + "/tests/bench/npm/node_modules/autocannon/autocannon.js"
    own = [ours("loads: tests of one GET", tests + ":get"),
           ours("loads: tests of ten GETs", tests + ":get_ten"),
           ours("loads: ten GETs with libcurl", tests + ":get_ten", libcurl=True)]
    for client in own:
        client.environment = {"SSL_CERT_FILE": certificate}
    return [
        Client("wrk", lambda url, users, seconds: ["wrk", "-t1", "-c%d" % users, "-d%ds" % seconds, url],
               number(r"(\d+) requests in"), "wrk", "Debian's wrk"),
        *own,
        Client("h2load, HTTP/1.1",
               lambda url, users, seconds: ["h2load", "--h1", "-t1", "-c%d" % users, "-D%d" % seconds, url],
               number(r"(\d+) succeeded"), "h2load", "Debian's nghttp2-client"),
        Client("ab -k",
               lambda url, users, seconds: ["ab", "-k", "-q", "-t%d" % seconds, "-n1000000", "-c%d" % users, url],
               number(r"Complete requests:\s+(\d+)"), "ab", "Debian's apache2-utils"),
        Client("hey", lambda url, users, seconds: ["hey", "-cpus", "1", "-z", "%ds" % seconds, "-c", str(users), url],
               number(r"\[200\]\s+(\d+) responses"), "hey", "Debian's hey"),
        Client("autocannon",
               lambda url, users, seconds: ["node", autocannon, "-c", str(users), "-d", str(seconds), "--json", url],
               lambda out: json.loads(out)["requests"]["total"], autocannon,
               "npm did not install it; see tests/bench/peers", {"NODE_EXTRA_CA_CERTS": certificate}),
        locust(folder),
    ]
