# SPDX-License-Identifier: Apache-2.0
"""The class that tests may derive from. Without the runner, under `python3 -m unittest`,
it is an ordinary unittest.TestCase: nothing is reported."""
import random
import unittest

from .encode import check_measure
from .session import Session
from .work import current_work, named

KINDS = ("counter", "gauge", "rate", "trend")

__all__ = ["TestCase", "named"]


class TestCase(unittest.TestCase):
    """A functional test with what a load test needs at hand."""

    server_url = None  # --server-url; a class may give a default

    def __init__(self, methodName="runTest"):
        super().__init__(methodName)
        self._belongings = {}  # without the runner there is no user to keep them
        work = current_work.get()
        if work is not None and work.user.settings.server_url is not None:
            self.server_url = work.user.settings.server_url

    @property
    def session(self):
        """A requests.Session, one for each user: cookies and connections stay."""
        session = self._belonging("session", Session)
        session.server_url = self.server_url
        return session

    @property
    def app(self):
        """A webtest.TestApp for the site at server_url, one for each user."""
        from .webapp import WebApp
        return self._belonging("app", lambda: WebApp(self._needed_server_url("app")))

    def create_ws(self, url, callback=None, protocols=None, headers=None):
        """An open web socket of ws4py. `callback` is called with each message; so that
        it is, receive() need not be called. It is closed when the test ends."""
        from .websocket import connect
        if url.startswith("/"):
            url = "ws" + self._needed_server_url("create_ws")[len("http"):] + url
        ws = connect(url, callback, protocols, headers)
        self.addCleanup(ws.leave)
        return ws

    def incr_counter(self, name, value=1):
        """Adds to a counter of the run."""
        check_measure(name, value)
        work = current_work.get()
        if work is not None:
            work.reporter.counter(work, name, value)

    def metric(self, name, value, kind="trend"):
        """Reports a value: a counter (sum), gauge (the last), rate (share of values that
        are not 0) or trend (percentiles)."""
        check_measure(name, value)
        if kind not in KINDS:
            raise ValueError(f"metric {name}: kind {kind} is not one of {', '.join(KINDS)}")
        work = current_work.get()
        if work is not None:
            work.reporter.metric(work, name, value, kind)

    @property
    def user(self):
        """The number of the virtual user, from 1."""
        work = current_work.get()
        return work.user.number if work is not None else 1

    @property
    def iteration(self):
        """How often this user runs its tests by now, from 1."""
        work = current_work.get()
        return work.iteration if work is not None else 1

    @property
    def row(self):
        """The row of --data that this iteration has, as a dict; {} without --data."""
        work = current_work.get()
        return work.row.members if work is not None else {}

    @property
    def random(self):
        """A random.Random of this user; --seed repeats its numbers."""
        work = current_work.get()
        seed = f"{work.user.settings.seed}/{work.user.number}" if work is not None else None
        return self._belonging("random", lambda: random.Random(seed))

    @property
    def loads_status(self):
        """[hits, users, current hit, current user], as the protocol has it."""
        work = current_work.get()
        return list(work.status) if work is not None else [1, 1, 1, 1]

    def _belonging(self, name, make):
        work = current_work.get()
        belongings = work.user.belongings if work is not None else self._belongings
        if name not in belongings:
            belongings[name] = make()
            if work is None and hasattr(belongings[name], "close"):
                self.addCleanup(belongings[name].close)
        return belongings[name]

    def _needed_server_url(self, wanted_by):
        if self.server_url is None:
            raise ValueError(f"{wanted_by} needs to know the server: give --server-url, or the class a server_url")
        return self.server_url
