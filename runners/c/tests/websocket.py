# SPDX-License-Identifier: Apache-2.0
"""Web sockets of the C runner against a real server, npm's ws, plain and with
TLS under certificates that are made here."""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from certificates import Authority
from harness import BUILD, DEADLINE_S, Run, SOURCE, Sink, TESTS, ended, has, run_all, same

CASES = TESTS + "/websocket_cases.c"
SERVER = SOURCE + "/tests/helpers/websocket-server.cjs"
MODULES = os.path.abspath(os.path.join(BUILD, "tests/helpers/npm/node_modules"))


folder_of_all = tempfile.mkdtemp(prefix="loads-ws-")
atexit.register(shutil.rmtree, folder_of_all, True)


def start_server():
    authority = Authority(folder_of_all)
    certificates = authority.issue("right", "DNS:localhost,IP:127.0.0.1")
    certificates += authority.issue("other", "DNS:example.org,IP:127.0.0.2")
    certificates += authority.issue("old", "DNS:localhost,IP:127.0.0.1", days="-1")
    server = subprocess.Popen(["node", SERVER] + certificates, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              env=dict(os.environ, NODE_PATH=MODULES))
    atexit.register(server.wait, DEADLINE_S)
    atexit.register(server.stdin.close)
    return authority.certificate, json.loads(server.stdout.readline())


if not os.path.isdir(MODULES + "/ws"):
    print("1..0 # SKIP npm has not installed ws")
    sys.exit(0)
CA, (PLAIN, TLS, OTHER, OLD) = start_server()


def run_case(folder, case, url=None, **environment):
    sink = Sink(folder)
    environment.setdefault("SSL_CERT_FILE", CA)
    run = Run("%s:case_%s" % (CASES, case), url or "http://127.0.0.1:%d" % PLAIN, sink, **environment)
    sink.until_end()
    ended(run, 0)
    sink.close()
    sink.check_account()
    return sink


def counts(sink):
    names = ("socket_open", "socket_message", "socket_close", "addSuccess")
    return [sink.counts().get(name, 0) for name in names]


def error_of(sink):
    errors = [message["exc_info"] for message in sink.of("addError")]
    same(len(errors), 1)
    return errors[0][1] + ": " + errors[0][0]


def test_echo(folder):
    sink = run_case(folder, "echo")
    same([m["data_type"] for m in sink.messages],
         ["startTest", "socket_open", "socket_message", "socket_message", "socket_close", "addSuccess", "stopTest",
          "runnerEnd"])
    same([m["size"] for m in sink.of("socket_message")], [6, 3])  # of the messages, not of the frames
    same(sink.of("socket_open")[0]["test"], "case_echo")
    same(sink.of("socket_open")[0]["loads_status"], [1, 1, 1, 1])


def test_echo_over_tls(folder):
    for host in ("127.0.0.1", "localhost"):
        same(counts(run_case(folder, "echo", "https://%s:%d" % (host, TLS))), [1, 2, 1, 1])


def test_headers(folder):
    same(counts(run_case(folder, "headers")), [1, 1, 1, 1])


def test_cookies(folder):
    same(counts(run_case(folder, "cookies")), [2, 2, 2, 1])


def test_left_open(folder):
    sink = run_case(folder, "left_open")
    same([sink.counts()[name] for name in ("socket_open", "socket_close", "addFailure")], [2, 2, 1])
    # Closed before the test has its outcome.
    kinds = [m["data_type"] for m in sink.messages]
    assert kinds.index("addFailure") > kinds.index("socket_close"), kinds


def test_messages(folder):
    same(counts(run_case(folder, "push")), [1, 100, 1, 1])
    same(counts(run_case(folder, "fragments")), [1, 1, 1, 1])
    same(counts(run_case(folder, "answers_pings")), [1, 1, 1, 1])


def test_biggest_message(folder):
    for url in ("http://127.0.0.1:%d" % PLAIN, "https://localhost:%d" % TLS):
        sink = run_case(folder, "big", url)
        same(counts(sink), [1, 1, 1, 1])
        same(sink.of("socket_message")[0]["size"], 16 * 1024 * 1024)


def test_too_big(folder):
    sink = run_case(folder, "too_big")
    same(error_of(sink), "MessageTooBig: the server sent a message that is bigger than 16 MiB")
    same(counts(sink), [1, 0, 1, 0])


def test_closed_by_the_server(folder):
    sink = run_case(folder, "closed")
    same(error_of(sink), "ConnectionClosed: the server closed the web socket with code 4001")
    same(counts(sink), [1, 0, 1, 0])
    sink = run_case(folder, "terminated")
    has(error_of(sink), "ConnectionError: the server ended the connection without closing the web socket")
    same(counts(sink), [1, 0, 1, 0])


def test_nothing_in_time(folder):
    sink = run_case(folder, "nothing")
    same(error_of(sink), "Timeout: no message came in time")
    same(counts(sink), [1, 1, 1, 0])


def test_no_socket(folder):
    for case, error in (("missing", "HandshakeError: web socket to 127.0.0.1:%d: "
                                    "the server answered with status 404 instead of 101" % PLAIN),
                        ("refused", "ConnectionError: web socket to 127.0.0.1:1: cannot connect: Connection refused"),
                        ("bad_url", "InvalidURL: ws://user:secret@example.org/ is no URL of a web socket"),
                        ("bad_header", 'InvalidRequest: header 1 is not one line "Name: value"')):
        sink = run_case(folder, case)
        same(error_of(sink), error)
        same(counts(sink), [0, 0, 0, 0])
        where = sink.of("addError")[0]["exc_info"][2]
        assert where.startswith(CASES + ":") and where.endswith(": in case_" + case), where


def test_misuse(folder):
    has(error_of(run_case(folder, "bad_code")), "InvalidRequest: 1005 is no code")
    same(error_of(run_case(folder, "bad_text")), "InvalidMessage: a text to send is not UTF-8")


def test_certificates(folder):
    for url, authority, why in (("https://127.0.0.1:%d" % TLS, "/dev/null", "unable to get local issuer certificate"),
                                ("https://127.0.0.1:%d" % OTHER, CA, "IP address mismatch"),
                                ("https://localhost:%d" % OTHER, CA, "ostname mismatch"),
                                ("https://localhost:%d" % OLD, CA, "certificate has expired")):
        sink = run_case(folder, "echo", url, SSL_CERT_FILE=authority, SSL_CERT_DIR="/nonexistent")
        has(error_of(sink), "SSLError: web socket to " + url[8:] + ": the certificate is not valid: ")
        has(error_of(sink), why)
        same(counts(sink), [0, 0, 0, 0])


def test_tls_where_there_is_none(folder):
    has(error_of(run_case(folder, "echo", "https://localhost:%d" % PLAIN)), "SSLError: ")
    has(error_of(run_case(folder, "echo", "http://localhost:%d" % TLS)), "Error: ")


def test_sessions_are_resumed(folder):
    sink = run_case(folder, "resumed", "https://localhost:%d" % TLS)
    same(counts(sink), [2, 2, 2, 1])


def test_users_wait_together(folder):
    began = time.monotonic()
    sink = run_case(folder, "idle", LOADS_TOTAL_USERS="50", LOADS_PROCESS_USERS="50")
    same(counts(sink), [50, 50, 50, 50])
    assert 1 <= time.monotonic() - began < 25, time.monotonic() - began


def test_alone(folder):
    run = Run(CASES + ":case_echo", "http://127.0.0.1:%d" % PLAIN)
    ended(run, 0)
    lines = run.out.splitlines()
    assert lines.pop(1).startswith("# --seed "), run.out
    same(lines, ["TAP version 13", "1..1", "# web socket opened", "# web socket: 6 bytes received",
                                "# web socket: 3 bytes received", "# web socket closed", "ok 1 - case_echo"])


if __name__ == "__main__":
    run_all(sys.modules[__name__])
