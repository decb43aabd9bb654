#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Errors that need the world: taken sockets, full disks, tests that are not there.
# docs/reference/errors.md has a row for each.
load helper

@test "a function that is not in the test file" {
    cat > shop.c <<'EOF'
#include <loads/test.h>
void test_home(struct loads_test *t) { (void)t; }
EOF
    run --separate-stderr loads run --quiet shop.c:test_hmoe --output null
    expect_status 5
    expect_stderr "test_hmoe"
    expect_stderr "test_home"
    expect_stderr ", user 1 (local.1) ended with exit code 2"
}

@test "a test file that does not compile shows what the compiler wrote" {
    echo 'int test_home(void) { return nonsense; }' > shop.c
    run --separate-stderr loads run --quiet shop.c --output null
    expect_status 5
    expect_stderr "error: "
    expect_stderr "undeclared (first use in this function)"
}

@test "a tcp port that is taken" {
    "$PYTHON3" -c 'import signal, socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
print(s.getsockname()[1], flush=True); signal.alarm(60); signal.pause()' > port 3>&- &
    wait_for test -s port
    run_with ok --zmq-receiver "tcp://127.0.0.1:$(cat port)"
    expect_status 2
    expect_stderr "cannot listen on tcp://127.0.0.1:$(cat port): Address already in use"
    kill %1
}

@test "an ipc socket that is taken" {
    "$PYTHON3" -c 'import signal, socket
s = socket.socket(socket.AF_UNIX); s.bind("taken.ipc"); s.listen()
signal.alarm(60); signal.pause()' 3>&- &
    wait_for test -S taken.ipc
    run_with ok --zmq-receiver "ipc://$PWD/taken.ipc"
    expect_status 2
    expect_stderr "cannot listen on ipc://$PWD/taken.ipc: another program is listening there"
    kill %1
}

@test "an ipc path in whose place a file stands, and one that is too long" {
    touch file
    run_with ok --zmq-receiver "ipc://$PWD/file"
    expect_status 2
    expect_stderr "a file of that name is in the way"
    run_with ok --zmq-receiver "ipc:///tmp/$(printf '%0120d' 0)"
    expect_status 2
    expect_stderr ": the path has 125 bytes, a socket's has at most 107"
}

@test "an address that others can reach" {
    run_with ok --zmq-receiver "tcp://0.0.0.0:5555"
    expect_status 2
    expect_stderr "anybody could send results to it"
}

@test "an output path that cannot be written, before anything runs" {
    run --separate-stderr loads run --quiet --test-runner "$RUNNER ok {test}" t \
        --output json --output-json-filename /proc/no/result.json
    expect_status 2
    expect_stderr "/proc/no/result.json"
    run --separate-stderr loads run --quiet --test-runner "$RUNNER ok {test}" t \
        --output file --output-file-filename "$PWD"
    expect_status 2
    expect_stderr "output file: cannot open $PWD: Is a directory"
}

@test "F18: a disk that is full while an output is written" {
    unshare -rm true 2>/dev/null || skip "this system does not allow user namespaces"
    mkdir small
    cat > in_namespace.sh <<EOF
mount -t tmpfs -o size=256k none small
"$top_builddir/loads" run --quiet --test-runner "$RUNNER flood 20000 {test}" t \
    --output file --output-file-filename small/run.jsonl --output json --output-json-filename result.json
status=\$?
tail -c 1 small/run.jsonl | od -An -c
exit \$status
EOF
    run --separate-stderr unshare -rm sh in_namespace.sh
    expect_status 5
    expect_stderr "output file: cannot write small/run.jsonl: No space left on device"
    [[ "$output" == *'\n'* ]]
    expect 'r["totals"]["hits"]' 20000
}

@test "F18: a result document for which there is no space leaves no half file" {
    unshare -rm true 2>/dev/null || skip "this system does not allow user namespaces"
    mkdir small
    cat > in_namespace.sh <<EOF
mount -t tmpfs -o size=64k none small
"$top_builddir/loads" run --quiet --test-runner "$RUNNER names 2000 {test}" t \
    --output json --output-json-filename small/result.json
status=\$?
ls small
exit \$status
EOF
    run --separate-stderr unshare -rm sh in_namespace.sh
    expect_status 5
    expect_stderr "No space left on device"
    [ "$output" = "" ]
}

@test "no hit at all is said, whatever the outputs" {
    run_with silent
    expect_status 5
    expect_stderr "loads: error: nothing was measured: no hit, no finished test, no socket message"
}

@test "each row of errors.md about runs has a test that looks for its words" {
    rows=0
    while IFS= read -r row; do
        message=${row#*'| `'}
        message=${message%'` | '*}
        while IFS= read -r part; do
            [ -z "${part// /}" ] || cat "$top_srcdir"/tests/{runs,badplugins}/*.bats | grep -qF -- "$part" ||
                { echo "no test looks for: $part"; return 1; }
        done <<< "${message//.../$'\n'}"
        rows=$((rows + 1))
    done < <(sed -n '/begin: while it runs/,/end: while/s/^| [a-z]/&/p' "$top_srcdir/docs/reference/errors.md" | grep -v 'exit code |$')
    [ "$rows" -ge 15 ]
}

@test "too few descriptors are one clear error" {
    said=
    for limit in {6..30}; do
        run --separate-stderr bash -c "ulimit -n $limit; exec '$top_builddir/loads' run --quiet --test-runner 'true {test}' t --output null"
        [ "$status" -eq 2 ] || continue
        expect_stderr ": Too many open files"
        [ "$(wc -l <<< "$stderr")" -eq 1 ]
        said+=$stderr
    done
    [[ "$said" == *"loads: error: cannot receive results: Too many open files"* ]]
}

@test "F32: more processes than the system lets us have" {
    [ "$(id -u)" -ne 0 ] || skip "root has no limit on processes"
    ulimit -u 40
    run_with ok -u 100
    expect_status 5
    expect_stderr " could not be started: "
}
