# SPDX-License-Identifier: Apache-2.0
"""What a user meets: TAP by hand, how tests end, and mistakes."""
import os
import subprocess

from harness import Case, RUNNER, Server, run_all

ENDS = """
    import unittest
    class TestEnds(unittest.TestCase):
        def test_1_good(self):
            pass
        def test_2_bad(self):
            self.helper()
        def helper(self):
            self.assertEqual(503, 200)
        def test_3_wrong(self):
            try:
                {}["key"]
            except KeyError as error:
                raise RuntimeError("\\x1b[2J no key\\0\\ud800") from error
        def test_4_skipped(self):
            self.skipTest("not today")
        @unittest.skip("never")
        def test_5_never(self):
            raise NotImplementedError
        @unittest.expectedFailure
        def test_6_expected(self):
            self.fail()
        @unittest.expectedFailure
        def test_7_unexpected(self):
            pass
        def test_8_parts(self):
            for page in (1, 2, 3):
                with self.subTest(page=page):
                    self.assertNotEqual(page, 2)
                    if page == 3:
                        raise ValueError("page three")
        def test_9_cleanup(self):
            self.addCleanup(self.fail, "cleaning")
            raise ValueError("first")
"""


class TestOutcomes(Case):

    def test_each_test_has_one(self):
        sink = self.run_for_host(self.write("ends.py", ENDS), LOADS_TOTAL_HITS="2")
        names = {}
        for kind in ("addSuccess", "addFailure", "addError", "incr_counter"):
            names[kind] = [each["test"][len("TestEnds.test_"):] for each in sink.of(kind)[:len(sink.of(kind)) // 2]]
        self.assertEqual(names, {"addSuccess": ["1_good", "6_expected"], "addFailure": ["2_bad", "7_unexpected"],
                                 "addError": ["3_wrong", "8_parts", "9_cleanup"],
                                 "incr_counter": ["4_skipped", "5_never"]})
        self.assertEqual((len(sink.of("startTest")), len(sink.of("stopTest"))), (18, 18))

    def test_what_went_wrong(self):
        path = self.write("ends.py", ENDS)
        sink = self.run_for_host(path)
        message, name, traceback = sink.of("addFailure")[0]["exc_info"]
        self.assertEqual((message, name), ("503 != 200", "AssertionError"))
        lines = [line for line in traceback.split("\n") if "^" not in line]
        # The runner's own lines, and unittest's, are left out.
        self.assertEqual(lines, ["Traceback (most recent call last):",
                                 f'  File "{path}", line 7, in test_2_bad', "    self.helper()",
                                 f'  File "{path}", line 9, in helper', "    self.assertEqual(503, 200)",
                                 "AssertionError: 503 != 200"])
        errors = [each["exc_info"] for each in sink.of("addError")]
        self.assertEqual(errors[0][:2], ["\x1b[2J no key\ufffd\ufffd", "RuntimeError"])
        self.assertIn("KeyError: 'key'", errors[0][2])
        self.assertIn("direct cause", errors[0][2])
        # An error goes before a failure, and is told with its sub-test.
        self.assertEqual(errors[1][:2], ["(page=3) page three", "ValueError"])
        self.assertEqual(errors[2][:2], ["first", "ValueError"])

    def test_tap(self):
        run = self.run_by_hand(self.write("ends.py", ENDS), "--seed", "7")
        self.assertEqual((run.code, run.err), (1, ""))
        lines = run.out.split("\n")
        self.assertEqual(lines[:2], ["TAP version 13", "# --seed 7"])
        self.assertEqual([line for line in lines if not line.startswith("#")][1:], [
            "ok 1 - TestEnds.test_1_good", "not ok 2 - TestEnds.test_2_bad", "not ok 3 - TestEnds.test_3_wrong",
            "ok 4 - TestEnds.test_4_skipped # SKIP not today", "ok 5 - TestEnds.test_5_never # SKIP never",
            "ok 6 - TestEnds.test_6_expected", "not ok 7 - TestEnds.test_7_unexpected",
            "not ok 8 - TestEnds.test_8_parts", "not ok 9 - TestEnds.test_9_cleanup", "1..9", ""])
        self.assertNotIn("\x1b", run.out)
        self.assertIn("# RuntimeError: \\x1b[2J no key\\x00", run.out)
        good = self.run_by_hand(self.write("ends.py", ENDS) + ":TestEnds.test_1_good")
        self.assertEqual((good.code, good.out.split("\n")[2:]), (0, ["ok 1 - TestEnds.test_1_good", "1..1", ""]))

    def test_tap_of_hits_and_figures(self):
        server = Server()
        run = self.run_by_hand(self.write("hits.py", """
            from loads.case import TestCase
            class TestHits(TestCase):
                server_url = "http://127.0.0.1:1"  # the command line wins
                def test_it(self):
                    self.session.get("/echo", name="an echo")
                    self.incr_counter("echoes")
                    self.metric("depth", 3.5, "gauge")
            """), "--server-url", server.url)
        server.shutdown()
        self.assertRegex(run.out, r"\n# GET an echo 200 [0-9.]+ ms\n# counter echoes 1\n# gauge depth 3.5\nok 1")

    def test_fixtures_that_fail(self):
        sink = self.run_for_host(self.write("fixtures.py", """
            import unittest
            class TestA(unittest.TestCase):
                @classmethod
                def setUpClass(cls): raise OSError("no database")
                def test_it(self): pass
            class TestB(unittest.TestCase):
                @classmethod
                def tearDownClass(cls): raise OSError("no end")
                def test_it(self): pass
            class TestC(unittest.TestCase):
                @classmethod
                def setUpClass(cls): raise unittest.SkipTest("not here")
                def test_it(self): pass
            """))
        self.assertEqual([(each["test"], each["exc_info"][0]) for each in sink.of("addError")],
                         [("setUpClass (TestA)", "no database"), ("tearDownClass (TestB)", "no end")])
        self.assertEqual([each["test"] for each in sink.of("startTest")], ["TestB.test_it"])
        self.assertIn("setUpClass (TestC) skips its tests: not here", sink.err)

    def test_what_a_thread_raises_ends_nothing(self):
        sink = self.run_for_host(self.write("stray.py", """
            import threading, unittest
            class TestStray(unittest.TestCase):
                def test_it(self):
                    thread = threading.Thread(target=lambda: {}["stray"])
                    thread.start()
                    thread.join()
            """))
        error, = sink.of("addError")
        self.assertEqual((error["test"], error["exc_info"][1]), ("(outside a test)", "KeyError"))
        self.assertEqual(len(sink.of("addSuccess")), 1)

    def test_async(self):
        path = self.write("later.py", """
            import asyncio, unittest
            class TestLater(unittest.IsolatedAsyncioTestCase):
                async def test_it(self):
                    await asyncio.sleep(0.01)
            """)
        load = dict(LOADS_TOTAL_USERS="3", LOADS_PROCESS_USERS="3")
        sink = self.run_for_host(path, "--no-patching", **load)
        self.assertEqual(len(sink.of("addSuccess")), 3, sink.of("addError"))
        sink.close()
        self.assertEqual(self.run_for_host(path).counts()["addSuccess"], 1)

    def test_figures_that_are_none(self):
        sink = self.run_for_host(self.write("figures.py", """
            from loads.case import TestCase
            class TestFigures(TestCase):
                def test_it(self):
                    for name, value in (("", 1), (3, 1), ("x" * 257, 1), ("x", "1"), ("x", float("nan")), ("x", None)):
                        with self.assertRaises((TypeError, ValueError)): self.incr_counter(name, value)
                    with self.assertRaisesRegex(ValueError, "sum"): self.metric("x", 1, "sum")
                    with self.assertRaisesRegex(ValueError, "server-url"): self.session.get("/")
                    with self.assertRaisesRegex(ValueError, "server-url"): self.app
            """))
        self.assertEqual(sink.counts(), {"startTest": 1, "addSuccess": 1, "stopTest": 1, "runnerEnd": 1},
                         sink.of("addFailure") + sink.of("addError"))


class TestMistakes(Case):

    def complaint(self, *arguments, **environment):
        run = subprocess.run([RUNNER, *arguments], capture_output=True, text=True, cwd=self.folder,
                             env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment})
        self.assertEqual((run.returncode, run.stdout), (2, ""), run.stderr)
        self.assertTrue(run.stderr.startswith("loads-python-runner: "), run.stderr)
        return run.stderr[len("loads-python-runner: "):].rstrip("\n")

    def test_arguments(self):
        self.write("good.py", ENDS)
        for arguments, complaint in (
                ([], "no test file given; usage: loads-python-runner [OPTION...] FILE[:NAME]"),
                (["--frob", "good.py"], "unknown option --frob; known: "),
                (["good.py", "bad.py"], "one test file at a time: good.py and bad.py given"),
                (["--server-url", "ftp://x", "good.py"], "--server-url ftp://x is not an http or https URL"),
                (["good.py", "--server-url"], "--server-url needs a value"),
                (["--no-patching=no", "good.py"], "--no-patching takes no value"),
                (["--data-order", "once", "good.py"], "--data-order and --data-unique need --data"),
                (["none.py"], "cannot read none.py: no such file"),
                (["."], ". is not a Python file (.py)"),
                (["good.py:TestOther"], "good.py has no test class TestOther; it has TestEnds"),
                (["good.py:TestEnds.test_0"], "TestEnds in good.py has no test test_0; it has test_1_good, ")):
            with self.subTest(arguments=arguments):
                self.assertIn(complaint, self.complaint(*arguments))

    def test_environment(self):
        self.write("good.py", ENDS)
        host = {"LOADS_ZMQ_RECEIVER": "ipc:///nowhere", "LOADS_PROTOCOL": "2"}
        for environment, complaint in (
                ({"LOADS_PROTOCOL": "1"}, "LOADS_PROTOCOL=1: this runner needs a host that speaks protocol 2"),
                ({"LOADS_TOTAL_HITS": "-1"}, "LOADS_TOTAL_HITS=-1 is not a whole number"),
                ({"LOADS_DURATION": "nan"}, "LOADS_DURATION=nan is not a number of seconds"),
                ({"LOADS_DURATION": "1", "LOADS_TOTAL_HITS": "1"}, "both set"),
                ({"LOADS_PROCESS_USERS": "1000001"}, "LOADS_PROCESS_USERS=1000001 is not"),
                ({"LOADS_ZMQ_RECEIVER": "nonsense"}, "LOADS_ZMQ_RECEIVER=nonsense: ")):
            with self.subTest(environment=environment):
                self.assertIn(complaint, self.complaint("good.py", **{**host, **environment}))

    def test_files_that_do_not_load(self):
        for text, complaint in (
                ("def f(:\n    pass", "SyntaxError: "),
                ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
                ("1 / 0", "ZeroDivisionError: division by zero"),
                ("import sys; sys.exit(3)", "SystemExit: 3"),
                ("import unittest\nclass Shop(unittest.TestCase): pass", "bad.py has no test: ")):
            with self.subTest(text=text):
                self.write("bad.py", text)
                told = self.complaint("bad.py")
                self.assertIn(complaint, told)
                self.assertNotIn("importlib", told)
                self.assertNotIn("loads/main.py", told)
                if "SyntaxError" not in text and "no test" not in complaint:
                    self.assertIn("bad.py", told)

    def test_async_users_that_are_greenlets(self):
        self.write("later.py", """
            import unittest
            class TestLater(unittest.IsolatedAsyncioTestCase):
                async def test_it(self): pass
            """)
        self.assertIn("TestLater.test_it is async, ",
                      self.complaint("later.py", LOADS_ZMQ_RECEIVER="ipc:///nowhere", LOADS_PROTOCOL="2",
                                     LOADS_PROCESS_USERS="2"))

    def test_help_and_version(self):
        for option, begin in (("--help", "Usage: loads-python-runner"), ("--version", "loads-python-runner 0.")):
            run = subprocess.run([RUNNER, option], capture_output=True, text=True)
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            self.assertTrue(run.stdout.startswith(begin), run.stdout)


class TestImports(Case):

    def test_packages_and_neighbours(self):
        self.write("project/tests/__init__.py", "")
        self.write("project/__init__.py", "")
        self.write("project/pages.py", "HOME = '/'")
        self.write("project/tests/neighbour.py", "X = 1")
        path = self.write("project/tests/test_site.py", """
            import unittest
            from ..pages import HOME
            import neighbour
            class TestSite(unittest.TestCase):
                def test_name(self):
                    self.assertEqual((HOME, neighbour.X), ("/", 1))
                    print(__name__)
            """)
        run = self.run_by_hand(path)
        self.assertEqual((run.code, run.err), (0, ""))
        self.assertIn("project.tests.test_site\n", run.out)

    def test_names_that_others_have_or_that_are_none(self):
        text = "import unittest\nclass TestIt(unittest.TestCase):\n    def test_it(self): pass\n"
        for name in ("json.py", "site.py", "my-test.py", "a b/2nd.py"):
            with self.subTest(name=name):
                run = self.run_by_hand(self.write(name, text))
                self.assertEqual((run.code, run.err), (0, ""), run.out)
                os.unlink(os.path.join(self.folder, name))

    def test_gevent_comes_first(self):
        path = self.write("early.py", """
            import sys, unittest
            from socket import create_connection, socket
            from time import sleep
            class TestIt(unittest.TestCase):
                def test_it(self):
                    self.assertEqual({each.__module__.split(".")[0] for each in (create_connection, socket, sleep)},
                                     {sys.argv[0] and "%s"})
            """)
        with open(path) as file:
            text = file.read()
        self.write("early.py", text % "gevent")
        self.assertEqual(self.run_by_hand(path).code, 0)
        self.write("early.py", text.replace(", sleep)", ")") % "socket")
        self.assertEqual(self.run_by_hand(path, "--no-patching").code, 0)


run_all()
