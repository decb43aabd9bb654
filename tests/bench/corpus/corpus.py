#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes messages as runners in Python send them: json.dumps with its spaces and
\\u escapes. Usage: corpus.py COUNT, which is the number of messages."""
import datetime
import json
import random
import sys

random.seed(1)
HOST = 'load-generator-7.eu-west-1.compute.internal'
PATHS = ['/', '/login', '/search?q=caf\u00e9', '/item/%d?ref=home&session=%08x', '/cart/%d/add?token=%08x',
         '/api/v1/items/%d?fields=name,price&trace=%08x']


def envelope(dialect, status):
    if dialect == 'old':
        return {'worker_id': '%d' % random.randint(1, 64), 'hostname': HOST, 'loads_status': status}
    return {'agent_id': 'agent-%d.%d' % (random.randint(1, 8), random.randint(1, 99)), 'hostname': HOST,
            'run_id': '5f2b6a1c-9d0e-4b7f-8a31-c2d4e6f80912', 'loads_status': status}


def hit(dialect, status, at):
    path = random.choice(PATHS)
    if '%' in path:
        path = path % (random.randint(1, 99999), random.getrandbits(32))
    # Microseconds from a timedelta, or the 15 to 17 digits of a difference of floats.
    seconds = random.lognormvariate(-3, 1)
    elapsed = round(seconds, 6) if random.random() < .3 else (1700000000.25 + seconds) - 1700000000.25
    return dict({'elapsed': elapsed, 'started': at.isoformat(), 'status': random.choice([200] * 20 + [302, 404, 503]),
                 'url': 'http://www.example.com:8080' + path, 'method': random.choice(['GET', 'GET', 'GET', 'POST'])},
                **envelope(dialect, status))


def test(dialect, status):
    name = 'test_es (example.TestWebSite.test_es_%d)' % random.randint(1, 9)
    key = 'test' if dialect != 'old' or random.random() < .5 else 'test_name'
    return dict({key: name}, **envelope(dialect, status))


def failure(dialect, status):
    message = dict(test(dialect, status))
    traceback = 'Traceback (most recent call last):\n  File "example.py", line 33, in test_es\n    assert False\n'
    message['exc_info'] = ["<class 'AssertionError'>", '503 != 200', traceback]
    return message


def main():
    at = datetime.datetime(2026, 11, 22, 10, 0, 0)
    for number in range(int(sys.argv[1])):
        at += datetime.timedelta(microseconds=random.randint(1, 20000))
        dialect = 'old' if number % 2 else 'new'
        status = [10, 20, random.randint(1, 10), random.randint(1, 20)]
        kind = random.choices(['add_hit', 'startTest', 'stopTest', 'addSuccess', 'addFailure'], [85, 5, 5, 4.5, .5])[0]
        message = hit(dialect, status, at) if kind == 'add_hit' else (
            failure if kind == 'addFailure' else test)(dialect, status)
        message['data_type'] = kind
        print(json.dumps(message))


main()
