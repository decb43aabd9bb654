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
