# SPDX-License-Identifier: Apache-2.0
"""A StatsD server for tests."""
import socket
import threading

from readers import read_statsd


class Server:
    """It keeps packets until somebody has enough of them."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.packets = []
        self.seen = threading.Condition()
        threading.Thread(target=self.receive, daemon=True).start()

    def receive(self):
        while True:
            packet = self.socket.recv(65536)
            with self.seen:
                self.packets.append(packet)
                self.seen.notify()

    def options(self, *more):
        return ["--output", "statsd", "--output-statsd-host=127.0.0.1", "--output-statsd-port=%d" % self.port, *more]

    def metrics(self, last=b"users:0|g"):
        """All, once the one that comes at the end has come."""
        with self.seen:
            assert self.seen.wait_for(lambda: self.packets and self.packets[-1].endswith(last), 20), self.packets
            return read_statsd(self.packets)
