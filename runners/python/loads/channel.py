# SPDX-License-Identifier: Apache-2.0
"""Carries messages to the host over one PUSH socket: numbers them, puts many into a
frame, and makes those who send wait when the host is slow. The one place that knows
ZeroMQ."""
import sys
import threading
from collections import deque
from time import monotonic, sleep

import zmq

from .settings import UsageError

FRAME_MESSAGES = 200
FRAME_BYTES = 256 * 1024  # then a frame is closed; the host takes 1 MiB
FRAME_DELAY_S = 0.1
SOCKET_FRAMES = 16  # libzmq's own queue
ROOM_FRAMES = 10  # beyond it nothing new starts
FULL_FRAMES = 50  # beyond it nothing is said
RETRY_S = 0.01  # how often a slow host is asked again
DELIVERY_S = 30  # how long the end waits for the host


class Channel:
    def __init__(self, receiver, envelope):
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PUSH)
        self._socket.set_hwm(SOCKET_FRAMES)
        self._socket.linger = 0  # until finish(): when nothing runs, nothing waits
        try:
            self._socket.connect(receiver)
        except zmq.ZMQError as error:
            raise UsageError(f"LOADS_ZMQ_RECEIVER={receiver}: {error}") from None
        self._envelope = f",{envelope}" if envelope else ""
        self._seq = 0
        self._open = []  # messages of the frame that fills
        self._open_bytes = 0
        self._frames = deque()  # complete, on their way
        self._blocked_s = 0.0
        self._is_over = False
        self._lock = threading.Lock()
        threading.Thread(target=self._keep_going, daemon=True).start()

    def send(self, members):
        """A message, given as the inside of a JSON object. What a test says that was left
        behind after a signal comes too late to count."""
        if len(self._frames) >= FULL_FRAMES:
            self._wait(FULL_FRAMES)
        with self._lock:
            if self._is_over:
                return
            self._seq += 1
            message = f'{{{members}{self._envelope},"seq":{self._seq}}}'
            self._open.append(message)
            self._open_bytes += len(message)
            if len(self._open) >= FRAME_MESSAGES or self._open_bytes >= FRAME_BYTES:
                self._close_frame()
                self._push()

    def wait_for_room(self):
        """Returns when the host has taken enough for something new to start."""
        if len(self._frames) >= ROOM_FRAMES:
            self._wait(ROOM_FRAMES)

    def finish(self):
        """Sends what is left and the final message, and waits until the host has it all;
        0 if it has."""
        deadline = monotonic() + DELIVERY_S
        self.send(f'"data_type":"runnerEnd","sent":{self._seq},"blocked":{self._blocked_s:.3f}')
        with self._lock:
            self._is_over = True
            self._close_frame()
        while not self._push() and monotonic() < deadline:
            sleep(RETRY_S)
        # What libzmq still holds it sends until then, and throws the rest away.
        self._socket.close(linger=max(0, int((deadline - monotonic()) * 1000)))
        self._context.term()
        if not self._frames and monotonic() < deadline:
            return 0
        print(f"loads-python-runner: the host did not take all messages within {DELIVERY_S} s", file=sys.stderr)
        return 1

    def _wait(self, limit):
        started = monotonic()
        while len(self._frames) >= limit and not self._is_over:
            sleep(RETRY_S)
        self._blocked_s += monotonic() - started

    def _close_frame(self):
        if self._open:
            self._frames.append(f"[{','.join(self._open)}]".encode("ascii"))
            self._open.clear()
            self._open_bytes = 0

    def _push(self):
        """Hands frames to libzmq as long as it takes them; whether it took all."""
        while self._frames:
            try:
                self._socket.send(self._frames[0], zmq.NOBLOCK)
            except zmq.Again:
                return False
            self._frames.popleft()
        return True

    def _keep_going(self):
        """Nothing waits longer than the delay, and a slow host is asked again."""
        while not self._is_over:
            sleep(RETRY_S if self._frames else FRAME_DELAY_S)
            with self._lock:
                if not self._is_over:
                    if not self._frames:
                        self._close_frame()
                    self._push()
