# SPDX-License-Identifier: Apache-2.0
"""Tests that call curl_easy_perform themselves, in the C runner."""
import sys
import threading

from harness import DEADLINE_S, Nginx, Run, Scripted, Server, Sink, TESTS, ended, run_all, same

CASES = TESTS + "/curl_cases.c"
TOGETHER = 20


class Gathering(Scripted):
    """Answers when so many ask at once."""

    barrier = threading.Barrier(TOGETHER)

    def do_GET(self):
        if self.path == "/together":
            self.barrier.wait(DEADLINE_S)
        self.do_any()


server = Server()
server.RequestHandlerClass = Gathering


def run_case(folder, case, url, users="1", hits="1", options=(), **environment):
    sink = Sink(folder)
    run = Run("%s:case_%s" % (CASES, case), url, sink, options=options, LOADS_TOTAL_USERS=users,
              LOADS_PROCESS_USERS=users, LOADS_TOTAL_HITS=hits, **environment)
    sink.until_end()
    ended(run, 0)
    same(run.err, "")
    sink.close()
    sink.check_account()
    return sink


def test_hits_of_the_users_test(folder):
    nginx = Nginx()
    sink = run_case(folder, "twice", nginx.url, users="5", hits="3")
    lines = nginx.stop()
    same(sink.counts(), {"startTest": 15, "add_hit": 30, "addSuccess": 15, "stopTest": 15, "runnerEnd": 1})
    same([line.rsplit(" ", 1)[0] for line in lines], ["GET /page 200"] * 30)
    # As with libcurl alone: a connection lives as long as its handle.
    same(len({line.rsplit(" ", 1)[1] for line in lines}), 15)
    hits = sink.of("add_hit")
    same({(h["test"], h["method"], h["url"], h["status"]) for h in hits},
         {("case_twice", "GET", nginx.url + "/page", 200)})
    same(sorted(tuple(h["loads_status"]) for h in hits),
         sorted((3, 5, hit, user) for hit in (1, 2, 3) for user in (1, 2, 3, 4, 5) for _ in range(2)))
    same(sum("connect" in h for h in hits), 15)


def test_code_that_knows_nothing_of_us(folder):
    nginx = Nginx()
    sink = run_case(folder, "plain", None, users="3", hits="2", SITE=nginx.url)
    same((len(sink.of("add_hit")), len(sink.of("addSuccess")), len(nginx.stop())), (6, 6, 6))


def test_other_users_run_meanwhile(folder):
    sink = run_case(folder, "together", server.url, users=str(TOGETHER))
    same((len(sink.of("add_hit")), len(sink.of("addSuccess"))), (TOGETHER, TOGETHER))


def test_no_answer(folder):
    sink = run_case(folder, "timeout", server.url)
    hit, = sink.of("add_hit")
    same((hit["status"], hit["error"], len(sink.of("addSuccess"))), (0, "Timeout was reached", 1))
    assert 0.05 <= hit["elapsed"] < 10, hit
    server.RequestHandlerClass.released.set()


def test_a_handle_that_is_left(folder):
    sink = run_case(folder, "left", server.url, hits="3")
    same((len(sink.of("add_hit")), len(sink.of("addFailure"))), (3, 3))


def test_a_thread_of_the_test(folder):
    sink = run_case(folder, "thread", server.url)
    same((len(sink.of("add_hit")), len(sink.of("addSuccess"))), (0, 1))


def test_no_patching(folder):
    nginx = Nginx()
    sink = run_case(folder, "twice", nginx.url, users="2", hits="2", options=["--no-patching"])
    same(sink.counts(), {"startTest": 4, "addSuccess": 4, "stopTest": 4, "runnerEnd": 1})
    same(len(nginx.stop()), 8)


run_all(sys.modules[__name__])
