# SPDX-License-Identifier: Apache-2.0
"""What the Python runner's tests need around it: a host's PULL socket, a real web
server, a scripted one, web sockets, and TAP."""
import atexit
import http.server
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest

import zmq

SOURCE = os.path.abspath(os.environ.get("top_srcdir", "."))
BUILD = os.path.abspath(os.environ.get("top_builddir", "."))
RUNNER = os.path.join(BUILD, "loads-python-runner")
PACKAGE = os.path.join(BUILD, "runners/python/package")
EXAMPLES = os.path.join(SOURCE, "runners/python/examples")
DOCUMENTS = os.path.join(SOURCE, "runners/python/tests/documents")
DEADLINE_S = 60
FRAME_LIMIT = 1024 * 1024


class Case(unittest.TestCase):
    """Each test has a folder of its own."""

    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="loads-python-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(textwrap.dedent(text))
        return path

    def run_for_host(self, target, *options, **environment):
        """Runs it to its end under a host, which must have a whole account."""
        sink = Sink(self.folder)
        self.addCleanup(sink.close)
        run = Run(target, *options, sink=sink, folder=self.folder, **environment)
        sink.until_end()
        self.assertEqual(run.finish(), 0, run.err)
        self.check_account(sink)
        sink.out, sink.err = run.out, run.err
        return sink

    def run_by_hand(self, target, *options):
        run = Run(target, *options, folder=self.folder)
        run.finish()
        return run

    def check_account(self, sink):
        """Numbers without holes, in the order sent, and the right end."""
        self.assertEqual([each["seq"] for each in sink.messages], list(range(1, len(sink.messages) + 1)))
        self.assertEqual(sink.messages[-1]["data_type"], "runnerEnd")
        self.assertEqual(sink.messages[-1]["sent"], len(sink.messages) - 1)


class Sink:
    """The host's end of the protocol."""

    def __init__(self, folder, hwm=1000):
        self.endpoint = f"ipc://{folder}/sink"
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.PULL)
        self.socket.setsockopt(zmq.RCVHWM, hwm)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.bind(self.endpoint)
        self.frames = []
        self.messages = []

    def until(self, is_enough, each_s=0):
        """Receives until is_enough(message) holds for one that came."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            if not self.socket.poll(100):
                continue
            frame = self.socket.recv()
            assert len(frame) <= FRAME_LIMIT, len(frame)
            came = json.loads(frame)
            self.frames.append(came)
            self.messages += came
            if any(is_enough(message) for message in came):
                return
            # A slow host. At the end it keeps up: libzmq forgets what stands before a
            # full queue when the other side goes.
            if each_s and len(self.frames) < 150:
                time.sleep(each_s)
        raise AssertionError(f"the expected message never came; last: {self.messages[-1:]}")

    def until_end(self, each_s=0):
        self.until(lambda message: message["data_type"] == "runnerEnd", each_s)

    def of(self, data_type):
        return [message for message in self.messages if message["data_type"] == data_type]

    def counts(self):
        counts = {}
        for message in self.messages:
            counts[message["data_type"]] = counts.get(message["data_type"], 0) + 1
        return counts

    def close(self):
        self.context.destroy(linger=0)


class Run:
    """The runner as a child, under a host's environment or by hand."""

    def __init__(self, target, *options, sink=None, folder=None, **environment):
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith("LOADS_") and not name.lower().endswith("_proxy")
                 and name not in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PYTHONPATH")}
        clean["PYTHONDONTWRITEBYTECODE"] = "1"
        if sink is not None:
            clean.update(LOADS_ZMQ_RECEIVER=sink.endpoint, LOADS_PROTOCOL="2", LOADS_RUN_ID="run-1",
                         LOADS_AGENT_ID="local.1", LOADS_TOTAL_USERS="1", LOADS_CURRENT_USER="1",
                         LOADS_PROCESS_USERS="1")
            if "LOADS_DURATION" not in environment:
                clean["LOADS_TOTAL_HITS"] = "1"
        clean.update(environment)
        self.process = subprocess.Popen([RUNNER, *options, *([target] if target else [])], env=clean, cwd=folder,
                                        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def insist(self, number):
        """The signal, again and again until it has ended."""
        while self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                pass

    def finish(self):
        """Waits; returns the exit code. Output is in .out and .err."""
        try:
            self.out, self.err = self.process.communicate(timeout=DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.code = self.process.returncode
        return self.code


class Nginx:
    """A real web server, plain and with TLS; its access log is the oracle for hits."""

    CONF = """
worker_processes 1; daemon off; pid %(dir)s/nginx.pid;
error_log %(dir)s/error.log; events { worker_connections 512; }
http {
    log_format hits '$request_method $request_uri $status'; access_log %(dir)s/access.log hits;
    client_body_temp_path %(dir)s/body; proxy_temp_path %(dir)s/proxy; fastcgi_temp_path %(dir)s/fastcgi;
    uwsgi_temp_path %(dir)s/uwsgi; scgi_temp_path %(dir)s/scgi; keepalive_requests 100000;
    server {
        listen 127.0.0.1:%(port)d;
        listen 127.0.0.1:%(tls_port)d ssl; ssl_certificate %(dir)s/cert.pem; ssl_certificate_key %(dir)s/key.pem;
        location / { return 404 "nothing here"; }
        location = / { add_header Set-Cookie sid=42; return 200 "tarek was here"; }
        location = /old { return 302 /; }
        location = /item { return 200 "an item"; }
        location = /flaky { return 200 "a cart"; }
        location = /slow { return 200 "<html>found</html>"; }
    }
}
"""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="loads-nginx-")
        make_certificate(self.dir)
        self.certificate = self.dir + "/cert.pem"
        # nginx takes over sockets that listen already: no port to guess, and no need
        # to wait until it is up.
        listeners = [socket.create_server(("127.0.0.1", 0), backlog=512) for _ in range(2)]
        port, tls_port = (each.getsockname()[1] for each in listeners)
        self.url, self.tls_url = f"http://127.0.0.1:{port}", f"https://127.0.0.1:{tls_port}"
        with open(self.dir + "/nginx.conf", "w") as conf:
            conf.write(self.CONF % {"dir": self.dir, "port": port, "tls_port": tls_port})
        descriptors = [each.fileno() for each in listeners]
        environment = dict(os.environ, NGINX="".join(f"{each};" for each in descriptors))
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen([program, "-p", self.dir, "-c", self.dir + "/nginx.conf"], env=environment,
                                        pass_fds=descriptors, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for each in listeners:
            each.close()
        atexit.register(self.stop)  # however the test ends

    def stop(self):
        """Ends it and returns the lines of its access log."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(DEADLINE_S)
            with open(self.dir + "/access.log") as log:
                self.lines = log.read().splitlines()
            shutil.rmtree(self.dir)
        return self.lines


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder + "/key.pem", "-out",
                    folder + "/cert.pem"], check=True, stderr=subprocess.DEVNULL)


class WebSockets:
    """tests/helpers/websocket-server.cjs: npm's ws, plain and with TLS."""

    def __init__(self, case):
        node_path = os.path.join(BUILD, "tests/helpers/npm/node_modules")
        make_certificate(case.folder)
        self.certificate = case.folder + "/cert.pem"
        self.process = subprocess.Popen(
            ["node", os.path.join(SOURCE, "tests/helpers/websocket-server.cjs"), case.folder + "/key.pem",
             self.certificate], env=dict(os.environ, NODE_PATH=node_path), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        case.addCleanup(self.stop)
        ports = json.loads(self.process.stdout.readline())
        self.url, self.tls_url = f"ws://127.0.0.1:{ports[0]}", f"wss://127.0.0.1:{ports[1]}"

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(DEADLINE_S)


class Scripted(http.server.BaseHTTPRequestHandler):
    """What no well-behaved server does, and an echo."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_any(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        if path == "/echo":
            lines = [f"{self.command} {self.path}", *(f"{name}: {value}" for name, value in self.headers.items()),
                     sent.decode()]
            self.answer("\n".join(lines).encode())
        elif path == "/chunked":
            self.answer_raw(b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n")
        elif path == "/cut-chunks":
            self.answer_raw(b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n wo", True)
        elif path == "/cut":
            self.answer_raw(b"Content-Length: 100\r\n\r\nshort", True)
        elif path == "/until-close":
            self.answer_raw(b"\r\nuntil the end", True)
        elif path == "/nothing":
            self.close_connection = True
        elif path == "/hang":
            self.server.released.wait(DEADLINE_S)
            self.close_connection = True
        elif path == "/none":
            self.send_response(204)
            self.end_headers()
        elif path == "/slow":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none")
            time.sleep(0.08)
            self.wfile.write(b"two")
        else:
            self.answer(b"Welcome")

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_any

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_raw(self, rest, closes=False):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n" + rest)
        self.close_connection = closes

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, certificate=None, key=None):
        super().__init__(("127.0.0.1", 0), Scripted)
        self.released = threading.Event()
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def handle_error(self, *arguments):
        pass  # clients that break off are part of the tests


def closed_port():
    """One on which nobody listens, and nobody will: it stays bound."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    atexit.register(holder.close)
    return holder.getsockname()[1]


class TapResult(unittest.TestResult):
    def startTestRun(self):
        self.number = 0

    def addSuccess(self, test):
        self._say("ok", test)

    def addFailure(self, test, err):
        self._say("not ok", test, err)

    addError = addFailure

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._say("not ok", subtest, err)

    def _say(self, verdict, test, err=None):
        self.number += 1
        print(f"{verdict} {self.number} - {test.id().partition('.')[2]}", flush=True)
        if err is not None:
            print("# " + self._exc_info_to_string(err, test).replace("\n", "\n# "), flush=True)
            self.failures.append((test, ""))


def run_all():
    """The tests of the main module, or those that the command line names."""
    loader = unittest.defaultTestLoader
    main = sys.modules["__main__"]
    suite = loader.loadTestsFromNames(sys.argv[1:], main) if sys.argv[1:] else loader.loadTestsFromModule(main)
    result = TapResult()
    result.startTestRun()
    suite.run(result)
    print(f"1..{result.number}")
    sys.exit(0 if result.wasSuccessful() and result.number > 0 else 1)
