# SPDX-License-Identifier: Apache-2.0
"""Results full of hostile text: what arrives is read back strictly, and nothing is in it that was not meant."""
import base64
import email
import email.policy
import json
import os
import re
import subprocess
import sys

from harness import BUILD, DEADLINE_S, Hostile, run_all, same
from mail import Mails
from webhook import Sink

PIECES = ["\r\nQUIT :x\r\n", "\nBcc: eve@example.net\n", "\r\n\r\n<html>", "\r\n.\r\nMAIL FROM:<eve@example.net>\r\n", "\x01ACTION x\x01",
          "\x02\x1f\x16\x1d\x0f", "\x0304,08red\x03", "\x1b[2J\x1b]0;x\x07", "\x7f\x80\x9b", "\u202eevil\u202c", "\u200b\ufeff\u2060",
          "\u2028\u2029", "<!channel> <@U1> <http://h|x>", "@everyone @here", "*b* _i_ ~s~ `c` ```x```", "[x](http://h) ![i](http://h)",
          "# h\n> q\n- l\n||spoiler||", "</script><b>", "{verdict} {{ {password}", "%s%n%s%n", "=?UTF-8?B?eA==?=", "=?x?q?=0D=0ABcc:_x?=",
          "\\", "\\|a|b|", "\"quoted\" <x@y>", "\U0001F600" * 30, "e\u0301" * 60, "x" * 2000, "\x01" * 300, "\u00e9" * 700, "word " * 300,
          "::error::x\n::stop-commands::y", "$(id) `id` ; & |", "PING :x", ":irc 001 x", "\t\v\f", "\u0085", "\ud7ff\ue000\uffff", ""]
STRINGS = PIECES + [a + b for i, a in enumerate(PIECES) for b in (PIECES[(i * 7 + k) % len(PIECES)] for k in (3, 11, 19, 27))]
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
LATENCY = {key: 1000 for key in ("count", "mean_us", "min_us", "p50_us", "p90_us", "p95_us", "p99_us", "p999_us", "max_us")}


def document(text):
    """A result with that text wherever somebody else than the user may have written something."""
    return {"schema": "loads-result/1", "run_id": text, "project": text, "label": text, "version": "1", "started": text, "duration_s": 1.5,
            "plan": [{"name": text, "runner": text, "cycles": [{"users": 1, "hits": 1}]}],
            "totals": {"hits": 1, "latency": LATENCY},
            "names": [{"name": text, "method": text, "hits": 1, "success_rate": 1.0, "latency": LATENCY}],
            "tests": [{"name": text, "runner": "c", "success": 1, "latency": LATENCY} for _ in range(2)],
            "errors": [{"count": 1, "class": text, "message": text, "traceback": text}],
            "messages": {}, "verdict": {"status": "fail", "exit_code": 1, "reasons": [text, text]}}


def tell(observer, **options):
    words = [word for name, value in options.items() for word in (name.replace("_", "-"), str(value))]
    clean = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    lines = "".join(json.dumps(document(text)) + "\n" for text in STRINGS)
    process = subprocess.run([BUILD + "/tests/observers/tell_many", BUILD + "/observers", observer, *words], input=lines, env=clean,
                             stdout=subprocess.PIPE, text=True, timeout=DEADLINE_S)
    same(process.returncode, 0)
    same(set(process.stdout.split("\n")[:-1]), {"ok"})
    same(process.stdout.count("\n"), len(STRINGS))


def test_irc(folder):
    conversations = []

    def serve(connection):
        lines, data = [], b""
        conversations.append(lines)
        with connection:
            while not data.endswith(b"QUIT :Bye\r\n"):
                more = connection.recv(4096)
                if not more:
                    break
                data += more
                for line in data.split(b"\r\n")[len(lines):-1]:
                    lines.append(line)
                    if line.startswith(b"USER "):
                        connection.sendall(b":s 001 loads :hi\r\n")
                    elif line.startswith(b"JOIN "):
                        connection.sendall(b":s 366 loads #builds :end\r\n")
                    elif line.startswith(b"PING "):
                        connection.sendall(b":s PONG s " + line[5:] + b"\r\n")

    server = Hostile(serve)
    tell("irc", server="127.0.0.1", port=server.port, ssl="no", colors="no", channel="#builds")
    same(len(conversations), len(STRINGS))
    for lines in conversations:
        said = lines[3].decode("utf-8")
        same(lines[:3] + lines[4:], [b"NICK loads", b"USER loads 0 * :Loads", b"JOIN #builds", b"PING :loads-has-said-all", b"QUIT :Bye"])
        assert said.startswith("PRIVMSG #builds :[loads] Test Over. ") and not CONTROL.search(said), said
        assert len(lines[3]) <= 450, said
    server.close()


def decoded_word(match):
    assert len(match.group(0)) <= 75, match.group(0)
    return base64.b64decode(match.group(1), validate=True).decode("utf-8")


def test_mail(folder):
    wanted = {"Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "Mime-Version", "Content-Type"}

    with Mails() as server:
        tell("email", host="127.0.0.1", port=server.port, security="none", sender="loads@example.net", recipients="team@example.net")
        same(len(server.envelopes), len(STRINGS))
        for envelope, _ in server.envelopes:
            same((envelope.mail_from, envelope.rcpt_tos), ("loads@example.net", ["team@example.net"]))
            head, _, _ = envelope.content.partition(b"\r\n\r\n")
            for line in envelope.content.split(b"\r\n"):
                assert len(line) <= 998 and line.isascii() and not CONTROL.search(line.decode()), line
            headers = re.sub("\r\n ", "\n ", head.decode("ascii")).split("\r\n")
            same({header.partition(":")[0] for header in headers}, wanted)
            same(len(headers), len(wanted))
            subject, = (header[9:] for header in headers if header.startswith("Subject: "))
            subject = re.sub("=\\?UTF-8\\?B\\?([A-Za-z0-9+/=]+)\\?=(?:\n )?", decoded_word, subject)
            assert subject.startswith("Loads: ") and "=?" not in subject.replace("=?UTF-8?B?eA==?=", "").replace("=?x?q?", "") \
                and not CONTROL.search(subject), subject
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            part, = message.iter_parts()
            same((list(message.defects), list(part.defects)), ([], []))
            assert not CONTROL.search(part.get_content().replace("\n", "")), part.get_content()
            assert part.get_content().startswith("## Load test FAILED\n"), part.get_content()


def visible(text):
    """Of texts in JSON; the zero-width space is ours, behind an @."""
    assert not CONTROL.search(text.replace("@\u200b", "@")), text
    return text


def plain_json(body):
    same((body["schema"], body["moment"]), ("loads-webhook/1", "end"))
    visible(body["text"])


def slack(body):
    same(set(body), {"text"})
    assert not re.search("[<>]|&(?!amp;|lt;|gt;)", visible(body["text"])), body


def marks(text):
    """No mark-up but behind a backslash, and no name behind an @. The colon, dots and such are our template's."""
    rest = re.sub("\\\\[\\\\`*_{}\\[\\]()<>#|~!]", "", visible(text))
    assert not re.search("[`*_{}\\[\\]<>#|~!]|@(?!\u200b)", rest.replace("FAILED (", "")), text


def mattermost(body):
    same(set(body), {"text"})
    marks(body["text"])


def discord(body):
    same((set(body), body["allowed_mentions"]), ({"content", "allowed_mentions"}, {"parse": []}))
    assert len(body["content"]) <= 2000
    marks(body["content"])


def teams(body):
    card = body["attachments"][0]["content"]
    same((set(body), len(body["attachments"]), len(card["body"]), "actions" in card), ({"type", "attachments"}, 1, 1, False))
    marks(card["body"][0]["text"])


def test_webhooks(folder):
    def strict(pairs):
        same(len(dict(pairs)), len(pairs))
        return dict(pairs)

    for shape, check in (("json", plain_json), ("slack", slack), ("mattermost", mattermost), ("discord", discord), ("teams", teams)):
        sink = Sink()
        tell("webhook", url=sink.url, shape=shape)
        same(len(sink.posts), len(STRINGS))
        for _, _, body in sink.posts:
            check(json.loads(body.decode("utf-8"), object_pairs_hook=strict))


def test_exec(folder):
    out = os.path.join(folder, "out")
    tell("exec", command="sh -c 'printf \"%%s\\1\" \"$LOADS_VERDICT\" \"$LOADS_EXIT_CODE\" \"$LOADS_MOMENT\" >> %s; cat >> %s.json'" % (out, out))
    same(open(out, "rb").read(), b"fail\x011\x01end\x01" * len(STRINGS))
    same([json.loads(line) for line in open(out + ".json")], [document(text) for text in STRINGS])


if __name__ == "__main__":
    run_all(sys.modules[__name__])
