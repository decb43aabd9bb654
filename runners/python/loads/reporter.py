# SPDX-License-Identifier: Apache-2.0
"""What happens to tests, as messages of the protocol. They are written by hand, because
there are several for each request, and most of each is known before."""
import json
import socket
from datetime import datetime, timezone

from .channel import Channel
from .encode import TRACEBACK_LIMIT, encode_text
from .errors import describe_error

OUTCOMES = {"success": "addSuccess", "failure": "addFailure", "error": "addError"}


class Reporter:
    def __init__(self, settings):
        identity = {"agent_id": settings.agent_id, "run_id": settings.run_id, "hostname": socket.gethostname()}
        envelope = json.dumps({key: value for key, value in identity.items() if value}, separators=(",", ":"))
        self._channel = Channel(settings.receiver, envelope[1:-1])
        self.wait_for_room = self._channel.wait_for_room
        self.strays = set()  # open hits of no test

    def begin(self):
        """Nothing is said at the beginning: the host knows of it."""

    def start_test(self, work):
        self._channel.send(f'"data_type":"startTest"{self._envelope(work)}')

    def stop_test(self, work, elapsed):
        self._channel.send(f'"data_type":"stopTest","elapsed":{elapsed:.6f}{self._envelope(work)}')

    def outcome(self, work, kind, error=None, remark=""):
        """`error`: what was raised, described with `remark` before its message."""
        exc_info = ""
        if error is not None:
            message, name, traceback = describe_error(error)
            exc_info = (f',"exc_info":[{encode_text(remark + message)},{encode_text(name)},'
                        f'{encode_text(traceback, TRACEBACK_LIMIT)}]')
        self._channel.send(f'"data_type":"{OUTCOMES[kind]}"{exc_info}{self._envelope(work)}')

    def outside(self, name, error):
        """An error that belongs to no test of a user."""
        message, class_name, traceback = describe_error(error)
        self._channel.send(f'"data_type":"addError","test":{encode_text(name)},"exc_info":[{encode_text(message)},'
                           f'{encode_text(class_name)},{encode_text(traceback, TRACEBACK_LIMIT)}]')

    def skip(self, work, reason):
        self.counter(work, "skipped", 1)

    def hit(self, hit, elapsed, error):
        started = datetime.fromtimestamp(hit.started_unix, timezone.utc).isoformat()
        more = f',"ttfb":{hit.ttfb:.6f}' if hit.ttfb is not None else ""
        if hit.bytes_in is not None:
            more += f',"bytes_in":{hit.bytes_in}'
        if hit.name is not None:
            more += f',"name":{encode_text(hit.name)}'
        if error is not None:
            more += f',"error":{encode_text(error)}'
        self._channel.send(f'"data_type":"add_hit","url":{encode_text(hit.url)},"method":{encode_text(hit.method)},'
                           f'"status":{hit.status},"started":"{started}","elapsed":{elapsed:.6f}'
                           f'{more}{self._envelope(hit.work)}')

    def counter(self, work, name, value):
        self._channel.send(f'"data_type":"incr_counter","name":{encode_text(name)},"value":{value!r}'
                           f'{self._envelope(work)}')

    def metric(self, work, name, value, kind):
        self._channel.send(f'"data_type":"metric","name":{encode_text(name)},"value":{value!r},"kind":"{kind}"'
                           f'{self._envelope(work)}')

    def socket_open(self, work):
        self._channel.send(f'"data_type":"socket_open"{self._envelope(work)}')

    def socket_close(self, work):
        self._channel.send(f'"data_type":"socket_close"{self._envelope(work)}')

    def socket_message(self, work, size):
        self._channel.send(f'"data_type":"socket_message","size":{size}{self._envelope(work)}')

    def finish(self):
        """Ends the account; the exit code: failed tests are results, messages that the
        host did not take are not."""
        for hit in list(self.strays):
            hit.abandon()
        return self._channel.finish()

    def _envelope(self, work):
        """The members that all messages of a test share."""
        if work is None:
            return ""
        if work.envelope is None:
            work.envelope = f',"test":{encode_text(work.test.name)},"loads_status":{list(work.status)}'
        return work.envelope
