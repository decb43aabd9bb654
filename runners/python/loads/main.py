# SPDX-License-Identifier: Apache-2.0
"""The program: settings, patching, tests, users, the end. It alone ends the process.
What uses the network is imported after the patching."""
import os
import sys
import traceback

from . import VERSION
from .settings import USAGE, UsageError, read_settings

EXIT_USAGE = 2
EXIT_INTERNAL = 70


def main():
    try:
        code, is_clean = run_program(sys.argv[1:])
    except UsageError as error:
        print(f"loads-python-runner: {error}", file=sys.stderr)
        code, is_clean = EXIT_USAGE, True
    except Exception:
        traceback.print_exc()
        code, is_clean = EXIT_INTERNAL, True
    if is_clean:
        sys.exit(code)
    # Users that do not come back would keep the interpreter waiting.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run_program(argv):
    """The exit code, and whether nothing is left that runs."""
    settings = read_settings(argv, os.environ)
    if settings.help or settings.version:
        print(USAGE if settings.help else f"loads-python-runner {VERSION}", end="" if settings.help else "\n")
        return 0, True
    if settings.patches:
        from .patching import patch
        patch()
    return run_tests(settings)


def run_tests(settings):
    import threading

    from .fixtures import Fixtures
    from .loader import load_tests
    from .recorder import record_http
    from .rows import open_rows
    from .stop import Stop, Stopped
    from .trust import prepare_trust
    from .users import Crowd
    from .work import make_threads_inherit

    prepare_trust(settings)
    stop = Stop()
    reporter = open_reporter(settings)
    # Before the test file loads, so that it only ever sees what is recorded.
    record_http(reporter)
    make_threads_inherit()
    threading.excepthook = lambda args: reporter.outside("(outside a test)", args.exc_value)
    try:
        tests = load_tests(settings.target)
        check_async(tests, settings)
        rows = open_rows(settings, tests)
        reporter.begin()
        fixtures = Fixtures(tests, reporter)
        ready = fixtures.set_up()
        stop.begin()
        is_clean = not ready or Crowd(settings, ready, rows, reporter, stop).run()
        if is_clean:
            fixtures.tear_down()
    except Stopped:  # before there were users
        is_clean = True
    return reporter.finish(), is_clean


def open_reporter(settings):
    """Each imports only what it needs: by hand no ZeroMQ, for the host no TAP."""
    if settings.receiver is None:
        from .tap import TapReporter
        return TapReporter(sys.stdout, settings.seed)
    from .reporter import Reporter
    return Reporter(settings)


def check_async(tests, settings):
    """There is one event loop in a thread, and greenlets share theirs."""
    for test in tests:
        if test.is_async and settings.patches and settings.process_users > 1:
            raise UsageError(f"{test.name} is async, which users that are greenlets cannot run; give --no-patching")
