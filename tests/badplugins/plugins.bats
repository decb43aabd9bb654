#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Whole runs with plugins that break their promises.
load ../runs/helper

# run_bad NAME [OPTION...]: one run of 2 users x 5 hits (40 messages) with an output of this folder,
# and with the json output, which must not notice.
run_bad() {
    local name=$1
    shift
    run_with ok -u 2 --hits 5 --plugin-path "$top_builddir/tests/badplugins" --output "$name" "$@"
}

# The other output has the whole result.
expect_whole_result() {
    expect 'r["totals"]["hits"]' 10
    expect 'r["messages"]["counted"]' 40
    expect_balance
}

@test "each plugin exports loads_plugin and nothing else" {
    for plugin in "$top_builddir"/tests/badplugins/*.so; do
        [ "${plugin##*/}" = no_symbol.so ] && continue
        # AddressSanitizer adds a twin of each exported variable.
        exported=$(nm --dynamic --defined-only --format=just-symbols "$plugin" | grep -v '^__odr_asan')
        echo "$plugin: $exported"
        [ "$exported" = loads_plugin ]
    done
}

@test "a plugin that cannot be loaded ends the run before it starts" {
    for name in wrong_abi no_symbol wrong_kind unknown_kind other_name huge_state too_short bad_option; do
        run_bad "$name"
        expect_status 2
        expect_stderr "cannot load plugin $top_builddir/tests/badplugins/$name.so: it"
        [ ! -e result.json ]
    done
}

@test "a plugin that others can write is refused" {
    mkdir -m 755 plugins
    cp "$top_builddir/tests/badplugins/record.so" plugins/
    chmod 666 plugins/record.so
    run_with ok --plugin-path plugins --output record --output-record-filename calls
    expect_status 2
    expect_stderr "others can write $PWD/plugins/record.so (mode 0666; chmod go-w would help)"
    [ ! -e calls ]
}

@test "options that are missing, unknown or wrong end the run before it starts" {
    run_bad record
    expect_status 2
    expect_stderr "output record needs --output-record-filename"
    run_bad record --output-record-filename calls --output-record-scale big
    expect_status 2
    expect_stderr '--output-record-scale: "big" is not a number'
    run_bad record --output-record-filename calls --output-record-appendd no
    expect_status 2
    expect_stderr "did you mean --output-record-append?"
    [ ! -e calls ]
}

@test "a failing open ends the run before it starts" {
    run_bad fail_open
    expect_status 2
    expect_stderr "output fail_open: cannot open the back of the moon"
}

@test "a plugin gets every message, then flush, then close" {
    PASSWORD=hunter2 run_bad record --output-record-filename calls --output-record-max-size 7 \
        --output-record-password env:PASSWORD
    expect_status 0
    expect_whole_result
    [[ "$(head -n 1 calls)" == 'open append=0 max_size=7 scale=1.5 password=hunter2 quiet=1 run={'* ]]
    [ "$(grep -c '^event' calls)" -eq 40 ]
    grep -o '{.*' <(grep '^event' calls) | python3 -c 'import json, sys; [json.loads(line) for line in sys.stdin]'
    [[ "$(tail -n 2 calls | head -n 1)" == 'flush hits=10 {'* ]]
    [ "$(tail -n 1 calls)" = close ]
    [[ "$stderr" != *hunter2* ]]
}

@test "failing in on_event: named, exit code 5, the others go on" {
    run_bad fail_event --output-fail_event-after 3
    expect_status 5
    expect_stderr "output fail_event: cannot write event 4: no space left"
    expect_whole_result
}

@test "failing in flush: named, exit code 5" {
    run_bad fail_flush
    expect_status 5
    expect_stderr "output fail_flush: failed without saying why"
    expect_whole_result
}

@test "a slow one loses nothing" {
    run_bad slow --output-slow-filename count --output-slow-event-us 20000
    expect_status 0
    expect_whole_result
    [ "$(cat count)" -eq 40 ]
}

@test "hanging in on_event: abandoned after 10 s, exit code 5, the others go on" {
    run_bad hang_event
    expect_status 5
    expect_stderr "output hang_event: no progress for 10 s, abandoned"
    expect_whole_result
}

@test "hanging in flush: abandoned after 30 s, the others are complete, exit code 5" {
    run_bad hang_flush
    expect_status 5
    expect_stderr "hang_flush"
    expect_whole_result
}

@test "a crash names the plugin" {
    for place in open event flush abort stack; do
        run_bad crash --output-crash-in "$place"
        expect_stderr "loads: output crash crashed (signal "
        [ "$status" -ge 128 ] || [ -n "$(nm "$top_builddir/loads" | grep -m1 __asan)" ]
    done
}

@test "an unknown output names the nearest one and all that there are" {
    run_with ok --output jsno
    expect_status 2
    expect_stderr 'did you mean "json"?'
    all=$(basename -s .so -a "$top_builddir"/outputs/*.so | sort | paste -sd, | sed 's/,/, /g')
    expect_stderr "there are $all"
}

@test "loads plugins lists them with options and defaults, and what cannot be opened with the reason" {
    run --separate-stderr loads plugins --plugin-path "$top_builddir/tests/badplugins"
    expect_status 0
    [[ "$output" == *"output stdout: "* ]]
    [[ "$output" == *--output-file-filename* ]]
    [[ "$output" == *wrong_abi*ABI* ]]
}
