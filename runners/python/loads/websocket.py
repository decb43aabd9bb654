# SPDX-License-Identifier: Apache-2.0
"""Web sockets: ws4py's client, reported. Its thread reads, hands messages to the
callback and keeps them for receive()."""
import queue
import ssl
import threading

from ws4py.client.threadedclient import WebSocketClient
from ws4py.exc import HandshakeError
from ws4py.messaging import TextMessage

from .work import current_work

CONNECT_TIMEOUT_S = 30
RECEIVE_TIMEOUT_S = 30
CLOSE_TIMEOUT_S = 5
HEAD_LIMIT = 64 * 1024
UNREAD_LIMIT = 1000
GOING_AWAY = 1001


class Text(TextMessage):
    """A text whose `data` is a str, as tests compare it."""

    def __init__(self, data):
        super().__init__(data)
        self.data = data

    def single(self, mask=False):
        return TextMessage(self.data).single(mask)

    def __len__(self):
        return len(self.data)

    def __str__(self):
        return self.data


class WebSocket(WebSocketClient):
    def __init__(self, url, callback, protocols, headers):
        super().__init__(url, protocols=protocols, headers=list((headers or {}).items()))
        self.daemon = True
        self._callback = callback
        self._unread = queue.Queue(UNREAD_LIMIT)
        self._is_open = False
        self._write_lock = threading.Lock()
        self._work = current_work.get()

    def connect(self):
        """Instead of ws4py's, which knows no time limit, checks no certificate, and loses
        what comes in one piece with the handshake."""
        self.sock.settimeout(CONNECT_TIMEOUT_S)
        try:
            self.sock.connect(self.bind_addr)
            if self.scheme == "wss":
                self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
                self._is_secure = True
            self._write(self.handshake_request)
            head, self.buf = self._read_head()
            status, _, lines = head.partition(b"\r\n")
            self.process_response_line(status)
            self.protocols, self.extensions = self.process_handshake_header(lines)
        except BaseException:
            self.close_connection()
            raise
        self._is_open = True
        self._tell("socket_open")
        self.handshake_ok()

    def receive(self, timeout=RECEIVE_TIMEOUT_S):
        """The next message; None when the socket is closed."""
        try:
            message = self._unread.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(f"no message from {self.url} within {timeout} s") from None
        if message is None:
            self._unread.put(None)  # for who asks again
        return message

    def send(self, payload, binary=False):
        if not self._is_open:
            raise ConnectionError(f"the web socket to {self.url} is closed")
        super().send(payload, binary)

    def leave(self):
        """Closes it if it is open, and does not wait for ever."""
        if self._is_open and not self.client_terminated:
            try:
                self.close(GOING_AWAY)
            except (OSError, RuntimeError):
                pass  # the other side was quicker
        if threading.current_thread() is self._th:
            return
        self._th.join(CLOSE_TIMEOUT_S)
        if self._is_open:
            self.close_connection()
            self._th.join(CLOSE_TIMEOUT_S)

    def received_message(self, message):
        size = len(message.data)
        if not message.is_binary:
            message = Text(message.data.decode())
        self.stream.message = None  # ws4py would empty it
        if self._work is not None:
            self._work.reporter.socket_message(self._work, size)
        if self._callback is not None:
            self._callback(message)
            while self._unread.full():  # nobody has to take them
                self._unread.get()
        self._unread.put(message)

    def closed(self, code, reason=None):
        self._is_open = False
        self._tell("socket_close")
        if self._unread.full():
            self._unread.get()
        self._unread.put(None)

    def unhandled_error(self, error):
        """The socket closes, which is what receive() tells."""

    def _tell(self, what):
        if self._work is not None:
            getattr(self._work.reporter, what)(self._work)

    def _read_head(self):
        """The server's answer, and what has come behind it."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.sock.recv(4096)
            data += piece
            if not piece or len(data) > HEAD_LIMIT:
                raise HandshakeError(f"{self.url} gave no answer to the handshake")
        head, _, rest = data.partition(b"\r\n\r\n")
        return head, rest

    def _write(self, data):
        """One at a time: the reading thread answers pings."""
        with self._write_lock:
            super()._write(data)


def connect(url, callback, protocols, headers):
    ws = WebSocket(url, callback, protocols, headers)
    ws.connect()
    return ws
