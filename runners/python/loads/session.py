# SPDX-License-Identifier: Apache-2.0
"""requests.Session with what a load test adds: paths on the server under test, names
for the report, and no time spent on looking for what is not there."""
import os
import queue
import urllib.request
from collections import deque

import requests
from requests.adapters import HTTPAdapter
from requests.utils import NETRC_FILES
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .patching import POLLIN, poll
from .trust import named_authorities
from .work import named


class Shelf:
    """Where a pool keeps its connections. urllib3 takes a queue.Queue, whose locks are
    made for threads that wait; nobody waits for a connection here."""

    def __init__(self, maxsize):
        self._maxsize = maxsize
        self._items = deque()

    def get(self, block=False, timeout=None):
        try:
            return self._items.pop()
        except IndexError:
            raise queue.Empty from None

    def put(self, item, block=False):
        if len(self._items) >= self._maxsize:
            raise queue.Full
        self._items.append(item)


class QuickPool:
    QueueCls = Shelf

    def _get_conn(self, timeout=None):
        """A connection that waits for its next request, or a new one. urllib3 asks the
        patched poll() whether it is still open, which gives the turn to all others."""
        try:
            while True:
                connection = self.pool.get()
                if connection is not None and connection.sock is not None:
                    if not has_input(connection.sock):
                        return connection
                    connection.close()
        except queue.Empty:
            return self._new_conn()


class PlainPool(QuickPool, HTTPConnectionPool):
    pass


class TlsPool(QuickPool, HTTPSConnectionPool):
    pass


def has_input(sock):
    """Of a connection on which nothing is to come: the server has closed it."""
    ready = poll()
    ready.register(sock, POLLIN)
    return bool(ready.poll(0))


class Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}


class Session(requests.Session):
    server_url = None

    def __init__(self):
        super().__init__()
        for prefix in ("https://", "http://"):
            self.mount(prefix, Adapter())
        # Requests looks through the environment several times for each request, which
        # may take a third of its time. What it would find there is found here, once.
        self.verify = named_authorities() or True
        self.trust_env = has_proxies_or_passwords()

    def request(self, method, url, *arguments, name=None, **options):
        """As that of requests; `url` may begin with /, and `name` is what the report
        calls the hits, instead of their URLs."""
        if isinstance(url, str) and url.startswith("/"):
            if self.server_url is None:
                raise ValueError(f"{url} is no whole URL: give --server-url, or the class a server_url")
            url = self.server_url + url
        if name is None:
            return super().request(method, url, *arguments, **options)
        with named(name):
            return super().request(method, url, *arguments, **options)


def has_proxies_or_passwords():
    """Whether the environment may have something to say about a request."""
    return (any(scheme != "no" for scheme in urllib.request.getproxies()) or "NETRC" in os.environ
            or any(os.path.exists(os.path.expanduser(file)) for file in NETRC_FILES))
