# SPDX-License-Identifier: Apache-2.0
"""Whole runs against real servers and a real receiver: exact numbers."""
import json
import os
import signal
import subprocess
import sys

from harness import BUILD, Case, DOCUMENTS, EXAMPLES, Nginx, PACKAGE, Run, Server, Sink, WebSockets, run_all

TESTS = """
    import os
    import unittest
    import urllib.request
    from loads.case import TestCase, named

    SERVER = os.environ.get("SERVER")

    class TestShop(TestCase):
        def setUp(self):
            self.found = 7

        def test_buy(self):
            self.assertEqual(self.session.get("/").status_code, 200)
            self.session.get(f"/item?user={self.user}", name="item")
            self.incr_counter("bought", 2)

        def test_look(self):
            self.session.get(self.server_url + "/")
            self.assertEqual(self.found, 7)

    class TestPlain(unittest.TestCase):
        def test_urllib(self):
            with urllib.request.urlopen(SERVER + "/old") as page:
                self.assertEqual(page.status, 200)

        def helper(self):
            raise NotImplementedError("no test")
"""


class TestLoad(Case):

    def setUp(self):
        super().setUp()
        self.nginx = Nginx()
        self.addCleanup(self.nginx.stop)

    def run_shop(self, *options):
        """3 of 10 users, 20 times; returns the messages and nginx's lines."""
        sink = self.run_for_host(self.write("shop.py", TESTS), "--server-url", self.nginx.url, *options,
                                 SERVER=self.nginx.url, LOADS_TOTAL_USERS="10", LOADS_CURRENT_USER="4",
                                 LOADS_PROCESS_USERS="3", LOADS_TOTAL_HITS="20")
        return sink, self.nginx.stop()

    def check_shop(self, sink, lines):
        self.assertEqual(sink.err, "")
        self.assertEqual(sink.counts(), {"startTest": 180, "stopTest": 180, "addSuccess": 180, "add_hit": 300,
                                         "incr_counter": 60, "runnerEnd": 1})
        hits = sink.of("add_hit")
        self.assertEqual(sorted(f"{each['method']} {each['url'][len(self.nginx.url):]} {each['status']}"
                                for each in hits), sorted(lines))
        items = [each for each in hits if each.get("name") == "item"]
        for user in (4, 5, 6):  # each hit belongs to the user that made it
            own = [each for each in items if each["loads_status"][3] == user]
            self.assertEqual({each["url"] for each in own}, {f"{self.nginx.url}/item?user={user}"})
            self.assertEqual([each["loads_status"] for each in own], [[20, 10, hit, user] for hit in range(1, 21)])
        self.assertEqual({each["test"] for each in sink.of("startTest")},
                         {"TestShop.test_buy", "TestShop.test_look", "TestPlain.test_urllib"})

    def test_every_hit_is_reported_once_by_greenlets(self):
        sink, lines = self.run_shop()
        self.check_shop(sink, lines)
        self.assertLess(len(sink.frames), len(sink.messages) / 10)

    def test_every_hit_is_reported_once_by_threads(self):
        sink = Sink(self.folder)
        self.addCleanup(sink.close)
        run = Run(self.write("shop.py", TESTS), "--server-url", self.nginx.url, "--no-patching", sink=sink,
                  folder=self.folder, SERVER=self.nginx.url, LOADS_TOTAL_USERS="10", LOADS_CURRENT_USER="4",
                  LOADS_PROCESS_USERS="3", LOADS_TOTAL_HITS="20")
        sink.until_end()
        self.assertEqual(run.finish(), 0)
        # Real threads may overtake each other between a number and the queue.
        self.assertEqual(sorted(each["seq"] for each in sink.messages), list(range(1, len(sink.messages) + 1)))
        sink.err = run.err
        self.check_shop(sink, self.nginx.stop())

    def test_members_of_messages(self):
        sink = self.run_for_host(self.write("shop.py", TESTS) + ":TestShop.test_look", "--server-url", self.nginx.url)
        self.assertEqual([each["data_type"] for each in sink.messages],
                         ["startTest", "add_hit", "addSuccess", "stopTest", "runnerEnd"])
        for each in sink.messages:
            self.assertEqual((each["agent_id"], each["run_id"], each["hostname"]),
                             ("local.1", "run-1", os.uname().nodename))
        hit, = sink.of("add_hit")
        self.assertEqual(set(hit), {"data_type", "agent_id", "run_id", "hostname", "seq", "test", "loads_status", "url",
                                    "method", "status", "started", "elapsed", "ttfb", "bytes_in"})
        self.assertRegex(hit["started"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$")
        self.assertEqual((hit["method"], hit["status"], hit["bytes_in"]), ("GET", 200, len("tarek was here")))
        stop, = sink.of("stopTest")
        self.assertTrue(0 < hit["ttfb"] <= hit["elapsed"] <= stop["elapsed"] < 30)
        self.assertEqual(stop["loads_status"], [1, 1, 1, 1])

    def test_the_session_is_the_users(self):
        target = self.write("visits.py", """
            from loads.case import TestCase
            class TestVisits(TestCase):
                def test_cookies(self):
                    self.assertEqual("sid" in self.session.cookies, self.iteration > 1)
                    self.session.get("/")
                    self.app.get("/")
                    self.assertEqual(self.app.cookies, {"sid": "42"})
                def test_numbers(self):
                    self.metric("number", self.random.random(), "gauge")
            """)
        load = dict(LOADS_TOTAL_USERS="2", LOADS_PROCESS_USERS="2", LOADS_TOTAL_HITS="3")
        first, again, other = [self.numbers(self.run_visits(target, seed, load)) for seed in ("7", "7", "8")]
        self.assertEqual(first, again)
        self.assertEqual(len(set(first.values())), 6)
        self.assertNotEqual(first, other)

    def run_visits(self, target, seed, load):
        sink = self.run_for_host(target, "--server-url", self.nginx.url, "--seed", seed, **load)
        sink.close()
        self.assertEqual(sink.counts().get("addSuccess"), 12, sink.of("addFailure") + sink.of("addError"))
        return sink

    def numbers(self, sink):
        return {tuple(each["loads_status"]): each["value"] for each in sink.of("metric")}

    def test_https(self):
        target = self.write("tls.py", """
            import unittest, urllib.request, ssl, requests, os
            URL = os.environ["URL"]
            class TestTls(unittest.TestCase):
                def test_requests(self):
                    requests.get(URL + "/item")
                def test_urllib(self):
                    urllib.request.urlopen(URL + "/item").read()
                def test_untrusted(self):
                    os.environ.pop("REQUESTS_CA_BUNDLE")
                    with self.assertRaises(requests.exceptions.SSLError):
                        requests.get(URL + "/item")
            """)
        sink = self.run_for_host(target, URL=self.nginx.tls_url, SSL_CERT_FILE=self.nginx.certificate,
                                 REQUESTS_CA_BUNDLE=self.nginx.certificate)
        self.assertEqual(sink.counts()["addSuccess"], 3, sink.of("addError"))
        self.assertEqual([(each["test"], each["url"], each["status"]) for each in sink.of("add_hit")],
                         [(f"TestTls.test_{name}", self.nginx.tls_url + "/item", status)
                          for name, status in (("requests", 200), ("untrusted", 0), ("urllib", 200))])
        self.assertIn("CERTIFICATE_VERIFY_FAILED", sink.of("add_hit")[1]["error"])
        self.assertEqual(self.nginx.stop(), ["GET /item 200"] * 2)

    def test_with_the_host(self):
        run = subprocess.run([BUILD + "/loads", "run", EXAMPLES + "/shop.py", "--server-url", self.nginx.url, "-u",
                              "5:20", "--hits", "4", "--output", "json"], capture_output=True, text=True,
                             env={**os.environ, "LOADS_PLUGIN_PATH": BUILD + "/outputs"})
        result = json.loads(run.stdout)
        lines = self.nginx.stop()
        # "<html" is not in the front page of this server: test_home fails.
        self.assertEqual((run.returncode, result["totals"]["failures"], result["totals"]["success"]), (1, 100, 200))
        self.assertEqual(result["totals"]["hits"], len(lines))
        self.assertEqual((len(lines), result["counters"]), (400, {"carts": 100}))
        self.assertEqual((result["messages"]["malformed"], result["messages"]["lost"],
                          result["messages"]["unnumbered"]), (0, 0, 0))


class TestDocuments(Case):
    """The examples of the original's documentation, word for word; only the addresses
    of their servers are those of ours."""

    def document(self, name, old="", new=""):
        with open(os.path.join(DOCUMENTS, name)) as file:
            return self.write("example.py", file.read().replace(old, new))

    def loads_runner(self, *arguments):
        run = subprocess.run([BUILD + "/loads", "run", *arguments, "--output", "json"], cwd=self.folder, text=True,
                             capture_output=True, env={**os.environ, "LOADS_PLUGIN_PATH": BUILD + "/outputs"})
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout)["totals"], json.loads(run.stdout)["counters"]

    def test_requests(self):
        nginx = Nginx()
        self.document("example.py", "http://localhost:9200", nginx.url)
        totals, _ = self.loads_runner("example.TestWebSite.test_es")
        self.assertEqual((totals["hits"], totals["success"]), (1, 1))
        totals, _ = self.loads_runner("example.TestWebSite.test_es", "-u", "100", "--hits", "10")
        self.assertEqual((totals["hits"], totals["success"]), (1000, 1000))
        self.assertEqual(len(nginx.stop()), 1001)

    def test_web_sockets(self):
        sockets = WebSockets(self)
        self.document("sockets.py", "ws://localhost:9000/ws", sockets.url + "/echo")
        totals, _ = self.loads_runner("example.TestWebSite.test_something", "-u", "3", "--hits", "2")
        self.assertEqual((totals["success"], totals["sockets_opened"], totals["sockets_closed"],
                          totals["socket_bytes"]), (6, 6, 6, 6 * len("somethinghappened")))

    def test_webtest_and_counter(self):
        nginx = Nginx()
        for name, counters in (("webtest_app.py", {}), ("counter.py", {"tarek-was-there": 6})):
            self.document(name)
            totals, counted = self.loads_runner("example.TestWebSite.test_something", "--server-url", nginx.url,
                                                "-u", "3", "--hits", "2")
            self.assertEqual((totals["success"], totals["hits"], counted), (6, 6, counters))
        self.assertEqual(nginx.stop(), ["GET / 200"] * 12)

    def test_without_loads(self):
        """They are functional tests like any other."""
        nginx = Nginx()
        self.document("example.py", "http://localhost:9200", nginx.url)
        run = subprocess.run(["/usr/bin/env", "python3", "-m", "unittest", "example.TestWebSite.test_es"], text=True,
                             cwd=self.folder, capture_output=True,
                             env={**os.environ, "PYTHONPATH": PACKAGE, "PATH": python_first()})
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stderr, r"Ran 1 test")
        self.assertEqual(nginx.stop(), ["GET / 200"])


def python_first():
    """The interpreter of these tests comes first."""
    return os.path.dirname(sys.executable) + ":" + os.environ["PATH"]


class TestWebSockets(Case):

    def test_sockets(self):
        sockets = WebSockets(self)
        target = self.write("chat.py", """
            import time
            from loads.case import TestCase
            class TestChat(TestCase):
                def test_binary(self):
                    ws = self.create_ws("/echo")
                    ws.send(b"\\x00\\xff", binary=True)
                    self.assertEqual(ws.receive().data, b"\\x00\\xff")
                    ws.send("\\u20ac")
                    self.assertEqual(str(ws.receive()), "\\u20ac")
                    ws.close()
                    self.assertIsNone(ws.receive())
                def test_closed_by_server(self):
                    ws = self.create_ws("/close")
                    self.assertIsNone(ws.receive())
                    with self.assertRaises(ConnectionError):
                        ws.send("x")
                def test_left_open(self):
                    self.create_ws("/silent")
                def test_protocol(self):
                    ws = self.create_ws("/headers", protocols=["chat", "superchat"], headers={"X-Test": "yes"})
                    self.assertIn('"x-test":"yes"', ws.receive().data)
                    self.assertEqual(ws.protocols, [b"superchat"])
                def test_push(self):
                    got = []
                    ws = self.create_ws("/push", callback=lambda m: got.append(m.data))
                    for _ in range(100):
                        ws.receive()
                    self.assertEqual(got, [f"message {n}" for n in range(100)])
                def test_silent(self):
                    with self.assertRaisesRegex(TimeoutError, "no message"):
                        self.create_ws("/silent").receive(timeout=0.05)
                def test_wrong(self):
                    self.create_ws("/nowhere")
            """)
        sink = self.run_for_host(target, "--server-url", sockets.url.replace("ws", "http", 1))
        self.assertEqual([each["exc_info"][:2] for each in sink.of("addError")],
                         [["Invalid response status: b'404' b'Not Found'", "HandshakeError"]])
        self.assertEqual(sink.of("addFailure"), [])
        self.assertEqual(len(sink.of("addSuccess")), 6)
        self.assertEqual((len(sink.of("socket_open")), len(sink.of("socket_close"))), (6, 6))
        sizes = {}
        for each in sink.of("socket_message"):
            sizes[each["test"]] = sizes.get(each["test"], 0) + each["size"]
        self.assertEqual((sizes["TestChat.test_binary"], sizes["TestChat.test_push"]), (5, 1090 - 100))
        # Whatever a test opens is closed before it ends.
        last = {each["test"]: each["data_type"] for each in sink.messages if "test" in each}
        self.assertEqual(set(last.values()), {"stopTest"})

    def test_tls(self):
        sockets = WebSockets(self)
        target = self.write("chat.py", f"""
            import os, ssl, unittest
            from loads.case import TestCase
            class TestChat(TestCase):
                def test_echo(self):
                    ws = self.create_ws("{sockets.tls_url}/echo")
                    ws.send("hello")
                    self.assertEqual(ws.receive().data, "hello")
                def test_untrusted(self):
                    os.environ["SSL_CERT_FILE"] = "/nowhere"
                    with self.assertRaises(ssl.SSLCertVerificationError):
                        self.create_ws("{sockets.tls_url}/echo")
            """)
        sink = self.run_for_host(target, SSL_CERT_FILE=sockets.certificate)
        self.assertEqual(sink.counts().get("addSuccess"), 2, sink.of("addError"))
        self.assertEqual(sink.counts()["socket_open"], 1)


class TestEnds(Case):

    def setUp(self):
        super().setUp()
        self.server = Server()
        self.addCleanup(self.server.shutdown)

    def test_duration(self):
        target = self.write("endless.py", """
            from loads.case import TestCase
            class TestPage(TestCase):
                def test_get(self):
                    self.session.get("/")
            """)
        sink = self.run_for_host(target, "--server-url", self.server.url, LOADS_DURATION="0.5",
                                 LOADS_TOTAL_USERS="4", LOADS_PROCESS_USERS="4")
        self.assertEqual({tuple(each["loads_status"][:2]) for each in sink.of("startTest")}, {(0, 4)})
        self.assertEqual({each["loads_status"][3] for each in sink.of("add_hit")}, {1, 2, 3, 4})
        self.assertEqual(len(sink.of("startTest")), len(sink.of("stopTest")))

    def test_a_signal_lets_iterations_finish(self):
        target = self.write("endless.py", """
            from loads.case import TestCase
            class TestPage(TestCase):
                def test_get(self):
                    self.session.get("/slow")
                @classmethod
                def tearDownClass(cls):
                    print("torn down")
            """)
        for options, number in (([], signal.SIGTERM), (["--no-patching"], signal.SIGINT)):
            with self.subTest(options=options):
                sink = Sink(self.folder)
                run = Run(target, "--server-url", self.server.url, *options, sink=sink, LOADS_DURATION="600",
                          LOADS_PROCESS_USERS="3")
                sink.until(lambda each: each["data_type"] == "add_hit")
                run.process.send_signal(number)
                sink.until_end()
                self.assertEqual((run.finish(), run.out, run.err), (0, "torn down\n", ""))
                self.assertEqual(sink.messages[-1]["sent"], len(sink.messages) - 1)
                self.assertEqual(len(sink.of("startTest")), len(sink.of("addSuccess")))
                sink.close()

    def test_who_does_not_finish_is_left(self):
        target = self.write("stuck.py", """
            from loads.case import TestCase
            class TestPage(TestCase):
                def test_get(self):
                    self.incr_counter("begun")
                    self.session.get("/hang")
            """)
        sink = Sink(self.folder)
        self.addCleanup(sink.close)
        run = Run(target, "--server-url", self.server.url, sink=sink, LOADS_TOTAL_HITS="5")
        sink.until(lambda each: each["data_type"] == "incr_counter")
        run.process.terminate()
        sink.until_end()
        self.assertEqual(run.finish(), 0, run.err)
        self.check_account(sink)
        hit, = sink.of("add_hit")  # the server has seen it
        self.assertEqual((hit["status"], hit["error"]), (0, "no response before the end of the test"))
        self.server.released.set()

    def test_one_that_never_waits_is_named(self):
        target = self.write("loops.py", """
            import unittest
            class TestPage(unittest.TestCase):
                def test_loop(self):
                    print("looping", flush=True)
                    while True:
                        try:
                            pass
                        except Exception:
                            pass
            """)
        sink = Sink(self.folder)
        self.addCleanup(sink.close)
        run = Run(target, sink=sink, LOADS_DURATION="600")
        self.assertEqual(run.process.stdout.readline(), "looping\n")
        run.process.terminate()
        sink.until_end()
        self.assertEqual(run.finish(), 0, run.err)
        self.check_account(sink)
        error, = sink.of("addError")
        self.assertEqual(error["test"], "TestPage.test_loop")
        self.assertEqual(error["exc_info"][:2], ["the test still ran 4 s after it was to end", "Overdue"])
        self.assertIn("in test_loop", error["exc_info"][2])

    def test_a_second_signal_ends_at_once(self):
        target = self.write("stuck.py", """
            import unittest, time
            class TestPage(unittest.TestCase):
                def test_sleep(self):
                    print("asleep", flush=True)
                    time.sleep(600)
            """)
        sink = Sink(self.folder)
        self.addCleanup(sink.close)
        run = Run(target, sink=sink)
        self.assertEqual(run.process.stdout.readline(), "asleep\n")
        run.insist(signal.SIGTERM)
        self.assertEqual(run.finish(), -signal.SIGTERM)

    def test_a_signal_while_the_file_loads(self):
        target = self.write("waits.py", """
            import time
            print("loading", flush=True)
            time.sleep(600)
            """)
        for options in ([], ["--no-patching"]):
            sink = Sink(self.folder)
            run = Run(target, *options, sink=sink)
            self.assertEqual(run.process.stdout.readline(), "loading\n")
            run.process.terminate()
            sink.until_end()
            self.assertEqual((run.finish(), run.err, len(sink.messages)), (0, "", 1))
            sink.close()

    def test_a_slow_host(self):
        target = self.write("quick.py", """
            import unittest
            class TestNothing(unittest.TestCase):
                def test_it(self):
                    pass
            """)
        sink = Sink(self.folder, hwm=1)
        self.addCleanup(sink.close)
        run = Run(target, sink=sink, LOADS_TOTAL_HITS="8000", LOADS_PROCESS_USERS="2", LOADS_TOTAL_USERS="2")
        sink.until_end(each_s=0.01)
        self.assertEqual((run.finish(), run.err), (0, ""))
        self.check_account(sink)
        self.assertEqual(sink.counts()["addSuccess"], 16000)
        self.assertGreater(sink.messages[-1]["blocked"], 0)

    def test_a_host_that_is_gone(self):
        target = self.write("quick.py", """
            import unittest
            class TestNothing(unittest.TestCase):
                def test_it(self):
                    pass
            """)
        sink = Sink(self.folder)
        run = Run(target, sink=sink, LOADS_DURATION="600")
        sink.until(lambda each: each["data_type"] == "stopTest")
        sink.close()
        run.insist(signal.SIGINT)
        self.assertEqual(run.finish(), -signal.SIGINT)


run_all()
