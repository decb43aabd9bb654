#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C once, twice, and the other ways to be stopped.
load helper

# start BEHAVIOUR: a long run in the background, until its runner is up.
start() {
    start_with "$1 $PWD/pid"
    wait_for test -s pid
}

# start_with WORDS [OPTION...]: WORDS for the runner.
start_with() {
    local words=$1
    shift
    rm -f pid
    # A job of its own takes SIGINT, which a background job of a script ignores.
    setsid --wait env "$PYTHON3" -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
open("host", "w").write(str(os.getpid()))
os.execv(sys.argv[1], sys.argv[1:])' "$top_builddir/loads" run --quiet --test-runner "$RUNNER $words {test}" t \
        -d 100 -u 2 --output json --output-json-filename result.json "$@" 2> stderr 3>&- &
    job=$!
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

@test "F26: Ctrl-C ends a thousand processes" {
    cat > many.sh <<'EOF'
#!/bin/sh
echo $$ >> "$1"
exec sleep 1000
EOF
    chmod +x many.sh
    RUNNER=$PWD/many.sh
    start_with "$PWD/pid" -u 1000
    wait_for eval '[ "$(wc -l < pid)" -ge 1000 ]'
    kill -INT "$(cat host)"
    finish
    expect_status 130
    while read -r process; do is_gone "$process"; done < pid
}

@test "F26: a third signal ends it at once" {
    start_with "deaf $PWD/pid" --plugin-path "$top_builddir/tests/badplugins" --output hang_flush
    wait_for test -s pid
    kill -INT "$(cat host)"
    wait_for grep -q "stopping: " stderr
    kill -TERM "$(cat host)"
    wait_for grep -q "stopping now" stderr
    wait_for is_gone "$(head -1 pid)"
    began=$SECONDS
    kill -TERM "$(cat host)"
    finish
    expect_status 143
    [ $((SECONDS - began)) -lt 9 ]
}

@test "F26: a signal while outputs open ends the program before anything runs" {
    mkfifo pipe
    touch pid
    start_with "deaf $PWD/none" --output file --output-file-filename "$PWD/pipe"
    # It waits for a reader of the pipe when the supervisor is there.
    wait_for eval '[ -n "$(ls -A "$XDG_RUNTIME_DIR")" ]'
    kill -INT "$(cat host)"
    finish
    expect_status 130
    [ ! -e none ]
    [ ! -e result.json ]
    wait_for eval '[ -z "$(ls -A "$XDG_RUNTIME_DIR")" ]'
}

@test "F26: a signal while results are drained: what is in flight is counted" {
    RUNNER=$top_builddir/tests/helpers/sender
    start_with "20000 0" --plugin-path "$top_builddir/tests/badplugins" --output slow \
        --output-slow-filename "$PWD/events" --output-slow-event-us 100 --output file --output-file-filename run.jsonl
    wait_for eval '[ "$(grep -c received_us run.jsonl)" -gt 1000 ]'
    kill -TERM "$(cat host)"
    finish
    [ "$status" -eq 143 ] || [ "$status" -eq 0 ]
    expect 'r["messages"]["lost"]' 0
    expect 'r["messages"]["counted"] == '"$(cat events)" True
    expect_balance
}

@test "F26: a signal while a slow output flushes changes nothing" {
    start_with "polite $PWD/pid" --plugin-path "$top_builddir/tests/badplugins" --output slow \
        --output-slow-filename "$PWD/pipe"
    mkfifo pipe
    wait_for test -s pid
    kill -INT "$(cat host)"
    wait_for test -s result.json
    kill -INT "$(cat host)"
    cat pipe > events
    finish
    expect_status 130
    expect 'r["messages"]["counted"] == '"$(cat events)" True
}

@test "F2: SIGSTOP is no way to stay" {
    start_with "polite $PWD/pid" -d 1 --external-process-timeout 0.5
    wait_for test -s pid
    kill -STOP "$(cat pid)"
    finish
    expect_status 5
    expect_stderr "did not end in time and was stopped"
    [ "$(result 'r["duration_s"] < 1 + 0.5 + 7')" = True ]
    is_gone "$(cat pid)"
}

@test "F27: a reader that goes away does not stop the run" {
    loads run --quiet --test-runner "$RUNNER ok {test}" t --hits 5 --output stdout --output json \
        --output-json-filename result.json 2> stderr | head -c 1 > /dev/null
    [ "${PIPESTATUS[0]}" -eq 0 ]
    expect 'r["totals"]["hits"]' 5
}

@test "F27: head takes one line of the summary, the file outputs are whole" {
    loads run --quiet --test-runner "$RUNNER ok {test}" t --hits 5 --output stdout --output json \
        --output-json-filename result.json --output file --output-file-filename run.jsonl 2> stderr | head -1 > line
    [ "${PIPESTATUS[0]}" -eq 0 ]
    [ "$(wc -l < line)" -eq 1 ]
    [ ! -s stderr ]
    expect 'r["totals"]["hits"]' 5
    [ "$(tail -1 run.jsonl | cut -c1-14)" = '{"loads":"end"' ]
}

@test "F27: what is closed at the start does not become another file" {
    loads run --test-runner "$RUNNER ok {test}" t --hits 5 --output stdout --output file \
        --output-file-filename run.jsonl 0<&- >&- 2>&-
    # Messages and both frames, and no word of the progress or the summary.
    [ "$(wc -l < run.jsonl)" -eq 22 ]
    ! grep -qv '^{"' run.jsonl
    loads report run.jsonl --output json --output-json-filename result.json
    expect 'r["totals"]["hits"]' 5
}

@test "F27: closed stdout and stderr do not stop the run" {
    loads run --quiet --test-runner "$RUNNER ok {test}" t --hits 5 --output json --output-json-filename result.json >&- 2>&-
    expect 'r["totals"]["hits"]' 5
}
