# SPDX-License-Identifier: Apache-2.0
"""Tests in C with parameters, random numbers, set-up and tear-down, and as programs."""
import os
import random
import re
import struct
import subprocess
import sys

from harness import BUILD, Nginx, Run, SOURCE, Sink, TESTS, ended, has, run_all, same

DATA = TESTS + "/data.c"
EXAMPLES = SOURCE + "/runners/c/examples"
INCLUDE = SOURCE + "/runners/c/include"
TERMS = "page,extra,price,term\n" + "".join("%d,-,%d.5,term%d\n" % (n, n, n) for n in range(10))


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def rows_of(sink):
    """What each user got, in order: {user: [page, ...]}"""
    rows = {}
    for hit in sink.of("add_hit"):
        _, term, page, price = re.fullmatch(r"(.*)/slow\?term(\d+)&(\d+)&([\d.]+)", hit["url"]).groups()
        same((term, float(price)), (page, int(page) + 0.5))
        rows.setdefault(hit["loads_status"][3], []).append(int(page))
    return rows


def deal(folder, nginx, options, users, hits, processes=1, rows=TERMS):
    """A whole run in so many processes; returns what each user got."""
    dealt = {}
    write(folder + "/terms.csv", rows)
    each = users // processes
    for process in range(processes):
        sink = Sink(folder)
        run = Run(DATA + ":take_row", nginx.url, sink, options=["--data", folder + "/terms.csv"] + options,
                  LOADS_TOTAL_USERS=str(users), LOADS_CURRENT_USER=str(process * each + 1),
                  LOADS_PROCESS_USERS=str(each), LOADS_TOTAL_HITS=str(hits))
        sink.until_end()
        ended(run, 0)
        sink.close()
        sink.check_account()
        dealt.update(rows_of(sink))
    return dealt


def flat(dealt):
    return sorted(page for pages in dealt.values() for page in pages)


def test_rows_are_dealt_as_the_order_says(folder):
    nginx = Nginx()
    same(deal(folder, nginx, [], 4, 5),
         {1: [0, 4, 8, 2, 6], 2: [1, 5, 9, 3, 7], 3: [2, 6, 0, 4, 8], 4: [3, 7, 1, 5, 9]})
    # Once, each row once, whoever runs the users; 8 hits are more than there are rows.
    for processes in (1, 2, 4):
        same(deal(folder, nginx, ["--data-order", "once"], 4, 8, processes),
             {1: [0, 4, 8], 2: [1, 5, 9], 3: [2, 6], 4: [3, 7]})
    shuffled = ["--data-order", "shuffled", "--seed"]
    # 5 users, 4 hits: twice through 10 rows.
    one = deal(folder, nginx, shuffled + ["7"], 5, 4, 1)
    same(flat(one), sorted(list(range(10)) * 2))
    same(deal(folder, nginx, shuffled + ["7"], 5, 4, 5), one)
    assert deal(folder, nginx, shuffled + ["8"], 5, 4) != one
    drawn = deal(folder, nginx, ["--data-order", "random", "--seed", "7"], 2, 20)
    same(deal(folder, nginx, ["--data-order", "random", "--seed", "7"], 2, 20, 2), drawn)
    assert drawn[1] != drawn[2]
    own = deal(folder, nginx, ["--data-unique", "--data-order", "shuffled"], 4, 6, 2)
    for user, pages in own.items():
        same({page % 4 for page in pages}, {user - 1})
    same(set(flat(own)), set(range(10)))
    nginx.stop()


def test_process_per_hit_goes_on(folder):
    nginx = Nginx()
    write(folder + "/terms.csv", TERMS)
    got = []
    for hit in range(1, 4):
        sink = Sink(folder)
        run = Run(DATA + ":take_row", nginx.url, sink, options=["--data", folder + "/terms.csv"],
                  LOADS_TOTAL_USERS="2", LOADS_CURRENT_USER="2", LOADS_STATUS="3,2,%d,2" % hit)
        sink.until_end()
        ended(run, 0)
        sink.close()
        got += rows_of(sink)[2]
    same(got, [1, 3, 5])
    nginx.stop()


def test_what_is_wrong_is_known_before_anything_runs(folder):
    rows = folder + "/terms.csv"
    target = DATA + ":take_row"
    for text, options, target, words in (
            ("term,page,price\nx,1,2\ny,z,3\n", [], target, rows + ':3: row 2: column page: int expects'),
            ("term,page\nx,1\n", [], target, "has no column price; it has term, page"),
            (TERMS, ["--data-unique"], target, "has 10 rows: not enough for 11 users with rows of their own"),
            (TERMS, ["--data-unique=20"], target, "has 10 rows: not enough for 20 users"),
            (TERMS, ["--data-order", "up"], target, "--data-order up: expected sequential, random"),
            (TERMS, [], DATA + ":count_visit", "no test in " + DATA + " has parameters")):
        write(rows, text)
        sink = Sink(folder)
        run = Run(target, None, sink, options=["--data", rows] + options, LOADS_TOTAL_USERS="11")
        ended(run, 2)
        has(run.err, words)
        same("set up" in run.err, False)
        sink.close()
    run = Run(DATA + ":take_row")
    ended(run, 2)
    has(run.err, "take_row has parameters (string term, int page, double price): name a file")
    run = Run(DATA + ":take_row", options=["--data-order", "once"])
    ended(run, 2)
    has(run.err, "need --data")


def test_signatures_that_are_wrong(folder):
    rows = write(folder + "/r.csv", "a\n1\n")
    for name, signature, words in (
            ("test_x", "strng a", 'parameters of test_x: position 1: unknown type "strng"; did you mean string?'),
            ("test_x", "", "parameters of test_x: position 1: expected a type"),
            ("test_x", "int a" + " " * 5000, "parameters of test_x: has more than 4096 bytes"),
            ("test_y", "int a", "x.c has LOADS_PARAMETERS(test_y, ...), but no function test_y")):
        source = write(folder + "/x.c", '#include <loads/test.h>\nLOADS_PARAMETERS(%s, "%s");\n'
                       'void test_x(struct loads_test *t, int32_t a) { (void)t; (void)a; }\n' % (name, signature))
        run = Run(source, options=["--data", rows])
        ended(run, 2)
        has(run.err, words)


# type: (in C, how C prints it, a value as CSV has it and as C prints it)
TYPES = {
    "bool": ("bool", "%d", lambda r: (("true", "1"), ("false", "0"))[r.randrange(2)]),
    "int": ("int32_t", "%d", lambda r: (str(r.randint(-2**31, 2**31 - 1)),) * 2),
    "uint": ("uint32_t", "%u", lambda r: (str(r.randint(0, 2**32 - 1)),) * 2),
    "long": ("int64_t", "%lld", lambda r: (str(r.randint(-2**63, 2**63 - 1)),) * 2),
    "float": ("float", "%.9g", lambda r: number(struct.unpack("f", struct.pack("f", r.uniform(-1e6, 1e6)))[0], "%.9g")),
    "double": ("double", "%.17g", lambda r: number(r.uniform(-1, 1) * 10 ** r.randint(-300, 300), "%.17g")),
    "string": ("const char *", "%s", lambda r: text(r)),
}


def number(value, form):
    return form % value, form % value


def text(r):
    value = "".join(r.choice('ab ,"\u20ac\n') for _ in range(r.randrange(8)))
    return '"%s"' % value.replace('"', '""'), value


def test_any_signature_gets_its_values(folder):
    """60 functions with random parameters write down what they got."""
    r = random.Random(20)
    code = ["#include <loads/test.h>", "#include <stdio.h>"]
    names, values, expected = [], [], {}
    for n in range(60):
        types = [r.choice(list(TYPES)) for _ in range(32 if n == 0 else r.randint(1, 32))]
        own = ["p%d_%d" % (n, i) for i in range(len(types))]
        cells = [TYPES[type][2](r) for type in types]
        names += own
        values += [cell[0] for cell in cells]
        expected["test_%02d" % n] = "|".join(cell[1] for cell in cells)
        code += ['LOADS_PARAMETERS(test_%02d, "%s");' % (n, ", ".join(map(" ".join, zip(types, own)))),
                 "void test_%02d(struct loads_test *t, %s)" % (
                     n, ", ".join("%s %s" % (TYPES[type][0], name) for type, name in zip(types, own))),
                 "{", '    FILE *out = fopen(loads_test_name(t), "w");',
                 '    fprintf(out, "%s", %s);' % ("|".join(TYPES[type][1] for type in types), ", ".join(
                     ("(long long)" if type == "long" else "") + name for type, name in zip(types, own))),
                 "    fclose(out);", "}"]
    order = list(range(len(names)))
    r.shuffle(order)
    assert len(names) <= 1024, len(names)
    write(folder + "/rows.csv", ",".join(names[i] for i in order) + "\r\n" +
          ",".join(values[i] for i in order) + "\r\n")
    run = Run(write(folder + "/x.c", "\n".join(code) + "\n"), folder=folder, options=["--data", "rows.csv"])
    ended(run, 0)
    for name, line in expected.items():
        with open(folder + "/" + name, encoding="utf-8", newline="") as file:
            same(file.read(), line)


def test_json_rows(folder):
    nginx = Nginx()
    rows = write(folder + "/terms.json", '[{"term": "term3", "page": 3, "price": 3.5},\n'
                 '{"price": 4.5, "term": "term4", "page": 4}]')
    sink = Sink(folder)
    run = Run(DATA + ":take_row", nginx.url, sink, options=["--data", rows], LOADS_TOTAL_HITS="3")
    sink.until_end()
    ended(run, 0)
    sink.close()
    same(rows_of(sink), {1: [3, 4, 3]})
    nginx.stop()


def drawn(folder, seed=None, run_id="run-1", **environment):
    sink = Sink(folder)
    environment = dict(dict(LOADS_TOTAL_USERS="3", LOADS_PROCESS_USERS="3", LOADS_TOTAL_HITS="2"), **environment)
    run = Run(DATA + ":draw", None, sink, options=["--seed", seed] if seed else [], LOADS_RUN_ID=run_id,
              **environment)
    sink.until_end()
    ended(run, 0)
    sink.close()
    numbers = {}
    for message in sink.of("metric"):
        if message["kind"] == "trend":
            numbers.setdefault(message["loads_status"][3], []).append(message["value"])
    return numbers


def test_a_seed_repeats_the_numbers(folder):
    first = drawn(folder, "42")
    same(sorted(first), [1, 2, 3])
    same([len(numbers) for numbers in first.values()], [6, 6, 6])
    for numbers in first.values():
        assert all(below in range(6) for below in numbers[1::3]), numbers
        assert all(0 <= double < 1 for double in numbers[2::3]), numbers
    same(len({numbers[0] for numbers in first.values()}), 3)
    same(drawn(folder, "42", "run-2"), first)
    # The same users in a process of their own.
    same(drawn(folder, "42", LOADS_CURRENT_USER="2", LOADS_PROCESS_USERS="2"), {2: first[2], 3: first[3]})
    assert drawn(folder, "43") != first
    # Not given, it is the run's id, which the report of that run shows.
    same(drawn(folder, None, "run-2"), drawn(folder, "run-2", "run-3"))
    assert drawn(folder) != drawn(folder, None, "run-2")


def test_hooks_are_called_once_each(folder):
    nginx = Nginx()
    sink = Sink(folder)
    run = Run(DATA + ":count_visit", nginx.url, sink, LOADS_TOTAL_USERS="3", LOADS_PROCESS_USERS="3",
              LOADS_TOTAL_HITS="4", VISIT="1")
    sink.until_end()
    ended(run, 0)
    same(run.err, "set up\ntorn down\n")
    sink.close()
    sink.check_account()
    same(sink.counts(), {"startTest": 12, "addSuccess": 12, "stopTest": 12, "add_hit": 3, "metric": 3,
                         "runnerEnd": 1})
    same({(hit["test"], hit["name"]) for hit in sink.of("add_hit")}, {("setup_user", "log in")})
    same([message["value"] for message in sink.of("metric")], [4, 4, 4])
    same(len(nginx.stop()), 3)


def test_a_hook_that_fails_is_an_error_of_its_user(folder):
    sink = Sink(folder)
    run = Run(DATA + ":count_visit", None, sink, LOADS_TOTAL_USERS="3", LOADS_PROCESS_USERS="3", FAIL_SETUP="1",
              LOADS_TOTAL_HITS="2")
    sink.until_end()
    ended(run, 0)
    sink.close()
    same(sink.counts(), {"startTest": 5, "addSuccess": 4, "addError": 1, "stopTest": 5, "metric": 2,
                         "runnerEnd": 1})
    error = sink.of("addError")[0]
    same((error["test"], error["loads_status"][3]), ("setup_user", 2))
    same(error["exc_info"][1], "AssertionError")
    has(error["exc_info"][2], "in setup_user")

    sink = Sink(folder)
    run = Run(DATA + ":count_visit", None, sink, FAIL_TEARDOWN="1", LOADS_TOTAL_HITS="2")
    sink.until_end()
    ended(run, 0)
    sink.close()
    error = sink.of("addError")[0]
    same((error["test"], error["exc_info"][0]), ("teardown_user", "user 1 had 2 visits"))

    for hook, name, words in (("FAIL_SETUP", "1", ""), ("FAIL_TEARDOWN", "1", "user 1 had 1 visits")):
        run = Run(DATA + ":count_visit", **{hook: name})
        if hook == "FAIL_SETUP":  # only user 2 fails, which is not there
            ended(run, 0)
            has(run.out, "ok 1 - count_visit\n")
        else:
            ended(run, 1)
            has(run.out, "ok 1 - count_visit\n# visits: 1\nBail out! teardown_user: " + words)
    run = Run(DATA + ":count_visit", FAIL_PROCESS="1")
    ended(run, 3)
    run = Run(DATA + ":draw_below_nothing")
    ended(run, 1)
    has(run.out, "there is no random number below 0")


def sanitizers():
    with open(BUILD + "/Makefile") as makefile:
        return re.search(r"^SANITIZERS = ?(.*)$", makefile.read(), re.M).group(1).split()


def build_program(folder, source):
    """As the documents say: one line with pkg-config."""
    environment = dict(os.environ, PKG_CONFIG_PATH=BUILD + "/runners/c")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "loads-test"], env=environment, check=True,
                           capture_output=True, text=True).stdout.split()
    program = folder + "/program"
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror"] + sanitizers() + [source] + flags + ["-o", program],
                   check=True)
    return program


def run_program(program, *arguments, **environment):
    clean = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return subprocess.run([program] + list(arguments), env=dict(clean, **environment), capture_output=True,
                          text=True, timeout=60)


def test_the_same_file_is_a_program(folder):
    nginx = Nginx()
    program = build_program(folder, EXAMPLES + "/shop.c")
    # A host's environment means nothing to it.
    run = run_program(program, "--server-url", nginx.url, LOADS_ZMQ_RECEIVER="ipc:///nowhere",
                      LOADS_TOTAL_HITS="x")
    same((run.returncode, run.stderr), (0, ""))
    lines = [line for line in run.stdout.splitlines() if not line.startswith("#")]
    same(lines, ["TAP version 13", "1..2", "ok 1 - test_home", "ok 2 - test_search"])
    run = run_program(program, "--server-url", nginx.url, "test_search")
    has(run.stdout, "1..1\n")
    same(len(nginx.stop()), 3)
    run = run_program(program)
    same(run.returncode, 1)
    has(run.stdout, "not ok 1 - test_home\n")
    run = run_program(program, "test_hmoe")
    same((run.returncode, run.stderr),
         (2, 'program: program has no function "test_hmoe"; its tests are test_home, test_search\n'))
    same(run_program(program, "--version").stdout.split()[0], "program")
    has(run_program(program, "--help").stdout, "--data-order")
    same(run_program(program, "a", "b").returncode, 2)


def test_a_program_with_parameters(folder):
    nginx = Nginx()
    program = build_program(folder, EXAMPLES + "/search.c")
    run = run_program(program, "--server-url", nginx.url, "--data", EXAMPLES + "/terms.csv")
    same((run.returncode, run.stderr), (0, ""))
    same(nginx.stop()[0].split()[1], "/slow?q=lamp&page=1&below=19.99")
    run = run_program(program)
    same(run.returncode, 2)
    has(run.stderr, "name a file with rows for them with --data")


run_all(sys.modules[__name__])
