#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A runner that obeys the protocol, but for one fault: broken-runner.py FAULT.

Each fault makes one row of `loads conformance` fail, that of its name, and shows itself
only where that row looks. `none` has none; `plain` has none either, but uses no addition
and leaves SIGTERM alone.
"""
import os
import signal
import subprocess
import sys
import time

import zmq

ENV = os.environ
FAULT = sys.argv[1]
HITS = int(ENV.get("LOADS_TOTAL_HITS", 0))
DURATION = float(ENV.get("LOADS_DURATION", 0))
USERS = int(ENV["LOADS_TOTAL_USERS"])
FIRST = int(ENV["LOADS_CURRENT_USER"])
OWN_USERS = int(ENV.get("LOADS_PROCESS_USERS", 1))
NUMBERS = FAULT == "older host" or (int(ENV.get("LOADS_PROTOCOL", 1)) >= 2 and FAULT != "plain")
# Which of the scenarios it is: they differ in their users and times.
IS_FIRST = USERS == 3 and OWN_USERS == 1
IS_TIMED = USERS == 2 and DURATION > 0
IS_STOPPED = DURATION == 600
IS_ABANDONED = USERS == 1 and DURATION == 1
# Longer than a slow host takes; but nobody waits for one that is gone.
LINGER_MS = 1000 if USERS == 1 and DURATION else 10000

is_asked_to_end = False


class HostIsGone(Exception):
    pass


class Wire:
    def __init__(self):
        self.socket = zmq.Context.instance().socket(zmq.PUSH)
        self.socket.setsockopt(zmq.LINGER, LINGER_MS)
        self.socket.setsockopt(zmq.SNDTIMEO, LINGER_MS)
        if FAULT == "host returns":
            self.socket.setsockopt(zmq.RECONNECT_IVL, -1)
        if FAULT == "slow host":
            self.socket.setsockopt(zmq.SNDTIMEO, 300)
            self.socket.setsockopt(zmq.SNDHWM, 10)
        self.socket.connect(ENV["LOADS_ZMQ_RECEIVER"])
        self.sent = 0

    def send(self, data_type, user=FIRST, hit=1, **members):
        self.sent += 1
        message = {"data_type": data_type, "agent_id": ENV["LOADS_AGENT_ID"], "run_id": ENV["LOADS_RUN_ID"],
                   "loads_status": [HITS, USERS, hit, user]}
        if NUMBERS:
            message["seq"] = self.sent
        message.update(members)
        try:
            self.socket.send_json(message)
        except zmq.Again:
            if FAULT != "slow host":
                raise HostIsGone from None

    def count(self, **members):
        self.send("incr_counter", name="fault", **members)

    def close(self):
        if NUMBERS:
            self.send("runnerEnd", sent=self.sent + (FAULT == "runnerEnd" and IS_FIRST))
        self.socket.close()
        zmq.Context.instance().term()


def one_test(wire, user, hit):
    wire.send("startTest", user, hit, test="visit")
    if FAULT == "failures" and IS_FIRST:
        wire.send("addFailure", user, hit, test="visit", exc_info=["it is wrong", "AssertionError", ""])
    else:
        wire.send("addSuccess", user, hit, test="visit")
    wire.send("stopTest", user, hit, test="visit")


def hits():
    """1, 2, 3, ... as many as are asked for."""
    end = time.monotonic() + DURATION
    wanted = HITS + (FAULT == "hits" and IS_FIRST)
    number = 0
    while not is_asked_to_end and (number < wanted or (HITS == 0 and time.monotonic() < end)):
        number += 1
        yield number
        if FAULT == "duration" and IS_TIMED:
            return
        if DURATION:
            time.sleep(0.0005 if IS_TIMED else 0.01)  # the pace of a user


def users():
    if FAULT == "users" and IS_FIRST and FIRST == 2:
        return []
    if FAULT == "process users":
        return [FIRST]
    return range(FIRST, FIRST + OWN_USERS)


def leave_a_process():
    subprocess.Popen(["sleep", "1000"], start_new_session=True, stdin=subprocess.DEVNULL,
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# What is said that should not be, in the first scenario, before all else.
EXTRAS = {
    "messages": lambda wire: wire.socket.send(b'{"data_type": "add_hit", "url": "http://localhost/"}'),
    "agent id": lambda wire: wire.socket.send(b'{"data_type": "incr_counter", "name": "fault"}'),
    "run id": lambda wire: wire.count(run_id="another run"),
    "status": lambda wire: wire.count(loads_status=[HITS, USERS, 1, USERS + 1]),
    "tests": lambda wire: wire.send("addSuccess", test="visit"),
    "seq": lambda wire: wire.count(seq=1 if wire.sent > 1 else 7),
    "leftovers": lambda wire: leave_a_process(),
}
# What is done in place of an exit with code 0.
EXITS = {
    ("end", IS_FIRST): signal.pause,
    ("exit code", IS_FIRST): lambda: os._exit(3),
    ("failures", IS_FIRST): lambda: os._exit(1),
    ("host gone", IS_ABANDONED): os.abort,
}


def handle_sigterm():
    def ask(number, frame):
        global is_asked_to_end
        is_asked_to_end = True

    handler = ask
    if FAULT == "stop" and IS_STOPPED:
        handler = signal.SIG_IGN
    elif FAULT == "gentle stop" and IS_STOPPED:
        handler = lambda number, frame: os._exit(0)
    if FAULT != "plain":
        signal.signal(signal.SIGTERM, handler)


def main():
    wire = Wire()
    handle_sigterm()
    if FAULT in EXTRAS and IS_FIRST:
        EXTRAS[FAULT](wire)
    try:
        for number in hits():
            for user in users():
                one_test(wire, user, number)
        wire.close()
    except HostIsGone:
        os._exit(1)
    finally:
        EXITS.get((FAULT, True), lambda: None)()


main()
