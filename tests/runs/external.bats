#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# External runners: what they are given, how they are counted, how they end.
load helper

@test "every hit and test of every user and cycle is counted" {
    run_with ok -u 1:2:3 --hits 2:5
    expect_status 0
    expect 'r["totals"]["hits"]' 42       # (1+2+3) x (2+5)
    expect 'r["totals"]["success"]' 42
    expect 'r["totals"]["tests_started"]' 42
    expect 'r["totals"]["tests_finished"]' 42
    expect 'r["messages"]["received"]' 168
    expect 'r["messages"]["unnumbered"]' 168
    expect 'r["names"][0]["name"], r["names"][0]["statuses"]' "('http://127.0.0.1/', {'200': 42})"
    expect 'r["totals"]["latency"]["p50_us"]' 10000
    expect 'r["verdict"]["status"]' pass
    expect 'len(r["plan"][0]["cycles"])' 6
    expect_balance
}

@test "a runner gets the documented environment and no other" {
    mkdir dir
    export LOADS_LEFTOVER=1 LOADS_TOKEN=secret
    run_with "environment $PWD/env" -u 2 --hits 3 --test-dir dir
    expect_status 0
    [ "$(ls env.*)" = "$(printf 'env.local.1\nenv.local.2')" ]
    run_id=$(result 'r["run_id"]')
    [[ "$run_id" =~ ^[0-9a-f]{32}$ ]]
    for user in 1 2; do
        sed -e 's#ipc://.*/0.ipc#ENDPOINT#' "env.local.$user" > got
        cat > want <<EOF
LOADS_AGENT_ID=local.$user
LOADS_CURRENT_USER=$user
LOADS_PROCESS_USERS=1
LOADS_PROTOCOL=2
LOADS_RUN_ID=$run_id
LOADS_STATUS=3,2,1,$user
LOADS_TOTAL_HITS=3
LOADS_TOTAL_USERS=2
LOADS_WORKER_ID=local.$user
LOADS_ZMQ_RECEIVER=ENDPOINT
cwd=$PWD/dir
test=shop.test
EOF
        diff want got
    done
}

@test "with a duration the runner gets LOADS_DURATION and no LOADS_TOTAL_HITS" {
    run_with "environment $PWD/env" -u 1 -d 0.3
    expect_status 0
    grep -qx LOADS_DURATION=0.3 env.local.1
    ! grep -q LOADS_TOTAL_HITS env.local.1
    [ "$(result 'r["totals"]["hits"] > 0')" = True ]
}

@test "--process-users and --processes split the users" {
    run_with "environment $PWD/env" -u 7 --hits 1 --process-users 3
    expect_status 0
    [ "$(cat env.local.* | grep -h -E 'CURRENT|PROCESS' | paste -sd' ')" = \
      "LOADS_CURRENT_USER=1 LOADS_PROCESS_USERS=3 LOADS_CURRENT_USER=4 LOADS_PROCESS_USERS=2 LOADS_CURRENT_USER=6 LOADS_PROCESS_USERS=2" ]
    rm env.*
    run_with "environment $PWD/env" -u 7 --hits 1 --processes 2
    expect_status 0
    [ "$(cat env.local.* | grep -h -E 'CURRENT|PROCESS' | paste -sd' ')" = \
      "LOADS_CURRENT_USER=1 LOADS_PROCESS_USERS=4 LOADS_CURRENT_USER=5 LOADS_PROCESS_USERS=3" ]
}

@test "--process-per-hit starts one process for each test" {
    run_with per_hit -u 2 --hits 3 --process-per-hit
    expect_status 0
    expect 'r["totals"]["success"]' 6
    expect 'sorted(n["name"][17:] for n in r["names"])' "['1/1', '1/2', '1/3', '2/1', '2/2', '2/3']"
}

@test "--process-per-hit goes on until the duration is over" {
    run_with per_hit -u 1 -d 1 --process-per-hit
    expect_status 0
    [ "$(result 'r["totals"]["success"] > 1')" = True ]
    [ "$(result 'r["duration_s"] < 10')" = True ]
}

@test "the last message of the slowest runner is counted" {
    for round in 1 2 3; do
        run_with slow_last -u 8 --hits 20
        expect_status 0
        expect '[n["hits"] for n in r["names"] if n["name"].endswith("/last")]' '[8]'
        expect 'r["totals"]["hits"]' 168
    done
}

@test "a hundred thousand messages of a flooding runner are all counted" {
    run_with "flood 100000" -u 1
    expect_status 0
    expect 'r["totals"]["hits"]' 100000
    expect_balance
}

@test "counters, metrics and sockets are counted, in the original's way too" {
    run_with counters
    expect_status 0
    expect 'r["counters"]' "{'tarek-was-there': 2}"
    expect 'r["metrics"]["depth"]["gauge"]["last"]' 3
    run_with counters --output stdout
    [[ "$output" == *"  tarek-was-there                 2"* ]]
    [[ "$output" == *"gauge: count 1, last 3, min 3, max 3"* ]]
    run_with sockets
    expect_status 0
    expect 'r["totals"]["sockets_opened"], r["totals"]["sockets_closed"], r["totals"]["socket_bytes"]' "(1, 1, 123)"
}

@test "several targets make one run with a result for each" {
    run --separate-stderr loads run --quiet --output json --output-json-filename result.json \
        --config /dev/stdin <<EOF
[loads]
users = 2
hits = 3
[test one]
target = first
test_runner = $RUNNER ok {test}
[test two]
target = second
hits = 5
test_runner = $RUNNER fail {test}
EOF
    expect_status 1
    expect '[(t["name"], t["success"], t["failures"]) for t in r["tests"]]' "[('first', 6, 0), ('second', 0, 10)]"
    expect '[t["name"] for t in r["plan"]]' "['one', 'two']"
}

@test "--zmq-receiver on loopback tcp takes messages, and gives them to their target" {
    port=$($PYTHON3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    run_with ok -u 3 --hits 4 --zmq-receiver "tcp://127.0.0.1:$port"
    expect_status 0
    expect 'r["totals"]["hits"]' 12
}

@test "a peer that speaks ZMTP 1.0 on a tcp receiver, as a browser can, is not heard" {
    cat > sled.py <<'EOF'
import json, os, socket, struct, sys
host, port = os.environ["LOADS_ZMQ_RECEIVER"][len("tcp://"):].rsplit(":", 1)
body = json.dumps({"data_type": "add_hit", "url": "http://evil/", "method": "GET", "status": 200, "elapsed": 1,
                   "started": "2013-01-01T00:00:00", "run_id": os.environ["LOADS_RUN_ID"]}).encode()
peer = socket.create_connection((host, int(port)))
try:
    peer.sendall(b"POST / HTTP/1.1\r\n\r\n" + b"\x01\x00" * 4000)
    for _ in range(50):
        peer.sendall(b"\xff" + struct.pack(">Q", len(body) + 1) + b"\x00" + body)
except OSError:
    pass
EOF
    port=$($PYTHON3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    run --separate-stderr loads run --quiet --test-runner "$PYTHON3 $PWD/sled.py {test}" t \
        --zmq-receiver "tcp://127.0.0.1:$port" --output json --output-json-filename result.json
    expect_status 5
    expect 'r["messages"]["received"]' 0
}
