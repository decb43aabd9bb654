# SPDX-License-Identifier: Apache-2.0
"""The webhook observer against HTTP servers, good and bad."""
import hashlib
import hmac
import http.server
import json
import socket
import ssl
import sys
import threading

from harness import Hostile, authority, contains, observe, refused, run_all, same


class Sink:
    """Takes posts and answers with each of `statuses` in turn, the last one for ever."""

    def __init__(self, *statuses, certificate=None):
        posts, answers = [], list(statuses) or [200]

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                posts.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                status = answers.pop(0) if len(answers) > 1 else answers[0]
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.posts = posts
        self.url = "%s://localhost:%d/hook" % ("https" if certificate else "http", self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def only(self):
        same(len(self.posts), 1)
        return self.posts[0]

    def json(self):
        return json.loads(self.only()[2])


def test_json_for_programs(folder):
    sink = Sink()
    outcome = observe(folder, "webhook", url=sink.url, link="https://reports.example/1",
                      arguments=["--label", "nightly", "--project-name", "shop"])
    same((outcome.code, outcome.err), (0, ""))
    path, headers, body = sink.only()
    body = json.loads(body)
    same((path, headers["Content-Type"]), ("/hook", "application/json"))
    same((body["schema"], body["moment"], body["link"]), ("loads-webhook/1", "end", "https://reports.example/1"))
    for member in ("run_id", "label", "project", "totals", "verdict", "plan", "duration_s"):
        same(body[member], outcome.result[member])
    contains(body["text"], "shop nightly: passed. 1 hits in ")


def test_signature(folder):
    sink = Sink()
    same(observe(folder, "webhook", url=sink.url, sign_key="env:KEY", environment={"KEY": "k3y"}).code, 0)
    _, headers, body = sink.only()
    same(headers["X-Loads-Signature-256"], "sha256=" + hmac.new(b"k3y", body, hashlib.sha256).hexdigest())


def test_chat_services(folder):
    """What came from outside mentions nobody, links nowhere, formats nothing."""
    label = "<!channel> @everyone *bold* [x](http://y) & \u202etxt"
    texts = {}
    for shape in ("slack", "mattermost", "discord", "teams"):
        sink = Sink()
        same(observe(folder, "webhook", url=sink.url, shape=shape, template="*Loads*: {label}",
                     arguments=["--label", label]).code, 0)
        texts[shape] = sink.json()
    escaped = "\\<\\!channel\\> @\u200beveryone \\*bold\\* \\[x\\]\\(http://y\\) & \\\\u\\{202e\\}txt"
    same(texts["slack"], {"text": "*Loads*: &lt;!channel&gt; @everyone *bold* [x](http://y) &amp; \\u{202e}txt"})
    same(texts["mattermost"], {"text": "*Loads*: " + escaped})
    same(texts["discord"], {"content": "*Loads*: " + escaped, "allowed_mentions": {"parse": []}})
    block, = texts["teams"]["attachments"][0]["content"]["body"]
    same((block["text"], block["color"]), ("*Loads*: " + escaped, "good"))


def test_every_name_of_a_template(folder):
    names = ("subject headline moment verdict exit_code reasons targets project label run_id started duration hits "
             "hits_per_s hit_errors tests success failures errors mean p50 p90 p95 p99 max link").split()
    sink = Sink()
    outcome = observe(folder, "webhook", behaviour="fail", url=sink.url, link="L",
                      template="|".join("%s={%s}" % (name, name) for name in names) + "|{{x}")
    same(outcome.code, 1)
    *pairs, brace = sink.json()["text"].split("|")
    values = dict(pair.split("=", 1) for pair in pairs)
    result = outcome.result
    same(brace, "{x}")
    same({name: values[name] for name in ("moment", "verdict", "exit_code", "reasons", "targets", "link", "hits", "tests",
                                          "failures", "success", "errors", "p95", "run_id", "label", "headline")},
         {"moment": "end", "verdict": "fail", "exit_code": "1", "reasons": "1 test failed", "targets": "shop.test",
          "link": "L", "hits": "1", "tests": "1", "failures": "1", "success": "0", "errors": "0", "p95": "10.0 ms",
          "run_id": result["run_id"], "label": "", "headline": "FAILED (1 test failed)"})


def test_moments(folder):
    sink = Sink()
    observe(folder, "webhook", behaviour="fail", url=sink.url, when="start,bad,end", template="{headline}")
    same(sorted((post["moment"], post["text"]) for post in (json.loads(body) for _, _, body in sink.posts)),
         [("bad", "is FAILING (1 test failed)"), ("end", "FAILED (1 test failed)"), ("start", "has started")])


def test_tries_again_when_it_may_help(folder):
    sink = Sink(503, 429, 200)
    same(observe(folder, "webhook", url=sink.url).err, "")
    same(len(sink.posts), 3)
    sink = Sink(500)
    outcome = observe(folder, "webhook", url=sink.url, attempts=2)
    same(outcome.code, 0)
    contains(outcome.err, "observer webhook: after 2 attempts: the server answered with status 500")
    same(len(sink.posts), 2)


def test_does_not_insist_when_refused(folder):
    for status in (400, 404, 302):
        sink = Sink(status)
        contains(observe(folder, "webhook", url=sink.url).err,
                 "observer webhook: the server answered with status %d" % status)
        same(len(sink.posts), 1)


def test_tls_is_verified(folder):
    ca, cert, key = authority(folder)
    sink = Sink(certificate=(cert, key))
    contains(observe(folder, "webhook", url=sink.url).err, "certificate")
    same(sink.posts, [])
    same(observe(folder, "webhook", url=sink.url, ca_file=ca).err, "")
    same(len(sink.posts), 1)
    _, cert, key = authority(folder, "other.example", "192.0.2.1")
    sink = Sink(certificate=(cert, key))
    contains(observe(folder, "webhook", url=sink.url, ca_file=ca).err, "observer webhook: ")
    same(sink.posts, [])


def test_hostile_servers(folder):
    def drip(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X: y\r\n")

    def endless(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"z" * 4096)

    for serve, why in [(lambda connection: connection.close(), "observer webhook: "),
                       (lambda connection: connection.sendall(b"\0" * 100), "observer webhook: "),
                       (drip, "observer webhook: "), (endless, "the answer has more than 65536 bytes"),
                       (lambda connection: connection.recv(1 << 20) and connection.recv(1), "took longer than 1 s")]:
        server = Hostile(serve)
        outcome = observe(folder, "webhook", url="http://127.0.0.1:%d/" % server.port, attempts=1, timeout=1)
        same(outcome.code, 0)
        contains(outcome.err, why)
        server.close()


def test_nobody_there(folder):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    contains(observe(folder, "webhook", url="http://127.0.0.1:%d/" % port, attempts=1).err, "observer webhook: Failed to connect")


def test_public_only(folder):
    sink = Sink()
    for url in (sink.url, sink.url.replace("localhost", "127.0.0.1"), sink.url.replace("localhost", "[::ffff:127.0.0.1]")):
        contains(observe(folder, "webhook", url=url, public_only="yes").err, "belongs to this host or a private network")
    same(sink.posts, [])


def test_a_secret_address(folder):
    sink = Sink(404)
    outcome = observe(folder, "webhook", secret_url="env:HOOK", environment={"HOOK": sink.url + "/T0K3N"})
    same(sink.only()[0], "/hook/T0K3N")
    assert "T0K3N" not in outcome.err, outcome.err


def test_options_are_checked_before_the_run(folder):
    refused(observe(folder, "webhook"), "expected one of url and secret-url")
    refused(observe(folder, "webhook", url="ftp://x/"), "url: the address is not http://HOST/... or https://HOST/...")
    refused(observe(folder, "webhook", url="http://x/", shape="irc"), 'shape: "irc" is none of json, slack')
    refused(observe(folder, "webhook", url="http://x/", template="{verdit}"),
            "template: there is no {verdit}; did you mean {verdict}?")
    refused(observe(folder, "webhook", url="http://x/", template="{"), "template: there is no {}")
    refused(observe(folder, "webhook", url="http://x/", attempts=0), "attempts: 0 is not 1 to 10")
    refused(observe(folder, "webhook", url="http://x/", sign_key="s3cr3t"), "a secret is not typed but named")


if __name__ == "__main__":
    run_all(sys.modules[__name__])
