#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
load ../runs/helper

@test "the program reads the document and finds the verdict in its environment" {
    cat > reader <<'SH'
#!/bin/sh
cat > document
echo "$1: $LOADS_MOMENT $LOADS_VERDICT $LOADS_EXIT_CODE $LOADS_RUN_ID" > verdict
SH
    chmod +x reader
    run_with fail --observer exec --observer-exec-command "./reader 'so it is'"
    expect_status 1
    diff <(cat document; echo) result.json
    [ "$(cat verdict)" = "so it is: end fail 1 $(result 'r["run_id"]')" ]
}

@test "what it prints is seen, and it need not read" {
    run_with ok --observer exec --observer-exec-command "echo hello there"
    expect_status 0
    expect_stderr "hello there"
}

@test "its failure is named, and changes nothing" {
    for case in "false:observer exec: false ended with exit code 1" \
        "sh -c 'kill -9 \$\$':observer exec: sh was killed by signal 9" \
        "/no/such/program:observer exec: cannot run /no/such/program: No such file or directory"; do
        run_with ok --observer exec --observer-exec-command "${case%%:*}"
        expect_status 0
        expect_stderr "${case#*:}"
    done
}

@test "a program that never ends is killed with all that it has started" {
    run_with ok --observer exec --observer-exec-timeout 0.5 \
        --observer-exec-command "sh -c 'sleep 1000 & echo \$! > pid; wait'"
    expect_status 0
    expect_stderr "observer exec took longer than 0.5 s and was killed"
    wait_for is_gone "$(cat pid)"
}

@test "a command that is none is refused before the run" {
    run_with ok --observer exec --observer-exec-command "echo 'half"
    expect_status 2
    expect_stderr "observer exec: command: "
    run_with ok --observer exec
    expect_status 2
    expect_stderr "observer exec needs --observer-exec-command"
}
