# SPDX-License-Identifier: Apache-2.0
"""Output funkload: FunkLoad's report builder takes it and shows the right figures."""
import os
import socket
import sys
import xml.etree.ElementTree

# First, since it tells where harness is.
from recording import SOURCE, Interrupted, Recording, loads, option, run_arguments
from funkload_reader import Report
from harness import contains, run_all, same


def by_hits(*users, hits=1):
    return [{"users": n, "hits": hits} for n in users]


def golden_recording():
    run = Recording(by_hits(1, 2), names=["example.TestWebSite.test_home"])
    run.test(0.0, 0.6, [1, 1, 1, 1], started="2013-05-14T00:51:08")
    begins = dict(started="2013-05-14T00:51:09")
    run.add(1.0, "startTest", [1, 2, 1, 1], test="test_home (example.TestWebSite)")
    run.add(1.0, "startTest", [1, 2, 1, 2], test="test_home (example.TestWebSite)")
    for user, code in (1, 200), (2, 500):
        run.hit(1.6, [1, 2, 1, user], code=code, **begins)
        if code == 200:
            run.add(1.6, "addSuccess", [1, 2, 1, user], test="test_home (example.TestWebSite)")
        else:
            run.add(1.6, "addFailure", [1, 2, 1, user], test="test_home (example.TestWebSite)",
                    exc_info=["500 != 200", "AssertionError", '  File "example.py", line 9'])
        run.add(1.6, "stopTest", [1, 2, 1, user], test="test_home (example.TestWebSite)")
    return run


def elements(text):
    return [(element.tag, element.attrib) for element in xml.etree.ElementTree.fromstring(text).iter()]


def test_golden_file(folder):
    got = golden_recording().report(folder, "funkload")
    wanted = open(SOURCE + "/tests/outputs/golden.xml").read()
    wanted = wanted.replace("loadbox", socket.gethostname()).replace("funkload-report.xml", "report-funkload")
    for one, other in zip(elements(got), elements(wanted)):
        same(one, other)
    same(len(elements(got)), len(elements(wanted)))


def test_golden_figures(folder):
    report = Report(golden_recording().report(folder, "funkload"))
    same([len(cycle.tests) for cycle in report.cycles], [1, 2])
    same([cycle.share_of_good_tests() for cycle in report.cycles], [1.0, 0.5])
    same([cycle.pages for cycle in report.cycles], [[0.5], [0.5, 0.5]])
    same(report.duration, 0.6)


def test_run_by_hits(folder):
    loads(folder, *run_arguments("ok", "-u", "1:3", "--hits", "4"), *option("funkload", "out.xml"),
          "--label", "nightly <1>")
    report = Report(open(folder + "/out.xml").read())
    same([cycle.users for cycle in report.cycles], [1, 3])
    same([len(cycle.tests) for cycle in report.cycles], [4, 12])
    same([len(cycle.pages) for cycle in report.cycles], [4, 12])
    same({test["thread"] for test in report.cycles[1].tests}, {"001", "002", "003"})
    same(report.config["label"], "nightly <1>")
    assert 0 < report.duration < 20


def test_duration_is_that_of_a_cycle(folder):
    run = Recording([{"users": 1, "duration_s": 2}, {"users": 2, "duration_s": 2}])
    run.test(0.1, 2.5, [0, 1, 1, 1])
    run.test(3.0, 5.0, [0, 2, 1, 2])
    same(Report(run.report(folder, "funkload")).duration, 2.0)
    run = Recording(by_hits(1, 2))
    run.test(0.1, 0.4, [1, 1, 1, 1])
    run.test(1.0, 3.5, [1, 2, 1, 2])
    same(Report(run.report(folder, "funkload")).duration, 2.5)
    # Stopped early: no cycle was longer than the run.
    run = Recording([{"users": 1, "duration_s": 60}])
    run.test(0.1, 2.0, [0, 1, 1, 1])
    same(Report(run.report(folder, "funkload")).duration, 2.0)


def test_messages_that_come_late_keep_their_times(folder):
    run = Recording(by_hits(1))
    run.add(9.0, "startTest", [1, 1, 1, 1], test="t")
    for second in range(5):
        run.hit(9.0, [1, 1, 1, 1], started="2013-05-14T00:51:0%d" % second, elapsed=0.25)
    run.add(9.0, "addSuccess", [1, 1, 1, 1], test="t")
    report = Report(run.report(folder, "funkload"))
    same(report.tests()[0]["duration"], "4.25")
    same(report.duration, 4.25)
    same([r["time"] for r in report.responses()], ["13684926%d" % n for n in range(60, 65)])


def test_cycles_that_are_alike(folder):
    run = Recording(by_hits(2, 2, 2, hits=2))
    for cycle in range(3):
        for hit in 1, 2:
            for user in 1, 2:
                run.test(cycle * 2 + hit, cycle * 2 + hit + 0.1, [2, 2, hit, user], agent="local.%d" % (cycle * 2 + user))
    same([len(cycle.tests) for cycle in Report(run.report(folder, "funkload")).cycles], [4, 4, 4])
    run = Recording([{"users": 1, "duration_s": 1}] * 2)
    for second, agent in (0.1, 1), (0.6, 1), (1.4, 2), (1.8, 2):
        run.test(second, second + 0.1, [0, 1, 1, 1], agent="local.%d" % agent)
    same([len(cycle.tests) for cycle in Report(run.report(folder, "funkload")).cycles], [2, 2])


def test_targets_run_beside_each_other(folder):
    run = Recording(by_hits(2, 4), by_hits(3))
    run.test(0.1, 0.2, [1, 2, 1, 2], target=0)
    run.test(0.1, 0.2, [1, 3, 1, 3], target=1)
    run.test(0.5, 0.6, [1, 4, 1, 4], target=0)
    report = Report(run.report(folder, "funkload"))
    same(report.config["cycles"], "[5, 4]")
    same([test["thread"] for test in report.tests()], ["002", "005", "004"])


def test_numbers_are_as_wide_as_the_widest(folder):
    run = Recording(by_hits(1, 1200))
    run.test(0.1, 0.2, [1, 1, 1, 1])
    run.test(0.3, 0.4, [1, 1200, 1, 1200])
    report = Report(run.report(folder, "funkload"))
    same([(test["cycle"], test["cvus"], test["thread"]) for test in report.tests()],
         [("0000", "0001", "0001"), ("0001", "1200", "1200")])


def test_steps_pages_and_outcomes(folder):
    status = [1, 1, 1, 1]
    run = Recording(by_hits(1))
    run.add(0, "startTest", status, test="t")
    run.hit(0.1, status, method="GET", elapsed=0.1, name="home")
    run.hit(0.2, status, method="OPTIONS", elapsed=0.2)
    run.hit(0.3, status, method="Post", elapsed=0.3, code=404)
    run.hit(0.4, status, method="GET", elapsed=0, code=0, error="connection refused")
    run.add(0.5, "addFailure", status, test="t", exc_info=["no", "Bad", "trace\n"])
    run.add(0.6, "addError", status, test="t", exc_info=["", "Worse", ""])
    run.add(0.7, "stopTest", status, test="t")
    report = Report(run.report(folder, "funkload"))
    same([r["step"] for r in report.responses()], ["001", "002", "003", "004"])
    same([r["type"] for r in report.responses()], ["get", "options", "post", "get"])
    same([r["result"] for r in report.responses()], ["Successful", "Successful", "Failure", "Failure"])
    same([r["description"] for r in report.responses()], ["home", "", "HTTP 404", "connection refused"])
    same([round(page, 6) for page in report.cycles[0].pages], [0.3, 0.3, 0])
    same([(t["result"], t["traceback"], t["requests"], t["pages"]) for t in report.tests()],
         [("Failure", "trace\nBad: no", "4", "3"), ("Error", "Worse", "4", "3")])


def test_a_test_that_ends_without_a_word(folder):
    run = Recording(by_hits(1))
    run.add(0, "startTest", [1, 1, 1, 1], test="t")
    run.add(0.5, "stopTest", [1, 1, 1, 1], test="t")
    same([(t["result"], t["duration"]) for t in Report(run.report(folder, "funkload")).tests()], [("Successful", "0.5")])


def test_runners_that_tell_no_cycle(folder):
    run = Recording(by_hits(2, 3))
    for number in range(5):
        run.test(number, number + 0.5, None, agent="local.%d" % number)
    same([(t["cycle"], t["cvus"], t["thread"]) for t in Report(run.report(folder, "funkload")).tests()],
         [("000", "002", "000")] * 2 + [("001", "003", "000")] * 3)


def test_a_run_without_messages(folder):
    report = Report(Recording(by_hits(1)).report(folder, "funkload"))
    same((report.elements, report.config["server_url"]), ([], ""))


def test_names_of_tests(folder):
    run = Recording(by_hits(1))
    names = {"test_es (a.b.TestSite)": ("TestSite", "test_es"), "a.b.TestSite.test_es": ("TestSite", "test_es"),
             "shop.c:test_home": ("", "test_home"), "shop.test": ("", "shop.test"), "buy (2 things)": ("", "buy (2 things)"),
             "see http://a.b.c/": ("", "see http://a.b.c/"), "GET /a:b": ("", "GET /a:b")}
    for name in names:
        run.test(0, 0.1, [1, 1, 1, 1], name=name)
    same([(t["suite"], t["name"]) for t in Report(run.report(folder, "funkload")).tests()],
         list(names.values()))


def test_addresses_tell_no_password(folder):
    run = Recording(by_hits(1))
    addresses = {"https://me:s@cret@h:8443/a?b=@c": "https://h:8443/a?b=@c", "http://h/a@b": "http://h/a@b", "/a@b": "/a@b",
                 "http://me@h": "http://h"}
    for address in addresses:
        run.hit(0.1, [1, 1, 1, 1], url=address)
    report = Report(run.report(folder, "funkload"))
    same([r["url"] for r in report.responses()], list(addresses.values()))
    same(report.config["server_url"], "https://h:8443")


def test_nothing_under_its_name_before_the_end(folder):
    run = Interrupted(folder, "-u", "2", *option("funkload", "out.xml"))
    same(run.code, 130)
    assert "out.xml" not in run.before, run.before
    report = Report(open(folder + "/out.xml").read())
    assert report.responses()
    same([name for name in os.listdir(folder) if ".tmp-" in name], [])


def test_standard_output(folder):
    run = golden_recording()
    run.save(folder + "/run.jsonl")
    text = loads(folder, "report", "run.jsonl", "--output", "funkload", "--output-funkload-filename=-").stdout.decode()
    same(len(Report(text).tests()), 3)
    contains(text, '<config key="log_xml" value="-"/>')


run_all(sys.modules[__name__])
