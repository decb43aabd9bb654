# SPDX-License-Identifier: Apache-2.0
"""What holds for every output that writes files, found by listing those that are built:
whole after Ctrl-C, never half under the final name, and one's trouble is its own."""
import json
import os
import subprocess
import sys

# First, since it tells where harness is.
from recording import LOADS, PLACES, Interrupted, Recording, environment, loads, option, run_arguments, written_outputs
from funkload_reader import Report
from harness import contains, run_all, same
from readers import read_csv, read_file, read_influx, read_junit, read_markdown, read_openmetrics

READERS = {"csv": read_csv, "file": read_file, "funkload": Report, "html": str, "influx": read_influx, "json": json.loads,
           "junit": read_junit, "markdown": read_markdown, "openmetrics": read_openmetrics}
AS_IT_COMES = {"file"}  # is meant to be there when the host is killed


def options(folder, outputs):
    return [word for output in outputs for word in option(output, folder + "/" + output)]


def files(output, folder):
    return [folder + "/" + output + end for end in PLACES[output][1]]


def read(output, folder):
    for path in files(output, folder):
        text = open(path, encoding="utf-8", newline="").read()
        assert text and READERS[output](text), path


def parts_left(folder):
    return [name for name in os.listdir(folder) if ".tmp-" in name]


def test_there_are_outputs_to_test(folder):
    assert {"csv", "file", "funkload", "influx", "json", "junit", "markdown", "openmetrics"} <= set(written_outputs())


def test_complete_after_ctrl_c(folder):
    outputs = [output for output in written_outputs() if output not in AS_IT_COMES]
    run = Interrupted(folder, "-u", "2", *options(folder, outputs))
    same(run.code, 130)
    for output in outputs:
        read(output, folder)
        assert not set(map(os.path.basename, files(output, folder))) & set(run.before), run.before
    read_file(open(folder + "/watched.jsonl").read())
    result = json.load(open(folder + "/json"))
    assert result["totals"]["hits"] > 0
    same(len(Report(open(folder + "/funkload").read()).responses()), result["totals"]["hits"])
    same(parts_left(folder), [])


def test_reports_of_a_recording(folder):
    loads(folder, *run_arguments("ok", "-u", "1:2", "--hits", "3"), *options(folder, ["file"]))
    outputs = [output for output in written_outputs() if output != "file"]
    loads(folder, "report", "file", *options(folder, outputs))
    for output in outputs:
        read(output, folder)


def test_a_kill_leaves_nothing_under_the_final_name(folder):
    outputs = [output for output in written_outputs() if output not in AS_IT_COMES]
    watched = folder + "/watched.jsonl"
    process = subprocess.Popen([LOADS, *run_arguments("polite " + folder + "/pid", "-d", "100", "--output", "file",
                                                      "--output-file-filename", watched), *options(folder, outputs)],
                               cwd=folder, env=environment(), stdin=subprocess.DEVNULL)
    while process.poll() is None and not (os.path.exists(watched) and os.path.getsize(watched) > 5000):
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            pass
    process.kill()
    same(process.wait(), -9)
    for output in outputs:
        same([path for path in files(output, folder) if os.path.exists(path)], [])


def in_small_disk(folder, size, *command):
    """Runs it with folder/small being a file system of that size; None where that cannot be made."""
    os.mkdir(folder + "/small")
    enter = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=%s none "$0" && shift 0 && "$@"; code=$?; '
             'ls -A "$0" >left; exit $code' % size, folder + "/small"]
    if subprocess.run([*enter, "true"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        return None
    return subprocess.run([*enter, *command], cwd=folder, env=environment(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_full_disk_is_one_error_and_the_others_finish(folder):
    run = Recording([{"users": 1, "hits": 1}])
    for number in range(2000):
        run.test(number / 100, number / 100, [1, 1, 1, 1], name="test %d" % number, url="http://h/%d/%s" % (number, "x" * 300))
    run.save(folder + "/run.jsonl")
    others = ["json", "funkload"]
    for output in set(written_outputs()) - {"markdown"}:  # which is never large
        here = folder + "/" + output + ".d"
        os.mkdir(here)
        process = in_small_disk(here, "32k", LOADS, "report", folder + "/run.jsonl", *option(output, here + "/small/report"),
                                *options(here, [other for other in others if other != output]))
        if process is None:
            print("# skipped: nobody may mount a file system here", flush=True)
            return
        same((output, process.returncode, process.stderr.count(b"\n")), (output, 5, 1))
        contains(process.stderr.decode(), "output %s: cannot write %s/small/report" % (output, here))
        contains(process.stderr.decode(), "No space left on device")
        left = open(here + "/left").read().split()
        # csv's first table is small enough to be there, whole.
        same(left, {"file": ["report"], "csv": ["report-timeline.csv"]}.get(output, []))
        for other in others:
            if other != output:
                read(other, here)


def test_a_place_that_cannot_be_written_is_refused_before_the_run(folder):
    for output in written_outputs():
        process = loads(folder, *run_arguments("ok", *option(output, folder + "/no/where")), check=False)
        same((output, process.returncode, process.stderr.count(b"\n")), (output, 2, 1))
        contains(process.stderr.decode(), "%s/no/where" % folder)
        contains(process.stderr.decode(), "No such file or directory")


def test_a_place_that_goes_during_the_run_is_one_error(folder):
    for output in set(written_outputs()) - AS_IT_COMES:
        here, other = folder + "/" + output, "influx" if output == "json" else "json"
        os.makedirs(here + "/gone")
        runner = "sh -c 'rm -rf %s/gone; exec %s %s/tests/helpers/runner.py ok shop.test'" % (
            here, sys.executable, os.environ["top_srcdir"])
        process = loads(folder, "run", "--quiet", "--test-runner", runner, "shop.test", *option(output, here + "/gone/report"),
                        *options(here, [other]), check=False)
        same((output, process.returncode, process.stderr.count(b"\n")), (output, 5, 1))
        contains(process.stderr.decode(), "output %s: cannot " % output)
        read(other, here)


run_all(sys.modules[__name__])
