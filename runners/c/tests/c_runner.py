# SPDX-License-Identifier: Apache-2.0
"""The C runner from the outside: what it sends, prints and returns."""
import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from harness import INCLUDE, Nginx, Run, SOURCE, Server, Sink, TESTS, build, ended, has, one, run_all, same

CASES = TESTS + "/cases.c"
SHOP = SOURCE + "/runners/c/examples/shop.c"
folder_of_all = tempfile.mkdtemp(prefix="loads-c-")
atexit.register(shutil.rmtree, folder_of_all, True)
LIBRARY = build(CASES, folder_of_all)
server = Server()


def run_case(folder, case, url=None, **environment):
    """One case to its end; returns its sink, closed, and its run."""
    sink = Sink(folder)
    run = Run("%s:case_%s" % (LIBRARY, case), url or server.url, sink, **environment)
    sink.until_end()
    ended(run, 0)
    sink.close()
    sink.check_account()
    return sink, run


def test_members_of_messages(folder):
    sink, _ = run_case(folder, "page", LOADS_TOTAL_HITS="2")
    same([m["data_type"] for m in sink.messages],
         ["startTest", "add_hit", "addSuccess", "stopTest"] * 2 + ["runnerEnd"])
    for message in sink.messages:
        same((message["agent_id"], message["run_id"]), ("agent.1", "run-1"))
        same(message["hostname"], os.uname().nodename)
    first, second = sink.of("add_hit")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", first["started"]), first["started"]
    started = time.strptime(first["started"][:19], "%Y-%m-%dT%H:%M:%S")
    assert abs(time.mktime(started) - time.timezone - time.time()) < 7200
    same((first["url"], first["method"], first["status"]), (server.url + "/page", "GET", 200))
    same(first["test"], "case_page")
    for hit in (first, second):
        assert 0 < hit["ttfb"] <= hit["elapsed"] < 30, hit
        assert "error" not in hit and "name" not in hit, hit
    assert "connect" in first and "connect" not in second, (first, second)
    # "GET /page HTTP/1.1" and its headers; 7 bytes of body and a head.
    assert 50 < first["bytes_out"] < 300 and 30 < first["bytes_in"] < 500, first
    stop = sink.of("stopTest")[0]
    assert first["elapsed"] <= stop["elapsed"] < 30, stop
    same(sink.messages[-1]["blocked"], 0)


def test_failed_assertion(folder):
    nginx = Nginx()
    sink, _ = run_case(folder, "wrong_status", nginx.url, LOADS_TOTAL_HITS="3")
    nginx.stop()
    same(sink.counts(), {"startTest": 3, "add_hit": 3, "addFailure": 3, "stopTest": 3, "runnerEnd": 1})
    message, name, where = sink.of("addFailure")[0]["exc_info"]
    same(message, 'loads_get(t, "/missing")->status == 200 does not hold: 404 == 200')
    same(name, "AssertionError")
    same(where, CASES + ":19: in case_wrong_status")


def test_own_error(folder):
    sink, _ = run_case(folder, "own_error", LOADS_CURRENT_USER="7", LOADS_TOTAL_USERS="9")
    error = one(sink.of("addError"))
    same(error["exc_info"][:2], ["no data for user 7", "Error"])
    same(error["loads_status"], [1, 9, 1, 7])


def test_odd_text_stays_json(folder):
    sink, _ = run_case(folder, "odd_text")
    same(one(sink.of("addFailure"))["exc_info"][0],
         'quote " backslash \\ newline \n bell \a byte \ufffd euro \u20ac end')


def test_long_text_is_cut(folder):
    sink, _ = run_case(folder, "long_text")
    same(len(one(sink.of("add_hit"))["name"]), 2048)
    same(len(one(sink.of("incr_counter"))["name"]), 256)
    same(len(one(sink.of("addError"))["exc_info"][0]), 1023)


def test_what_a_test_may_not_do(folder):
    for case, name in (("bad_header", "InvalidRequest"), ("memory", "MemoryError"), ("not_finite", "Error")):
        sink, _ = run_case(folder, case)
        same(one(sink.of("addError"))["exc_info"][1], name)
        same(sink.of("add_hit"), [])


def test_a_thousand_users_wait_at_the_same_time(folder):
    started = time.monotonic()
    sink, _ = run_case(folder, "naps", LOADS_PROCESS_USERS="1000", LOADS_TOTAL_USERS="1000", LOADS_TOTAL_HITS="3")
    same(len(sink.of("addSuccess")), 3000)
    assert time.monotonic() - started < 60  # one after the other it would be 600 s
    for stop in sink.of("stopTest"):
        assert stop["elapsed"] >= 0.2, stop


def test_a_test_that_lets_nobody_run_is_named(folder):
    sink = Sink(folder)
    run = Run(LIBRARY + ":case_selfish", server.url, sink, LOADS_CURRENT_USER="3")
    line = run.process.stderr.readline()
    has(line, "case_selfish (user 3, iteration 1) has run for 5 s without waiting")
    run.process.send_signal(signal.SIGTERM)
    sink.until_end()  # within the grace that a signal gives
    ended(run, 0)
    sink.close()
    sink.check_account()


def test_held_responses_have_a_limit(folder):
    nginx = Nginx()
    sink, _ = run_case(folder, "hold", nginx.url)
    same(one(sink.of("addError"))["exc_info"][1], "TooManyResponses")
    same((len(sink.of("add_hit")), len(nginx.stop())), (2100, 2100))


def test_numbers(folder):
    sink, _ = run_case(folder, "numbers")
    same([(m["data_type"], m["name"], m["value"], m.get("kind")) for m in sink.messages if "value" in m],
         [("incr_counter", "sold", 3, None), ("metric", "stock", 2.5, "gauge"),
          ("metric", "cached", 1, "rate"), ("metric", "basket", 0.001, "trend")])
    same(one(sink.of("addFailure"))["exc_info"][0], "-5 > 3u does not hold: -5 > 3")


def test_plain_function_and_shared_object(folder):
    library = folder + "/cases.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-I" + INCLUDE, CASES, "-o", library], check=True)
    sink = Sink(folder)
    # A name without a slash is not looked for in the system's folders.
    run = Run("cases.so:case_plain", None, sink, folder=folder, LOADS_TOTAL_HITS="3")
    sink.until_end()
    ended(run, 0)
    sink.close()
    same(sink.counts(), {"startTest": 3, "addSuccess": 3, "stopTest": 3, "runnerEnd": 1})


def test_duration(folder):
    started = time.monotonic()
    sink, _ = run_case(folder, "page", LOADS_DURATION="0.5", LOADS_PROCESS_USERS="2",
                       LOADS_TOTAL_USERS="2")
    assert time.monotonic() - started >= 0.5
    for message in sink.of("add_hit"):
        hits, users, hit, _ = message["loads_status"]
        same((hits, users), (hit, 2))
    assert len(sink.of("add_hit")) > 2
    same(len(sink.of("startTest")), len(sink.of("stopTest")))


def test_slow_host_blocks_and_loses_nothing(folder):
    sink = Sink(folder, hwm=1)
    run = Run(LIBRARY + ":case_flood", None, sink)
    sink.until_end(each_s=0.001)
    ended(run, 0)
    sink.close()
    sink.check_account()
    same(len(sink.of("incr_counter")), 100000)
    assert sink.messages[-1]["blocked"] > 0, sink.messages[-1]


def test_older_host(folder):
    sink = Sink(folder)
    run = Run(LIBRARY + ":case_numbers", None, sink, LOADS_PROTOCOL=None)
    sink.receive(lambda message: message["data_type"] == "stopTest")
    ended(run, 0)
    sink.close()
    same(sink.frames, sink.messages)  # one object a frame
    same([m["data_type"] for m in sink.messages], ["startTest", "incr_counter", "addFailure", "stopTest"])
    assert all("seq" not in m for m in sink.messages)


def test_sigterm_finishes_the_iteration(folder):
    sink = Sink(folder)
    run = Run(LIBRARY + ":case_page", server.url, sink, LOADS_DURATION="600", LOADS_PROCESS_USERS="3",
              LOADS_TOTAL_USERS="3")
    sink.receive(lambda message: message["data_type"] == "add_hit")
    run.process.send_signal(signal.SIGTERM)
    sink.until_end()
    ended(run, 0)
    sink.close()
    sink.check_account()
    counts = sink.counts()
    same((counts["stopTest"], counts["add_hit"], counts["addSuccess"]), (counts["startTest"],) * 3)


def test_sigterm_does_not_wait_for_ever(folder):
    sink = Sink(folder)
    run = Run(LIBRARY + ":case_sleep", server.url, sink)
    sink.receive(lambda message: message["data_type"] == "add_hit")
    started = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    sink.until_end()
    ended(run, 0)
    sink.close()
    sink.check_account()
    assert 4.5 < time.monotonic() - started < 15
    same(sink.counts(), {"startTest": 1, "add_hit": 1, "runnerEnd": 1})


def test_second_signal_ends_at_once(folder):
    sink = Sink(folder)
    run = Run(LIBRARY + ":case_sleep", server.url, sink)
    sink.receive(lambda message: message["data_type"] == "add_hit")
    run.process.send_signal(signal.SIGTERM)
    started = time.monotonic()
    while run.process.poll() is None and time.monotonic() - started < 4:
        run.process.send_signal(signal.SIGINT)
    # Of two that wait at the same time the kernel delivers either one first.
    assert run.finish() in (-signal.SIGTERM, -signal.SIGINT), run.process.returncode
    sink.close()


def test_crash_names_the_test(folder):
    for case, name, number in (("segfault", "SIGSEGV", signal.SIGSEGV), ("abort", "SIGABRT", signal.SIGABRT),
                               ("overflow", "SIGSEGV", signal.SIGSEGV)):
        sink = Sink(folder)
        run = Run("%s:case_%s" % (LIBRARY, case), None, sink, LOADS_CURRENT_USER="4")
        ended(run, -number)
        has(run.err, "loads-c-runner: %s in case_%s (user 4, iteration 1)\n" % (name, case))
        sink.close()


def test_tap_without_a_host(folder):
    nginx = Nginx()
    run = Run(SHOP, nginx.url)
    ended(run, 0)
    lines = [line for line in run.out.splitlines() if not line.startswith("#")]
    same(lines, ["TAP version 13", "1..2", "ok 1 - test_home", "ok 2 - test_search"])
    same(len(nginx.stop()), 2)
    run = Run(LIBRARY + ":case_odd_text", LOADS_TOTAL_HITS="50", LOADS_PROCESS_USERS="9")
    ended(run, 1)
    has(run.out, "1..1\nnot ok 1 - case_odd_text\n  ---\n  message: \"quote \\\"")


def test_the_tutorial_is_true(folder):
    with open(SOURCE + "/docs/tutorial/first-c-test.md") as file:
        code = re.search(r"```c\n(.*?)```", file.read(), re.S).group(1)
    nginx = Nginx()
    write(folder + "/shop.c", code)
    run = Run("shop.c", nginx.url, folder=folder)
    ended(run, 0)
    has(run.out, "ok 1 - test_home\n")
    nginx.stop()


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return path


def test_targets_that_cannot_run(folder):
    so, c = folder + "/x.so", folder + "/x.c"
    helper = write(folder + "/helper.c", "int helper(void) { return 1; }")
    for target, words in (
            (CASES + ":case_nothing", 'has no function "case_nothing"'),
            (CASES + ":printf", 'has no function "printf"'),
            (CASES + ":dig", 'has no function "dig"'),
            (SHOP + ":test_hom", "its tests are test_home, test_search"),
            (helper, 'no function whose name starts with "test"'),
            (folder + "/none.c", "No such file"),
            (folder + "/none.so", "No such file"),
            (write(so, "not ELF"), "not a shared object"),
            (write(folder + "/empty.so", ""), "not a shared object"),
            (write(folder + "/x.rb", ""), "ends with .so or .c"),
            (write(c, "void test_x(void) { oops; }"), "x.c:1:21: error:")):
        run = Run(target)
        ended(run, 2)
        has(run.err, words)
        same(run.out, "")


def test_damaged_shared_objects(folder):
    whole = folder + "/cases.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-I" + INCLUDE, CASES, "-o", whole], check=True)
    with open(whole, "rb") as file:
        data = file.read()
    for length in (1, 63, 64, 100, 1000, len(data) // 2, len(data) - 1):
        with open(folder + "/cut.so", "wb") as file:
            file.write(data[:length])
        run = Run(folder + "/cut.so:case_plain")
        ended(run, 2)


def test_bad_environment(folder):
    sink = Sink(folder)
    for name, value in (("LOADS_TOTAL_USERS", "0"), ("LOADS_CURRENT_USER", "x"), ("LOADS_TOTAL_HITS", "-1"),
                        ("LOADS_PROCESS_USERS", "1e3"), ("LOADS_DURATION", "nan"), ("LOADS_DURATION", "3s"),
                        ("LOADS_ZMQ_RECEIVER", "nowhere")):
        run = Run(LIBRARY + ":case_plain", None, sink, **{name: value})
        ended(run, 2)
        has(run.err, name)
        has(run.err, '"%s"' % value)
    sink.close()
    run = Run(CASES, "localhost:80")
    ended(run, 2)
    has(run.err, "http://")


def test_compiling_leaves_nothing_behind(folder):
    os.mkdir(folder + "/tmp")
    broken = write(folder + "/broken.c", "void test_x(void) { oops; }")
    runs = [Run(CASES + ":case_plain", TMPDIR=folder + "/tmp") for _ in range(4)]
    runs.append(Run(CASES + ":case_segfault", TMPDIR=folder + "/tmp"))
    runs.append(Run(broken, TMPDIR=folder + "/tmp"))
    same([run.finish() for run in runs], [0, 0, 0, 0, -signal.SIGSEGV, 2])
    same(os.listdir(folder + "/tmp"), [])


def test_compiler(folder):
    run = Run(CASES + ":case_plain", CC="no-such-compiler -x")
    ended(run, 2)
    has(run.err, "no-such-compiler")
    # A compiler that never ends is stopped by the first signal.
    slow = write(folder + "/slow-cc", "#!/bin/sh\necho compiling >&2\nexec sleep 600\n")
    os.chmod(slow, 0o755)
    os.mkdir(folder + "/tmp")
    run = Run(CASES + ":case_plain", CC=slow, TMPDIR=folder + "/tmp")
    same(run.process.stderr.readline(), "compiling\n")
    run.process.send_signal(signal.SIGTERM)
    ended(run, 2)
    same(os.listdir(folder + "/tmp"), [])


run_all(sys.modules[__name__])
