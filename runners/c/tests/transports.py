# SPDX-License-Identifier: Apache-2.0
"""One suite for each way that a request can take: the runner's own HTTP/1.1 and
libcurl, plain and with TLS. Nobody may notice which it was, but for what only TLS
has: certificates, sessions, HTTP/2."""
import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time

from certificates import Authority, server_context
from harness import (BUILD, Bad, HalfClosed, Nginx, Run, SOURCE, Scripted, Server, Sink, TESTS, build, ended, has,
                     listen, one, run_all, same)
from proxy import Proxy

folder_of_all = tempfile.mkdtemp(prefix="loads-transports-")
atexit.register(shutil.rmtree, folder_of_all, True)
os.chmod(folder_of_all, 0o755)
CASES = build(TESTS + "/transport_cases.c", folder_of_all)
SHOP = build(SOURCE + "/runners/c/examples/shop.c", folder_of_all)
AUTHORITY = Authority(folder_of_all)
RIGHT = AUTHORITY.issue("right", "DNS:localhost,IP:127.0.0.1,IP:::1")
CONTEXT = server_context(*RIGHT)
TRUST = ["--ca-file", AUTHORITY.certificate]
LOADS = os.path.abspath(BUILD + "/loads")
LOG = "$request_method $request_uri $status $server_protocol $ssl_session_reused $connection"
TEXT = 100 * "0123456789"


class Way:
    """A transport, and whether TLS is below it."""

    def __init__(self, name, options, is_tls):
        self.name, self.is_tls = name, is_tls
        self.options = options + TRUST
        self.scheme = "https" if is_tls else "http"
        self.context = CONTEXT if is_tls else None

    def __str__(self):
        return self.name

    def server(self):
        """The scripted server; one for all tests."""
        if not hasattr(self, "scripted"):
            self.scripted = Server(self.context)
        return self.scripted.url

    def bad(self):
        return Bad(self.context).url

    def nginx(self, host="127.0.0.1", certificate=RIGHT, protocol="TLSv1.3"):
        """A real one, with this way's scheme in .url."""
        listener = listen(host)
        place = ("[%s]:%d" if ":" in host else "%s:%d") % (host, listener.getsockname()[1])
        tls = " ssl http2; ssl_certificate_key %s; ssl_certificate %s; ssl_protocols %s; " \
            "ssl_session_cache shared:tests:1m" % (*certificate, protocol) if self.is_tls else ""
        more = """listen %s%s;
            location = /last { keepalive_timeout 0; return 200 "bye"; }
            location = /text { gzip on; gzip_min_length 1; gzip_types text/plain; gzip_proxied any;
                default_type text/plain; return 200 "%s"; }""" % (place, tls, TEXT)
        nginx = Nginx(LOG, more, [listener])
        nginx.url = "%s://%s" % (self.scheme, place)
        return nginx


WAYS = [Way("own path", [], False), Way("own path, TLS", [], True),
        Way("libcurl", ["--libcurl"], False), Way("libcurl, TLS", ["--libcurl"], True)]


def run_case(folder, way, case, url=None, target=CASES, options=None, **environment):
    """One case to its end; returns its sink, closed."""
    sink = Sink(folder)
    run = Run("%s:case_%s" % (target, case) if target == CASES else target, url or way.server(), sink,
              options=way.options if options is None else options, **environment)
    sink.until_end()
    ended(run, 0)
    same(run.out + run.err, "")
    sink.close()
    sink.check_account()
    return sink


def succeeds(sink, count=1):
    same([m["exc_info"] for m in sink.messages if "exc_info" in m], [])
    same(len(sink.of("addSuccess")), count)


def error_of(sink):
    message, name, _ = one(sink.of("addError"))["exc_info"]
    return name + ": " + message


# ---- What a session does ----

def test_every_hit_is_reported_once(folder, way):
    nginx = way.nginx()
    sink = run_case(folder, way, None, nginx.url, SHOP, LOADS_TOTAL_USERS="20", LOADS_CURRENT_USER="3",
                    LOADS_PROCESS_USERS="5", LOADS_TOTAL_HITS="30")
    # 5 users, 30 iterations, 2 tests; only test_search counts.
    same(sink.counts(), {"startTest": 300, "stopTest": 300, "addSuccess": 300, "add_hit": 300,
                         "incr_counter": 150, "runnerEnd": 1})
    lines = [line.split() for line in nginx.stop()]
    hits = sink.of("add_hit")
    same(sorted([h["method"], h["url"][len(nginx.url):], str(h["status"])] for h in hits),
         sorted(line[:3] for line in lines))
    same({line[3] for line in lines}, {"HTTP/1.1"})
    same(len({line[5] for line in lines}), 5)  # one connection a user
    status = sorted({tuple(h["loads_status"]) for h in hits})
    same(status, sorted((30, 20, hit, user) for hit in range(1, 31) for user in range(3, 8)))
    assert all(len(frame) <= 1000 for frame in sink.frames if isinstance(frame, list))
    assert len(sink.frames) < 200, "messages are not sent together: %d frames" % len(sink.frames)


def test_session(folder, way):
    succeeds(run_case(folder, way, "session", LOADS_TOTAL_HITS="2"), 2)


def test_credentials(folder, way):
    succeeds(run_case(folder, way, "credentials"))


def test_redirects_are_hits(folder, way):
    sink = run_case(folder, way, "redirect")
    succeeds(sink)
    same([(h["method"], h["status"], h.get("name")) for h in sink.of("add_hit")],
         [("POST", 302, "moved"), ("GET", 302, "moved"), ("GET", 200, "moved"), ("GET", 302, None)])


def test_bodies(folder, way):
    for case in ("form", "parts", "json", "big_request"):
        succeeds(run_case(folder, way, case))
    for case, why in (("two_bodies", "a request has one of body, form, parts and json"),
                      ("odd_form", 'the form has no value for "b"')):
        sink = run_case(folder, way, case)
        same((error_of(sink), sink.of("add_hit")), ("InvalidRequest: " + why, []))


def test_bearer(folder, way):
    other = Server(way.context)  # another port is another site
    succeeds(run_case(folder, way, "bearer", OTHER_SITE=other.url))
    same(error_of(run_case(folder, way, "bad_bearer")), "InvalidRequest: a bearer token is not one line")


def test_gzip(folder, way):
    same(error_of(run_case(folder, way, "gzip")),
         "BodyTooBig: GET %s/gzip/bomb: the body is bigger than 16 MiB" % way.server())
    nginx = way.nginx()
    succeeds(run_case(folder, way, "gzip_text", nginx.url))
    nginx.stop()


def test_timeouts(folder, way):
    sink = run_case(folder, way, "session_timeout")
    same(error_of(sink), "Timeout: GET %s/hang: timed out" % way.server())
    assert 0.2 <= sink.of("add_hit")[1]["elapsed"] < 10, sink.of("add_hit")


def test_times_agree_with_the_server(folder, way):
    sink = run_case(folder, way, "delays", LOADS_PROCESS_USERS="30", LOADS_TOTAL_USERS="30", LOADS_TOTAL_HITS="2")
    hits = sink.of("add_hit")
    same(len(hits), 60)
    late = []
    for hit in hits:
        delay = int(hit["url"].rsplit("/", 1)[1]) / 1000
        assert hit["elapsed"] >= delay, hit
        # The scripted server does its handshakes in the time of the first request.
        if "tls" not in hit:
            late.append(hit["elapsed"] - delay)
    # It needs some time itself; half of the hits are no later than this.
    assert sorted(late)[len(late) // 2] < 0.05, sorted(late)


# ---- Servers ----

def test_connections_are_kept_and_sessions_resumed(folder, way):
    for protocol in ("TLSv1.2", "TLSv1.3") if way.is_tls else (None,):
        nginx = way.nginx(protocol=protocol)
        succeeds(run_case(folder, way, "reconnect", nginx.url))
        lines = [line.split() for line in nginx.stop()]
        same([line[1] for line in lines], ["/page", "/last"] * 4)
        same([line[4] for line in lines], [".", "."] + ["r"] * 6 if way.is_tls else ["-"] * 8)


def test_http2(folder, way):
    nginx = way.nginx()
    succeeds(run_case(folder, way, "http2", nginx.url))
    second = "HTTP/2.0" if way.is_tls else "HTTP/1.1"
    same([line.split()[3] for line in nginx.stop()], ["HTTP/1.1"] + 3 * [second] + ["HTTP/1.1"])


def test_ipv6(folder, way):
    try:
        nginx = way.nginx("::1")
    except OSError:
        return  # this host has none
    sink = run_case(folder, way, "page", nginx.url, LOADS_TOTAL_HITS="2")
    succeeds(sink, 2)
    same({hit["url"] for hit in sink.of("add_hit")}, {nginx.url + "/page"})
    same(len({line.split()[5] for line in nginx.stop()}), 1)


def test_refused_connection(folder, way):
    sink = run_case(folder, way, "refused")
    same(sink.counts(), {"startTest": 1, "add_hit": 1, "addError": 1, "stopTest": 1, "runnerEnd": 1})
    hit = one(sink.of("add_hit"))
    same((hit["status"], hit["error"]), (0, "could not connect: Connection refused"))
    same(hit["url"], "http://127.0.0.1:1/closed?q=1#end")
    same(one(sink.of("addError"))["exc_info"][1], "ConnectionError")
    succeeds(run_case(folder, way, "refused_allowed"))


def test_answers_that_are_none(folder, way):
    for case, name, count in (("timeout", "Timeout", 1), ("cut", "ConnectionError", 1),
                              ("big", "BodyTooBig", 2), ("loop", "TooManyRedirects", 11)):
        sink = run_case(folder, way, case)
        same(one(sink.of("addError"))["exc_info"][1], name)
        same(len(sink.of("add_hit")), count)


def test_bad_servers(folder, way):
    sink = run_case(folder, way, "bad_answers", way.bad())
    same(sink.of("addFailure"), [])
    errors = {hit["url"].rsplit("/", 1)[1]: hit["error"] for hit in sink.of("add_hit")}
    same(len(errors), 10)
    for path in ("half-head", "short", "cut-chunk"):
        has(errors[path], "the connection was closed before the end of the answer")
    same(errors["nothing"], "the connection was closed without an answer")
    same(errors["drip"], "timed out")
    for path in ("no-http", "bad-chunk", "bad-length", "endless-header"):
        assert errors[path].startswith(("the answer is malformed: ", "could not receive", "the request failed")), \
            (path, errors[path])
    same(one(sink.of("addError"))["exc_info"][1], "Timeout")


def test_odd_servers(folder, way):
    sink = run_case(folder, way, "odd_answers", way.bad(), LOADS_TOTAL_HITS="3")
    succeeds(sink, 3)
    same(len(sink.of("add_hit")), 21)


def test_servers_that_do_not_listen(folder, way):
    url = way.bad()
    # libcurl goes on until the time is over.
    kind = "Timeout" if "--libcurl" in way.options else "ConnectionError"
    has(error_of(run_case(folder, way, "deaf", url)), "%s: PUT %s/deaf: " % (kind, url))
    succeeds(run_case(folder, way, "early", url))
    if not way.is_tls:
        # It has closed its direction before anything was sent.
        has(error_of(run_case(folder, way, "deaf", HalfClosed().url)), "/deaf: ")


def test_a_server_that_never_stops(folder, way):
    sink = run_case(folder, way, "endless", way.bad(), LOADS_TOTAL_USERS="2", LOADS_PROCESS_USERS="2")
    has(error_of(sink), "Timeout: GET ")
    same(sorted(hit["status"] for hit in sink.of("add_hit")), [0, 200])


def test_proxy(folder, way):
    proxy = Proxy()
    place = way.server().split("//")[1]
    line = "CONNECT " + place if way.is_tls else "GET http://%s/page" % place
    succeeds(run_case(folder, way, "proxy", PROXY=proxy.url))
    same(proxy.lines, [line])
    variable = way.scheme + "_proxy"
    succeeds(run_case(folder, way, "page", **{variable: proxy.url}))
    succeeds(run_case(folder, way, "page", all_proxy=proxy.url))
    same(proxy.lines, 3 * [line])
    succeeds(run_case(folder, way, "page", no_proxy="127.0.0.1", **{variable: proxy.url}))
    # Of the other scheme.
    succeeds(run_case(folder, way, "page", **{"http_proxy" if way.is_tls else "https_proxy": proxy.url}))
    same(proxy.lines, 3 * [line])


# ---- TLS alone ----

TLS_WAYS = [way for way in WAYS if way.is_tls]


def test_certificates(folder):
    bad = (AUTHORITY.issue("other", "DNS:example.org,IP:127.0.0.2"), AUTHORITY.issue("old", "IP:127.0.0.1", "-1"),
           AUTHORITY.vouch_for_itself("alone", "IP:127.0.0.1"))
    words = ("IP address", "expired", "self-signed")
    for way in TLS_WAYS:
        for certificate, why in zip(bad, words):
            nginx = way.nginx(certificate=certificate)
            sink = run_case(folder, way, "page", nginx.url)
            has(error_of(sink), "SSLError: GET %s/page: TLS failed: " % nginx.url)
            if way.options == TRUST:  # libcurl does not put the reason into each of its words
                has(error_of(sink).replace("self signed", "self-signed"), why)
            same(one(sink.of("add_hit"))["status"], 0)
            trusting = [option for option in way.options if option not in TRUST] + ["--insecure"]
            succeeds(run_case(folder, way, "page", nginx.url, options=trusting))
            same(len(nginx.stop()), 1)


def test_authorities(folder):
    for way in TLS_WAYS:
        plain = [option for option in way.options if option not in TRUST]
        nginx = way.nginx()
        has(error_of(run_case(folder, way, "page", nginx.url, options=plain)), "SSLError: ")
        has(error_of(run_case(folder, way, "page", nginx.url, options=plain, SSL_CERT_FILE="/dev/null",
                              SSL_CERT_DIR="/nonexistent")), "SSLError: ")
        succeeds(run_case(folder, way, "page", nginx.url, options=plain, SSL_CERT_FILE=AUTHORITY.certificate))
        succeeds(run_case(folder, way, "page", nginx.url.replace("127.0.0.1", "localhost")))
        # The option wins over the environment.
        succeeds(run_case(folder, way, "page", nginx.url, SSL_CERT_FILE="/dev/null"))
        same(len(nginx.stop()), 3)


def test_options_of_the_host(folder):
    nginx = TLS_WAYS[0].nginx()
    os.symlink(AUTHORITY.certificate, folder + "/ca.pem")
    for options, code in (([], 1), (["--ca-file", "ca.pem"], 0), (["--insecure"], 0)):
        done = subprocess.run([LOADS, "run", CASES + ":case_page", "--server-url", nginx.url, "--test-dir", "/",
                               "--hits", "3"] + options, cwd=folder, text=True, capture_output=True)
        same((options, done.returncode), (options, code))
    same(len(nginx.stop()), 6)


def test_options_that_cannot_be_used(folder):
    for options, words in ((["--ca-file", folder + "/none.pem"], "cannot read certificates from %s/none.pem" % folder),
                           (["--ca-file", SHOP], "cannot read certificates from " + SHOP),
                           (TRUST + ["--insecure"], "--ca-file means nothing beside it")):
        run = Run(CASES + ":case_page", "https://127.0.0.1:1", options=options)
        ended(run, 2)
        same(run.out, "")
        has(run.err, words)


def test_handshakes_that_fail(folder):
    silent = listen()  # takes the connection, and never says a word
    plain = Server()
    for way in TLS_WAYS:
        url = "https://127.0.0.1:%d" % silent.getsockname()[1]
        sink = run_case(folder, way, "quick", url)
        same(error_of(sink), "Timeout: GET %s/page: timed out" % url)
        has(error_of(run_case(folder, way, "page", plain.url.replace("http:", "https:"))), "SSLError: ")
        # Plain HTTP where TLS is spoken: nginx says so, ours breaks off.
        sink = run_case(folder, way, "page", way.server().replace("https:", "http:"))
        same(len(sink.of("addError")), 1)


if __name__ == "__main__":
    began = time.monotonic()
    try:
        run_all(sys.modules[__name__], WAYS)
    finally:
        Scripted.released.set()
        print("# %.1f s" % (time.monotonic() - began))
