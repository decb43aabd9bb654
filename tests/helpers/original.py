#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runners as they were written for the original, from its documents alone:
original.py older|newer|batch TEST. They know nothing of what we added.

older: worker_id, no run_id, a process for each test, which LOADS_STATUS tells.
newer: agent_id and run_id, a process for each user, one message a frame.
batch: as newer, with all that one test has to say in one message.

Each test makes two requests, opens a socket and counts. Every fourth test fails,
the one after it is an error.
"""
import json
import os
import sys

import zmq

DIALECT, TEST = sys.argv[1:]
IS_OLDER = DIALECT == "older"
FAILURE = ["404 != 200", "<class 'AssertionError'>", "File \"example.py\", line 12"]
ERROR = ["no route to host", "<type 'socket.error'>", "File \"example.py\", line 9"]

context = zmq.Context()
socket = context.socket(zmq.PUSH)
socket.connect(os.environ["LOADS_ZMQ_RECEIVER"])


def envelope():
    if IS_OLDER:
        return {"worker_id": os.environ["LOADS_WORKER_ID"]}
    return {"agent_id": os.environ["LOADS_AGENT_ID"], "run_id": os.environ["LOADS_RUN_ID"], "hostname": "box7"}


def send(data_type, **members):
    socket.send(json.dumps(dict(envelope(), data_type=data_type, **members)).encode())


def exception(items):
    """The documents say message first; the implementations sent the class first."""
    if IS_OLDER:
        return {"exc": items}
    return {"exc_info": [items[1], items[0], items[2]]}


def messages(status):
    """What one test says: (data_type, members), in order."""
    named = {"test_name" if IS_OLDER else "test": TEST, "loads_status": status}
    yield "startTest", named
    yield "socket_open", {}
    yield "socket_message", {"size": 21}
    for url, code, elapsed in (("http://notmyidea.org", 200, 0.5), ("http://notmyidea.org/gone", 404, 0.25)):
        yield "add_hit", {"url": url, "method": "GET", "status": code, "started": "2013-06-14T12:15:42",
                          "elapsed": elapsed, "loads_status": status}
    yield "tarek-was-there", {"test": TEST, "loads_status": status}
    yield "socket_close", {}
    if status[2] % 4 == 0:
        yield "addFailure", dict(named, **exception(FAILURE))
    elif status[2] % 4 == 1:
        yield "addError", dict(named, **exception(ERROR))
    else:
        yield "addSuccess", named
    yield "stopTest", named


def run(status):
    if DIALECT != "batch":
        for data_type, members in messages(status):
            send(data_type, **members)
        return
    counts = {}
    for data_type, members in messages(status):
        # What the elements carry of an envelope is the word None.
        counts.setdefault(data_type, []).append(dict(members, agent_id="None", run_id="None"))
    send("batch", counts=counts)


if IS_OLDER:
    # The older document orders it, once for each process.
    send("startTestRun")
    run([int(number) for number in os.environ["LOADS_STATUS"].split(",")])
    send("stopTestRun")
else:
    hits, users = int(os.environ["LOADS_TOTAL_HITS"]), int(os.environ["LOADS_TOTAL_USERS"])
    for hit in range(1, hits + 1):
        run([hits, users, hit, int(os.environ["LOADS_CURRENT_USER"])])

socket.close()
context.term()  # waits until all is sent; the interpreter's end does not
