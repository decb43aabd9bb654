#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Whole runs of JavaScript tests: what is reported is what the server's access log says.
load helper
source "$top_srcdir/tests/helpers/site.bash"

teardown() {
    site_stop
    [ -z "$(ls -A "$XDG_RUNTIME_DIR")" ] || { echo "left behind: $(ls -A "$XDG_RUNTIME_DIR")"; return 1; }
}

# site_run [OPTION...]: a run against a site of its own; log_lines counts its requests.
site_run() {
    mkdir site
    site_start site
    run --separate-stderr "$top_builddir/loads" run --quiet --server-url "$SITE_URL" \
        --output json --output-json-filename result.json "$@"
}

log_lines() {
    grep -c "$1" site/access.log
}

@test "several processes with many users: the log has each hit, and no other request" {
    cat >shop.mjs <<'JS'
import http from 'node:http';
const get = (url) => new Promise((resolve) => http.get(url, (answer) => answer.resume().on('end', resolve)));
export async function test_fetch(t) { await (await fetch('/?fetch')).text(); }
export async function test_http(t) { await get(t.url('/?http')); await get(t.url('/slow')); }
export async function test_own(t) { await t.get('/?own', { name: 'own' }); }
JS
    site_run shop.mjs -u 2:7 --hits 5 --processes 3
    expect_status 0
    expect_balance
    expect 'r["totals"]["hits"]' 180
    [ "$(wc -l <site/access.log)" -eq 180 ]
    for page in fetch http own; do
        [ "$(log_lines "?$page ")" -eq 45 ]
    done
    expect '[n["hits"] for n in r["names"] if n["name"] == "own"]' '[45]'
    expect 'sorted((t["name"], t["success"]) for t in r["tests"])' \
        "[('test_fetch', 45), ('test_http', 45), ('test_own', 45)]"
    expect 'r["messages"]["lost"] + r["messages"]["unnumbered"]' 0
}

@test "for a while, at full speed: every hit is in the account and in the log" {
    echo 'export const test_own = async (t) => { await t.get("/"); };' >fast.mjs
    site_run fast.mjs -u 20 -d 1.5 --processes 2
    expect_status 0
    expect_balance
    expect 'r["messages"]["lost"]' 0
    [ "$(result 'r["totals"]["hits"]')" = "$(wc -l <site/access.log)" ]
}

@test "a Mocha spec, found without an option" {
    cat >shop.spec.js <<'JS'
const assert = require('node:assert');
describe('Shop', function () {
    let page;
    before(async () => { page = await (await fetch('/?before')).text(); });
    it('welcomes', () => { assert.match(page, /Welcome/); });
    it('sells', async () => { assert.equal((await fetch('/?sell')).status, 404); });
    it.skip('repairs', () => {});
});
JS
    site_run shop.spec.js -u 10 --hits 4 --processes 2
    expect_status 1
    expect_balance
    expect 'r["totals"]["hits"]' 80
    [ "$(wc -l <site/access.log)" -eq 80 ]
    expect '{t["name"]: (t["success"], t["failures"], t["errors"]) for t in r["tests"]}' \
        "{'Shop sells': (0, 40, 0), 'Shop welcomes': (40, 0, 0)}"
}

@test "one method of a class by its dotted name" {
    mkdir tests
    echo 'export class TestShop { test_a() {} async test_b(t) { await t.get("/?b"); } }' >tests/shop.mjs
    site_run tests.shop.TestShop.test_b
    expect_status 0
    expect '[t["name"] for t in r["tests"]]' "['TestShop.test_b']"
    [ "$(log_lines '?b ')" -eq 1 ]
}

@test "rows are dealt as to tests in C, with the same seed and in several processes" {
    cat >search.mjs <<'JS'
export async function test_search(t) { await t.get('/?' + t.row.term); }
test_search.parameters = { term: 'string', page: 'int' };
JS
    cat >search.c <<'C'
#include <loads/test.h>
LOADS_PARAMETERS(test_search, "string term, int page");
void test_search(struct loads_test *t, const char *term, int32_t page)
{
    loads_get(t, loads_format(t, "/?%s", term));
    (void)page;
}
C
    { echo term,page; for i in {1..25}; do echo "word$i,$i"; done; } >rows.csv
    for order in shuffled random; do
        for test in search.mjs search.c; do
            rm -rf site
            site_run "$test" --data rows.csv --data-order "$order" --seed 42 --hits 30
            expect_status 0
            cut -d ' ' -f 2 site/access.log >"$order.$test"
            site_stop
        done
        [ "$(wc -l <"$order.search.c")" -eq 30 ]
        cmp "$order.search.mjs" "$order.search.c"
    done
    rm -rf site
    site_run search.mjs --data rows.csv --data-order once -u 6 --hits 100 --processes 2
    expect_status 0
    [ "$(cut -d ' ' -f 2 site/access.log | sort -u | wc -l)" -eq 25 ]
    [ "$(wc -l <site/access.log)" -eq 25 ]
    site_stop
    sed -i 's/word7,7/word7,seven/' rows.csv
    rm -rf site
    site_run search.mjs --data rows.csv
    expect_stderr 'rows.csv:8: row 7: column page: int expects a whole number of 32 bits, found "seven"'
    [ ! -s site/access.log ]
}
