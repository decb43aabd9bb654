#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Outputs that fail, crash, hang or dawdle: they are named, and the run goes on.
load helper

# run_output NAME [OPTION...]: a run of 50 hits with a plugin of tests/badplugins
# beside output json.
run_output() {
    run --separate-stderr "$top_builddir/loads" run --quiet --plugin-path "$top_builddir/tests/badplugins" \
        --test-runner "$RUNNER ok {test}" shop.test --hits 50 \
        --output json --output-json-filename result.json --output "$@"
}

refused() {
    expect_status 2
    expect_stderr "$1"
    [ ! -e result.json ]
}

@test "another ABI, no symbol, another kind and a wrong name are refused before the run" {
    run_output wrong_abi
    refused "ABI"
    run_output no_symbol
    refused "does not export loads_plugin"
    run_output wrong_kind
    refused "observer"
    run_output other_name
    refused "other_name"
}

@test "an unknown output names the nearest one and all that there are" {
    run --separate-stderr loads run --output jsno --test-runner "$RUNNER ok {test}" t
    expect_status 2
    expect_stderr "json"
    expect_stderr "file"
    expect_stderr "null"
}

@test "an output that cannot open ends the run before it starts" {
    run_output fail_open
    refused "fail_open"
}

@test "an output that fails on an event is closed, the others go on: exit code 5" {
    run_output fail_event
    expect_status 5
    expect_stderr "fail_event"
    expect 'r["totals"]["hits"]' 50
}

@test "an output that fails in flush is named: exit code 5" {
    run_output fail_flush
    expect_status 5
    expect_stderr "fail_flush"
    expect 'r["totals"]["hits"]' 50
}

@test "F22: a crash in an output ends the host and names the plugin" {
    run_output crash
    [ "$status" -ne 0 ]
    [ "$status" -ge 128 ] || [ "$status" -eq 70 ]
    expect_stderr "loads: output crash crashed"
    wait_for eval '[ -z "$(ls -A "$XDG_RUNTIME_DIR")" ]'
}

@test "F21: an output that hangs on an event is abandoned after 10 s, the run goes on" {
    run_output hang_event
    expect_status 5
    expect_stderr "output hang_event: no progress for 10 s, abandoned"
    expect 'r["totals"]["hits"]' 50
}

@test "F21: an output that hangs in flush is abandoned, the others are complete" {
    run_output hang_flush
    expect_status 5
    expect_stderr "hang_flush"
    expect 'r["totals"]["hits"]' 50
}

@test "F21: a slow output loses nothing" {
    run_output slow --output-slow-filename events --output-slow-event-us 500
    expect_status 0
    [ "$(cat events)" = 200 ]
    expect 'r["messages"]["counted"]' 200
}

@test "loads plugins lists them with options and defaults, and what cannot be opened with the reason" {
    run --separate-stderr loads plugins --plugin-path "$top_builddir/tests/badplugins"
    expect_status 0
    [[ "$output" == *stdout* ]]
    [[ "$output" == *filename* ]]
    [[ "$output" == *wrong_abi*ABI* ]]
}
