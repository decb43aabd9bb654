#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The output html in whole runs: it is there when the run is over, however it ended,
# and its failures are its own.
load helper

is_whole() {
    [ "$(head -n 1 "$1")" = '<!doctype html>' ]
    [ "$(tail -n 1 "$1")" = '</html>' ]
}

@test "a run leaves report.html, which a recording gives again" {
    run_with ok --hits 5 --project-name shop --label nightly --output html \
        --output file --output-file-filename run.jsonl
    expect_status 0
    is_whole report.html
    grep -q '<title>shop: nightly</title>' report.html
    loads report run.jsonl --output html --output-html-filename again.html
    cmp report.html again.html
    [ -z "$(find . -name '*.tmp-*')" ]
}

@test "the title is what --output-html-title says, and - is standard output" {
    run_with ok --hits 1 --output html --output-html-filename - --output-html-title 'Is 1 < 2?'
    expect_status 0
    printf '%s\n' "$output" > page.html
    is_whole page.html
    grep -q '<title>Is 1 &lt; 2?</title>' page.html
}

@test "Ctrl-C gives a whole report too" {
    "$top_builddir/loads" run --quiet --test-runner "$RUNNER polite $PWD/pid {test}" t -d 100 --output html 3>&- &
    host=$!
    wait_for test -s pid
    [ ! -e report.html ]
    kill -TERM $host
    wait $host || status=$?
    expect_status 143
    is_whole report.html
    grep -q 'Verdict: .*exit code 143: .*stopped by SIGTERM' report.html
}

@test "a place that cannot be written is one error, before anything runs" {
    run_with ok --hits 1 --output html --output-html-filename missing/report.html
    expect_status 2
    expect_stderr 'cannot create missing/report.html: No such file or directory'
    [ ! -e result.json ]
}

@test "a full disk is one error, and the other outputs finish" {
    run_with ok --hits 3 --output html --output-html-filename /dev/full
    expect_status 5
    [ "$(grep -c 'cannot write /dev/full: No space left on device' <<< "$stderr")" -eq 1 ]
    expect 'r["totals"]["hits"]' 3
}
