# SPDX-License-Identifier: Apache-2.0
"""For the tests of observers: a run of Loads with an observer, hostile servers, and TAP."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import traceback

SOURCE = os.environ["top_srcdir"]
BUILD = os.environ["top_builddir"]
RUNNER = "%s %s/tests/helpers/runner.py" % (sys.executable, SOURCE)
DEADLINE_S = 60


class Outcome:
    """What one run left: exit code, stderr, seconds, and the result document."""

    def __init__(self, folder, process):
        self.code = process.returncode
        self.err = process.stderr.replace("loads: waiting for 1 observer\n", "")  # on a busy machine
        path = os.path.join(folder, "result.json")
        self.result = json.load(open(path)) if os.path.exists(path) else None


def observe(folder, observer, behaviour="ok", arguments=(), environment=None, **options):
    """One user, one test, by the runner of that behaviour; `options` are the observer's."""
    for name, value in options.items():
        arguments = [*arguments, "--observer-%s-%s=%s" % (observer, name.replace("_", "-"), value)]
    command = [BUILD + "/loads", "run", "--quiet", "--test-runner", "%s %s {test}" % (RUNNER, behaviour), "shop.test",
               "--output", "json", "--output-json-filename", "result.json", "--observer", observer, *arguments]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("LOADS_") and not k.lower().endswith("_proxy")}
    if "ca_file" in options:  # LeakSanitizer's own tracer crashes at the end of an observer that spoke TLS
        clean["LSAN_OPTIONS"] = "detect_leaks=0"
    clean.update(environment or {})
    process = subprocess.run(command, cwd=folder, env=clean, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True, timeout=DEADLINE_S)
    return Outcome(folder, process)


def same(got, wanted):
    assert got == wanted, "got %r, wanted %r" % (got, wanted)


def contains(text, part):
    assert part in text, "%r is not in %r" % (part, text)


def refused(outcome, why):
    """Ended before anything ran, because of that."""
    same(outcome.code, 2)
    contains(outcome.err, why)
    same(outcome.result, None)


class Hostile:
    """A server that does with each connection what `serve(connection)` says."""

    def __init__(self, serve):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.serve = serve
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.one, args=[connection], daemon=True).start()

    def one(self, connection):
        try:
            self.serve(connection)
        except OSError:
            pass  # the observer has had enough

    def close(self):
        self.listener.close()
        for connection in self.connections:
            connection.close()


def authority(folder, name="localhost", address="127.0.0.1"):
    """A throw-away authority and a certificate of it: (ca.pem, cert.pem, key.pem)."""
    ca, ca_key = os.path.join(folder, "ca.pem"), os.path.join(folder, "ca-key.pem")
    cert, key, request = (os.path.join(folder, "%s-%s" % (name, end)) for end in ("cert.pem", "key.pem", "csr.pem"))
    extension = os.path.join(folder, "extension")
    with open(extension, "w") as file:
        file.write("subjectAltName=DNS:%s,IP:%s\n" % (name, address))
    quiet = dict(check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    new = ["openssl", "req", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    if not os.path.exists(ca):
        subprocess.run([*new, "-x509", "-days", "2", "-subj", "/CN=Test authority", "-keyout", ca_key, "-out", ca], **quiet)
    subprocess.run([*new, "-subj", "/CN=" + name, "-keyout", key, "-out", request], **quiet)
    subprocess.run(["openssl", "x509", "-req", "-days", "2", "-in", request, "-CA", ca, "-CAkey", ca_key,
                    "-CAcreateserial", "-extfile", extension, "-out", cert], **quiet)
    return ca, cert, key


def run_all(module):
    """Runs every test_* of the module in a folder of its own, and prints TAP."""
    tests = [(name, test) for name, test in vars(module).items() if name.startswith("test_")]
    failed = 0
    print("1..%d" % len(tests), flush=True)
    for number, (name, test) in enumerate(tests, 1):
        folder = tempfile.mkdtemp(prefix="loads-observer-")
        try:
            test(folder)
            print("ok %d %s" % (number, name), flush=True)
        except Exception:
            failed += 1
            print("not ok %d %s" % (number, name))
            print("# " + traceback.format_exc().replace("\n", "\n# "), flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()
    os._exit(1 if failed else 0)  # servers' threads may still wait for somebody
