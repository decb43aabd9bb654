# SPDX-License-Identifier: Apache-2.0
"""Load tests in Python. Tests need `from loads.case import TestCase`, or nothing of it."""

VERSION = "0.1.0"
