# SPDX-License-Identifier: Apache-2.0
"""What this process shall do: the command line and the environment that the host
gives, checked. Imports nothing that gevent would have to patch."""
import math
import os
import re
from types import SimpleNamespace

USAGE = """\
Usage: loads-python-runner [OPTION...] FILE[:NAME]

Runs the unittest classes in FILE (.py). NAME is a class, or CLASS.METHOD; without it
all tests of the file run. Started by Loads it runs them as many users and reports to
it; started by hand it runs each test once and prints TAP.

  --server-url URL      the server_url of tests; put before URLs that begin with /
  --no-patching         leave Python's library as it is: users are threads
  --ca-file FILE        trust the certificate authorities in this file (PEM) alone
  --insecure            trust any certificate
  --data FILE           rows for tests with parameters: .csv or .json
  --data-order ORDER    sequential (unless given), random, shuffled or once
  --data-unique[=USERS] each user gets rows of its own; there must be enough for
                        so many users
  --seed TEXT           repeat the random numbers of a run with this seed
  --help                show this help
  --version             show the version
"""

PROTOCOL = 2  # messages in arrays, sequence numbers, runnerEnd and metrics came with it
NUMBER_LIMIT = 2**31 - 1  # of loads_status
USERS_LIMIT = 1_000_000  # of one cycle
DURATION_LIMIT_S = 30 * 86400
ORDERS = ("sequential", "random", "shuffled", "once")

FLAG, OPTIONAL, NEEDED = range(3)  # does a value follow?
OPTIONS = {
    "--server-url": NEEDED,
    "--no-patching": FLAG,
    "--ca-file": NEEDED,
    "--insecure": FLAG,
    "--data": NEEDED,
    "--data-order": NEEDED,
    "--data-unique": OPTIONAL,
    "--seed": NEEDED,
    "--help": FLAG,
    "--version": FLAG,
}


class UsageError(Exception):
    """A mistake of the user: said on stderr, exit code 2."""


def read_settings(argv, environ):
    given, target = read_arguments(argv)
    settings = SimpleNamespace(
        help="--help" in given,
        version="--version" in given,
        patches="--no-patching" not in given,
        server_url=check_url(given.get("--server-url")),
        ca_file=given.get("--ca-file"),
        is_insecure="--insecure" in given,
        data=given.get("--data"),
        data_order=given.get("--data-order", "sequential"),
        data_unique="--data-unique" in given,
        data_users=1,
        target=target,
    )
    if settings.help or settings.version:
        return settings
    if target is None:
        raise UsageError("no test file given; usage: loads-python-runner [OPTION...] FILE[:NAME]")
    if settings.ca_file is not None and settings.is_insecure:
        raise UsageError("--insecure trusts any certificate: --ca-file means nothing beside it")
    check_data(settings, given)
    read_environment(settings, environ)
    settings.seed = given.get("--seed") or settings.run_id or os.urandom(8).hex()
    return settings


def read_arguments(argv):
    given, targets, words = {}, [], list(argv)
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            targets.append(word)
            continue
        if name not in OPTIONS:
            raise UsageError(f"unknown option {name}; known: {', '.join(OPTIONS)}")
        if OPTIONS[name] == FLAG and equals:
            raise UsageError(f"{name} takes no value")
        if OPTIONS[name] == NEEDED and not equals:
            if not words:
                raise UsageError(f"{name} needs a value")
            value = words.pop(0)
        given[name] = value
    if len(targets) > 1:
        raise UsageError(f"one test file at a time: {targets[0]} and {targets[1]} given")
    return given, targets[0] if targets else None


def check_url(text):
    if text is not None and not re.match(r"https?://[^/]", text):
        raise UsageError(f"--server-url {text} is not an http or https URL")
    return text.rstrip("/") if text else None


def check_data(settings, given):
    if settings.data is None and ("--data-order" in given or settings.data_unique):
        raise UsageError("--data-order and --data-unique need --data")
    if settings.data_order not in ORDERS:
        raise UsageError(f"--data-order {settings.data_order}: expected one of {', '.join(ORDERS)}")
    if given.get("--data-unique"):
        settings.data_users = whole_number("--data-unique", given["--data-unique"], USERS_LIMIT)


def read_environment(settings, environ):
    settings.receiver = environ.get("LOADS_ZMQ_RECEIVER") or None
    settings.run_id = environ.get("LOADS_RUN_ID") or None
    settings.hits = settings.users = settings.first_user = settings.process_users = 1
    settings.duration_s = None
    if settings.receiver is None:  # by hand: one user, once; the rest means nothing
        settings.run_id = None
        return
    hits, duration = environ.get("LOADS_TOTAL_HITS"), environ.get("LOADS_DURATION")
    if hits and duration:
        raise UsageError("LOADS_TOTAL_HITS and LOADS_DURATION are both set; exactly one is expected")
    protocol = environ.get("LOADS_PROTOCOL", "")
    if not protocol.isdecimal() or int(protocol) < PROTOCOL:
        raise UsageError(f"LOADS_PROTOCOL={protocol}: this runner needs a host that speaks protocol {PROTOCOL}")
    settings.agent_id = environ.get("LOADS_AGENT_ID") or environ.get("LOADS_WORKER_ID") or f"python.{os.getpid()}"
    settings.users = variable(environ, "LOADS_TOTAL_USERS", NUMBER_LIMIT)
    settings.first_user = variable(environ, "LOADS_CURRENT_USER", NUMBER_LIMIT)
    settings.process_users = variable(environ, "LOADS_PROCESS_USERS", USERS_LIMIT)
    settings.hits = 0 if duration else variable(environ, "LOADS_TOTAL_HITS", NUMBER_LIMIT)
    settings.duration_s = seconds("LOADS_DURATION", duration) if duration else None


def variable(environ, name, limit):
    return whole_number(name, environ.get(name) or "1", limit)


def whole_number(name, text, limit):
    if not re.fullmatch("[0-9]{1,18}", text) or not 1 <= int(text) <= limit:
        raise UsageError(f"{name}={text} is not a whole number from 1 to {limit}")
    return int(text)


def seconds(name, text):
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= DURATION_LIMIT_S:
        raise UsageError(f"{name}={text} is not a number of seconds, more than 0 and up to {DURATION_LIMIT_S}")
    return value
