#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# When observers hear of a run, and what becomes of it when they misbehave.
load ../runs/helper

# observed [OPTION...]: one run of 2 users x 5 hits with the observer of this folder.
observed() {
    local behaviour=${BEHAVIOUR:-ok}
    run_with "$behaviour" -u 2 --hits 5 --plugin-path "$top_builddir/tests/badplugins" --observer witness \
        --observer-witness-filename "$PWD/heard" "$@"
}

heard() {
    cut -d, -f1 heard | tr '\n' ' '
}

@test "an observer hears of the end, in a process of its own, with the document that the outputs got" {
    observed
    expect_status 0
    expect_stderr "observer witness: was told of the end"
    [ "$(heard)" = "end 10 hits " ]
    [[ "$(cat heard)" == *"process of its own"* ]]
    diff <(sed 's/^[^{]*//' heard) result.json
}

@test "it hears of the start and the first failure when it wants to" {
    BEHAVIOUR=fail observed --observer-witness-when start,bad,end
    expect_status 1
    grep -qx 'start 0 hits.*"status":"running".*' heard
    grep -qx 'end 10 hits.*"status":"fail".*' heard
    grep -q '^bad .*"status":"fail"' heard
    [ "$(wc -l < heard)" -eq 3 ]
}

@test "a run without failures never turns bad" {
    observed --observer-witness-when bad
    expect_status 0
    [ ! -e heard ]
}

@test "an observer that fails, crashes, leaves or hangs is named and changes nothing" {
    for case in "fail:observer witness: nobody listens" "crash:observer witness was killed by signal " \
        "leave:observer witness ended with exit code 9" "hang:observer witness took longer than 0.3 s and was killed"; do
        timeout=20
        [ "${case%%:*}" != hang ] || timeout=0.3
        observed --observer-witness-mode "${case%%:*}" --observer-witness-timeout "$timeout"
        expect_status 0
        expect_stderr "${case#*:}"
        expect 'r["verdict"]["status"]' pass
    done
}

@test "what an observer does not like about its options ends the run before it starts" {
    observed --observer-witness-mode refuse
    expect_status 2
    expect_stderr 'observer witness: the mode "refuse" is refused'
    observed --observer-witness-when start,midnight
    expect_status 2
    expect_stderr '--observer-witness-when: "start,midnight" is not a list of start, bad and end'
    observed --observer-witness-timeout never
    expect_status 2
    expect_stderr '--observer-witness-timeout: "never" is not a number of seconds up to 3600'
    observed --observer witnes
    expect_status 2
    expect_stderr 'unknown observer "witnes"; did you mean "witness"?'
    [ ! -e result.json ]
}

@test "a section of the configuration file asks for an observer" {
    cat > loads.ini <<INI
[loads]
observer = witness
plugin_path = $top_builddir/tests/badplugins
[observer witness]
filename = $PWD/heard
when = start,end
INI
    run_with ok --config loads.ini
    expect_status 0
    [ "$(heard)" = "start 0 hits end 1 hits " ]
}

@test "a secret is named, read from there, and never shown" {
    export SECRET=from-the-environment NETRC=$PWD/netrc
    printf 'from-a-file\n' > secret
    printf 'machine irc.example login bob password "from a netrc"\ndefault login x password y\n' > netrc
    for case in env:SECRET=from-the-environment "file:$PWD/secret=from-a-file"; do
        rm -f heard
        observed --observer-witness-password "${case%%=*}"
        expect_status 0
        grep -q "password ${case#*=}," heard
    done
    observed --observer-witness-password netrc:irc.example:bob
    expect_status 2
    expect_stderr "netrc can be used by others"
    chmod 600 netrc
    rm -f heard
    observed --observer-witness-password netrc:irc.example:bob
    expect_status 0
    grep -q 'password from a netrc,' heard
    observed --observer-witness-password hunter2
    expect_status 2
    expect_stderr "--observer-witness-password: a secret is not typed but named: env:NAME, file:PATH or netrc:MACHINE"
    [[ "$stderr" != *hunter2* ]]
    observed --observer-witness-password env:NOT_THERE
    expect_status 2
    expect_stderr "the environment variable NOT_THERE is not set"
}

@test "observers hear of a run that was stopped" {
    "$top_builddir/loads" run --quiet --test-runner "$RUNNER ok {test}" shop.test -d 60 \
        --plugin-path "$top_builddir/tests/badplugins" --observer witness \
        --observer-witness-filename "$PWD/heard" --observer-witness-when start,end 2> stderr &
    local host=$!
    wait_for test -s heard
    kill -INT "$host"
    status=0
    wait "$host" || status=$?
    [ "$status" -eq 130 ]
    [ "$(grep -c '^end ' heard)" -eq 1 ]
}
