# SPDX-License-Identifier: Apache-2.0
"""The ways a run ends early: the first SIGINT or SIGTERM lets running iterations
finish for a while, the second ends the process at once."""
import os
import select
import signal

from .work import current_work

GRACE_S = 4  # the host kills after 5
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(SystemExit):
    """Raised in the main thread. Of a kind that gevent brings there from its loop."""


class Overdue(BaseException):
    """Raised in a test that still runs when the time is over: one that never waits keeps
    users that are greenlets, and who would leave it behind, from running. Not an
    Exception, which such a test may well catch."""


class Stop:
    """`requested` tells users to begin nothing new. wait() is for the main thread;
    wake() may be called by anyone, also by a signal handler: it takes no lock."""

    def __init__(self):
        self.requested = False
        self._has_users = False
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        os.set_blocking(self._write_end, False)
        for number in SIGNALS:
            signal.signal(number, self._on_signal)

    def begin(self):
        """From now on there are users who look at `requested`. Before, a signal raises
        Stopped: a module that loads cannot look."""
        self._has_users = True

    def wake(self):
        try:
            os.write(self._write_end, b"!")
        except BlockingIOError:
            pass  # it will wake as it is

    def wait(self, timeout):
        """Until wake(), or so many seconds (None: for ever)."""
        readable, _, _ = select.select([self._read_end], [], [], timeout)
        if readable:
            os.read(self._read_end, 4096)

    def _on_signal(self, number, frame):
        if self.requested:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        self.requested = True
        if not self._has_users:
            raise Stopped(0)
        signal.signal(signal.SIGALRM, self._on_alarm)
        signal.setitimer(signal.ITIMER_REAL, GRACE_S)
        self.wake()

    def _on_alarm(self, number, frame):
        if current_work.get() is not None:
            raise Overdue(f"the test still ran {GRACE_S} s after it was to end")
