# SPDX-License-Identifier: Apache-2.0
"""The email observer against aiosmtpd and npm's smtp-server, and against servers that mean no good."""
import email
import email.policy
import json
import logging
import os
import socket
import ssl
import subprocess
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from harness import BUILD, DEADLINE_S, SOURCE, Hostile, authority, contains, observe, refused, run_all, same

logging.disable(logging.CRITICAL)  # aiosmtpd tells of every client that goes away


class AnyPort(Controller):
    """One that lets the system choose the port."""

    def _trigger_server(self):
        """Knocks, as start() expects."""
        with socket.create_connection(self.server.sockets[0].getsockname()) as connection:
            connection.recv(1000)


class Mails:
    """aiosmtpd, which keeps what it is sent."""

    def __init__(self, refuse=None, **options):
        self.envelopes, self.refuse = [], refuse
        self.controller = AnyPort(self, hostname="127.0.0.1", port=0, ready_timeout=DEADLINE_S, **options)
        self.controller.start()
        self.port = self.controller.server.sockets[0].getsockname()[1]

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == self.refuse:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append((envelope, session.ssl is not None))
        return "250 taken"

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.controller.stop()

    def only(self):
        """The one mail: (envelope, whether it came through TLS, the parsed message)."""
        (envelope, secure), = self.envelopes
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        same(list(message.defects), [])
        return envelope, secure, message


def mail(folder, port, behaviour="ok", **options):
    settings = dict(host="localhost", port=port, sender="loads@example.net", recipients="team@example.net",
                    security="none")
    settings.update(options)
    return observe(folder, "email", behaviour=behaviour, **{k: v for k, v in settings.items() if v is not None})


def context(cert, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


def test_the_summary_is_mailed(folder):
    with Mails() as server:
        outcome = mail(folder, server.port, behaviour="fail", link="https://reports.example/7",
                       sender="Load Tests <loads@example.net>", recipients="\"Team A\" <team@example.net>, boss@example.net")
        same((outcome.code, outcome.err), (1, ""))
        envelope, secure, message = server.only()
        same((envelope.mail_from, envelope.rcpt_tos, secure), ("loads@example.net", ["team@example.net", "boss@example.net"], False))
        same((message["From"], message["To"], message["Subject"]),
             ("Load Tests <loads@example.net>", "Team A <team@example.net>, boss@example.net",
              "Loads: shop.test FAILED (1 test failed)"))
        same(message["Auto-Submitted"], "auto-generated")
        same(message["Message-ID"], "<%s-0@loads.invalid>" % outcome.result["run_id"])
        assert abs(message["Date"].datetime.timestamp() - time.time()) < 3600, message["Date"]
        text, = message.iter_parts()
        same(text.get_content_type(), "text/plain")
        lines = text.get_content().splitlines()
        same(lines[:3], ["## Load test FAILED", "", "- `1 test failed`"])
        same(lines[-1], "https://reports.example/7")


def test_a_report_is_attached(folder):
    report = os.path.join(folder, "report.html")
    content = b"<!doctype html>\n.\n..\r\nFrom x\n" + bytes(range(256)) * 500
    open(report, "wb").write(content)
    with Mails() as server:
        same(mail(folder, server.port, attach=report, when="start,end").err, "")
        start, end = sorted((email.message_from_bytes(e.content, policy=email.policy.default) for e, _ in server.envelopes),
                            key=lambda message: len(list(message.iter_parts())))
        same(len(list(start.iter_parts())), 1)
        _, part = end.iter_parts()
        same((part.get_content_type(), part.get_filename()), ("text/html", "report.html"))
        same(part.get_payload(decode=True), content)
    contains(mail(folder, 1, attach="no/such/file").err, "observer email: cannot attach no/such/file: No such file")


def test_no_header_is_injected(folder):
    label = "a\r\nBcc: eve@example.net\r\n\r\nhello \u00fcber \U0001f680 " + "\u00e9" * 200
    with Mails() as server:
        same(mail(folder, server.port, subject="{label}", arguments=["--label", label]).err, "")
        envelope, _, message = server.only()
        same(envelope.rcpt_tos, ["team@example.net"])
        same(message["Bcc"], None)
        assert message["Subject"].startswith("a\\u{d}\\u{a}Bcc: eve") or message["Subject"].startswith("a\\u{d}"), message["Subject"]
        raw = envelope.content.split(b"\r\n\r\n")[0]
        assert all(len(line) <= 78 and line.isascii() for line in raw.split(b"\r\n") if b"multipart" not in line), raw


def test_starttls(folder):
    ca, cert, key = authority(folder)
    with Mails(tls_context=context(cert, key), require_starttls=True) as server:
        same(mail(folder, server.port, security="starttls", ca_file=ca).err, "")
        same(server.only()[1], True)
        contains(mail(folder, server.port, security="starttls").err, "certificate")
        contains(mail(folder, server.port, security="none").err, "observer email: ")
        same(len(server.envelopes), 1)
    with Mails() as server:  # which has no TLS to offer
        contains(mail(folder, server.port, security="starttls").err, "observer email: STARTTLS")
        same(server.envelopes, [])


def test_log_in(folder):
    ca, cert, key = authority(folder)

    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"bob", b"hunter2"), handled=False)

    with Mails(tls_context=context(cert, key), authenticator=authenticate, auth_required=True) as server:
        settings = dict(security="starttls", ca_file=ca, user="bob", password="env:MAIL_PASSWORD")
        same(mail(folder, server.port, environment={"MAIL_PASSWORD": "hunter2"}, **settings).err, "")
        same(len(server.envelopes), 1)
        outcome = mail(folder, server.port, environment={"MAIL_PASSWORD": "wr0ng"}, **settings)
        contains(outcome.err, "observer email: Login denied")
        assert "wr0ng" not in outcome.err, outcome.err
        same(len(server.envelopes), 1)


def test_another_server(folder):
    """STARTTLS and TLS from the first byte, with a user, in npm's smtp-server."""
    ca, cert, key = authority(folder)
    for security in ("starttls", "tls"):
        process = subprocess.Popen(["node", SOURCE + "/tests/observers/smtp-server.cjs", cert, key, security],
                                   env={**os.environ, "top_builddir": BUILD}, stdout=subprocess.PIPE, text=True)
        try:
            port = int(process.stdout.readline())
            same(mail(folder, port, security=security, ca_file=ca, user="bob", password="env:P",
                      recipients="a@example.net,b@example.net", environment={"P": "hunter2"}).err, "")
            got = json.loads(process.stdout.readline())
            same((got["from"], got["to"], got["secure"], got["user"]),
                 ("loads@example.net", ["a@example.net", "b@example.net"], True, "bob"))
            contains(got["content"], "Subject: Loads: shop.test passed\r\n")
        finally:
            process.kill()
            process.wait()


def test_a_refused_recipient(folder):
    with Mails(refuse="nobody@example.net") as server:
        contains(mail(folder, server.port, recipients="team@example.net,nobody@example.net").err,
                 "observer email: RCPT failed: 550")
        same(server.envelopes, [])


def test_hostile_servers(folder):
    def greet(then):
        def serve(connection):
            connection.sendall(b"220 x\r\n")
            then(connection)
        return serve

    def flood(connection):
        while True:
            connection.sendall(b"250-" + b"x" * 4096)

    for serve, why in [(lambda connection: connection.close(), "observer email: "),
                       (lambda connection: connection.sendall(b"554 go away\r\n"), "observer email: "),
                       (lambda connection: connection.sendall(b"\0\xff" * 100 + b"\r\n"), "observer email"),
                       (lambda connection: connection.recv(1), "observer email"), (greet(flood), "observer email"),
                       (greet(lambda connection: connection.recv(100) and connection.recv(1)), "took longer than 1 s")]:
        server = Hostile(serve)
        outcome = mail(folder, server.port, timeout=1)
        same(outcome.code, 0)
        contains(outcome.err, why)
        server.close()


def test_options_are_checked_before_the_run(folder):
    refused(observe(folder, "email"), "observer email needs --observer-email-")
    for address in ("bob", "bob@", "@x", "a@b@c", "a b@c", "<bob@x", "bob@x\r\nRCPT TO:<eve@x>", "b\u00f6b@x", "Bob <bob@x> y", "a@b;c"):
        refused(mail(folder, 1, sender=address), "sender: ")
        refused(mail(folder, 1, recipients="good@example.net," + address), "recipients: ")
    refused(mail(folder, 1, recipients="good@example.net,"), 'recipients: "" is not an address such as bob@example.net')
    refused(mail(folder, 70000), "port: 70000 is not 1 to 65535")
    refused(mail(folder, 1, security="ssl"), 'security: "ssl" is none of starttls, tls and none')
    refused(mail(folder, 1, user="bob"), "user and password: one without the other")
    refused(mail(folder, 1, subject="{subjekt}"), "subject: there is no {subjekt}; did you mean {subject}?")
    refused(mail(folder, 1, user="bob", password="hunter2"), "a secret is not typed but named")


if __name__ == "__main__":
    run_all(sys.modules[__name__])
