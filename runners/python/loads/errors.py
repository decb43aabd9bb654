# SPDX-License-Identifier: Apache-2.0
"""What a test raised, for people to read."""
import os
import re
import traceback
import unittest

from .encode import TRACEBACK_LIMIT

# Frames of these say nothing about the test, and fill the screen before its own.
OWN_FOLDERS = tuple(os.path.dirname(os.path.abspath(file)) + os.sep for file in (__file__, unittest.__file__))
CLIENTS = re.compile(r"[/\\](?:dist|site)-packages[/\\](?:requests|urllib3|gevent)[/\\]")
CUT = "[...]\n"


def describe_error(error):
    """The protocol's exc_info: (message, class, traceback). A test may raise
    anything, even what raises when it is shown."""
    try:
        return message_of(error), type(error).__name__, traceback_of(error)
    except Exception:
        return "an error that cannot be shown", type(error).__name__, ""


def message_of(error):
    return str(error) or type(error).__name__


def is_hidden(file):
    return file.startswith(OWN_FOLDERS) or CLIENTS.search(file) is not None


def traceback_of(error):
    shown = traceback.TracebackException.from_exception(error, compact=True)
    each, seen = [shown], 0
    while each and seen < 100:
        one = each.pop()
        seen += 1
        one.stack = traceback.StackSummary.from_list(
            [frame for frame in one.stack if not is_hidden(frame.filename)])
        each += [other for other in (one.__cause__, one.__context__) if other is not None]
    text = "".join(shown.format()).rstrip("\n")
    # The end is what is read first.
    return text if len(text) <= TRACEBACK_LIMIT else CUT + text[len(CUT) - TRACEBACK_LIMIT:]
