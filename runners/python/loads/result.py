# SPDX-License-Identifier: Apache-2.0
"""What unittest says about a test, as one outcome: whatever else goes wrong in it, in
sub-tests or in tearDown, a test succeeds, fails or errs once."""
from time import perf_counter
from unittest import TestResult


class Result(TestResult):
    """Of one user."""

    def __init__(self, reporter):
        super().__init__()
        self._reporter = reporter
        self.work = None  # set before each test

    def startTest(self, test):
        self._problem = None  # (kind, error, remark): the first, an error before a failure
        self._skipped = None
        self._reporter.start_test(self.work)
        self._started = perf_counter()

    def stopTest(self, test):
        work, reporter = self.work, self._reporter
        work.close()
        elapsed = perf_counter() - self._started
        if self._problem is not None:
            reporter.outcome(work, *self._problem)
        elif self._skipped is not None:
            reporter.skip(work, self._skipped)
        else:
            reporter.outcome(work, "success")
        reporter.stop_test(work, elapsed)

    def addSuccess(self, test):
        pass

    def addFailure(self, test, err):
        self._add("failure", err[1])

    def addError(self, test, err):
        self._add("error", err[1])

    def addSkip(self, test, reason):
        self._skipped = reason

    def addExpectedFailure(self, test, err):
        pass

    def addUnexpectedSuccess(self, test):
        self._add("failure", AssertionError("the test was expected to fail, and did not"))

    def addSubTest(self, test, subtest, err):
        if err is not None:
            kind = "failure" if issubclass(err[0], test.failureException) else "error"
            self._add(kind, err[1], subtest._subDescription() + " ")

    def _add(self, kind, error, remark=""):
        if self._problem is None or (self._problem[0] == "failure" and kind == "error"):
            self._problem = (kind, error, remark)
