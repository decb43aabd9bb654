#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Runners that were written for the original work as they are, to the last message.
load helper

# run_original DIALECT [OPTION...]: 2 and then 3 users, 8 tests each: 40 tests.
run_original() {
    local dialect=$1
    shift
    run --separate-stderr loads run --quiet -u 2:3 --hits 8 --output json --output-json-filename result.json \
        --test-runner "$PYTHON3 $top_srcdir/tests/helpers/original.py $dialect {test}" example.TestWebSite.test_es "$@"
}

# expect_all RECEIVED: the same 40 tests, however they were told.
expect_all() {
    expect_status 1
    expect '[r["totals"][key] for key in ("tests_started", "tests_finished", "success", "failures", "errors")]' \
        '[40, 40, 20, 10, 10]'
    expect '[r["totals"][key] for key in ("hits", "sockets_opened", "sockets_closed", "socket_bytes")]' '[80, 40, 40, 840]'
    expect '[r["totals"]["latency"][key] for key in ("count", "mean_us", "min_us", "max_us")]' '[80, 375000, 250000, 500000]'
    expect 'sorted((n["method"], n["name"], n["hits"], n["success_rate"], n["statuses"]) for n in r["names"])' \
        "[('GET', 'http://notmyidea.org', 40, 1, {'200': 40}), ('GET', 'http://notmyidea.org/gone', 40, 0, {'404': 40})]"
    expect '[(t["name"], t["runner"], t["started"], t["finished"], t["success"], t["failures"], t["errors"]) for t in r["tests"]]' \
        "[('example.TestWebSite.test_es', 'external', 40, 40, 20, 10, 10)]"
    expect 'r["counters"]' "{'tarek-was-there': 40}"
    expect 'sorted((e["count"], e["class"], e["message"], e["traceback"]) for e in r["errors"])' \
        "[(10, \"<class 'AssertionError'>\", '404 != 200', 'File \"example.py\", line 12'), (10, \"<type 'socket.error'>\", 'no route to host', 'File \"example.py\", line 9')]"
    expect '[r["messages"][key] for key in ("received", "counted", "unnumbered")]' "[$1, $1, $1]"
    expect '[r["messages"][key] for key in ("malformed", "unknown", "duplicate", "lost")]' '[0, 0, 0, 0]'
    [ -z "$stderr" ]
}

@test "the newer dialect, a process for each user" {
    run_original newer
    expect_all 360    # 40 tests with 9 messages each
}

@test "the older dialect, a process for each test" {
    run_original older --process-per-hit
    expect_all 440    # and startTestRun and stopTestRun of each
}

@test "all messages of a test in one batch" {
    run_original batch
    expect_all 360
}

@test "by a shell script that prints the newer dialect" {
    # The bridge tells the documents' messages on, line by line; it numbers them.
    cat > example.sh <<'END'
#!/bin/sh
say() { echo "{\"data_type\": \"$1\", \"agent_id\": \"$LOADS_AGENT_ID\", \"run_id\": \"$LOADS_RUN_ID\"$2}"; }
status=", \"loads_status\": [$LOADS_STATUS]"
say startTest ", \"test_name\": \"test_es\"$status"
say add_hit ", \"url\": \"http://notmyidea.org\", \"method\": \"GET\", \"status\": 200, \"started\": \"2013-06-14T12:15:42\", \"elapsed\": 0.5$status"
say tarek-was-there ", \"test\": \"test_es\"$status"
say addSuccess ", \"test_name\": \"test_es\"$status"
say stopTest ", \"test_name\": \"test_es\"$status"
END
    chmod +x example.sh
    run --separate-stderr loads run --quiet -u 2:3 --hits 8 --output json --output-json-filename result.json example.sh
    expect_status 0
    expect '[r["totals"][key] for key in ("tests_started", "tests_finished", "success", "hits")]' '[40, 40, 40, 40]'
    expect '[(t["name"], t["runner"], t["success"]) for t in r["tests"]]' "[('test_es', 'bridge', 40)]"
    expect 'r["counters"]' "{'tarek-was-there': 40}"
    expect '[r["messages"][key] for key in ("received", "counted", "unnumbered")]' '[202, 202, 0]'
}
