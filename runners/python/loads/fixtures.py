# SPDX-License-Identifier: Apache-2.0
"""What unittest does once for many tests: setUpModule and setUpClass run in each
process before its first user, their counterparts after its last."""
import sys
import unittest


class Fixtures:
    def __init__(self, tests, reporter):
        self._reporter = reporter
        self._tests = tests
        self._undo = []  # in the order of setting up

    def set_up(self):
        """The tests that can run: those of a class or module whose set-up failed cannot."""
        modules, classes = {}, {}
        for test in self._tests:
            name = test.test_class.__module__
            if name not in modules:
                modules[name] = self._set_up_module(sys.modules[name])
            if modules[name] and test.test_class not in classes:
                classes[test.test_class] = self._set_up_class(test.test_class)
        return [test for test in self._tests if classes.get(test.test_class)]

    def tear_down(self):
        for name, steps in reversed(self._undo):
            for step in steps:
                self._attempt(name, step)

    def _set_up_module(self, module):
        name = f"setUpModule ({module.__name__})"
        is_up = self._attempt(name, getattr(module, "setUpModule", nothing))
        steps = [getattr(module, "tearDownModule", nothing)] if is_up else []
        self._undo.append((name.replace("setUp", "tearDown"), steps + [unittest.case.doModuleCleanups]))
        return is_up

    def _set_up_class(self, test_class):
        if getattr(test_class, "__unittest_skip__", False):
            return True  # each of its tests says so
        name = f"setUpClass ({test_class.__name__})"
        is_up = self._attempt(name, test_class.setUpClass)
        steps = [test_class.tearDownClass] if is_up else []
        self._undo.append((name.replace("setUp", "tearDown"), steps + [test_class.doClassCleanups]))
        return is_up

    def _attempt(self, name, step):
        try:
            step()
            return True
        except unittest.SkipTest as skip:
            print(f"loads-python-runner: {name} skips its tests: {skip}", file=sys.stderr)
        except Exception as error:
            self._reporter.outside(name, error)
        return False


def nothing():
    pass
