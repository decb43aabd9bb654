#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Tests in Ruby under `loads run`, against nginx, whose log is the oracle.
load helper
# shellcheck source=tests/helpers/site.bash
source "$top_srcdir/tests/helpers/site.bash"

teardown() {
    site_stop
}

# run_ruby TARGET [OPTION...]: a run against the site, its result in result.json.
run_ruby() {
    run --separate-stderr "$top_builddir/loads" run --quiet --server-url "$SITE_URL" \
        --output json --output-json-filename result.json "$@"
    echo "$output" "$stderr"
}

write_test() {
    mkdir site tests
    cat > tests/shop.rb <<'RUBY'
require 'minitest/autorun'
require 'net/http'
module Shop
  class TestHome < Minitest::Test
    def test_home = assert_equal('200', Net::HTTP.get_response(URI(Loads.url("/?#{Loads.user}"))).code)
    def test_busy = assert_equal('200', Net::HTTP.get_response(URI(Loads.url('/flaky'))).code)
  end
end
def test_row = Loads.name('row') { Net::HTTP.get(URI(Loads.url("/?row=#{Loads.row['term']}"))) }
RUBY
}

@test "users in several processes: the result is what nginx has seen" {
    write_test
    site_start site
    run_ruby --test-dir tests shop.rb:Shop::TestHome -u 2:5 --processes 2 --hits 20
    site_stop
    [ "$(wc -l <site/access.log)" -eq 280 ]
    expect 'r["totals"]["hits"]' 280
    expect 'sorted(t["name"] for t in r["tests"])' "['Shop::TestHome.test_busy', 'Shop::TestHome.test_home']"
    expect 'r["tests"][0]["runner"]' ruby
    expect 'r["totals"]["failures"]' "$(awk '$3 == 503' site/access.log | wc -l)"
    expect 'sum(n["statuses"].get("503", 0) for n in r["names"])' "$(awk '$3 == 503' site/access.log | wc -l)"
    expect 'r["messages"]["lost"] + r["messages"]["malformed"] + r["messages"]["unnumbered"]' 0
    expect_balance
    # Each user has been there as often as every other.
    [ "$(awk '$2 ~ /^\/\?[0-9]+$/ { print $2 }' site/access.log | sort | uniq -c | awk '{ print $1 }' | xargs)" = "40 40 20 20 20" ]
}

@test "a duration: the result is what nginx has seen" {
    write_test
    site_start site
    run_ruby --test-dir tests shop.rb:Shop.TestHome.test_home -u 10 -d 1
    site_stop
    expect_status 0
    expect 'r["totals"]["hits"] == r["totals"]["success"] == '"$(wc -l <site/access.log)" True
    expect 'r["messages"]["lost"]' 0
}

@test "dotted names, rows and a seed" {
    write_test
    site_start site
    printf 'term\nlamp\nrug\ntable\n' > terms.csv
    run_ruby --test-dir tests shop.test_row --data terms.csv --data-order once -u 2 --hits 9
    expect_status 0
    expect 'r["totals"]["hits"]' 3
    expect '[n["name"] for n in r["names"]]' "['row']"
    [ "$(awk '{ print $2 }' site/access.log | sort | xargs)" = "/?row=lamp /?row=rug /?row=table" ]
    run_ruby --test-dir tests shop.Shop.TestHome.test_home --data terms.csv --data-unique --seed x -u 3 --hits 1
    expect_status 0
    expect 'r["tests"][0]["name"]' Shop::TestHome.test_home
    run_ruby --test-dir tests shop.test_row --data terms.csv --data-unique -u 4 --hits 1
    [ "$status" -ne 0 ]
    expect_stderr "has 3 rows: not enough for 4 users with rows of their own"
}

@test "a file that does not load, a test that is not there" {
    write_test
    site_start site
    echo 'def test_broken = = 1' > tests/broken.rb
    run_ruby --test-dir tests broken.rb -u 2 --hits 1
    expect_status 5
    expect_stderr "broken.rb does not load: SyntaxError"
    run_ruby --test-dir tests shop.rb:test_nothing -u 2 --hits 1
    expect_status 5
    expect_stderr "shop.rb has no test test_nothing; it has Shop::TestHome.test_busy, Shop::TestHome.test_home, test_row"
    [ ! -s site/access.log ]
}

@test "SIGINT: what has been done is counted" {
    write_test
    site_start site
    "$top_builddir/loads" run --quiet --server-url "$SITE_URL" --test-dir tests shop.rb:Shop -u 3 -d 60 \
        --output json --output-json-filename result.json 3>&- &
    local pid=$!
    wait_for [ -s site/access.log ]
    kill -INT "$pid"
    local code=0
    wait "$pid" || code=$?
    site_stop
    [ "$code" -eq 130 ]
    expect 'r["totals"]["hits"]' "$(wc -l <site/access.log)"
    expect 'r["messages"]["lost"]' 0
}
