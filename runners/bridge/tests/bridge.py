# SPDX-License-Identifier: Apache-2.0
"""Programs of all kinds under `loads run`, through the bridge. Where they make
requests, the server's access log is the oracle."""
import collections
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "runners/c/tests"))
from harness import BUILD, DEADLINE_S, Nginx, Server, has, run_all, same  # noqa: E402

LOADS = os.path.abspath(BUILD + "/loads")


def program(folder, text, name="smoke.sh", mode=0o755):
    path = os.path.join(folder, name)
    with open(path, "w") as out:
        out.write(text)
    os.chmod(path, mode)
    return path


class Run:
    """One `loads run`. Its temporary files are below `folder`, and must be gone."""

    def __init__(self, folder, target, *options):
        self.document = folder + "/result.json"
        self.runtime = tempfile.mkdtemp(dir=folder)
        os.chmod(self.runtime, 0o700)
        clean = {k: v for k, v in os.environ.items()
                 if not k.startswith("LOADS_") and not k.lower().endswith("_proxy")}
        clean.update(XDG_RUNTIME_DIR=self.runtime, MARK=folder)
        self.process = subprocess.Popen(
            [LOADS, "run", "--quiet", "--output", "json", "--output-json-filename", self.document, target] +
            [str(option) for option in options], env=clean, cwd=folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self, code=0):
        self.out, self.err = self.process.communicate(timeout=DEADLINE_S)
        assert self.process.returncode == code, "exit code %d is not %d: %s" % (self.process.returncode, code, self.err)
        same(os.listdir(self.runtime), [])
        with open(self.document) as text:
            self.result = json.load(text)
        messages = self.result["messages"]
        same([messages[key] for key in ("lost", "duplicate", "unnumbered")], [0, 0, 0])
        return self.result


def run(folder, text, *options, code=0):
    return Run(folder, program(folder, text), *options).finish(code)


def figures(result, *keys):
    return tuple(result["totals"][key] for key in keys)


def names(result):
    return {(n["method"], n["name"]): n["hits"] for n in result["names"]}


def errors(result):
    return {(e["class"], e["message"]): e["count"] for e in result["errors"]}


def wait_until(condition, what):
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain until " + what
        time.sleep(0.01)


def living(folder):
    """Processes whose environment says that they belong to this test."""
    found = []
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as environment:
                if b"MARK=" + folder.encode() + b"\0" in environment.read():
                    found.append(path)
        except OSError:
            pass
    return found


# ---- What a program is told, and what is made of its end.

def test_a_run_is_a_test_and_a_hit(folder):
    result = run(folder, "#!/bin/sh\necho fine\n", "-u", "1:3", "--hits", "5")
    same(figures(result, "tests_started", "tests_finished", "success", "failures", "errors", "hits"),
         (20, 20, 20, 0, 0, 20))
    same(names(result), {("EXEC", "smoke.sh"): 20})
    same([(t["name"], t["runner"], t["success"], t["latency"]["count"]) for t in result["tests"]],
         [("smoke.sh", "bridge", 20, 20)])
    same(result["messages"]["received"], 20 * 4 + 2)


def test_the_exit_code_is_the_result(folder):
    result = run(folder, "#!/bin/sh\necho \"looking\"\necho 'it is \033[31mbroken\033[0m' >&2\nexit 3\n",
                 "-u", 2, "--hits", 3, code=1)
    same(figures(result, "tests_finished", "success", "failures", "errors", "hits"), (6, 0, 6, 0, 6))
    same(errors(result), {("ExitCode", "exited with 3"): 6})
    lines = result["errors"][0]["traceback"].strip().split("\n")
    same(sorted(lines), ["it is \\u{1b}[31mbroken\\u{1b}[0m", "looking"])
    same(result["names"][0]["statuses"], {"500": 6})


def test_a_signal_is_an_error(folder):
    result = run(folder, "#!/bin/sh\nkill -SEGV $$\n", "--hits", 2, code=1)
    same(figures(result, "failures", "errors"), (0, 2))
    same(errors(result), {("Killed", "killed by signal 11 (Segmentation fault)"): 2})


def test_the_environment(folder):
    result = run(folder, "#!/bin/sh\nenv | grep ^LOADS_ | sort > env.$LOADS_CURRENT_USER.$(echo $LOADS_STATUS | cut -d, -f3)\n"
                         "pwd > where\n", "-u", 2, "--hits", 2, "--server-url", "http://127.0.0.1:1", "--no-patching")
    same(sorted(os.path.basename(path) for path in glob.glob(folder + "/env.*")),
         ["env.1.1", "env.1.2", "env.2.1", "env.2.2"])
    with open(folder + "/env.2.1") as text:
        got = dict(line.rstrip("\n").split("=", 1) for line in text)
    assert os.path.dirname(os.path.dirname(got.pop("LOADS_BRIDGE_SOCKET"))).startswith(folder)
    same(got, {"LOADS_AGENT_ID": "local.1/2-1", "LOADS_WORKER_ID": "local.1/2-1", "LOADS_CURRENT_USER": "2",
               "LOADS_PROCESS_USERS": "1", "LOADS_PROTOCOL": "2", "LOADS_RUN_ID": result["run_id"],
               "LOADS_SERVER_URL": "http://127.0.0.1:1", "LOADS_STATUS": "2,2,1,2", "LOADS_TOTAL_HITS": "1",
               "LOADS_TOTAL_USERS": "2"})
    with open(folder + "/where") as text:
        same(os.path.realpath(text.read().strip()), os.path.realpath(folder))


def test_authorities_in_the_environment(folder):
    authorities = program(folder, "", "ca.pem", 0o600)
    run(folder, "#!/bin/sh\nenv | grep -E '^(CURL_|GIT_|NODE_|REQUESTS_|SSL_)' | sort > found\n",
        "--ca-file", "ca.pem", "--hits", 1)
    with open(folder + "/found") as found:
        same(found.read().replace(authorities, "FILE").splitlines(),
             ["CURL_CA_BUNDLE=FILE", "GIT_SSL_CAINFO=FILE", "NODE_EXTRA_CA_CERTS=FILE", "REQUESTS_CA_BUNDLE=FILE",
              "SSL_CERT_DIR=/dev/null", "SSL_CERT_FILE=FILE"])


def test_processes_split_the_users(folder):
    result = run(folder, "#!/bin/sh\necho $PPID > parent.$LOADS_CURRENT_USER\n", "-u", 5, "--processes", 2)
    same(figures(result, "success"), (5,))
    parents = collections.Counter(open(path).read() for path in glob.glob(folder + "/parent.*"))
    same(sorted(parents.values()), [2, 3])


# ---- Messages on stdout.

def test_messages_are_passed_on(folder):
    result = run(folder, """#!/bin/sh
echo 'this is for people'
echo '  {"data_type": "add_hit", "url": "http://x/a", "method": "GET", "status": 200, "elapsed": 0.25,
' | tr -d '\\n'
echo '"seq": 7, "agent_id": "me", "run_id": "mine", "worker_id": "x", "hostname": "far"}'
echo '{"data_type":"incr_counter","name":"carts","value":2}'
echo '{"data_type":"metric","name":"depth","kind":"gauge","value":3}'
echo '{"data_type":"socket_message","size":123}'
echo '{"data_type":"batch","counts":{"add_hit":[{"url":"http://x/b","method":"PUT","status":201,"elapsed":1}]}}'
echo '{"data_type":"carts-too","test":"smoke.sh","loads_status":[1,1,1,1]}'
echo '{"data_type":"nobody-knows"}'
echo '{"data_type":"runnerEnd","sent":1000}'
echo '{"level":"info","text":"a log in JSON"}'
echo '[{"data_type":"incr_counter","name":"listed"},{"data_type":"startTestRun"}]'
printf '{"data_type":"incr_counter","name":"carts"}'
""", "-u", 3, "--hits", 2)
    same(names(result), {("GET", "http://x/a"): 6, ("PUT", "http://x/b"): 6})
    same(result["counters"], {"carts": 18, "carts-too": 6, "listed": 6})
    same(result["metrics"]["depth"]["gauge"]["last"], 3)
    same(figures(result, "success", "socket_bytes", "tests_finished"), (6, 738, 6))
    same([result["messages"][key] for key in ("unknown", "malformed")], [0, 0])
    same({n["name"]: n["latency"]["max_us"] for n in result["names"]}, {"http://x/a": 250000, "http://x/b": 1000000})


def test_own_tests_are_not_doubled(folder):
    result = run(folder, """#!/bin/sh
for test in one two; do
    echo '{"data_type":"startTest","test":"'$test'"}'
    echo '{"data_type":"addSuccess","test":"'$test'"}'
    echo '{"data_type":"stopTest","test_name":"'$test'","elapsed":0.5}'
done
""", "--hits", 3)
    same([(t["name"], t["success"], t["finished"]) for t in result["tests"]], [("one", 3, 3), ("two", 3, 3)])
    same(names(result), {("EXEC", "smoke.sh"): 3})


def test_own_outcomes(folder):
    """What a program says of itself counts; a bad end that it did not tell of is told."""
    result = run(folder, '#!/bin/sh\necho \'{"data_type":"addFailure","exc_info":["wrong","Check",""]}\'\n', code=1)
    same(figures(result, "tests_finished", "success", "failures"), (1, 0, 1))
    result = run(folder, '#!/bin/sh\necho \'{"data_type":"addFailure","exc_info":["wrong","Check",""]}\'\nexit 1\n', code=1)
    same(errors(result), {("Check", "wrong"): 1})
    result = run(folder, '#!/bin/sh\necho \'{"data_type":"startTest"}\'\nexit 1\n', code=1)
    same((figures(result, "tests_started", "tests_finished", "failures"), errors(result)),
         ((1, 0, 1), {("ExitCode", "exited with 1"): 1}))


def test_broken_messages_are_errors(folder):
    for line, why in (('{"data_type":"add_hit",', "it is no valid JSON, or too deep"),
                      ('{"data_type":7}', "data_type is 7, must be a string"),
                      ('{"data_type":"add_hit","url":7}', "url is 7, must be a string"),
                      ('{"data_type":"batch","counts":{"add_hit":7}}', "counts holds something that is no array")):
        result = run(folder, "#!/bin/sh\necho '%s'\necho '{\"data_type\":\"startTestRun\"}'\n" % line, code=1)
        same(errors(result), {("BrokenMessage", "printed a message that cannot be used: %s: %s" % (why, line)): 1})
        same(result["messages"]["malformed"], 0)


# ---- Hostile programs.

def test_floods(folder):
    """An endless line, a gigabyte, bytes that are no text, a message that is too long."""
    result = run(folder, "#!/bin/sh\nhead -c 300000000 /dev/zero\nhead -c 300000000 /dev/zero | tr '\\0' x >&2\n"
                         "yes '{\"a\":1}' | head -c 20000000\necho; echo the end >&2; exit 1\n", code=1)
    same(errors(result), {("ExitCode", "exited with 1"): 1})
    has(result["errors"][0]["traceback"], "the end")
    result = run(folder, "#!/bin/sh\nhead -c 100000 /dev/urandom\nprintf '\\377\\376\\000x'\nexit 1\n", code=1)
    same(figures(result, "failures"), (1,))
    result = run(folder, "#!/bin/sh\nprintf '{\"data_type\":\"add_hit\",\"url\":\"'\nhead -c 100000 /dev/zero | tr '\\0' x\n"
                         "echo '\"}'\necho '{\"data_type\":\"incr_counter\",\"name\":\"after\"}'\n", code=1)
    same(result["counters"], {"after": 1})
    has(result["errors"][0]["message"], "printed a message that cannot be used: it is longer than 64 KiB")
    result = run(folder, "#!/bin/sh\nhead -c 30000 /dev/zero | tr '\\0' '['; echo\n"
                         "printf '{\"data_type\":\"x\",\"a\":'; head -c 30000 /dev/zero | tr '\\0' '['; echo\n", code=1)
    has(result["errors"][0]["message"], "it is no valid JSON, or too deep")


def test_a_program_that_closes_its_output(folder):
    result = run(folder, "#!/bin/sh\nexec >&- 2>&-\nsleep 0.2\n", "-u", 2, "--hits", 2)
    same(figures(result, "success"), (4,))
    assert result["names"][0]["latency"]["min_us"] >= 200000


def test_a_daemon_that_keeps_the_output_open(folder):
    began = time.monotonic()
    result = run(folder, "#!/bin/sh\nsleep 1000 &\nsetsid sh -c 'while :; do echo noise; sleep 0.01; done' &\n"
                         "echo '{\"data_type\":\"incr_counter\",\"name\":\"mine\"}'\n", "-u", 2, "--hits", 3)
    same((figures(result, "success"), result["counters"]), ((6,), {"mine": 6}))
    assert time.monotonic() - began < 30
    same(living(folder), [])


def test_programs_that_cannot_be_started(folder):
    path = program(folder, "#!/no/such/interpreter\n")
    result = Run(folder, path, "--hits", 2).finish(1)
    same(errors(result), {("NotStarted", "cannot be started: No such file or directory (its interpreter)"): 2})
    same(figures(result, "tests_started", "tests_finished", "errors", "hits"), (2, 2, 2, 0))
    result = run(folder, "echo no interpreter\n", code=1)
    has(list(errors(result))[0][1], "cannot be started: Exec format error")


def test_a_program_that_goes_away(folder):
    result = run(folder, "#!/bin/sh\n[ $(echo $LOADS_STATUS | cut -d, -f3) -lt 3 ] || rm -f smoke.sh\n", "--hits", 5, code=1)
    same(figures(result, "success", "errors", "tests_finished"), (3, 2, 5))
    same(errors(result), {("NotStarted", "cannot be started: No such file or directory"): 2})


def test_targets_that_are_refused(folder):
    program(folder, "#!/bin/sh\n", "plain.sh", mode=0o644)
    program(folder, "#!/bin/sh\n")
    for target, what in (("plain.sh", "it is no program that can be executed"),
                         ("smoke.sh:cart", "is a program, which has no test to choose")):
        refused = Run(folder, target)
        out, err = refused.process.communicate(timeout=DEADLINE_S)
        same((refused.process.returncode, out), (2, ""))
        has(err, what)


# ---- The end of the time, and of patience.

NEVER_ENDS = "#!/bin/sh\necho waiting\nsleep 1000\n"
TELLS_BY_ITSELF = """#!/bin/sh
trap '' TERM
while :; do
    echo '{"data_type":"startTest"}'
    echo '{"data_type":"addSuccess"}'
    echo '{"data_type":"stopTest"}'
    sleep 0.05
done
"""
ENDS_IN_TIME = """#!/bin/sh
: > up.$LOADS_CURRENT_USER
[ $LOADS_CURRENT_USER = 1 ] || exec sleep 1000
sleep 0.5
"""


def test_the_end_of_the_time_and_ctrl_c(folder):
    """All at once, since each takes the time that programs are given to end."""
    folders = [tempfile.mkdtemp(dir=folder) for _ in range(3)]
    never = Run(folders[0], program(folders[0], NEVER_ENDS), "-u", 2, "-d", 1)
    bot = Run(folders[1], program(folders[1], TELLS_BY_ITSELF), "-d", 0.2)
    stopped = Run(folders[2], program(folders[2], ENDS_IN_TIME), "-u", 2, "--hits", 1000)
    wait_until(lambda: all(os.path.exists("%s/up.%d" % (folders[2], user)) for user in (1, 2)), "both run")
    stopped.process.send_signal(signal.SIGINT)

    # What runs may finish; the rest is cut off by the user, and is no failure.
    result = stopped.finish(130)
    started, finished, success, failures, wrong = figures(result, "tests_started", "tests_finished", "success",
                                                          "failures", "errors")
    same((finished, failures, wrong), (success, 0, 0))
    same((started - finished, success >= 1), (1, True))
    # One that never ends is an error of the test,
    result = never.finish(1)
    same(figures(result, "tests_started", "tests_finished", "errors", "hits"), (2, 2, 2, 0))
    same(errors(result), {("StillRunning", "still ran when the time was over, and was stopped"): 2})
    same(result["errors"][0]["traceback"].strip(), "waiting")
    # but not when it tells its tests by itself.
    assert bot.finish()["totals"]["success"] > 1
    for part in folders:
        same(living(part), [])


def test_a_program_that_is_stopped_together_with_the_bridge(folder):
    """As one is that has only begun: it was cut off, which is no error."""
    result = run(folder, "#!/bin/sh\n[ -e once ] || exec touch once\nkill -TERM $PPID $$\n", "--hits", 3)
    same(figures(result, "tests_started", "tests_finished", "success", "errors"), (2, 1, 1, 0))


def test_a_killed_bridge_leaves_nothing(folder):
    running = Run(folder, program(folder, "#!/bin/sh\necho $PPID > bridge\nmv bridge parent\nsleep 1000\n"))
    wait_until(lambda: os.path.exists(folder + "/parent"), "it runs")
    with open(folder + "/parent") as text:
        os.kill(int(text.read()), signal.SIGKILL)
    running.finish(5)
    has(running.err, "was killed by signal 9")
    same(living(folder), [])


def test_nothing_survives_the_host(folder):
    running = Run(folder, program(folder, "#!/bin/sh\n: > up\nsleep 1000\n"), "-u", 2)
    wait_until(lambda: os.path.exists(folder + "/up"), "it runs")
    running.process.kill()
    running.process.communicate(timeout=DEADLINE_S)
    wait_until(lambda: living(folder) == [] and os.listdir(running.runtime) == [], "all is gone")


def test_a_recorder_that_cannot_be_preloaded(folder):
    """A path with a space, which LD_PRELOAD cannot hold: nothing runs unrecorded."""
    place = folder + "/a place"
    os.makedirs(place + "/runners/c")
    shutil.copy(BUILD + "/loads-bridge", place)
    shutil.copy(BUILD + "/runners/c/loads-curl-recorder.so", place + "/runners/c")
    done = subprocess.run([place + "/loads-bridge", program(folder, "#!/bin/sh\n: > ran\n")], text=True,
                          env=dict(os.environ, LOADS_ZMQ_RECEIVER="ipc://%s/x" % folder, LOADS_TOTAL_HITS="1"),
                          capture_output=True, timeout=DEADLINE_S)
    same((done.returncode, os.path.exists(folder + "/ran")), (2, False))
    has(done.stderr, "loads-bridge: %s/runners/c/loads-curl-recorder.so cannot be preloaded: its path has a space" % place)


# ---- curl.

def log_of(nginx):
    """(method, URI) -> how often; of answers that redirect none."""
    lines = [line.split(" ") for line in nginx.stop()]
    return collections.Counter((line[0], nginx.url + line[1]) for line in lines)


CURLS = """#!/bin/sh
# Several URLs, several requests at once, and one that nobody answers.
curl -sS -o /dev/null "$LOADS_SERVER_URL/" || exit
curl -sS "$LOADS_SERVER_URL/page" "$LOADS_SERVER_URL/missing" > /dev/null || exit
curl -sS -Z --no-progress-meter -o /dev/null -o /dev/null -o /dev/null "$LOADS_SERVER_URL/{page,slow,page}" || exit
curl -s -d x=1 "$LOADS_SERVER_URL/missing" | cat > /dev/null
"""


def test_every_request_of_curl_and_only_those(folder):
    nginx = Nginx()
    result = run(folder, CURLS, "-u", "4:20", "--hits", 2, "--server-url", nginx.url)
    expected = log_of(nginx)
    same(sum(expected.values()), 24 * 2 * 7)
    same(names(result), dict(expected))
    same(figures(result, "hits", "success", "failures", "errors"), (336, 48, 0, 0))
    same(result["messages"]["malformed"], 0)


def test_failed_requests_are_hits_too(folder):
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    url = "http://127.0.0.1:%d/" % holder.getsockname()[1]
    result = run(folder, "#!/bin/sh\nexec curl -s %s\n" % url, "-u", 3, "--hits", 2, code=1)
    holder.close()
    same(names(result), {("GET", url): 6})
    same(errors(result)[("ExitCode", "exited with 7")], 6)
    same(result["names"][0]["statuses"], {"0": 6})


def test_a_chain_of_redirects_is_one_hit(folder):
    server = Server()
    result = run(folder, "#!/bin/sh\ncurl -sSL -o /dev/null $LOADS_SERVER_URL/redirect/2\n", "-u", 2, "--hits", 3,
                 "--server-url", server.url)
    same(names(result), {("GET", server.url + "/echo"): 6})


def test_hits_belong_to_their_user_and_run(folder):
    nginx = Nginx()
    target = program(folder, "#!/bin/sh\ncurl -s -o /dev/null $LOADS_SERVER_URL/page\n")
    messages = folder + "/messages"
    Run(folder, target, "-u", 3, "--hits", 2, "--server-url", nginx.url, "--output", "file",
        "--output-file-filename", messages).finish()
    nginx.stop()
    with open(messages) as text:
        hits = [m for m in map(json.loads, text) if m.get("data_type") == "add_hit"]
    same(sorted((h["test"], h["loads_status"]) for h in hits),
         sorted(("smoke.sh", [2, 3, hit, user]) for user in (1, 2, 3) for hit in (1, 2)))


def test_ctrl_c_in_the_middle_loses_no_hit(folder):
    nginx = Nginx()
    running = Run(folder, program(folder, CURLS), "-u", 8, "--hits", 100000, "--server-url", nginx.url)
    log = nginx.dir + "/access.log"
    wait_until(lambda: os.path.exists(log) and os.path.getsize(log) > 3000, "requests are made")
    running.process.send_signal(signal.SIGINT)
    result = running.finish(130)
    same(names(result), dict(log_of(nginx)))
    same(figures(result, "tests_started"), figures(result, "success"))


def test_no_patching_leaves_curl_alone(folder):
    nginx = Nginx()
    result = run(folder, "#!/bin/sh\nexec curl -s -o /dev/null $LOADS_SERVER_URL/page\n", "--hits", 3, "--no-patching",
                 "--server-url", nginx.url)
    same(len(nginx.stop()), 3)
    same(names(result), {("EXEC", "smoke.sh"): 3})


def test_a_host_that_is_slow(folder):
    """More messages than all buffers hold, while the host is stopped."""
    running = Run(folder, program(folder, "#!/bin/sh\n: > up\nyes '{\"data_type\":\"incr_counter\",\"name\":\"n\"}' | head -n 200000\n"))
    wait_until(lambda: os.path.exists(folder + "/up"), "it runs")
    running.process.send_signal(signal.SIGSTOP)
    time.sleep(0.5)  # for the buffers to fill; the outcome does not depend on it
    running.process.send_signal(signal.SIGCONT)
    same(running.finish()["counters"], {"n": 200000})


if not shutil.which("curl"):
    print("1..0 # SKIP needs curl")
    sys.exit(0)
run_all(sys.modules[__name__])
