#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A runner for tests, with a behaviour of your choice: runner.py BEHAVIOUR [ARGUMENT] TEST.

It speaks the protocol as a runner written for the original does (one message a
frame, no additions), unless the behaviour says otherwise.
"""
import datetime
import json
import os
import signal
import socket
import subprocess
import sys
import time

import zmq

ENV = os.environ
USER = int(ENV["LOADS_CURRENT_USER"])
USERS = int(ENV["LOADS_TOTAL_USERS"])
HITS = int(ENV.get("LOADS_TOTAL_HITS", 0))
DURATION = float(ENV.get("LOADS_DURATION", 0))


class Wire:
    def __init__(self):
        self.socket = zmq.Context.instance().socket(zmq.PUSH)
        self.socket.setsockopt(zmq.LINGER, 30000)
        self.socket.connect(ENV["LOADS_ZMQ_RECEIVER"])
        self.seq = None

    def raw(self, data):
        self.socket.send(data)

    def send(self, data_type, hit=1, **members):
        message = {
            "data_type": data_type,
            "agent_id": ENV["LOADS_AGENT_ID"],
            "hostname": socket.gethostname(),
            "run_id": ENV["LOADS_RUN_ID"],
            "loads_status": [HITS, USERS, hit, USER],
        }
        if self.seq is not None:
            self.seq += 1
            message["seq"] = self.seq
        message.update(members)
        self.raw(json.dumps(message).encode())

    def close(self):
        self.socket.close()
        zmq.Context.instance().term()


def hit(wire, number, elapsed=0.01, url="http://127.0.0.1/", status=200):
    wire.send("add_hit", number, url=url, method="GET", status=status, elapsed=elapsed,
              started=datetime.datetime.utcnow().isoformat())


def one_test(wire, test, number, outcome="addSuccess"):
    wire.send("startTest", number, test=test)
    hit(wire, number)
    members = {}
    if outcome != "addSuccess":
        members["exc_info"] = ["it is wrong", "<class 'AssertionError'>", "File \"shop.py\", line 3"]
    wire.send(outcome, number, test=test, **members)
    wire.send("stopTest", number, test=test)


def numbers():
    """1, 2, 3, ... as many as the host asks for."""
    end = time.monotonic() + DURATION
    number = 0
    while number < HITS or (HITS == 0 and time.monotonic() < end):
        number += 1
        yield number
        if HITS == 0:
            time.sleep(0.01)  # the pace of the user, not a wait for anything


def run(wire, test, outcome="addSuccess"):
    for number in numbers():
        one_test(wire, test, number, outcome)


def ok(wire, test, argument):
    run(wire, test)


def fail(wire, test, argument):
    run(wire, test, "addFailure")


def error(wire, test, argument):
    run(wire, test, "addError")


def die(wire, test, argument):
    """Is killed after half of its hits; what it said before goes out."""
    for number in numbers():
        one_test(wire, test, number)
        if number >= HITS / 2:
            wire.close()
            print("about to die", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)


def exits(wire, test, argument):
    run(wire, test)
    wire.close()
    print("\x1b[31mI give up\x1b[0m", file=sys.stderr)
    os._exit(int(argument))


def fails_and_exits(wire, test, argument):
    run(wire, test, "addFailure")
    wire.close()
    os._exit(int(argument))


def hang(wire, test, argument):
    """Ignores every polite request; tells the world that it is up by a file."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    run(wire, test)
    with open(argument, "w") as file:
        file.write(str(os.getpid()))
    while True:
        signal.pause()


def deaf(wire, test, argument):
    """Runs for ever and ignores SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    number = 0
    while True:
        number += 1
        one_test(wire, test, number)
        if number == 20:
            with open(argument, "w") as file:
                file.write(str(os.getpid()))
        time.sleep(0.01)


def polite(wire, test, argument):
    """Runs until SIGTERM, then ends its iteration and goes."""
    asked = []
    signal.signal(signal.SIGTERM, lambda number, frame: asked.append(number))
    number = 0
    while not asked:
        number += 1
        one_test(wire, test, number)
        if number == 20:
            with open(argument, "w") as file:
                file.write(str(os.getpid()))
        time.sleep(0.01)


def flood(wire, test, argument):
    """Many messages and much output, as fast as it can."""
    for number in range(int(argument)):
        hit(wire, number + 1)
        if number % 100 == 0:
            print("x" * 1000)
    print("the last line")


def garbage(wire, test, argument):
    """As much nonsense as sense."""
    nonsense = [b"", b"{", b"\xff\xfe", b"[]", b"42", b'{"data_type":"add_hit"}',
                b'{"data_type":"add_hit","url":"x","elapsed":-1,"status":200,"method":"GET","started":"2013-01-01T00:00:00"}',
                b'{"data_type":"no_such_type","a":1}', b"[" * 5000, b'"' + b"x" * 100000 + b'"']
    for number in numbers():
        one_test(wire, test, number)
        wire.raw(nonsense[number % len(nonsense)])


def multipart(wire, test, argument):
    run(wire, test)
    wire.socket.send_multipart([b"{}", b"{}"])


def big(wire, test, argument):
    """One frame past the limit between good ones: its neighbours must survive."""
    run(wire, test)
    wire.raw(b'{"data_type":"add_hit","url":"' + b"x" * (1024 * 1024) + b'"}')
    run(wire, test)


def foreign(wire, test, argument):
    run(wire, test)
    ENV["LOADS_RUN_ID"] = "another run"
    run(wire, test)


def numbered(wire, test, argument):
    """Numbers its messages; the argument says which it leaves out and repeats."""
    skipped, repeated = (int(text) for text in argument.split(","))
    wire.seq = 0
    for number in numbers():
        hit(wire, number)
        if wire.seq == repeated:
            wire.seq -= 1
            hit(wire, number)
        if wire.seq == skipped - 1:
            wire.seq += 1
    wire.send("runnerEnd", sent=wire.seq)


def ends_early(wire, test, argument):
    """Announces more than it has sent: as if the tail had been lost."""
    wire.seq = 0
    run(wire, test)
    wire.send("runnerEnd", sent=wire.seq + int(argument))


def orphan(wire, test, argument):
    """Leaves a daemon behind, in a session of its own, that holds a file open."""
    run(wire, test)
    subprocess.Popen(["setsid", "sh", "-c", "setsid sleep 1000 & echo $! > %s; exec sleep 1000" % argument],
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not os.path.exists(argument) or os.path.getsize(argument) == 0:
        time.sleep(0.01)


def environment(wire, test, argument):
    """Writes what it was given, and where it is."""
    with open("%s.%s" % (argument, ENV["LOADS_AGENT_ID"]), "w") as file:
        for name in sorted(ENV):
            if name.startswith("LOADS_"):
                file.write("%s=%s\n" % (name, ENV[name]))
        file.write("cwd=%s\ntest=%s\n" % (os.getcwd(), test))
    run(wire, test)


def per_hit(wire, test, argument):
    """As releases 0.1 and 0.2: one process for one test, told by LOADS_STATUS."""
    hits, users, current_hit, current_user = (int(text) for text in ENV["LOADS_STATUS"].split(","))
    wire.send("startTest", test=test, loads_status=[hits, users, current_hit, current_user])
    wire.send("add_hit", url="http://127.0.0.1/%d/%d" % (current_user, current_hit), method="GET", status=200,
              elapsed=0.01, started="2013-06-14T12:00:00", loads_status=[hits, users, current_hit, current_user])
    wire.send("addSuccess", test=test, loads_status=[hits, users, current_hit, current_user])
    wire.send("stopTest", test=test, loads_status=[hits, users, current_hit, current_user])


def names(wire, test, argument):
    """A different URL each time."""
    for number in range(int(argument)):
        hit(wire, number + 1, url="http://127.0.0.1/%d" % number)


def odd_names(wire, test, argument):
    """Members that are called as the file output's own, in several spellings."""
    for number in numbers():
        wire.send("add_hit", number, url="http://127.0.0.1/", method="GET", status=200, elapsed=0.01,
                  started="2013-06-14T12:00:00", target="x", _target=[{"target": 1}], received_us=7, __loads="\"loads\":")
        wire.raw(b'{"data_type": "incr_counter", "name": "target", "\\u0074arget": 1, "_x": "_target", "value" : 1,'
                 b' "agent_id": "%s", "run_id": "%s"}' % (ENV["LOADS_AGENT_ID"].encode(), ENV["LOADS_RUN_ID"].encode()))


def hostile(wire, test, argument):
    """Text that wants to steer a terminal or write lines of its own, wherever text goes."""
    evil = "\x1b[2Jboom\x07\x9b31m\u202e\u200b\nloads: fake\rErrors: 0 (fake)\n\x7f"
    for number in numbers():
        wire.send("startTest", number, test=evil)
        hit(wire, number, url="http://127.0.0.1/page\x1b]0;owned\x07" + evil)
        wire.send("add_hit", number, url="http://127.0.0.1/", name="name" + evil, method="GE\x1b[0mT", status=500,
                  elapsed=0.01, started="2013-06-14T12:00:00", error="error" + evil)
        wire.send("addError", number, test=evil, exc_info=["message" + evil, "<class '%s'>" % evil, "traceback" + evil])
        wire.send("incr_counter", number, name="counter" + evil, test=evil)
        wire.send("metric", number, name="metric" + evil, kind="gauge", value=1)
        wire.send("stopTest", number, test=evil)
        wire.send("no_such\x1b[8m" + evil, number)
        wire.raw(b"\x1b[2J\nloads: fake not JSON \x9b\xff")
        wire.raw(b'{"data_type":"add_hit\x1b[2J\nloads: fake')
    wire.close()
    print("printed \x1b[31m" + evil.replace("\n", "\r"), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def stranger(wire, test, argument):
    """Others knock: a browser, an old ZMTP, a SUB socket, another mechanism."""
    path = ENV["LOADS_ZMQ_RECEIVER"][len("ipc://"):]
    signature = b"\xff\0\0\0\0\0\0\0\0\x7f"
    for words in (b"GET / HTTP/1.1\r\nHost: \x1b[2J\r\n\r\n", b"\x01\x00", signature + b"\x01\x08",
                  signature + b"\x03\x00PLAIN\x1b[2J" + b"\0" * 43,
                  signature + b"\x03\x00NULL" + b"\0" * 48 + b"\x04\x1d\x05READY\x0bSocket-Type\0\0\0\x07S\x1b[2JUB"):
        with socket.socket(socket.AF_UNIX) as other:
            other.connect(path)
            other.sendall(words)
            try:
                while other.recv(4096):
                    pass
            except ConnectionResetError:
                pass
    hit(wire, 1)


def deep(wire, test, argument):
    run(wire, test)
    members = b'"data_type":"add_hit","url":"http://x/","method":"GET","status":200,"elapsed":0.1,"started":"2013-01-01T00:00:00"'
    wire.raw(b"{%s,\"x\":%s}" % (members, b"[" * 100 + b"]" * 100))
    wire.raw(b"{%s,\"x\":%s1%s}" % (members, b'{"a":' * 100, b"}" * 100))
    wire.raw(b"{%s,\"x\":[%s1]}" % (members, b"1," * 100000))
    wire.raw(b"{%s,%s\"last\":1}" % (members, b"".join(b'"k%d":1,' % number for number in range(20000))))


def bad_text(wire, test, argument):
    run(wire, test)
    for text in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\\ud800", b"a\0b", b"\xf4\x90\x80\x80"):
        wire.raw(b'{"data_type":"add_hit","url":"http://x/%s","method":"GET","status":200,"elapsed":0.1,'
                 b'"started":"2013-01-01T00:00:00"}' % text)


def bad_numbers(wire, test, argument):
    for number in numbers():
        hit(wire, number)
    for elapsed, status in ((b"NaN", b"200"), (b"Infinity", b"200"), (b"-0.001", b"200"), (b"86400.001", b"200"),
                            (b"1e309", b"200"), (b"[]", b"200"), (b"true", b"200"), (b'"abc"', b"200"),
                            (b"0.1", b"-1"), (b"0.1", b"1000000"), (b"0.1", b"{}"), (b"0x10", b"200"), (b"01", b"200")):
        wire.raw(b'{"data_type":"add_hit","url":"http://x/","method":"GET","status":%s,"elapsed":%s,'
                 b'"started":"2013-01-01T00:00:00"}' % (status, elapsed))


def tricks(wire, test, argument):
    run(wire, test)
    for data_type in ("__init__", "addHit", "ADD_HIT", "add_hit\0"):
        wire.send(data_type, url="http://x/")


def error_texts(wire, test, argument):
    hit(wire, 1)
    for number in range(int(argument)):
        wire.send("addError", test=test, exc_info=["message %d" % number, "Error", ""])


def silent(wire, test, argument):
    pass


def counters(wire, test, argument):
    run(wire, test)
    wire.send("incr_counter", name="tarek-was-there", test=test)
    wire.send("tarek-was-there", test=test)  # the original's way
    wire.send("metric", name="depth", kind="gauge", value=3)


def sockets(wire, test, argument):
    wire.send("socket_open")
    wire.send("socket_message", size=123)
    wire.send("socket_close")


def slow_last(wire, test, argument):
    """Its last message leaves when the process is all but gone."""
    run(wire, test)
    hit(wire, 1, url="http://127.0.0.1/last")
    wire.close()


def main():
    behaviour = globals()[sys.argv[1]]
    argument = sys.argv[2] if len(sys.argv) > 3 else None
    wire = Wire()
    behaviour(wire, sys.argv[-1], argument)
    wire.close()


main()
