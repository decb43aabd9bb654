# SPDX-License-Identifier: Apache-2.0
"""Carries messages to the host over one PUSH socket: numbers them, puts many into a
frame, and makes those who send wait when the host is slow. The one place that knows
ZeroMQ."""
import itertools
import sys
import threading
from collections import deque
from time import monotonic, sleep

import zmq

from .settings import UsageError

FRAME_MESSAGES = 200
FRAME_BYTES = 512 * 1024  # half of what the host takes
FRAME_DELAY_S = 0.1
SOCKET_FRAMES = 16  # libzmq's own queue
ROOM = 2000  # messages; beyond them nothing new starts
FULL = 10000  # beyond them nothing more is said
RETRY_S = 0.01  # how often a slow host is asked again
DELIVERY_S = 30  # how long the end waits for the host


class Channel:
    def __init__(self, receiver, envelope):
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUSH)
        self._socket.set_hwm(SOCKET_FRAMES)
        self._socket.linger = DELIVERY_S * 1000  # libzmq looks at it when it connects
        try:
            self._socket.connect(receiver)
        except zmq.ZMQError as error:
            raise UsageError(f"LOADS_ZMQ_RECEIVER={receiver}: {error}") from None
        self._envelope = f",{envelope}" if envelope else ""
        self._numbers = itertools.count(1)
        self._queue = deque()  # whoever sends appends, who has the lock takes
        self._frame = None  # on its way from there to libzmq
        self._lock = threading.Lock()
        self._blocked_s = 0.0
        self._is_over = False
        threading.Thread(target=self._keep_going, daemon=True).start()

    def send(self, members):
        """A message, given as the inside of a JSON object. What a test says that was left
        behind after a signal comes too late to count."""
        if self._is_over:
            return
        queue = self._queue
        queue.append(f'{{{members}{self._envelope},"seq":{next(self._numbers)}}}')
        if len(queue) % FRAME_MESSAGES == 0:
            self._push(FRAME_MESSAGES)
            if len(queue) >= FULL:
                self._wait(FULL)

    def wait_for_room(self):
        """Returns when the host has taken enough for something new to start."""
        if len(self._queue) >= ROOM:
            self._wait(ROOM)

    def finish(self):
        """Sends what is left and the final message, and waits until the host has it all;
        0 if it has."""
        deadline = monotonic() + DELIVERY_S
        self._is_over = True
        number = next(self._numbers)
        self._queue.append(f'{{"data_type":"runnerEnd","sent":{number - 1},"blocked":{self._blocked_s:.3f}'
                           f'{self._envelope},"seq":{number}}}')
        while not self._push(1) and monotonic() < deadline:
            sleep(RETRY_S)
        # What libzmq still holds it sends until then, and throws the rest away.
        self._socket.close(linger=max(0, int((deadline - monotonic()) * 1000)))
        self._context.term()
        if monotonic() < deadline:
            return 0
        print(f"loads-python-runner: the host did not take all messages within {DELIVERY_S} s", file=sys.stderr)
        return 1

    def _wait(self, limit):
        started = monotonic()
        while len(self._queue) >= limit and not self._is_over:
            sleep(RETRY_S)
        self._blocked_s += monotonic() - started

    def _push(self, least):
        """Hands frames to libzmq while there are `least` messages for one, and it takes
        them; whether it took all."""
        with self._lock:
            while self._frame is not None or len(self._queue) >= least:
                if self._frame is None:
                    self._frame = self._take_frame()
                try:
                    self._socket.send(self._frame, zmq.NOBLOCK)
                except zmq.Again:
                    return False
                self._frame = None
        return True

    def _take_frame(self):
        queue, messages, size = self._queue, [], 0
        while queue and len(messages) < FRAME_MESSAGES and (size == 0 or size + len(queue[0]) < FRAME_BYTES):
            messages.append(queue.popleft())
            size += len(messages[-1]) + 1
        return f"[{','.join(messages)}]".encode("ascii")

    def _keep_going(self):
        """Nothing waits longer than the delay, and a slow host is asked again."""
        while not self._is_over:
            sleep(FRAME_DELAY_S if self._frame is None else RETRY_S)
            if not self._is_over:
                self._push(1)
