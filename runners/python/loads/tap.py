# SPDX-License-Identifier: Apache-2.0
"""Takes the place of the host when there is none: each test runs once, and what
happens becomes TAP, one line a hit."""
import re

from .errors import describe_error

# What a server answers may be in a line, and must not steer the terminal.
CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f]")


class TapReporter:
    def __init__(self, stream, seed):
        self._stream = stream
        self._seed = seed
        self._count = self._failed = 0
        self.strays = set()

    def begin(self):
        self._print("TAP version 13")
        self._comment(f"--seed {self._seed}")

    def wait_for_room(self):
        pass

    def start_test(self, work):
        pass

    def stop_test(self, work, elapsed):
        pass

    def outcome(self, work, kind, error=None, remark=""):
        self._result("ok" if kind == "success" else "not ok", work.test.name)
        if error is not None:
            self._failed += 1
            self._explain(error, remark)

    def outside(self, name, error):
        self._failed += 1
        self._result("not ok", name)
        self._explain(error)

    def skip(self, work, reason):
        self._result("ok", f"{work.test.name} # SKIP {reason}")

    def hit(self, hit, elapsed, error):
        self._comment(f"{hit.method} {hit.name or hit.url} {error or hit.status} {elapsed * 1000:.1f} ms")

    def counter(self, work, name, value):
        self._comment(f"counter {name} {value}")

    def metric(self, work, name, value, kind):
        self._comment(f"{kind} {name} {value}")

    def socket_open(self, work):
        self._comment("web socket opened")

    def socket_close(self, work):
        self._comment("web socket closed")

    def socket_message(self, work, size):
        self._comment(f"web socket message, {size} bytes")

    def finish(self):
        for hit in list(self.strays):
            hit.abandon()
        self._print(f"1..{self._count}")
        self._stream.flush()
        return 0 if self._failed == 0 else 1

    def _result(self, verdict, name):
        self._count += 1
        self._print(f"{verdict} {self._count} - {name}")

    def _explain(self, error, remark=""):
        message, name, traceback = describe_error(error)
        if remark:
            self._comment(remark)
        self._comment(traceback or f"{name}: {message}")

    def _comment(self, text):
        for line in text.split("\n"):
            self._print(f"# {line}".rstrip())

    def _print(self, line):
        line = CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", line)
        self._stream.write(line.encode("utf-8", "backslashreplace").decode() + "\n")
