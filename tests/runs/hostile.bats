#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What comes from outside steers no terminal, writes no line of the log, and goes
# no deeper than the limits.
load helper

# No control character but a line break, no C1, no bidirectional or zero-width
# character, and valid UTF-8.
is_tame() {
    "$PYTHON3" - "$@" <<'EOF'
import re, sys
for name in sys.argv[1:]:
    text = open(name, "rb").read().decode("utf-8")
    found = re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", text)
    if found:
        sys.exit("%s: %r in %r" % (name, found.group(), text[max(0, found.start() - 40):found.end() + 40]))
EOF
}

@test "T26, T27: hostile names, URLs, counters, errors and output are shown, not obeyed" {
    status=0
    loads run --test-runner "$RUNNER hostile {test}" shop.test --hits 2 --output stdout --output json \
        --output-json-filename result.json > stdout 2> stderr || status=$?
    [ "$status" -eq 5 ]
    is_tame stdout stderr
    # It came that far: as text.
    grep -qF '\u{1b}[2Jboom' stdout
    grep -qF '\u{202e}' stdout
    grep -qF 'printed \u{1b}[31m' stderr
    grep -qF 'no_such\u{1b}[8m' stderr
    # Nothing that begins a line pretends to come from the program.
    ! grep -q '^loads: fake' stdout stderr
    ! grep -q '^Errors: 0 (fake)' stdout
}

@test "T26, T27: the name of a test on the command line" {
    run --separate-stderr loads run --test-runner "$RUNNER exits 3 {test}" $'t\e[2J\nloads: fake' --hits 1 --output stdout
    printf '%s' "$output" > stdout
    printf '%s' "$stderr" > stderr
    expect_status 5
    is_tame stdout stderr
    ! grep -q '^loads: fake' stdout stderr
    expect_stderr 't\u{1b}[2J\u{a}loads: fake, user 1'
}

@test "T26, T27: what else is said about a stranger on the socket" {
    run_with "stranger" --hits 1
    expect_status 0
    printf '%s' "$stderr" > stderr
    is_tame stderr
    [ "$(grep -c 'a connection was closed' stderr)" -eq 1 ]
    expect 'r["totals"]["hits"]' 1
}

@test "T6: depth, values and length of a message have limits; its neighbours are counted" {
    run_with "deep" --hits 3
    expect_status 0
    expect 'r["messages"]["rejected"]["depth"]' 2
    expect 'r["messages"]["rejected"]["values"]' 2
    expect 'r["messages"]["malformed"]' 4
    expect 'r["totals"]["success"]' 3
    expect_balance
}

@test "T7: malformed UTF-8, NUL and lone surrogates are refused" {
    run_with "bad_text" --hits 3
    expect_status 0
    [ "$(result 'r["messages"]["rejected"]["utf8"] + r["messages"]["rejected"]["json"]')" = 6 ]
    [ "$(result 'r["messages"]["rejected"]["utf8"] >= 3')" = True ]
    expect 'r["totals"]["success"]' 3
    expect_balance
}

@test "T8: numbers that are none, absurd or of the wrong type are refused, never bent" {
    run_with "bad_numbers" --hits 3
    expect_status 0
    expect 'r["messages"]["malformed"]' 13
    expect 'r["totals"]["hits"]' 3
    expect 'r["totals"]["latency"]["max_us"]' 10000
    expect_balance
}

@test "T9: unknown types and tricks with names are counted as unknown" {
    run_with "tricks" --hits 3
    expect_status 0
    expect 'r["messages"]["unknown"]' 3
    expect 'r["messages"]["rejected"]["utf8"]' 1  # a NUL in the name
    expect 'r["totals"]["success"]' 3
    expect_balance
}

@test "T39: on ipc nobody else is read from" {
    [ "$(id -u)" -eq 0 ] && setpriv --reuid=65534 true 2>/dev/null || skip "this needs root, to become somebody else"
    export XDG_RUNTIME_DIR=/nonexistent
    other=$(mktemp -d)
    chmod 755 "$other"
    printf '#!/bin/sh\nchmod 777 "${LOADS_ZMQ_RECEIVER#ipc://}"\nexec setpriv --reuid=65534 "%s" 5 0\n' \
        "$top_builddir/tests/helpers/sender" > other.sh
    chmod +x other.sh
    run --separate-stderr loads run --quiet --zmq-receiver "ipc://$other/open.ipc" --test-runner "$PWD/other.sh {test}" t \
        --output json --output-json-filename result.json
    rm -rf "$other"
    export XDG_RUNTIME_DIR="$BATS_TEST_TMPDIR/runtime"
    expect_status 5
    expect_stderr "a connection was closed: it belongs to another user"
    expect 'r["messages"]["received"]' 0
}
