# SPDX-License-Identifier: Apache-2.0
"""Outputs csv, junit, openmetrics, influx and statsd: other programs read in them what
the result document says."""
import socket
import subprocess
import sys

# First, since it tells where harness is.
from recording import LOADS, Interrupted, Recording, environment, loads, run_arguments
from harness import contains, run_all, same
from readers import disarmed, read_csv, read_influx, read_junit, read_openmetrics
from statsd_server import Server

TIMES = "mean_us min_us p50_us p90_us p95_us p99_us p999_us max_us".split()


def shop(**head):
    """Two tests of which one fails, over three seconds, with what runners may tell."""
    run = Recording([{"users": 2, "hits": 3}], names=["shop.c"], **head)
    status = [3, 2, 1, 1]
    run.test(0.1, 0.4, status, name="test_home", elapsed=0.25)
    run.test(1.5, 1.6, status, name="test_cart", elapsed=0.0125, code=500, outcome="addFailure",
             exc_info=["cart is empty", "AssertionError", "cart.py, line 3"])
    run.hit(2.2, status, code=0, error="connection refused", url="http://localhost:8080/down", elapsed=0)
    run.add(2.3, "incr_counter", status, name="logins", value=3, test="t")
    run.add(2.3, "metric", status, name="basket", value=12.5, kind="trend", test="t")
    return run


def times(latency):
    return [latency[key] for key in TIMES] if latency["count"] else [""] * len(TIMES)


def numbers(cells):
    return [float(cell) if cell else "" for cell in cells]


def test_csv_timeline(folder):
    run = shop()
    wanted = run.document(folder)["timeline"]
    rows = read_csv(run.report(folder, "csv")[0])
    same(len(rows), 3)
    for row, slot in zip(rows, wanted):
        same([int(row[key]) for key in ("t_s", "users", "hits", "errors")],
             [slot[key] for key in ("t_s", "users", "hits", "errors")])
        same(float(row["hits_per_s"]), slot["hits"])
        same(numbers(row[key] for key in TIMES), times(slot["latency"]))


def test_csv_names(folder):
    run = shop()
    rows = read_csv(run.report(folder, "csv")[1])
    wanted = run.document(folder)["names"]
    same(len(rows), 2)
    for row, name in zip(rows, wanted):
        same([disarmed(row["name"]), disarmed(row["method"]), int(row["hits"])], [name["name"], name["method"], name["hits"]])
        same(numbers(row[key] for key in TIMES), times(name["latency"]))
    same([(row["no_answer"], row["status_2xx"], row["status_5xx"]) for row in rows], [("0", "1", "1"), ("1", "0", "0")])


def test_csv_formulas(folder):
    run = Recording([{"users": 1, "hits": 1}])
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'quoted", "plain", "1=1", "\uff1d1"]
    for name in names:
        run.hit(0.1, None, name=name)
    same(sorted(disarmed(row["name"]) for row in read_csv(run.report(folder, "csv")[1])), sorted(names))
    raw = read_csv(run.report(folder, "csv", "--output-csv-raw=yes")[1])
    same(sorted(row["name"] for row in raw), sorted(names))


def test_csv_of_a_long_run_counts_by_second(folder):
    run = Recording([{"users": 1, "duration_s": 5000}])
    run.hit(0.5, None)
    run.hit(1.5, None)
    run.hit(4999, None)
    rows = read_csv(run.report(folder, "csv")[0])
    same([row["t_s"] for row in rows[:2]], ["0", "2"])
    same((rows[0]["hits"], rows[0]["hits_per_s"]), ("2", "1"))


def test_junit(folder):
    suite = read_junit(shop(project="my shop", label="b<7>").report(folder, "junit"))
    same((suite.get("name"), suite.get("timestamp"), suite.get("tests")), ("my shop", "2013-05-14T00:51:08", "3"))
    same([(c.get("name"), c.get("classname"), [e.tag for e in c]) for c in suite.findall("testcase")],
         [("test_cart", "shop.c", ["failure"]), ("test_home", "shop.c", []), ("verdict", "loads", [])])
    same(suite.find("testcase/failure").get("message"), "1 failed and 0 had errors, of 1 runs")
    same({p.get("name"): p.get("value") for p in suite.iter("property")},
         {"run_id": "r1", "project": "my shop", "label": "b<7>", "version": "0.1.0"})
    contains(suite.findtext("system-err"), "1 x AssertionError: cart is empty\ncart.py, line 3\n")


def test_junit_of_a_run_that_measured_nothing(folder):
    run = subprocess.run([LOADS, *run_arguments("nothing"), "--output", "junit", "--output-junit-filename=j.xml"],
                         cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    same(run.returncode, 5)
    suite = read_junit(open(folder + "/j.xml").read())
    same([(c.get("name"), [e.get("type") for e in c]) for c in suite.findall("testcase")], [("verdict", ["invalid"])])
    contains(suite.findtext("testcase/failure"), "nothing was measured")


def test_openmetrics(folder):
    run = shop(project="my shop")
    samples, document = read_openmetrics(run.report(folder, "openmetrics")), run.document(folder)
    totals = document["totals"]
    same(samples["loads_run", (("run_id", "r1"), ("project", "my shop"), ("label", ""), ("version", "0.1.0"))], 1)
    same(samples["loads_run_start_timestamp_seconds", ()], 1368492668)
    same([samples["loads_" + key, ()] for key in ("hits", "hit_errors", "tests_failed", "tests_succeeded")], [3, 1, 1, 1])
    same(samples["loads_latency_seconds", (("quantile", "0.95"),)], totals["latency"]["p95_us"] / 1e6)
    same(samples["loads_latency_seconds_count", ()], 2)
    same(round(samples["loads_latency_seconds_sum", ()], 6), 0.2625)
    home = ("name", "http://localhost:8080/"), ("method", "GET")
    same(samples["loads_name_hits", (*home, ("status", "500"))], 1)
    same(samples["loads_name_latency_seconds_count", home], 2)
    same(samples["loads_test_runs", (("test", "test_cart"), ("target", "shop.c"), ("outcome", "failures"))], 1)
    same(samples["loads_counted", (("name", "logins"),)], 3)
    same(samples["loads_measured", (("name", "basket"), ("kind", "trend"))], 12.5)


def test_influx(folder):
    run = shop(project="my shop", label="b,7")
    points, document = read_influx(run.report(folder, "influx")), run.document(folder)
    kinds = [point.measurement for point in points]
    same(kinds, ["loads_second"] * 3 + ["loads_run"] + ["loads_name"] * 2 + ["loads_test"] * 2)
    for point in points:
        same([point.tags[key] for key in ("run_id", "project", "label")], ["r1", "my shop", "b,7"])
    start_ns = 1368492668 * 10**9
    same([point.time_ns - start_ns for point in points[:4]], [0, 10**9, 2 * 10**9, 2300000000])
    same([point.fields["hits"] for point in points[:4]], [1, 1, 1, 3])
    same([points[3].fields[key] for key in TIMES], [document["totals"]["latency"][key] for key in TIMES])
    same([point.tags["name"] for point in points[4:6]], [name["name"] for name in document["names"]])
    same([point.fields["failures"] for point in points[6:]], [1, 0])


def test_statsd(folder):
    server = Server()
    shop().save(folder + "/run.jsonl")
    loads(folder, "report", "run.jsonl", *server.options("--output-statsd-prefix=my.shop", "--output-statsd-names=yes"))
    metrics = server.metrics()
    for name in metrics:  # counts of several seconds, if it took so long
        if name not in ("my.shop.hit", "my.shop.name.GET_http___localhost_8080_"):
            metrics[name] = [sum(metrics[name])]
    same(metrics, {
        "my.shop.hit": [250, 12.5], "my.shop.name.GET_http___localhost_8080_": [250, 12.5], "my.shop.hits": [3],
        "my.shop.hit_errors": [1], "my.shop.status.200": [1], "my.shop.status.500": [1], "my.shop.tests_started": [2],
        "my.shop.tests_finished": [2], "my.shop.success": [1], "my.shop.failures": [1], "my.shop.users": [0]})


def test_statsd_while_the_run_lasts(folder):
    server = Server()
    run = Interrupted(folder, "-u", "2", *server.options())
    same(run.code, 130)
    metrics = server.metrics()
    same(sum(metrics["loads.hits"]), len(metrics["loads.hit"]))
    assert len(server.packets) > 1 and len(metrics["loads.hit"]) > 10, metrics


def test_statsd_with_nobody_there(folder):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    shop().save(folder + "/run.jsonl")
    same(loads(folder, "report", "run.jsonl", "--output", "statsd", "--output-statsd-port=%d" % port).stderr, b"")


def test_options_are_checked_before_the_run(folder):
    cases = [
        (["statsd", "--output-statsd-host=no.such.host.invalid"], "output statsd: cannot find host no.such.host.invalid: "),
        (["statsd", "--output-statsd-port=70000"], "output statsd: port: 70000 is not between 1 and 65535"),
        (["statsd", "--output-statsd-prefix=a b"], 'output statsd: prefix: "a b" has more than letters'),
        (["csv", "--output-csv-prefix=no/where"], "output csv: cannot create no/where-timeline.csv: No such file or directory"),
        (["funkload", "--output-funkload-filename=no/x"], "output funkload: cannot create no/x: No such file or directory"),
        (["junit", "--output-junit-filename=/"], "output junit: cannot write /: it is a directory"),
        (["influx", "--output-influx-filename=no/x"], "output influx: cannot create no/x: No such file or directory"),
        (["openmetrics", "--output-openmetrics-filename=no/x"], "output openmetrics: cannot create no/x: No such file"),
    ]
    for arguments, why in cases:
        process = loads(folder, *run_arguments("ok", "--output", *arguments), check=False)
        same(process.returncode, 2)
        contains(process.stderr.decode(), why)
        same(process.stderr.count(b"\n"), 1)


run_all(sys.modules[__name__])
