#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# loads conformance: our own runners pass it, and each of its rows is failed by a
# runner that has just that fault.
load helper

# Our own runners, "NAME TARGET", each with a test that does next to nothing.
OWN_RUNNERS=(
    "c $top_srcdir/tests/runs/conformance/quick.c"
    "js $top_srcdir/tests/runs/conformance/quick.mjs"
    "ruby $top_srcdir/tests/runs/conformance/quick.rb"
    "python $top_srcdir/tests/runs/conformance/quick.py"
    "bridge $top_srcdir/tests/runs/conformance/quick.sh"
)

# Faults are named as the rows that they make fail.
FAULTS=(messages "agent id" "run id" status hits users "process users" duration tests failures seq
    runnerEnd end "exit code" leftovers stop "gentle stop" "slow host" "host gone" "host returns"
    "older host")

# grade NAME OPTION... RUNNER [TEST]: in the background, a few at a time. Leaves NAME.out,
# NAME.err, and at last NAME.code, for the tests.
grade() {
    local name=$1 code=0
    shift
    until [ "$(jobs -rp | wc -l)" -lt 10 ]; do wait -n || :; done
    {
        "$top_builddir/loads" conformance "$@" >"$name.out" 2>"$name.err" || code=$?
        echo "$code" >"$name.code"
    } 3>&- &
    grades+=($!)
}

# Grading is waiting, mostly, so all of it is done at once. Our own runners linger
# some 30 s when their host is gone.
setup_file() {
    local own fault broken runner grades=()
    # shellcheck source=tests/helpers/site.bash
    source "$top_srcdir/tests/helpers/site.bash"
    broken=$top_srcdir/tests/helpers/broken-runner.py
    runner=$top_srcdir/tests/helpers/runner.py
    unset LOADS_CONFIG LOADS_PLUGIN_PATH CI
    cd "$BATS_FILE_TMPDIR" || return 1
    cat >picky.py <<'EOF'
import os, runpy, sys
if "LOADS_PROTOCOL" not in os.environ:
    sys.exit("this runner needs a newer host")
sys.argv = [sys.argv[1], "none"]
runpy.run_path(sys.argv[0], run_name="__main__")
EOF
    awk '/^```python bot.py$/ { inside = 1; next } /^```/ { inside = 0 } inside' \
        "$top_srcdir/docs/how-to/write-a-runner.md" >bot.py
    mkdir site
    site_start site 3>&- || return 1
    grade bot --json "$PYTHON3 bot.py {test}" "$SITE_URL/"
    for own in "${OWN_RUNNERS[@]}"; do
        grade "${own%% *}" --json "${own#* }"
    done
    for fault in none "${FAULTS[@]}"; do
        grade "$fault" --json --process-users 3 --external-process-timeout 10 "$PYTHON3 $broken '$fault'"
    done
    grade plain --json --external-process-timeout 10 "$PYTHON3 $broken plain"
    grade table --external-process-timeout 10 "$PYTHON3 $broken messages"
    grade picky --json --external-process-timeout 10 "$PYTHON3 $PWD/picky.py {test}" "$broken"
    grade failing --json --external-process-timeout 10 "$PYTHON3 $runner fail {test}" shop
    wait "${grades[@]}"
    site_stop
}

# failed NAME: the rows that failed, in one line.
failed() {
    jq -r '[.rows[] | select(.result == "fail") | .name] | join(", ")' "$BATS_FILE_TMPDIR/$1.out"
}

# row NAME ROW: the result and what was seen.
row() {
    jq -r --arg row "$2" '.rows[] | select(.name == $row) | .result + ": " + .seen' \
        "$BATS_FILE_TMPDIR/$1.out"
}

# expect_failed NAME ROWS CODE
expect_failed() {
    [ "$(failed "$1")" = "$2" ] && [ "$(cat "$BATS_FILE_TMPDIR/$1.code")" = "$3" ] && return
    echo "$1 fails: $(failed "$1")"
    jq -r '.rows[] | "  \(.name): \(.result): \(.seen)"' "$BATS_FILE_TMPDIR/$1.out"
    cat "$BATS_FILE_TMPDIR/$1.err"
    return 1
}

@test "each row is failed by a runner with that fault, and by no other" {
    local fault status=0
    expect_failed none "" 0
    [ "$(printf '%s\n' "${FAULTS[@]}")" = "$(jq -r '.rows[].name' "$BATS_FILE_TMPDIR/none.out")" ]
    for fault in "${FAULTS[@]}"; do
        expect_failed "$fault" "$fault" 1 || status=1
    done
    return "$status"
}

@test "our own runners pass" {
    local own name row
    for own in "${OWN_RUNNERS[@]}"; do
        name=${own%% *}
        expect_failed "$name" "" 0
        for row in hits users "process users" seq runnerEnd "gentle stop" "host gone" "slow host"; do
            [[ $(row "$name" "$row") == pass:* ]]
        done
    done
}

@test "the runner of the how-to has less than 60 lines, and passes" {
    [ "$(wc -l <"$BATS_FILE_TMPDIR/bot.py")" -lt 60 ]
    expect_failed bot "" 0
    for row in seq runnerEnd "gentle stop" "host gone" "older host"; do
        [[ $(row bot "$row") == pass:* ]]
    done
}

@test "a runner without the additions passes; the rows about them say not used" {
    expect_failed plain "" 0
    for name in seq runnerEnd "gentle stop" "process users" failures; do
        [[ $(row plain "$name") == not_used:* ]]
    done
}

@test "a runner may refuse to run without LOADS_PROTOCOL" {
    expect_failed picky "" 0
    [[ $(row picky "older host") == "not_used: it refuses"* ]]
}

@test "failed tests are results" {
    expect_failed failing "" 0
    [ "$(row failing failures)" = "pass: 12 failures, 0 errors, exit code 0" ]
}

@test "the table has 80 columns, and shows the first offending message" {
    output=$(<"$BATS_FILE_TMPDIR/table.out")
    [ "$(cat "$BATS_FILE_TMPDIR/table.code")" = 1 ]
    [ "$(wc -L <"$BATS_FILE_TMPDIR/table.out")" -le 80 ]
    [[ $output == *$'\nagent id       pass      on every message\n'* ]]
    [[ $output == *" passed, 1 failed, 2 not used" ]]
    flat=$(tr -s ' \n' ' ' <<<"$output")
    [[ $flat == "messages FAIL 3 of "*" messages, the first: type: add_hit needs "*': {"data_type": "add_hit", '* ]]
    [[ $flat == *" expected: every message is one that the protocol has, whole and within its limits agent id "* ]]
}

@test "a runner that says nothing is not tried for long, and what it printed is shown" {
    run -1 --separate-stderr loads conformance "sh -c 'echo out of order; exit 4'"
    [[ $output == *"messages       FAIL      no message came"* ]]
    [[ $output == *"exit code      FAIL      exit code 4"* ]]
    [[ $output == *"slow host      FAIL      not tried, since no message came"* ]]
    [[ $stderr == *"out of order"* ]]
}

@test "a runner that cannot be started is a matter of usage" {
    run -2 --separate-stderr loads conformance './no-such-runner {test}' login
    [ "$output" = "" ]
    [[ $stderr == "loads: error: target login: --test-runner ./no-such-runner {test}: "* ]]
    printf '#!/no/such/interpreter\n' >broken.sh
    chmod +x broken.sh
    run -2 --separate-stderr loads conformance './broken.sh {test}' login
    [[ $stderr == "loads: error: cannot start "*"broken.sh: No such file"* ]]
    run -2 --separate-stderr loads conformance --test-runner 'x {test}' 'y {test}' login
    [[ $stderr == "loads: error: y {test} is a command, and --test-runner is given too"* ]]
    run -2 --separate-stderr loads conformance shop.xyz
    [[ $stderr == "loads: error: target shop.xyz: no such file"* ]]
}

@test "when it is ended, nothing of the runner stays" {
    cat >stays.py <<'EOF'
import os, signal, sys
with open(sys.argv[1], "w") as file:
    file.write(str(os.getpid()))
signal.pause()
EOF
    "$top_builddir/loads" conformance "$PYTHON3 $PWD/stays.py $PWD/pid" 3>&- &
    host=$!
    wait_for test -s pid
    kill -TERM $host
    wait $host || [ $? = 143 ]
    wait_for is_gone "$(cat pid)"
    wait_for is_empty "$XDG_RUNTIME_DIR"
}

is_empty() {
    [ -z "$(ls -A "$1")" ]
}
