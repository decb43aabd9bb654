#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The quickstart's command line, and the load test that it shows. nginx's own log
# is the oracle for what the runners report.
bats_require_minimum_version 1.8.0
# shellcheck source=tests/helpers/site.bash
source "$top_srcdir/tests/helpers/site.bash"

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    unset LOADS_CONFIG LOADS_PLUGIN_PATH
}

teardown() {
    site_stop
}

quickstart() {
    "$top_srcdir/quickstart" "$@"
}

# Requests that nginx answered with this status.
answered() {
    awk -v status="$1" '$3 == status { count++ } END { print count + 0 }' site/access.log
}

@test "--help explains the arguments" {
    run quickstart --help
    [ "$status" -eq 0 ]
    [[ "$output" == *"./quickstart URL"* ]]
    [[ "$output" == *"./quickstart check"* ]]
}

@test "an unknown argument is named, and is bad usage" {
    run quickstart chekc
    [ "$status" -eq 2 ]
    [[ "$output" == *'unknown argument "chekc"'* ]]
    run quickstart check now
    [ "$status" -eq 2 ]
}

@test "the shop in C, JavaScript, Ruby and Python: every request that nginx answered is in the result" {
    mkdir site
    site_start site
    run "$top_builddir/loads" run --quiet -u 2:3 --hits 5 --server-url "$SITE_URL" \
        "$top_srcdir/runners/c/examples/shop.c" "$top_srcdir/runners/js/examples/shop.mjs" \
        "$top_srcdir/runners/ruby/examples/shop.rb" "$top_srcdir/runners/python/examples/shop.py" \
        --output json --output-json-filename result.json
    echo "$output"
    site_stop
    # 5 users in all, 5 times: C asks for 2 pages, JavaScript and Ruby for 3, Python for 4.
    [ "$(wc -l <site/access.log)" -eq 300 ]
    [ "$(jq .totals.hits result.json)" -eq 300 ]
    [ "$(jq -c '[.tests[].runner] | unique' result.json)" = '["c","js","python","ruby"]' ]
    [ "$(jq '[.names[].statuses["200"]] | add' result.json)" -eq "$(answered 200)" ]
    [ "$(jq '[.names[].statuses["503"]] | add + 0' result.json)" -eq "$(answered 503)" ]
    [ "$(jq '.totals.failures + .totals.errors' result.json)" -eq "$(answered 503)" ]
    [ "$(jq '.totals.success' result.json)" -eq $((225 - $(answered 503))) ]
    [ "$(jq '.counters.searches' result.json)" -eq 25 ]
    [ "$(jq '.names[] | select(.name == "search") | .latency.min_us > 50000' result.json)" = true ]
    [ "$(jq '.messages | .lost + .malformed + .unknown + .duplicate' result.json)" -eq 0 ]
    if [ "$(answered 503)" -gt 0 ]; then [ "$status" -eq 1 ]; else [ "$status" -eq 0 ]; fi
}
