#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many messages, many processes: nothing is lost, nobody starves, memory is bounded.
load helper

SENDER=$top_builddir/tests/helpers/sender

@test "two hundred thousand messages through a slow output, from a runner that goes at once: none is lost" {
    run --separate-stderr "$top_builddir/loads" run --quiet --plugin-path "$top_builddir/tests/badplugins" \
        --test-runner "$SENDER 200000 0 {test}" t --output json --output-json-filename result.json \
        --output slow --output-slow-filename events --output-slow-event-us 1
    expect_status 0
    [ "$(cat events)" = 200000 ]
    expect 'r["messages"]["counted"], r["messages"]["lost"], r["messages"]["unnumbered"]' '(200000, 0, 0)'
    expect_balance
}

@test "F4: a flooding runner starves nobody, and memory stays where it is" {
    cat > mixed.ini <<EOF
[test flood]
target = flood
test_runner = $SENDER 1000000 0 {test}
[test polite]
target = polite
test_runner = $RUNNER ok {test}
users = 4
hits = 50
[output json]
filename = result.json
EOF
    # The host's own peak: the processes below it are not waited for by us.
    "$PYTHON3" - "$top_builddir/loads" run --quiet --config mixed.ini --output json <<'EOF'
import re, subprocess, sys
host = subprocess.Popen(sys.argv[1:])
peak = 0
while host.poll() is None:
    try:
        peak = max(peak, int(re.search(r"VmHWM:\s+(\d+)", open("/proc/%d/status" % host.pid).read()).group(1)))
        host.wait(0.05)
    except (subprocess.TimeoutExpired, AttributeError):
        pass
open("peak_kb", "w").write(str(peak))
sys.exit(host.returncode)
EOF
    expect '{t["name"]: t["success"] for t in r["tests"]}' "{'polite': 200}"
    expect 'r["totals"]["hits"]' 1000200
    expect 'r["messages"]["lost"]' 0
    expect_balance
    echo "peak: $(cat peak_kb) KB"
    [ "$(cat peak_kb)" -lt 50000 ] || grep -q 'CFLAGS.*sanitize' "$top_builddir/Makefile"
}

@test "a thousand and more processes that fail after a reported failure are excused, one that does not is not" {
    run --separate-stderr loads run --quiet --test-runner "$SENDER 1 3 {test}" t -u 1100 \
        --output json --output-json-filename result.json
    expect_status 1
    expect 'r["totals"]["failures"]' 1100
    expect 'r["verdict"]["reasons"]' "['1100 tests failed']"
}

@test "F24: a wall clock that jumps by an hour changes no duration" {
    LD_PRELOAD="$top_builddir/tests/helpers/jump.so" "$top_builddir/loads" --version > /dev/null 2> preload ||
        skip "nothing can be preloaded here"
    [ ! -s preload ] || skip "nothing can be preloaded here"
    LD_PRELOAD="$top_builddir/tests/helpers/jump.so" run_with ok -d 2
    expect_status 0
    [ "$(result '2 <= r["duration_s"] < 4')" = True ]
    expect 'r["totals"]["latency"]["max_us"]' 10000
    [ "$(result '0 <= min(t["latency"]["min_us"] for t in r["tests"]) and max(t["latency"]["max_us"] for t in r["tests"]) < 1000000')" = True ]
    [ "$(result '[slot["t_s"] for slot in r["timeline"]] == list(range(len(r["timeline"]))) and 2 <= len(r["timeline"]) <= 4')" = True ]
    [ "$(result 'sum(slot["hits"] for slot in r["timeline"]) == r["totals"]["hits"] > 50')" = True ]
}
