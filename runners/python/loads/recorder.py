# SPDX-License-Identifier: Apache-2.0
"""Sees every request that goes through Python's http.client: urllib, requests,
urllib3, webtest and what else is built on them. One request, one hit."""
import http.client
from http.client import HTTPConnection, HTTPResponse
from time import perf_counter

from .hits import Hit

CUT = "the body ended within its chunks"


class ChunkedBody:
    """Stands before the stream of a chunked body and sees how it ends: urllib3
    reads the chunks itself and closes complete and broken ones the same way."""

    def __init__(self, stream):
        self.stream = stream
        self.is_complete = False
        self.problem = None

    def readline(self, *limit):
        line = self._seen(self.stream.readline, *limit)
        if not self.is_complete:
            size = line.split(b";", 1)[0].strip()
            if not line.endswith(b"\n"):
                self.problem = CUT
            else:
                self.is_complete = size.strip(b"0") == b"" and size != b""
        return line

    def read(self, amount=-1):
        data = self._seen(self.stream.read, amount)
        if len(data) < amount:
            self.problem = CUT
        return data

    def readinto(self, buffer):
        count = self._seen(self.stream.readinto, buffer)
        if count < len(buffer):
            self.problem = CUT
        return count

    def read1(self, *amount):
        return self._seen(self.stream.read1, *amount)

    def _seen(self, call, *arguments):
        try:
            return call(*arguments)
        except BaseException as error:
            self.problem = error
            raise

    def __getattr__(self, name):
        return getattr(self.stream, name)


class RecordedResponse(HTTPResponse):
    """Tells its hit when the body has been read, or given up."""

    loads_hit = None
    loads_is_closing = False

    def read(self, amt=None):
        return self._seen(super().read, amt)

    def readinto(self, b):
        return self._seen(super().readinto, b)

    def read1(self, n=-1):
        return self._seen(super().read1, n)

    def readline(self, limit=-1):
        return self._seen(super().readline, limit)

    def _seen(self, call, argument):
        try:
            return call(argument)
        except BaseException as error:
            hit, self.loads_hit = self.loads_hit, None
            if hit is not None:
                hit.fail(error)
            raise

    def close(self):
        self.loads_is_closing = True
        super().close()

    def _close_conn(self):
        """Of HTTPResponse: called when the body has been read, and by close()."""
        body = self.fp
        super()._close_conn()
        hit, self.loads_hit = self.loads_hit, None
        if hit is None:
            return
        if isinstance(body, ChunkedBody):
            is_complete, problem = body.is_complete, body.problem
        else:
            is_complete, problem = not self.length, None
            if self.length is None and self.loads_is_closing:
                is_complete = False  # it would have ended with the connection
        if is_complete:
            hit.end()
        elif self.loads_is_closing and problem is None:
            hit.leave()
        else:
            hit.fail(problem or "the body ended early")


def base_of(connection):
    """What comes before the path in the URLs of a connection."""
    is_tls = connection.default_port == http.client.HTTPS_PORT
    host, port = connection.host, connection.port
    if connection._tunnel_host:  # through a proxy
        host, port = connection._tunnel_host, connection._tunnel_port
    host = f"[{host}]" if ":" in host else host
    port = "" if port in (None, connection.default_port) else f":{port}"
    return f"{'https' if is_tls else 'http'}://{host}{port}"


def record_http(reporter):
    """Patches http.client, for the rest of this process."""
    plain_putrequest = HTTPConnection.putrequest
    plain_send = HTTPConnection.send
    plain_getresponse = HTTPConnection.getresponse
    plain_close = HTTPConnection.close

    def putrequest(self, method, url, *arguments, **options):
        plain_putrequest(self, method, url, *arguments, **options)
        members = self.__dict__
        if "loads_base" not in members:
            self.loads_base = base_of(self)
        self.loads_hit = Hit(reporter, method, url if url[:1] != "/" else self.loads_base + url,
                             members.pop("loads_started", None))

    def send(self, data):
        try:
            return plain_send(self, data)
        except BaseException as error:
            if self.loads_hit is not None:
                self.loads_hit.problem = error
            raise

    # Without other parameters: urllib3 tries one that Python 2 had.
    def getresponse(self):
        hit, self.loads_hit = self.loads_hit, None
        if hit is None:
            return plain_getresponse(self)
        try:
            response = plain_getresponse(self)
        except BaseException as error:
            hit.fail(error)
            raise
        hit.headers(response.status, response.length)
        if response.fp is None:
            hit.end()
            return response
        if response.chunked:
            response.fp = ChunkedBody(response.fp)
        response.loads_hit = hit
        return response

    def close(self):
        hit, self.loads_hit = self.loads_hit, None
        plain_close(self)
        if hit is not None:
            hit.fail(hit.problem or "the connection was closed before a response came")

    HTTPConnection.loads_hit = None
    HTTPConnection.response_class = RecordedResponse
    HTTPConnection.putrequest = putrequest
    HTTPConnection.send = send
    HTTPConnection.getresponse = getresponse
    HTTPConnection.close = close
    record_early_connects(reporter)


def record_early_connects(reporter):
    """urllib3 connects with TLS before it has begun a request: that time is the
    request's too, and when it fails there is no other sign of it."""
    try:
        from urllib3.connectionpool import HTTPSConnectionPool
    except ImportError:
        return

    class EarlyConnect:
        def _make_request(self, conn, method, url, *arguments, **options):
            if not getattr(conn, "sock", None):
                conn.loads_started = perf_counter()
            try:
                return super(HTTPSConnectionPool, self)._make_request(conn, method, url, *arguments, **options)
            except BaseException as error:
                started = conn.__dict__.pop("loads_started", None)
                if started is not None:
                    Hit(reporter, method, base_of(conn) + url, started).fail(error)
                raise

    HTTPSConnectionPool._make_request = EarlyConnect._make_request
