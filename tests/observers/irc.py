# SPDX-License-Identifier: Apache-2.0
"""The IRC observer against ngircd, and against servers that mean no good."""
import base64
import os
import re
import socket
import subprocess
import sys
import time

from harness import DEADLINE_S, Hostile, authority, contains, observe, refused, run_all, same


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Client:
    """Somebody who sits in a channel."""

    def __init__(self, port, nick, channel, password=None):
        self.file = socket.create_connection(("127.0.0.1", port), DEADLINE_S).makefile("rw", encoding="utf-8", newline="\r\n")
        if password:
            self.say("PASS " + password)
        self.say("NICK " + nick, "USER %s 0 * :x" % nick)
        self.until(" 001 ")
        self.say("JOIN " + channel)
        self.until(" 366 ")

    def say(self, *lines):
        for line in lines:
            self.file.write(line + "\r\n")
        self.file.flush()

    def until(self, part):
        for line in self.file:
            if line.startswith("PING"):
                self.say("PONG" + line[4:].rstrip())
            if part in line:
                return line.rstrip("\r\n")
        raise AssertionError("%r never came" % part)

    def heard(self):
        """The next message of the channel: (who, PRIVMSG or NOTICE, text)."""
        line = self.until(" :[loads]")
        return re.match(r":([^!]+)!\S+ (\S+) \S+ :(.*)", line).groups()


class Ngircd:
    """A real server: plain and with TLS, on ports of its own."""

    def __init__(self, folder, extra="", name="localhost", address="127.0.0.1"):
        self.port, self.tls_port = free_port(), free_port()
        self.ca, cert, key = authority(folder, name, address)
        config = os.path.join(folder, "ngircd.conf")
        with open(config, "w") as file:
            file.write("[Global]\nName = irc.example.net\nInfo = test\nListen = 127.0.0.1\nPorts = %d\n"
                       "%s\n[Limits]\nMaxConnectionsIP = 0\nMaxNickLength = 20\nMaxPenaltyTime = 0\n[Options]\nIdent = no\nDNS = no\nPAM = no\n"
                       "[SSL]\nPorts = %d\nCertFile = %s\nKeyFile = %s\n" %
                       (self.port, extra, self.tls_port, cert, key))
        os.chmod(folder, 0o755)
        self.process = subprocess.Popen(["/usr/sbin/ngircd", "--nodaemon", "--config", config],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + DEADLINE_S
        for port in (self.port, self.tls_port):
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    assert time.monotonic() < deadline and self.process.poll() is None, "ngircd does not start"
                    time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.terminate()
        self.process.wait()


def tell(folder, port, behaviour="ok", channel="#builds", **options):
    options.setdefault("ssl", "no")
    return observe(folder, "irc", behaviour=behaviour, server="localhost", port=port, channel=channel, **options)


def test_the_channel_hears(folder):
    with Ngircd(folder) as server:
        alice = Client(server.port, "alice", "#builds")
        outcome = tell(folder, server.port)
        same((outcome.code, outcome.err), (0, ""))
        who, verb, text = alice.heard()
        same((who, verb), ("loads", "PRIVMSG"))
        assert re.fullmatch("\\[loads\\] Test Over. \x0303\x1fshop.test: passed. 1 hits in .*, 0 failures, 0 errors\x1f\x03",
                            text), text
        contains(alice.until(" QUIT "), "loads")
        tell(folder, server.port, behaviour="fail", when="start,bad,end", notice="yes", template="{headline}")
        said = {alice.heard() for _ in range(3)}
        same({(verb, text) for _, verb, text in said},
             {("NOTICE", "[loads] Test Started. \x0303\x1fhas started\x1f\x03"),
              ("NOTICE", "[loads] Test Failing. \x0304\x1fis FAILING (1 test failed)\x1f\x03"),
              ("NOTICE", "[loads] Test Over. \x0304\x1fFAILED (1 test failed)\x1f\x03")})
        # They may have spoken at the same time, each under a name of its own.
        assert {who.rstrip("_") for who, _, _ in said} == {"loads"}, said


def test_several_channels_and_tls(folder):
    with Ngircd(folder) as server:
        alice, bob = Client(server.port, "alice", "#one"), Client(server.port, "bob", "#two")
        contains(tell(folder, server.tls_port, ssl="yes").err, "certificate")
        outcome = tell(folder, server.tls_port, ssl="yes", ca_file=server.ca, channel="#one, #two", colors="no",
                       template="{verdict}")
        same(outcome.err, "")
        same((alice.heard()[2], bob.heard()[2]), ("[loads] Test Over. pass", "[loads] Test Over. pass"))


def test_a_certificate_for_somebody_else(folder):
    with Ngircd(folder, name="other.example", address="192.0.2.1") as server:
        outcome = tell(folder, server.tls_port, ssl="yes", ca_file=server.ca)
        contains(outcome.err, "observer irc: SSL: no alternative certificate subject name matches")


def test_the_nickname_is_in_use(folder):
    with Ngircd(folder) as server:
        alice = Client(server.port, "loads", "#builds")
        same(tell(folder, server.port).err, "")
        same(alice.heard()[0], "loads_")
        others = [Client(server.port, "loads" + "_" * n, "#other") for n in (1, 2, 3)]
        contains(tell(folder, server.port).err, "observer irc: the nickname loads and others made from it are in use")
        same(len(others), 3)


def test_a_channel_that_is_full_or_closed(folder):
    with Ngircd(folder) as server:
        bob, alice = Client(server.port, "bob", "#full,#closed,#keyed,#bans"), Client(server.port, "alice", "#builds")
        bob.say("MODE #full +l 1", "MODE #closed +i", "MODE #keyed +k secret", "MODE #bans +b loads*!*@*")
        bob.until(" MODE #bans +b")
        outcome = tell(folder, server.port, channel="#full,#builds")
        same(outcome.code, 0)
        contains(outcome.err, "observer irc: #full: the channel is full (")
        same(alice.heard()[0], "loads")
        contains(tell(folder, server.port, channel="#closed").err, "#closed: the channel needs an invitation (")
        contains(tell(folder, server.port, channel="#keyed").err, "#keyed: the channel needs a key (")
        contains(tell(folder, server.port, channel="#bans").err, "#bans: banned from the channel (")


def test_the_password_of_the_server(folder):
    with Ngircd(folder, extra="Password = opensesame") as server:
        alice = Client(server.port, "alice", "#builds", password="opensesame")
        contains(tell(folder, server.port).err, "observer irc: ")
        for secret, err in (("wrong", "observer irc: "), ("opensesame", "")):
            outcome = tell(folder, server.port, password="env:IRC_PASSWORD", environment={"IRC_PASSWORD": secret})
            contains(outcome.err, err)
            assert secret not in outcome.err, outcome.err
        same(alice.heard()[0], "loads")


def sasl_server(password, said):
    """As much of a server as SASL PLAIN needs; ngircd has none."""
    def serve(connection):
        file = connection.makefile("rw", encoding="utf-8", newline="\r\n")

        def reply(*lines):
            file.write("".join(line + "\r\n" for line in lines))
            file.flush()

        for line in file:
            word, _, rest = line.rstrip().partition(" ")
            said.append(line.rstrip())
            if word == "CAP":
                reply(":irc CAP * ACK :sasl" if rest.startswith("REQ") else ":irc 001 loads :Welcome")
            elif rest == "PLAIN":
                reply("AUTHENTICATE +")
            elif word == "AUTHENTICATE":
                good = base64.b64decode(rest) == b"bot\0bot\0" + password
                reply(":irc 903 loads :ok" if good else ":irc 904 loads :no")
            elif word == "JOIN":
                reply("@time=now :irc 366 loads %s :End of names" % rest)
            elif word == "PING":
                reply(":irc PONG irc " + rest)
            elif word == "QUIT":
                connection.close()
                return
    return serve


def test_sasl(folder):
    said = []
    server = Hostile(sasl_server(b"pa55", said))
    outcome = tell(folder, server.port, account="bot", password="env:P", environment={"P": "pa55"})
    same(outcome.err, "")
    assert any(line.startswith("PRIVMSG #builds :[loads] Test Over. ") for line in said), said
    outcome = tell(folder, server.port, account="bot", password="env:P", environment={"P": "wrong"})
    contains(outcome.err, "observer irc: SASL: the account or the password is wrong (no)")
    assert "wrong" not in outcome.err.replace("is wrong", ""), outcome.err


def test_text_from_outside_stays_one_line(folder):
    with Ngircd(folder) as server:
        alice = Client(server.port, "alice", "#builds")
        label = "a\r\nQUIT :x\0\x02\x1f" .replace("\0", "") + "\u00e9" * 400
        same(tell(folder, server.port, template="{label}", arguments=["--label", label]).err, "")
        text = alice.heard()[2]
        same(text[:24], "[loads] Test Over. \x0303\x1fa\x1f"[:24])
        same(tell(folder, server.port, template="{label}", arguments=["--label", "\u00e9" * 400]).err, "")
        text = alice.heard()[2]
        assert text.endswith("\u00e9\x1f\x03") and 390 <= len(text.encode()) <= 400, text


def test_hostile_servers(folder):
    def drip(connection):
        for _ in range(10000):
            connection.sendall(b"x")
            time.sleep(0.01)  # the drip is what the test is about

    def endless_line(connection):
        while True:
            connection.sendall(b"x" * 4096)

    def endless_lines(connection):
        while True:
            connection.sendall(b"NOTICE * :x\r\n" * 300)

    for serve, why in [(lambda connection: connection.close(), "observer irc: "),
                       (endless_line, "the server sent a line of more than 8192 bytes"),
                       (lambda connection: connection.sendall(b":irc 465 * :go away \x1b[2J\r\n"), "banned from the server (go away \\u{1b}[2J)"),
                       (lambda connection: connection.sendall(b"\r\n\r\n\0\r\n:\r\n:x \r\n@\r\nERROR\r\n"), "the server closed the connection ()"),
                       (lambda connection: connection.sendall(b"AUTHENTICATE +\r\nERROR :no\r\n"), "the server closed the connection (no)"),
                       (lambda connection: connection.recv(1 << 20) and connection.recv(1), "took longer than 1 s"),
                       (drip, "took longer than 1 s"), (endless_lines, "took longer than 1 s")]:
        server = Hostile(serve)
        outcome = tell(folder, server.port, timeout=1)
        same(outcome.code, 0)
        contains(outcome.err, why)
        server.close()


def test_nobody_there(folder):
    contains(tell(folder, free_port()).err, "observer irc: Failed to connect")


def test_options_are_checked_before_the_run(folder):
    refused(observe(folder, "irc"), "observer irc needs --observer-irc-server")
    refused(tell(folder, 1, channel="builds"), 'channel: "builds" is not a channel such as #builds')
    refused(tell(folder, 0), "port: 0 is not 1 to 65535")
    refused(tell(folder, 1, nickname="a b"), 'nickname: "a b" is not a nickname')
    refused(tell(folder, 1, account="bot"), "account: needs password")
    refused(tell(folder, 1, template="{p33}"), "template: there is no {p33}")
    refused(tell(folder, 1, password="hunter2"), "a secret is not typed but named")


run_all(sys.modules[__name__])
