# SPDX-License-Identifier: Apache-2.0
# For the end-to-end tests: a temporary folder, the built program, its result.
bats_require_minimum_version 1.8.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export XDG_RUNTIME_DIR="$BATS_TEST_TMPDIR/runtime"
    mkdir -m 700 "$XDG_RUNTIME_DIR"
    unset LOADS_CONFIG LOADS_PLUGIN_PATH CI
    RUNNER="$PYTHON3 $top_srcdir/tests/helpers/runner.py"
}

teardown() {
    # Whatever happened, a run leaves no socket, folder or process behind.
    [ -z "$(ls -A "$XDG_RUNTIME_DIR")" ] || { echo "left behind: $(ls -A "$XDG_RUNTIME_DIR")"; return 1; }
}

loads() {
    "$top_builddir/loads" "$@"
}

# run_with BEHAVIOUR [OPTION...]: one run with the scriptable runner; BEHAVIOUR
# may have an argument. Output and status as bats' `run` leaves them.
run_with() {
    local behaviour=$1
    shift
    run --separate-stderr "$top_builddir/loads" run --quiet --test-runner "$RUNNER $behaviour {test}" shop.test \
        --output json --output-json-filename result.json "$@"
}

# result EXPRESSION: a Python expression over the document `r`, printed.
result() {
    $PYTHON3 -c 'import json, sys; r = json.load(open("result.json")); print(eval(sys.argv[1]))' "$1"
}

# expect EXPRESSION VALUE
expect() {
    local value
    value=$(result "$1") || return 1
    [ "$value" = "$2" ] || { echo "$1 is $value, expected $2"; return 1; }
}

expect_status() {
    [ "$status" -eq "$1" ] || { echo "exit code $status, expected $1"; echo "$stderr"; return 1; }
}

expect_stderr() {
    [[ "$stderr" == *"$1"* ]] || { echo "stderr lacks: $1"; echo "$stderr"; return 1; }
}

# The account of messages must add up, in every run.
expect_balance() {
    expect 'r["messages"]["received"] - r["messages"]["counted"] - r["messages"]["malformed"] - r["messages"]["unknown"] - r["messages"]["duplicate"]' 0
}

# wait_for CONDITION...: until the command succeeds; 20 s at most.
wait_for() {
    local deadline=$((SECONDS + 20))
    until "$@"; do
        [ $SECONDS -lt $deadline ] || { echo "waited in vain for: $*"; return 1; }
        read -rt 0.02 <> <(:) || :
    done
}

is_gone() {
    ! kill -0 "$1" 2>/dev/null || [ "$(ps -o state= -p "$1" | tr -d ' ')" = Z ]
}
