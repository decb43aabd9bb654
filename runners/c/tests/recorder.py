# SPDX-License-Identifier: Apache-2.0
"""The recorder for libcurl, preloaded into programs that know nothing of it. The
server's access log is the oracle."""
import json
import os
import shutil
import socket
import subprocess
import sys
import time

from harness import BUILD, DEADLINE_S, Nginx, Server, Sink, has, run_all, same

RECORDER = os.path.abspath(BUILD + "/runners/c/loads-curl-recorder.so")
TRANSFERS = os.path.abspath(BUILD + "/runners/c/tests/transfers")
LOADS = os.path.abspath(BUILD + "/loads")
server = Server()


def environment(sink=None, **more):
    clean = {k: v for k, v in os.environ.items()
             if not k.startswith("LOADS_") and not k.lower().endswith("_proxy")}
    if sink is not None:
        clean.update(LOADS_ZMQ_RECEIVER=sink.endpoint, LOADS_PROTOCOL="2", LOADS_RUN_ID="run-1",
                     LOADS_AGENT_ID="agent.1", LOADS_TOTAL_USERS="9", LOADS_CURRENT_USER="7",
                     LOADS_PROCESS_USERS="1", LOADS_TOTAL_HITS="20")
    clean.update(more)
    return clean


def run(command, sink=None, **more):
    done = subprocess.run(command, env=environment(sink, LD_PRELOAD=RECORDER, **more), text=True, capture_output=True,
                          timeout=DEADLINE_S)
    return done.returncode, done.stdout, done.stderr


def record(folder, command, processes=1, code=0, out=None):
    """Runs it to its end; returns the hits. Each process has an account of its own."""
    sink = Sink(folder)
    actual_code, printed, complained = run(command, sink)  # ZeroMQ holds the messages meanwhile
    same((actual_code, complained), (code, ""))
    if out is not None:
        same(printed, out)
    while len(sink.of("runnerEnd")) < processes:
        sink.until_end()
    sink.close()
    ids = {message["agent_id"] for message in sink.messages}
    same(len(ids), processes)
    for agent in ids:
        same(agent.split("/")[0], "agent.1")
        messages = [message for message in sink.messages if message["agent_id"] == agent]
        same([m["seq"] for m in messages], list(range(1, len(messages) + 1)))
        same((messages[-1]["data_type"], messages[-1]["sent"]), ("runnerEnd", len(messages) - 1))
    same(len(sink.of("add_hit")) + processes, len(sink.messages))
    return sink.of("add_hit")


def free_port():
    """A port that refuses: bound, and nobody listens."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    return holder, holder.getsockname()[1]


def test_members_of_a_hit(folder):
    nginx = Nginx()
    url = nginx.url.replace("//", "//user:pass%40word@") + "/page?q=1@2"
    hit, = record(folder, ["curl", "-s", "-X", "DELETE", url], out="Welcome")
    same(nginx.stop()[0].rsplit(" ", 1)[0], "DELETE /page?q=1@2 200")
    same((hit["method"], hit["url"], hit["status"]), ("DELETE", nginx.url + "/page?q=1@2", 200))
    same((hit["run_id"], hit["loads_status"], hit["hostname"]),
         ("run-1", [20, 9, 0, 7], os.uname().nodename))
    assert 0 < hit["connect"] <= hit["ttfb"] <= hit["elapsed"] < 30, hit
    assert "error" not in hit and "tls" not in hit and "test" not in hit, hit
    assert 50 < hit["bytes_out"] < 400 and 30 < hit["bytes_in"] < 500, hit
    assert abs(time.mktime(time.strptime(hit["started"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
               - time.time()) < 7200


def test_each_way_to_transfer(folder):
    for mode, processes, transfers in (("easy", 1, 40), ("multi", 1, 40), ("threads", 1, 40),
                                       ("fork", 2, 120)):
        nginx = Nginx()
        hits = record(folder, [TRANSFERS, mode, "40", nginx.url + "/page"], processes,
                      out="%d\n" % transfers)
        same([line.rsplit(" ", 1)[0] for line in nginx.stop()], ["GET /page 200"] * transfers)
        same([(h["url"], h["status"]) for h in hits], [(nginx.url + "/page", 200)] * transfers)


def test_parallel_curl(folder):
    nginx = Nginx()
    hits = record(folder, ["curl", "-s", "--no-progress-meter", "--parallel", nginx.url + "/{page,missing,page}"])
    same(sorted(h["status"] for h in hits), [200, 200, 404])
    same(len(nginx.stop()), 3)


def test_redirects_are_one_hit(folder):
    hit, = record(folder, [TRANSFERS, "easy", "1", server.url + "/redirect/2"], out="1\n")
    same((hit["url"], hit["status"]), (server.url + "/echo", 200))


def test_no_answer_is_an_error(folder):
    holder, port = free_port()
    url = "http://127.0.0.1:%d/" % port
    hits = record(folder, [TRANSFERS, "multi", "2", url], out="0\n")
    same([(h["url"], h["status"], h["error"]) for h in hits],
         [(url, 0, "Couldn't connect to server")] * 2)
    holder.close()
    hit, = record(folder, ["curl", "-s", "-o", folder + "/cut", server.url + "/cut"], code=18)
    same((hit["status"], hit["error"]), (0, "Transferred a partial file"))


def test_an_answer_that_curl_does_not_like(folder):
    nginx = Nginx()
    hit, = record(folder, ["curl", "-s", "--fail", nginx.url + "/missing"], code=22)
    nginx.stop()
    same(hit["status"], 404)
    assert "error" not in hit, hit


def test_other_protocols_are_not_hits(folder):
    with open(folder + "/text", "w") as text:
        text.write("text")
    sink = Sink(folder)
    same(run(["curl", "-s", "file://%s/text" % folder], sink), (0, "text", ""))
    sink.close()


def test_without_a_host_nothing_is_loaded(folder):
    # The program itself says what it has mapped.
    same(run(["curl", "-s", server.url + "/", "file:///proc/self/maps"])[0], 0)
    _, maps, _ = run(["curl", "-s", server.url + "/", "file:///proc/self/maps"])
    has(maps, RECORDER)
    assert "zmq" not in maps and "loads-curl-link" not in maps
    sink = Sink(folder)
    _, maps, _ = run(["curl", "-s", server.url + "/", "file:///proc/self/maps"], sink)
    sink.close()
    has(maps, "loads-curl-link.so")


def test_a_host_that_is_not_there(folder):
    for endpoint in ("nonsense", "ipc://%s/nobody" % folder):
        began = time.monotonic()
        code, out, err = run(["curl", "-s", server.url + "/"], LOADS_ZMQ_RECEIVER=endpoint)
        same((code, out, err), (0, "Welcome", ""))
        assert time.monotonic() - began < 30


def test_a_slow_host(folder):
    nginx = Nginx()
    sink = Sink(folder, hwm=10)
    child = subprocess.Popen([TRANSFERS, "easy", "3000", nginx.url + "/page"], text=True,
                             env=environment(sink, LD_PRELOAD=RECORDER), stdout=subprocess.PIPE)
    sink.until_end(each_s=0.001)
    same((child.communicate(timeout=DEADLINE_S)[0], child.returncode), ("3000\n", 0))
    sink.close()
    sink.check_account()
    same((len(sink.of("add_hit")), len(nginx.stop())), (3000, 3000))
    # Without the wait it takes a fifth of a second.
    assert sink.messages[-1]["blocked"] > 0.2, sink.messages[-1]


def test_a_closed_stderr_and_full_files(folder):
    """The program's own troubles stay its own."""
    command = "exec 2>&-; ulimit -n 8; exec curl -s %s/" % server.url
    sink = Sink(folder)
    code, out, _ = run(["sh", "-c", command], sink)
    sink.close()
    same((code, out), (0, "Welcome"))


def test_a_shell_script_under_loads(folder):
    nginx = Nginx()
    holder, port = free_port()
    script = folder + "/shop.sh"
    with open(script, "w") as text:
        text.write("#!/bin/sh\nexport LD_PRELOAD=%s\nfor i in $(seq \"$LOADS_TOTAL_HITS\"); do\n"
                   "    curl -s -o /dev/null $1/\n    curl -s -o /dev/null $1/page\n"
                   "    curl -s -o /dev/null -d x=1 $1/missing\ndone\n"
                   "curl -s http://127.0.0.1:%d/refused || true\n" % (RECORDER, port))
    os.chmod(script, 0o755)
    document = folder + "/result.json"
    done = subprocess.run([LOADS, "run", "--quiet", "-u", "2:3", "--hits", "4", "--output", "json",
                           "--output-json-filename", document,
                           "--test-runner", script + " {test}", nginx.url],
                          env=environment(), text=True, capture_output=True, timeout=DEADLINE_S)
    holder.close()
    lines = [line.rsplit(" ", 1)[0] for line in nginx.stop()]
    same((done.returncode, done.stderr), (0, ""))
    same(len(lines), 5 * 4 * 3)
    with open(document) as text:
        result = json.load(text)
    names = {(n["method"], n["name"]): (n["hits"], n["statuses"]) for n in result["names"]}
    same(names, {("GET", nginx.url + "/"): (lines.count("GET / 200"), {"200": 20}),
                 ("GET", nginx.url + "/page"): (lines.count("GET /page 200"), {"200": 20}),
                 ("POST", nginx.url + "/missing"): (lines.count("POST /missing 404"), {"404": 20}),
                 ("GET", "http://127.0.0.1:%d/refused" % port): (5, {"0": 5})})
    messages = result["messages"]
    # 65 transfers, each by a process of its own.
    same((messages["received"], messages["counted"]), (130, 130))
    same([messages[k] for k in ("lost", "duplicate", "unnumbered", "malformed")], [0] * 4)


if not shutil.which("curl"):
    print("1..0 # SKIP needs curl")
    sys.exit(0)
run_all(sys.modules[__name__])
