#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# loads report and loads recover: the same document again, from the file.
load helper

record() {
    run --separate-stderr loads run --quiet --project-name shop --label "build 7" \
        --test-runner "$RUNNER $1 {test}" shop.test "${@:2}" \
        --output file --output-file-filename run.jsonl --output json --output-json-filename live.json
}

@test "loads report makes the same document as the live run" {
    record garbage -u 2:3 --hits 50
    expect_status 0
    loads report run.jsonl --output json --output-json-filename again.json
    diff live.json again.json
}

@test "the same with failures, errors and a run of several seconds" {
    record error -u 2 -d 2
    expect_status 1
    loads report run.jsonl --output json --output-json-filename again.json
    diff live.json again.json
}

@test "loads report writes the summary to stdout by default" {
    record ok --hits 3
    run --separate-stderr loads report run.jsonl
    expect_status 0
    [[ "$output" == *"Hits: 3"* ]]
    [[ "$output" == *"Success: 3"* ]]
}

@test "a file without its trailer is refused by report and taken by recover" {
    record ok --hits 10
    head -n -1 run.jsonl > torn.jsonl
    printf '{"received_us":99999,"target":0,"data_ty' >> torn.jsonl
    run --separate-stderr loads report torn.jsonl --output json --output-json-filename result.json
    expect_status 2
    expect_stderr 'torn.jsonl has no trailer: the run did not end; `loads recover torn.jsonl` takes it as far as it goes'
    run --separate-stderr loads recover torn.jsonl --output json --output-json-filename result.json
    expect_status 0
    expect 'r["totals"]["hits"]' 10
    expect 'r["verdict"]["status"]' invalid
    expect 'r["verdict"]["reasons"]' "['recovered from a run that did not end']"
}

@test "F8: what a killed host had written can be recovered" {
    "$top_builddir/loads" run --quiet --test-runner "$RUNNER polite $PWD/pid {test}" t -d 100 \
        --output file --output-file-filename run.jsonl 3>&- &
    host=$!
    wait_for test -s pid
    wait_for eval '[ "$(wc -l < run.jsonl)" -gt 20 ]'
    kill -9 $host
    wait_for eval '[ -z "$(ls -A "$XDG_RUNTIME_DIR")" ]'
    loads recover run.jsonl --output json --output-json-filename result.json
    [ "$(result 'r["totals"]["hits"] > 0')" = True ]
    expect 'r["verdict"]["exit_code"]' 5
}

@test "a broken line is named with its number" {
    record ok --hits 3
    sed -i '4s/.*/nonsense/' run.jsonl
    run --separate-stderr loads report run.jsonl
    expect_status 2
    expect_stderr "run.jsonl:4: does not begin with received_us and target"
}

@test "a file that is something else is refused" {
    echo '{"some": "json"}' > other.json
    run --separate-stderr loads report other.json
    expect_status 2
    expect_stderr 'other.json: neither a result that output "json" wrote nor a recording of output "file": it has no member schema'
    run --separate-stderr loads recover other.json
    expect_status 2
    expect_stderr 'other.json:1: not a file that output "file" wrote: it does not begin with a header'
    : > empty
    run --separate-stderr loads report empty
    expect_status 2
    expect_stderr "empty is empty: there is no run in it"
    run --separate-stderr loads report missing
    expect_status 2
    expect_stderr "cannot open missing: No such file or directory"
}

@test "loads report --output file writes the same file again, whatever members are called" {
    record odd_names --hits 3
    grep -q '"_target"' run.jsonl
    grep -q '"___loads"' run.jsonl
    grep -q '"_\\u0074arget"' run.jsonl
    loads report run.jsonl --output file --output-file-filename again.jsonl
    cmp run.jsonl again.jsonl
}

@test "a trailer that nobody of ours wrote is refused" {
    record ok --hits 3
    sed 's/"exit_code":0/"exit_code":99/' run.jsonl > other.jsonl
    run --separate-stderr loads report other.jsonl --output null
    expect_status 2
    expect_stderr "other.jsonl:14: exit_code 99 is none of loads"
    sed 's/"timeline_s":[0-9]*/"timeline_s":4000000000/' run.jsonl > other.jsonl
    run --separate-stderr loads report other.jsonl --output null
    expect_status 2
    expect_stderr "other.jsonl:14: timeline_s 4000000000 is more than a year"
}

@test "of a file with several runs the last one is reported" {
    record ok --hits 3
    record ok --hits 5 --output-file-append yes
    run --separate-stderr loads report run.jsonl --output json --output-json-filename result.json
    expect_status 0
    expect 'r["totals"]["hits"]' 5
    expect_stderr "run.jsonl holds 2 runs: this is the last one"
}
