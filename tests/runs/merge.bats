#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# loads report: documents again, and several results as one.
load helper

# keep NAME BEHAVIOUR [OPTION...]: a run whose result is kept in both kinds of file.
keep() {
    loads run --quiet --test-runner "$RUNNER $2 {test}" "${@:3}" shop.test \
        --output file --output-file-filename "$1.jsonl" --output json --output-json-filename "$1.json" \
        2>> log || [ $? -eq 1 ]
}

# merge OUT FILE...
merge() {
    loads report "${@:2}" --output json --output-json-filename "$1"
}

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    export XDG_RUNTIME_DIR="$BATS_FILE_TMPDIR/runtime"
    mkdir -m 700 "$XDG_RUNTIME_DIR"
    RUNNER="$PYTHON3 $top_srcdir/tests/helpers/runner.py"
    keep ok ok -u 2:3 --hits 20 --label one --project-name shop
    keep error error -u 2 -d 1.2 --label two --project-name shop
    keep counters counters -u 3 --project-name shop
}

@test "the report of a document is the document again" {
    for name in ok error counters; do
        merge again.json "$BATS_FILE_TMPDIR/$name.json"
        cmp "$BATS_FILE_TMPDIR/$name.json" again.json
    done
    # As other programs write it, too.
    $PYTHON3 -m json.tool "$BATS_FILE_TMPDIR/error.json" pretty.json
    merge again.json pretty.json
    cmp "$BATS_FILE_TMPDIR/error.json" again.json
    [ "$(loads report again.json)" = "$(loads report "$BATS_FILE_TMPDIR/error.jsonl")" ]
}

@test "several results become one, the same bits in any order and grouping" {
    cp "$BATS_FILE_TMPDIR"/*.json* .
    merge all.json ok.json error.json counters.json
    merge other.json counters.jsonl error.json ok.jsonl
    cmp all.json other.json
    merge some.json error.json counters.jsonl
    merge grouped.json some.json ok.json
    cmp all.json grouped.json
    merge again.json all.json
    cmp all.json again.json
    "$top_srcdir/tests/helpers/validate-json" "$top_srcdir/docs/result-schema.json" all.json || [ $? -eq 77 ]
}

@test "a merged result is the sum of its runs" {
    cp "$BATS_FILE_TMPDIR"/*.json* .
    merge result.json ok.json error.jsonl counters.json
    sums='import json; runs = [json.load(open(n + ".json")) for n in ("ok", "error", "counters")]'
    sum() { $PYTHON3 -c "$sums; print(sum($1 for r in runs))"; }
    for member in '["totals"]["hits"]' '["totals"]["success"]' '["totals"]["errors"]' \
        '["messages"]["received"]' '["totals"]["latency"]["count"]' '["totals"]["latency"]["sum_us"]'; do
        expect "r$member" "$(sum "r$member")"
    done
    expect 'sum(s["hits"] for s in r["timeline"])' "$(sum 'r["totals"]["hits"]')"
    expect 'r["timeline"][0]["users"]' "$(sum 'r["timeline"][0]["users"]')"
    expect 'r["duration_s"]' "$($PYTHON3 -c "$sums; print(max(r['duration_s'] for r in runs))")"
    expect 'r["started"]' "$($PYTHON3 -c "$sums; print(min(r['started'] for r in runs))")"
    expect '[(x["name"], x["target"]) for x in r["tests"]]' "[('shop.test', 'shop.test')]"
    expect 'len(r["plan"]), [x["label"] for x in r["runs"]]' "(3, ['one', 'two', None])"
    expect 'r["project"], r["label"]' "('shop', None)"
    id=$($PYTHON3 -c "$sums; print(runs[1]['run_id'][:8])")
    expect 'r["verdict"]["status"], r["verdict"]["exit_code"]' "('fail', 1)"
    [[ "$(result 'r["verdict"]["reasons"]')" == "['run $id: "*" tests had errors']" ]]
}

@test "the same run cannot be counted twice" {
    cp "$BATS_FILE_TMPDIR"/ok.json* "$BATS_FILE_TMPDIR"/error.json .
    run --separate-stderr loads report ok.json ok.jsonl
    expect_status 2
    expect_stderr "ok.json and ok.jsonl both hold the run $($PYTHON3 -c 'import json; print(json.load(open("ok.json"))["run_id"])')"
    merge both.json ok.json error.json
    run --separate-stderr loads report error.json both.json
    expect_status 2
    expect_stderr "error.json and both.json both hold the run "
}

@test "an output that wants messages cannot be made from sums" {
    cp "$BATS_FILE_TMPDIR"/*.json* .
    run --separate-stderr loads report ok.json --output file --output-file-filename x.jsonl
    expect_status 2
    expect_stderr "output file wants every message: a result document has only sums; report a recording that the output file wrote"
    run --separate-stderr loads report ok.jsonl error.jsonl --output file --output-file-filename x.jsonl
    expect_status 2
    expect_stderr "output file wants every message: a merged result has only sums; report one recording of the output file alone"
    [ ! -e x.jsonl ]
}

@test "a document that is broken is named with the place and the reason" {
    spoilt() { # SED-EXPRESSION ERROR
        sed "$1" "$BATS_FILE_TMPDIR/ok.json" > bad.json
        run --separate-stderr loads report bad.json
        expect_status 2
        expect_stderr "loads: error: bad.json: $2"
    }
    spoilt 's/"totals":{"hits":100/"totals":{"hits":101/' "names: have 100 hits, totals 101"
    spoilt 's/"exit_code":0/"exit_code":99/' "verdict.exit_code: 99 is none of loads"
    spoilt 's/"status":"pass"/"status":"fail"/' "verdict.status: expected pass with the exit code 0"
    spoilt 's/"names":\[{"name"/"names":[{"nome"/' "names[0].name: is missing"
    spoilt 's/.$//' "not JSON: line "
    head -c 300 "$BATS_FILE_TMPDIR/ok.json" > bad.json
    run --separate-stderr loads report "$BATS_FILE_TMPDIR/error.json" bad.json
    expect_status 2
    expect_stderr "loads: error: bad.json: not JSON: line 1, column "
    run --separate-stderr loads recover "$BATS_FILE_TMPDIR/ok.json"
    expect_status 2
    expect_stderr 'ok.json:1: not a file that output "file" wrote'
}
