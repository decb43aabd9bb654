# SPDX-License-Identifier: Apache-2.0
"""One request, one hit: whatever asks, and whatever becomes of the answer."""
from harness import Case, Server, closed_port, make_certificate, run_all


class TestHits(Case):

    def setUp(self):
        super().setUp()
        self.server = Server()
        self.addCleanup(self.server.shutdown)
        self.addCleanup(self.server.released.set)

    def hits_of(self, body, *options, **environment):
        """The hits of one test with this body, as (path, status, error)."""
        lines = "\n".join("        " + line.strip(" ") if not line.startswith("    ") else "        " + line
                          for line in body.strip("\n").split("\n"))
        target = self.write("requests_of_all_kinds.py", f"""
import http.client, os, threading, time, unittest, urllib.request
import requests, urllib3
from loads.case import TestCase, named
HOST = "{self.server.url[len('http://'):]}"
URL = "http://" + HOST
class TestAll(TestCase):
    def test_it(self):
{lines}
""")
        sink = self.run_for_host(target, "--server-url", self.server.url, *options, **environment)
        sink.close()
        self.assertEqual(sink.of("addFailure") + sink.of("addError"), [])
        self.hits = sink.of("add_hit")
        return [(each["url"].replace(self.server.url, ""), each["status"], each.get("error")) for each in self.hits]

    def test_who_asks(self):
        self.assertEqual(self.hits_of("""
requests.get(URL + "/1")
self.session.post("/2", data="x")
urllib.request.urlopen(URL + "/3").read()
urllib3.PoolManager().request("GET", URL + "/4")
connection = http.client.HTTPConnection(HOST)
connection.request("GET", "/5")
connection.getresponse().read()
connection.request("DELETE", "/6")
connection.getresponse().read()
self.app.get("/7")
"""), [(f"/{number}", 200, None) for number in range(1, 8)])
        self.assertEqual([each["method"] for each in self.hits], ["GET", "POST", "GET", "GET", "GET", "DELETE", "GET"])

    def test_bodies(self):
        self.assertEqual(self.hits_of("""
self.assertEqual(self.session.get("/chunked").text, "hello world")
self.assertEqual(urllib.request.urlopen(URL + "/chunked").read(), b"hello world")
self.assertEqual(self.session.get("/until-close").text, "until the end")
self.session.head("/echo")
self.session.get("/none")
self.assertEqual(b"".join(self.session.get("/chunked", stream=True).iter_content(3)), b"hello world")
"""), [("/chunked", 200, None)] * 2 + [("/until-close", 200, None), ("/echo", 200, None), ("/none", 204, None),
                                       ("/chunked", 200, None)])

    def test_a_hit_lasts_to_its_end(self):
        self.hits_of("""
response = self.session.get("/echo", stream=True)
time.sleep(0.08)
self.assertTrue(response.content)
""")
        self.assertGreaterEqual(self.hits[0]["elapsed"] - self.hits[0]["ttfb"], 0.079)
        self.assertGreater(self.hits[0]["bytes_in"], 10)

    def test_bodies_that_nobody_reads(self):
        self.assertCountEqual(self.hits_of("""
self.left = self.session.get("/slow", stream=True)
with self.session.get("/slow", stream=True): pass
self.chunked = urllib.request.urlopen(URL + "/chunked")
"""), [("/slow", 200, None)] * 2 + [("/chunked", 200, None)])
        for each in self.hits:
            self.assertEqual(each["elapsed"], each["ttfb"])

    def test_answers_that_are_none(self):
        hits = self.hits_of("""
for ask in (requests.get, lambda url: urllib.request.urlopen(url).read()):
    for path in ("/cut", "/cut-chunks", "/nothing"):
        try: ask(URL + path)
        except Exception: continue
try: requests.get(URL + "/hang", timeout=0.05)
except requests.exceptions.ReadTimeout: pass
""")
        self.assertEqual([(path, status) for path, status, _ in hits],
                         [("/cut", 0), ("/cut-chunks", 0), ("/nothing", 0)] * 2 + [("/hang", 0)])
        self.assertIn("early", hits[0][2])
        self.assertIn("chunks", hits[1][2])
        self.assertIn("RemoteDisconnected", hits[2][2])
        self.assertIn("early", hits[3][2])
        self.assertIn("timed out", hits[6][2])

    def test_servers_that_are_none(self):
        make_certificate(self.folder)
        hits = self.hits_of(f"""
for ask in (requests.get, urllib.request.urlopen):
    for scheme in ("http", "https"):
        with self.assertRaises(OSError): ask(f"{{scheme}}://127.0.0.1:{closed_port()}/x")
with self.assertRaises(OSError): requests.get("http://no-such-host.invalid/")
""")
        self.assertEqual([(status, "refused" in error) for _, status, error in hits[:4]], [(0, True)] * 4)
        self.assertEqual([url.split(":")[0] for url, _, _ in hits], ["http", "https", "http", "https", "http"])
        self.assertEqual(hits[4][:2], ("http://no-such-host.invalid/", 0))

    def test_names(self):
        self.hits_of("""
self.session.get("/1", name="item")
with named("all"):
    requests.get(URL + "/2")
    self.session.get("/3", name="own")
self.session.get("/4")
""")
        self.assertEqual([each.get("name") for each in self.hits], ["item", "all", "own", None])

    def test_what_a_test_starts_is_its_own(self):
        for option in ([], ["--no-patching"]):
            self.hits_of("""
threads = [threading.Thread(target=requests.get, args=(URL + f"/{n}",)) for n in range(3)]
for each in threads: each.start()
for each in threads: each.join()
""", *option)
            self.assertEqual([each["test"] for each in self.hits], ["TestAll.test_it"] * 3)

    def test_the_server_closes_between_requests(self):
        self.assertEqual(self.hits_of("""
self.session.get("/until-close")
self.session.get("/after")
self.session.get("/again")
""", ), [("/until-close", 200, None), ("/after", 200, None), ("/again", 200, None)])

    def test_app(self):
        self.hits_of("""
page = self.app.post("/echo?a=%C3%A9&b=1", "b\\u00f6dy".encode(), headers={"X-Test": "yes"})
self.assertIn("POST /echo?a=%C3%A9&b=1", page.text)
self.assertIn("X-Test: yes", page.text)
self.assertIn("b\\u00f6dy", page.text)
self.assertIn("Host: " + HOST, page.text)
self.app.server_url = URL + "/"
self.app.get("/%C3%BC%20x")
""")
        self.assertEqual([each["url"].replace(self.server.url, "") for each in self.hits],
                         ["/echo?a=%C3%A9&b=1", "/%C3%BC%20x"])

    def test_hits_outside_of_tests(self):
        target = self.write("fixtures.py", """
            import os, unittest, requests
            URL = os.environ["URL"]
            requests.get(URL + "/module")
            def setUpModule(): requests.get(URL + "/setUpModule")
            def tearDownModule(): requests.get(URL + "/tearDownModule")
            class TestIt(unittest.TestCase):
                @classmethod
                def setUpClass(cls): requests.get(URL + "/setUpClass")
                @classmethod
                def tearDownClass(cls): requests.get(URL + "/tearDownClass")
                def setUp(self): requests.get(URL + "/setUp")
                def tearDown(self): requests.get(URL + "/tearDown")
                def test_it(self): requests.get(URL + "/test")
            """)
        sink = self.run_for_host(target, URL=self.server.url, LOADS_TOTAL_HITS="2")
        self.assertEqual([(each["url"].rpartition("/")[2], each.get("test")) for each in sink.of("add_hit")],
                         [("module", None), ("setUpModule", None), ("setUpClass", None)]
                         + [(name, "TestIt.test_it") for name in ("setUp", "test", "tearDown")] * 2
                         + [("tearDownClass", None), ("tearDownModule", None)])


run_all()
