#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C once, twice, and the other ways to be stopped.
load helper

# start BEHAVIOUR: a long run in the background, until its runner is up.
start() {
    rm -f pid
    # A job of its own takes SIGINT, which a background job of a script ignores.
    setsid --wait env "$PYTHON3" -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
open("host", "w").write(str(os.getpid()))
os.execv(sys.argv[1], sys.argv[1:])' "$top_builddir/loads" run --quiet --test-runner "$RUNNER $1 $PWD/pid {test}" t \
        -d 100 -u 2 --output json --output-json-filename result.json 2> stderr 3>&- &
    job=$!
    wait_for test -s pid
    wait_for test -s host
}

finish() {
    status=0
    wait $job || status=$?
    stderr=$(cat stderr)
}

@test "F26: the first SIGINT ends gently, with a report and exit code 130" {
    start polite
    kill -INT "$(cat host)"
    finish
    expect_status 130
    [ "$(result 'r["totals"]["success"] >= 20')" = True ]
    expect 'r["verdict"]["reasons"]' "['stopped by SIGINT']"
    expect 'r["totals"]["tests_started"] == r["totals"]["tests_finished"]' True
    expect_stderr "stopping: the runners have 30 s to end; Ctrl-C again to stop now"
}

@test "F26: SIGTERM does the same with exit code 143" {
    start polite
    kill -TERM "$(cat host)"
    finish
    expect_status 143
    expect 'r["verdict"]["reasons"]' "['stopped by SIGTERM']"
}

@test "F26: the second SIGINT stops now, and the report is there" {
    start deaf
    kill -INT "$(cat host)"
    wait_for grep -q "stopping: " stderr
    kill -INT "$(cat host)"
    finish
    expect_status 130
    [ "$(result 'r["totals"]["hits"] > 0')" = True ]
    is_gone "$(cat pid)"
}

@test "F27: a reader that goes away does not stop the run" {
    loads run --quiet --test-runner "$RUNNER ok {test}" t --hits 5 --output stdout --output json \
        --output-json-filename result.json 2> stderr | head -c 1 > /dev/null
    [ "${PIPESTATUS[0]}" -eq 0 ]
    expect 'r["totals"]["hits"]' 5
}

@test "F27: closed stdout and stderr do not stop the run" {
    loads run --quiet --test-runner "$RUNNER ok {test}" t --hits 5 --output json --output-json-filename result.json >&- 2>&-
    expect 'r["totals"]["hits"]' 5
}
