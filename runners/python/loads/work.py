# SPDX-License-Identifier: Apache-2.0
"""Which test the code that runs now belongs to. A context variable: asyncio's tasks
inherit it, and here threads do too."""
import threading
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import partial

current_work = ContextVar("loads_work", default=None)
current_hit_name = ContextVar("loads_hit_name", default=None)


class User:
    """One virtual user: what its iterations share."""

    def __init__(self, number, settings):
        self.number = number
        self.settings = settings
        self.belongings = {}  # what tests leave to the user's next ones: session, app, random


class Work:
    """One test of one iteration."""

    __slots__ = ("reporter", "user", "iteration", "row", "test", "status", "envelope", "open_hits")

    def __init__(self, reporter, user, iteration, row, test):
        self.reporter = reporter
        self.user = user
        self.iteration = iteration
        self.row = row
        self.test = test
        settings = user.settings
        self.status = (settings.hits, settings.users, iteration, user.number)
        self.envelope = None  # the reporter's notes
        self.open_hits = set()

    def close(self):
        """The test is over: what it has not read will not be read."""
        for hit in list(self.open_hits):
            hit.abandon()


@contextmanager
def named(name):
    """Hits inside are called `name` in the report, whatever their URLs."""
    token = current_hit_name.set(name)
    try:
        yield
    finally:
        current_hit_name.reset(token)


def make_threads_inherit():
    """A thread belongs to the test that starts it."""
    plain_start = threading.Thread.start

    def start(thread):
        thread.run = partial(copy_context().run, thread.run)
        plain_start(thread)

    threading.Thread.start = start
