# SPDX-License-Identifier: Apache-2.0
"""One hit is one request on the wire. The recorder tells what happens to it; this
file decides what is reported, and that each request is reported exactly once:
`elapsed` runs until the whole body has arrived, or, when the test ends without
having taken it all, until the headers had (which is `ttfb`)."""
from time import perf_counter, time

from .work import current_hit_name, current_work


class Hit:
    __slots__ = ("reporter", "work", "method", "url", "name", "started_unix", "started", "status", "ttfb",
                 "bytes_in", "problem", "is_open")

    def __init__(self, reporter, method, url, started=None):
        self.reporter = reporter
        self.method = method
        self.url = url
        self.name = current_hit_name.get()
        self.started = now = perf_counter()
        self.started_unix = time()
        if started is not None:  # it began before it could be told
            self.started_unix -= now - started
            self.started = started
        self.status = 0
        self.ttfb = self.bytes_in = self.problem = None
        self.is_open = True
        self.work = work = current_work.get()
        if work is not None:
            work.open_hits.add(self)
        else:
            reporter.strays.add(self)

    def headers(self, status, length):
        """The headers of the response are here; `length` of the body, if known."""
        self.ttfb = perf_counter() - self.started
        self.status = status
        self.bytes_in = length

    def end(self):
        self._report(perf_counter() - self.started, None)

    def fail(self, error):
        self.status, self.bytes_in = 0, None
        self._report(perf_counter() - self.started, describe(error))

    def leave(self):
        """Headers came, and nobody wants the rest of the body."""
        self.bytes_in = None
        self._report(self.ttfb, None)

    def abandon(self):
        """Nobody waits for it any longer; the server may well have seen it."""
        if self.ttfb is not None:
            self.leave()
        else:
            self.fail(self.problem or "no response before the end of the test")

    def _report(self, elapsed, error):
        if not self.is_open:
            return
        self.is_open = False
        (self.work.open_hits if self.work is not None else self.reporter.strays).discard(self)
        self.reporter.hit(self, elapsed, error)


def describe(error):
    """What went wrong, with its class: many of these texts say little without."""
    if isinstance(error, str):
        return error
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
