# SPDX-License-Identifier: Apache-2.0
"""A web server whose answers come after a known time: GET /MICROSECONDS. It waits for
most of that time and spins for the rest. When its standard input ends it prints what
it measured itself, one line an answer: the path's number, and the microseconds from
the last byte of the request to just before the first of the answer."""
import heapq
import select
import socket
import sys
import time

SPIN_NS = 1500 * 1000  # what epoll may be late
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.epoll = select.epoll()
        self.connections = {}
        self.due = []  # (when, connection, since, asked)
        self.served = []
        for descriptor in (self.listener.fileno(), sys.stdin.fileno()):
            self.epoll.register(descriptor, select.EPOLLIN)

    def accept(self):
        connection = self.listener.accept()[0]
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections[connection.fileno()] = connection
        self.epoll.register(connection.fileno(), select.EPOLLIN)

    def read(self, descriptor):
        """Requests are short: each comes in one piece."""
        connection = self.connections[descriptor]
        request = connection.recv(4096)
        since = time.monotonic_ns()
        if not request:
            del self.connections[descriptor]
            connection.close()
            return
        asked = int(request.split(b" ", 2)[1][1:])
        heapq.heappush(self.due, (since + asked * 1000, descriptor, since, asked))

    def answer(self):
        """Serves those that are due, waiting for the next if it is near."""
        while self.due and self.due[0][0] - time.monotonic_ns() < SPIN_NS:
            when, descriptor, since, asked = heapq.heappop(self.due)
            while time.monotonic_ns() < when:
                pass
            sent = time.monotonic_ns()
            try:
                self.connections[descriptor].sendall(ANSWER)
            except (KeyError, OSError):
                continue  # who asked has gone
            self.served.append((asked, (sent - since) / 1000))

    def run(self):
        while True:
            left = max(0, self.due[0][0] - SPIN_NS - time.monotonic_ns()) / 1e9 if self.due else -1
            for descriptor, _ in self.epoll.poll(left):
                if descriptor == sys.stdin.fileno():
                    return
                if descriptor == self.listener.fileno():
                    self.accept()
                else:
                    self.read(descriptor)
            self.answer()


server = Server()
print("http://127.0.0.1:%d" % server.listener.getsockname()[1], flush=True)
server.run()
for line in server.served:
    print("%d %.3f" % line)
