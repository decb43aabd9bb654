#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Runners that die, hang, flood, lie or leave something behind.
load helper

@test "F1: a runner that is killed is named, its output shown, what it sent counted" {
    run_with die --hits 10
    expect_status 5
    expect_stderr "shop.test, user 1 (local.1) was killed by signal 9 (Killed)"
    expect_stderr "    about to die"
    expect 'r["totals"]["hits"]' 5
    expect 'r["verdict"]["status"]' invalid
    expect 'r["verdict"]["exit_code"]' 5
}

@test "F1: exit code 3 without a failure makes the result invalid, others go on" {
    run_with "exits 3" -u 2 --hits 2
    expect_status 5
    expect_stderr "ended with exit code 3"
    expect_stderr '\u{1b}[31mI give up'
    expect 'r["totals"]["success"]' 4
}

@test "F1: exit code 3 after a reported failure is the runner's way of saying so" {
    run_with "fails_and_exits 3" --hits 2
    expect_status 1
    expect 'r["verdict"]["reasons"]' "['2 tests failed']"
}

@test "a process that one of its tests ends with exit code 0 makes the result invalid" {
    cat >leaves.c <<'C'
#include <stdlib.h>
#include <loads/test.h>
void test_it(struct loads_test *t) { if (loads_iteration(t) == 3) _Exit(0); }
C
    cat >leaves.mjs <<'JS'
export function test_it(t) { if (t.iteration === 3) process.reallyExit(0); }
JS
    cat >leaves.py <<'PYTHON'
import os, unittest
class TestIt(unittest.TestCase):
    count = 0
    def test_it(self):
        TestIt.count += 1
        if TestIt.count == 3: os._exit(0)
PYTHON
    cat >leaves.rb <<'RUBY'
require 'loads'
def test_it = (exit!(0) if Loads.iteration == 3)
RUBY
    printf '#!/bin/sh\n' >stays.sh
    chmod +x stays.sh
    run --separate-stderr loads run --quiet leaves.c leaves.mjs leaves.py leaves.rb stays.sh --hits 10 \
        --output json --output-json-filename result.json
    expect_status 5
    for target in leaves.c leaves.mjs leaves.py leaves.rb; do
        [[ "$stderr" =~ "loads: error: $target (local."[0-9]")"\
" ended before it was done, with exit code 0: did a test end the process?" ]]
    done
    expect 'len(r["verdict"]["reasons"])' 4
}

@test "F2: a hung runner is told to end, then killed, and named" {
    run_with "hang $PWD/pid" -d 0.2 --external-process-timeout 0.3
    expect_status 5
    expect_stderr ", user 1 (local.1) did not end in time and was stopped"
    is_gone "$(cat pid)"
    [ "$(result 'r["duration_s"] < 10')" = True ]
}

@test "F2: a cycle by hits is limited only when --external-process-timeout is given" {
    run_with "hang $PWD/pid" --hits 2 --external-process-timeout 0.3
    expect_status 5
    expect_stderr "did not end in time and was stopped"
}

@test "F3: what escapes into a session of its own does not outlive the run" {
    run_with "orphan $PWD/pid" --hits 1
    expect_status 0
    is_gone "$(cat pid)"
}

@test "F3: nothing survives kill -9 of the host" {
    "$top_builddir/loads" run --quiet --test-runner "$RUNNER deaf $PWD/pid {test}" t -d 100 --output null 3>&- &
    host=$!
    wait_for test -s pid
    kill -9 $host
    wait_for is_gone "$(cat pid)"
    wait_for eval '[ -z "$(ls -A "$XDG_RUNTIME_DIR")" ]'
}

@test "F3: the supervisor is killed: the runners go with it, exit code 70" {
    "$top_builddir/loads" run --quiet --test-runner "$RUNNER deaf $PWD/pid {test}" t -d 100 \
        --output json --output-json-filename result.json 2> stderr 3>&- &
    host=$!
    wait_for test -s pid
    kill -9 "$(ps -o ppid= -p "$(cat pid)" | tr -d ' ')"
    status=0
    wait $host || status=$?
    stderr=$(cat stderr)
    expect_status 70
    wait_for is_gone "$(cat pid)"
    expect 'r["verdict"]["reasons"][0]' "the supervisor process has died, and the runners with it"
}

@test "F5: nonsense is counted by reason and costs the sense nothing" {
    run_with garbage --hits 100
    expect_status 0
    expect 'r["totals"]["success"]' 100
    expect 'r["messages"]["counted"]' 400
    expect 'r["messages"]["unknown"]' 10
    expect 'r["messages"]["malformed"]' 80
    expect 'sum(r["messages"]["rejected"].values())' 80
    expect_balance
    # One line for each reason, not one for each message.
    [ "$(grep -c 'is not counted' <<< "$stderr")" -le 9 ]
    expect_stderr "shop.test: a message is not counted"
}

@test "T4: a message of several frames is one rejected message" {
    run_with multipart --hits 1
    expect_status 0
    expect 'r["messages"]["rejected"]["multipart"]' 1
    expect_balance
}

@test "T5: a frame past the limit costs its neighbours nothing" {
    run_with big --hits 50
    expect_status 0
    expect 'r["totals"]["hits"]' 100
    expect 'r["messages"]["rejected"]["too_big"]' 1
    expect_balance
}

@test "messages of another run are stale" {
    run_with foreign --hits 3
    expect_status 0
    expect 'r["totals"]["hits"]' 3
    expect 'r["messages"]["rejected"]["stale"]' 12
    expect_balance
}

@test "sequence numbers show what was lost and what came twice" {
    run_with "numbered 5,8" --hits 20
    expect_status 5
    expect 'r["messages"]["lost"]' 1
    expect 'r["messages"]["duplicate"]' 1
    expect 'r["totals"]["hits"]' 20
    expect 'r["verdict"]["reasons"]' "['1 message was lost']"
    expect_stderr "loads: error: 1 message was lost"
    expect 'r["messages"]["unnumbered"]' 0
    expect_balance
}

@test "runnerEnd tells of a tail that never came" {
    run_with "ends_early 7" --hits 2
    expect_status 5
    expect 'r["messages"]["lost"]' 7
}

@test "T17: names past ten thousand go to (other), with exact sums" {
    run_with "names 10010" --hits 1
    expect_status 0
    expect 'len(r["names"])' 10001
    expect '[n["hits"] for n in r["names"] if n["name"] == "(other)"]' '[10]'
    expect 'r["totals"]["hits"]' 10010
}

@test "T17: error texts past a thousand go to (other)" {
    run_with "error_texts 1005" --hits 1
    expect_status 1
    expect 'sum(e["count"] for e in r["errors"])' 1005
    [ "$(result 'len(r["errors"]) <= 1001')" = True ]
}

@test "a runner that measures nothing makes an invalid result" {
    run_with silent
    expect_status 5
    expect 'r["verdict"]["reasons"]' "['nothing was measured: no hit, no finished test, no socket message']"
}

@test "T39: the sockets are in a private folder, which is gone afterwards" {
    cat > look.sh <<'EOF'
#!/bin/sh
stat -c '%a' "$(dirname "${LOADS_ZMQ_RECEIVER#ipc://}")" > mode
EOF
    chmod +x look.sh
    run --separate-stderr loads run --quiet --test-runner "$PWD/look.sh {test}" t --output null
    expect_status 5
    [ "$(cat mode)" = 700 ]
}
