# SPDX-License-Identifier: Apache-2.0
"""The one place that knows gevent. Threads become greenlets, and whatever waits lets
the others run; nothing else in this package, and in a test, has to know."""
from select import POLLIN, poll  # noqa: F401: as it is before the patching, to ask and never to wait

from .settings import UsageError


def patch():
    try:
        from gevent import monkey
    except ImportError as error:
        raise UsageError(f"gevent does not load ({error}); install it (Debian: python3-gevent),"
                         " or let users be threads with --no-patching") from None
    monkey.patch_all()
