# SPDX-License-Identifier: Apache-2.0
"""The users of this process: each runs all tests one after another, again and again,
in a thread of its own, which patching makes a greenlet."""
import threading
from time import monotonic, sleep

from .result import Result
from .settings import UsageError
from .stop import GRACE_S
from .work import User, Work, current_work

TURN_S = 0.01  # a user whose tests never wait lets the others run


class Crowd:
    def __init__(self, settings, tests, rows, reporter, stop):
        self._settings = settings
        self._tests = tests
        self._rows = rows
        self._reporter = reporter
        self._stop = stop
        self._running = 0
        self._works = {}  # by user: the test that it runs now
        self._lock = threading.Lock()

    def run(self):
        """Returns when all users are through, or when a stop has been asked for and they
        had their time. Whether all are through."""
        settings = self._settings
        self._ends = monotonic() + settings.duration_s if settings.duration_s else None
        self._running = settings.process_users
        self._start(range(settings.first_user, settings.first_user + settings.process_users))
        deadline = None
        while self._running > 0:
            if self._stop.requested and deadline is None:
                deadline = monotonic() + GRACE_S
            if deadline is not None and monotonic() >= deadline:
                self._leave()
                return False
            self._stop.wait(None if deadline is None else deadline - monotonic())
        return True

    def _start(self, numbers):
        for number in numbers:
            try:
                threading.Thread(target=self._run_user, args=(number,), daemon=True).start()
            except RuntimeError as error:  # no more threads
                self._stop.requested = True
                raise UsageError(f"user {number} of this process cannot start: {error}") from None

    def _run_user(self, number):
        try:
            user = User(number, self._settings)
            result = Result(self._reporter)
            iteration = 1
            turn_ends = 0
            while self._goes_on(iteration):
                row = self._rows.row(number, iteration)
                if row is None:
                    break
                for test in self._tests:
                    self._reporter.wait_for_room()
                    self._run_test(user, iteration, row, test, result)
                iteration += 1
                if monotonic() >= turn_ends:
                    sleep(0)
                    turn_ends = monotonic() + TURN_S
        finally:
            with self._lock:
                self._running -= 1
            self._stop.wake()

    def _goes_on(self, iteration):
        if self._stop.requested:
            return False
        return iteration <= self._settings.hits if self._ends is None else monotonic() < self._ends

    def _run_test(self, user, iteration, row, test, result):
        work = Work(self._reporter, user, iteration, row, test)
        current_work.set(work)
        result.work = self._works[user.number] = work
        test.make(row).run(result)
        del self._works[user.number]
        current_work.set(None)

    def _leave(self):
        """The hits of tests that did not end in time are reported as they are."""
        for work in list(self._works.values()):
            for hit in list(work.open_hits):
                hit.abandon()
