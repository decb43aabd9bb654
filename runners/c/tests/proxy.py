# SPDX-License-Identifier: Apache-2.0
"""A small HTTP proxy: forwards plain requests and opens tunnels, and keeps their
first lines."""
import select
import socket
import threading

from harness import listen


class Proxy:
    def __init__(self):
        self.listener = listen()
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.lines = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    def serve(self, client):
        with client:
            try:
                request = b""
                while b"\r\n\r\n" not in request:
                    more = client.recv(65536)
                    if not more:
                        return
                    request += more
                method, target, version = request.split(b"\r\n")[0].split(b" ")
                self.lines.append("%s %s" % (method.decode(), target.decode()))
                if method == b"CONNECT":
                    with self.connect(target) as server:
                        client.sendall(b"HTTP/1.1 200 Go ahead\r\n\r\n")
                        self.shovel(client, server)
                else:
                    site, slash, path = target[len(b"http://"):].partition(b"/")
                    with self.connect(site) as server:
                        server.sendall(b"%s /%s %s\r\n" % (method, path, version) + request.split(b"\r\n", 1)[1])
                        self.shovel(client, server)
            except OSError:
                pass  # one side broke off

    @staticmethod
    def connect(site):
        host, _, port = site.decode().rpartition(":")
        return socket.create_connection((host, int(port)))

    @staticmethod
    def shovel(client, server):
        other = {client: server, server: client}
        while True:
            for side in select.select([client, server], [], [])[0]:
                data = side.recv(65536)
                if not data:
                    return
                other[side].sendall(data)
