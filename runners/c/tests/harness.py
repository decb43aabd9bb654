# SPDX-License-Identifier: Apache-2.0
"""What the C runner's tests need around it: a host's PULL socket, a real web
server, a scripted one, and TAP."""
import atexit
import ctypes
import ctypes.util
import email
import functools
import gzip
import http.server
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

SOURCE = os.environ.get("top_srcdir", ".")
BUILD = os.environ.get("top_builddir", ".")
RUNNER = os.path.join(BUILD, "loads-c-runner")
TESTS = os.path.join(SOURCE, "runners/c/tests")
INCLUDE = os.path.join(SOURCE, "runners/c/include")
DEADLINE_S = 60

zmq = ctypes.CDLL(ctypes.util.find_library("zmq") or "libzmq.so.5", use_errno=True)
zmq.zmq_ctx_new.restype = zmq.zmq_socket.restype = ctypes.c_void_p
zmq.zmq_socket.argtypes = [ctypes.c_void_p, ctypes.c_int]
zmq.zmq_bind.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
zmq.zmq_setsockopt.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
zmq.zmq_recv.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
zmq.zmq_close.argtypes = zmq.zmq_ctx_term.argtypes = [ctypes.c_void_p]
PULL, RCVHWM, RCVTIMEO, LINGER = 7, 24, 27, 17
FRAME_LIMIT = 1024 * 1024


class Sink:
    """The host's end of the protocol."""

    def __init__(self, folder, hwm=1000):
        self.endpoint = "ipc://%s/sink" % folder
        self.context = zmq.zmq_ctx_new()
        self.socket = zmq.zmq_socket(self.context, PULL)
        for option, value in ((RCVHWM, hwm), (RCVTIMEO, 100), (LINGER, 0)):
            number = ctypes.c_int(value)
            zmq.zmq_setsockopt(self.socket, option, ctypes.byref(number), ctypes.sizeof(number))
        assert zmq.zmq_bind(self.socket, self.endpoint.encode()) == 0
        self.frame = ctypes.create_string_buffer(FRAME_LIMIT)
        self.frames = []
        self.messages = []

    def receive(self, is_enough, each_s=0):
        """Receives until is_enough(message) holds for one that came."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            length = zmq.zmq_recv(self.socket, self.frame, FRAME_LIMIT, 0)
            if length < 0:
                continue
            assert length <= FRAME_LIMIT, length
            value = json.loads(self.frame.raw[:length].decode("utf-8"))
            self.frames.append(value)
            came = self.completed(value) if isinstance(value, list) else [value]
            self.messages += came
            if any(is_enough(message) for message in came):
                return
            if each_s:
                time.sleep(each_s)
        raise AssertionError("the expected message never came; last: %r" % self.messages[-1:])

    @staticmethod
    def completed(messages):
        """Each with the envelope that the first one tells for those without."""
        keys = ("agent_id", "run_id", "hostname", "seq")
        shared = {key: messages[0][key] for key in keys if key in messages[0]}
        for place, message in enumerate(messages):
            if not any(key in message for key in keys):
                message.update(shared, seq=shared["seq"] + place)
        return messages

    def until_end(self, each_s=0):
        self.receive(lambda message: message["data_type"] == "runnerEnd", each_s)

    def of(self, data_type):
        return [message for message in self.messages if message["data_type"] == data_type]

    def counts(self):
        counts = {}
        for message in self.messages:
            counts[message["data_type"]] = counts.get(message["data_type"], 0) + 1
        return counts

    def check_account(self):
        """Numbers without holes, in the order sent, and the right end."""
        same([m["seq"] for m in self.messages], list(range(1, len(self.messages) + 1)))
        same(self.messages[-1]["data_type"], "runnerEnd")
        same(self.messages[-1]["sent"], len(self.messages) - 1)

    def close(self):
        zmq.zmq_close(self.socket)
        zmq.zmq_ctx_term(self.context)


def listen(host="127.0.0.1"):
    """A socket that listens, on a free port."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.bind((host, 0))
    listener.listen(256)
    return listener


class Nginx:
    """A real web server; its access log is the oracle for hits."""

    CONF = """
worker_processes 1; daemon off; pid %(dir)s/nginx.pid;
error_log %(dir)s/error.log; events { worker_connections 256; }
http {
    log_format hits '%(log)s'; access_log %(dir)s/access.log hits;
    client_body_temp_path %(dir)s/body; proxy_temp_path %(dir)s/proxy; fastcgi_temp_path %(dir)s/fastcgi;
    uwsgi_temp_path %(dir)s/uwsgi; scgi_temp_path %(dir)s/scgi; keepalive_requests 100000;
    server {
        listen 127.0.0.1:%(port)d;
        %(more)s
        location / { return 404 "nothing here"; }
        location = /page { return 200 "Welcome"; }
        location = /slow { return 200 "found"; }
        location = / { return 200 "Welcome home"; }
    }
}
"""

    LOG = "$request_method $request_uri $status $connection"

    def __init__(self, log=LOG, more="", listeners=()):
        """`more` stands in the server's block; `listeners` are sockets that its listen directives name."""
        self.dir = tempfile.mkdtemp(prefix="loads-nginx-")
        # nginx takes over sockets that listen already: no port to guess, and no
        # need to wait until it is up.
        listener = listen()
        self.port = listener.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % self.port
        with open(self.dir + "/nginx.conf", "w") as conf:
            conf.write(self.CONF % {"dir": self.dir, "port": self.port, "log": log, "more": more})
        numbers = [each.fileno() for each in (listener, *listeners)]
        environment = dict(os.environ, NGINX="".join("%d;" % number for number in numbers))
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen([program, "-p", self.dir, "-c", self.dir + "/nginx.conf"],
                                        env=environment, pass_fds=numbers,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for each in (listener, *listeners):
            each.close()
        atexit.register(self.process.terminate)  # however the test ends

    def stop(self):
        """Ends it and returns the lines of its access log."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(DEADLINE_S)
        with open(self.dir + "/access.log") as log:
            lines = log.read().splitlines()
        shutil.rmtree(self.dir)
        return lines


GZIPPED = {
    "right": gzip.compress(b"wel") + gzip.compress(b"come"),
    "cut": gzip.compress(b"welcome")[:-4],
    "rubbish": b"no gzip at all",
    "bomb": gzip.compress(17 * 1024 * 1024 * b"x"),
}


class Scripted(http.server.BaseHTTPRequestHandler):
    """What no well-behaved server does, and an echo."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    released = threading.Event()

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_any(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/echo"):
            lines = ["%s %s" % (self.command, self.path)]
            lines += ["%s: %s" % (name.lower(), value) for name, value in self.headers.items()]
            self.answer(200, ("\n".join(lines) + "\nbody: %s\n" % sent.hex()).encode(), X_Answer=" yes ")
        elif self.path == "/parts":
            self.answer(200, self.describe_parts(sent))
        elif self.path.startswith("/gzip/"):
            self.answer(200, GZIPPED[self.path[6:]], Content_Encoding="gzip")
        elif self.path.startswith("/away/"):
            self.answer(302, Location=self.path[6:])
        elif self.path == "/json":
            self.answer(200, b'{"user": {"name": "ann", "age": 41, "ok": true}, "items": [{"price": 2.5}, [1, 2]]}')
        elif self.path == "/redirect/2":
            self.answer(302, Location="/redirect/1")
        elif self.path == "/redirect/1":
            self.answer(302, Location="../echo")
        elif self.path == "/loop":
            self.answer(301, Location="/loop")
        elif self.path == "/cookie":
            self.answer(200, Set_Cookie="sid=42; Path=/")
        elif self.path == "/hang":
            self.released.wait(DEADLINE_S)
        elif self.path.startswith("/delay/"):
            time.sleep(int(self.path[7:]) / 1000)
            self.answer(200, b"late")
        elif self.path == "/big":
            self.answer(200, b"x" * (20 * 1024 * 1024))
        elif self.path == "/cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
            self.close_connection = True
        else:
            self.answer(200, b"Welcome")

    def describe_parts(self, sent):
        """A line for each part of a multipart form, as Python's own library reads it."""
        head = "Content-Type: %s\r\n\r\n" % self.headers["Content-Type"]
        lines = ["%s|%s|%s|%s" % (part.get_param("name", header="Content-Disposition"), part.get_filename(),
                                  part.get_content_type(), part.get_payload(decode=True).hex())
                 for part in email.message_from_bytes(head.encode() + sent).get_payload()]
        return ("\n".join(lines) + "\n").encode()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PURGE = do_any

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), Scripted)
        self.context = context
        self.url = "%s://127.0.0.1:%d" % ("https" if context else "http", self.server_address[1])
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def get_request(self):
        connection, address = super().get_request()
        if self.context:  # the handshake is for the thread that serves
            connection = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, *args):
        pass  # clients that break off are part of the tests


class Bad:
    """A server that sends, to each connection, what the path asks for and closes:
    no library would write it."""

    HEAD = b"HTTP/1.1 200 OK\r\n"
    ANSWERS = {
        "/nothing": b"",
        "/half-head": HEAD + b"Content-Le",
        "/short": HEAD + b"Content-Length: 10\r\n\r\nshort",
        "/no-http": b"220 mail.example ESMTP\r\n",
        "/bad-chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n",
        "/cut-chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "/two-lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "/bad-length": HEAD + b"Content-Length: many\r\n\r\nhello",
        "/continue": b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\nok",
        "/chunked": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n0\r\nT: 1\r\n\r\n",
        "/until-close": HEAD + b"\r\nok",
        "/no-content": b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
        "/more": HEAD + b"Content-Length: 2\r\n\r\nok and what nobody asked for",
    }

    def __init__(self, context=None):
        self.listener = listen()
        self.context = context
        self.url = "%s://127.0.0.1:%d" % ("https" if context else "http", self.listener.getsockname()[1])
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    def serve(self, connection):
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
        except OSError:
            return
        with connection:
            try:
                request = connection.recv(65536)
                path = request.split(b" ")[1].decode()
                if path == "/drip":
                    for byte in self.HEAD + b"Content-Length: 1000\r\n\r\n" + 1000 * b"x":
                        connection.sendall(bytes([byte]))
                        time.sleep(0.02)
                elif path == "/endless-header":
                    connection.sendall(self.HEAD)
                    while True:
                        connection.sendall(b"X-Again: %s\r\n" % (1000 * b"x"))
                elif path == "/endless-body":
                    connection.sendall(self.HEAD + b"\r\n")
                    while True:
                        connection.sendall(1024 * 1024 * b"x")
                elif path == "/deaf":
                    # Has no more to say, and does not listen: until the client goes.
                    connection.shutdown(socket.SHUT_WR)
                    gone = select.poll()
                    gone.register(connection, 0)
                    gone.poll(DEADLINE_S * 1000)
                elif path == "/early":
                    # The answer comes before the request is out.
                    connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
                    gone = select.poll()
                    gone.register(connection, 0)
                    gone.poll(DEADLINE_S * 1000)
                elif path == "/once":
                    # Promises to stay, and goes when the next request comes.
                    connection.sendall(self.HEAD + b"Content-Length: 2\r\n\r\nok")
                    connection.recv(65536)
                else:
                    connection.sendall(self.ANSWERS[path])
            except OSError:
                pass  # the runner broke off, as it should


class HalfClosed:
    """Closes its direction of each connection at once, and reads nothing."""

    def __init__(self):
        self.listener = listen()
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection = self.listener.accept()[0]
            connection.shutdown(socket.SHUT_WR)
            self.connections.append(connection)


class Run:
    """The runner as a child, under a host's environment."""

    def __init__(self, target, url=None, sink=None, folder=None, options=(), **environment):
        clean = {k: v for k, v in os.environ.items()
                 if not k.startswith("LOADS_") and not k.lower().endswith("_proxy")}
        if sink is not None:
            clean.update(LOADS_ZMQ_RECEIVER=sink.endpoint, LOADS_PROTOCOL="2", LOADS_RUN_ID="run-1",
                         LOADS_AGENT_ID="agent.1", LOADS_TOTAL_USERS="1", LOADS_CURRENT_USER="1",
                         LOADS_PROCESS_USERS="1")
            if "LOADS_DURATION" not in environment:
                clean["LOADS_TOTAL_HITS"] = "1"
        clean.update(environment)
        clean = {k: v for k, v in clean.items() if v is not None}
        command = os.environ.get("C_RUNNER_WRAPPER", "").split() + [RUNNER]
        command += ["--server-url", url] if url else []
        self.process = subprocess.Popen(command + list(options) + [target], env=clean, cwd=folder, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self):
        """Waits; returns the exit code. Output is in .out and .err."""
        try:
            self.out, self.err = self.process.communicate(timeout=DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode


def build(source, folder):
    """Compiles tests once, for the many runs that use them."""
    library = folder + "/" + os.path.basename(source).replace(".c", ".so")
    subprocess.run(["cc", "-g", "-shared", "-fPIC", "-I" + INCLUDE, source, "-o", library], check=True)
    return library


def ended(run, code):
    """The run is over, with this exit code."""
    assert run.finish() == code, "exit code %d is not %d; stderr: %s" % (run.process.returncode, code, run.err)


def same(actual, expected):
    assert actual == expected, "%r is not %r" % (actual, expected)


def one(items):
    same(len(items), 1)
    return items[0]


def has(text, part):
    assert part in text, "%r is not in %r" % (part, text)


def run_all(module, variants=None):
    """Runs every function of the module that starts with test_; TAP on stdout. With
    `variants`, those that take a second argument run once with each."""
    tests = []
    for name, test in vars(module).items():
        if not name.startswith("test_"):
            continue
        if variants is not None and test.__code__.co_argcount == 2:
            tests += [("%s, %s" % (name, variant), functools.partial(test, way=variant)) for variant in variants]
        else:
            tests.append((name, test))
    chosen = sys.argv[1:]
    tests = [(name, test) for name, test in tests if not chosen or name.split(",")[0] in chosen]
    print("1..%d" % len(tests), flush=True)
    failed = 0
    for number, (name, test) in enumerate(tests, 1):
        folder = tempfile.mkdtemp(prefix="loads-c-test-")
        try:
            test(folder)
            print("ok %d - %s" % (number, name), flush=True)
        except Exception:
            failed += 1
            print("not ok %d - %s" % (number, name), flush=True)
            print("# " + traceback.format_exc().replace("\n", "\n# "), flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if failed else 0)
