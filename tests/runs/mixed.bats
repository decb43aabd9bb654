#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Several targets in one run: their shares, their data, one result, one verdict.
load helper

# A line for each kind of runner: the name of the part, its runner, its target. Its
# test asks for /?part=NAME, which the web server's log shows.
PARTS=(
    "bots c visit.c:test_visit"
    "shoppers js visit.mjs"
    "clients ruby visit.rb"
    "people python visit_site.py"
    "visitors external visit"
    "scripts bridge visit.sh"
)

setup_file() {
    source "$top_srcdir/tests/helpers/site.bash"
    mkdir "$BATS_FILE_TMPDIR/site"
    site_start "$BATS_FILE_TMPDIR/site"
    export SITE_URL SITE_PID
}

teardown_file() {
    kill "$SITE_PID"
}

write_tests() {
    cat > visit.c <<'EOF'
#include <loads/test.h>
void test_visit(struct loads_test *t) { loads_assert_equal(t, loads_get(t, "/?part=bots")->status, 200); }
LOADS_PARAMETERS(test_row, "string who");
void test_row(struct loads_test *t, const char *who) { loads_incr_counter(t, who, 1); loads_get(t, "/"); }
EOF
    cat > visit.mjs <<'EOF'
export async function test_visit() {
    const page = await fetch('/?part=shoppers');
    await page.text();
    if (page.status !== 200) throw new Error(`status ${page.status}`);
}
EOF
    cat > visit.rb <<'EOF'
require 'net/http'
def test_visit
  response = Net::HTTP.get_response(URI(Loads.url('/?part=clients')))
  raise response.code unless response.code == '200'
end
EOF
    cat > visit_site.py <<'EOF'
from loads.case import TestCase
class TestVisit(TestCase):
    def test_visit(self):
        self.assertEqual(self.session.get(self.server_url + "/?part=people").status_code, 200)
EOF
    cat > visit.sh <<'EOF'
#!/bin/sh
curl -sS --fail -o /dev/null "$LOADS_SERVER_URL/?part=scripts"
EOF
    chmod +x visit.sh
    cat > visit.py <<'EOF'
import json, os, time, urllib.request, zmq
url = os.environ["VISIT_URL"] + "/?part=visitors"
wire = zmq.Context().socket(zmq.PUSH)
wire.connect(os.environ["LOADS_ZMQ_RECEIVER"])
def send(data_type, **members):
    wire.send_json({"data_type": data_type, "agent_id": os.environ["LOADS_AGENT_ID"], "test": "test_visit",
                    "run_id": os.environ["LOADS_RUN_ID"], "loads_status": [1, 1, 1, 1], **members})
for _ in range(int(os.environ["LOADS_TOTAL_HITS"])):
    send("startTest")
    began = time.monotonic()
    status = urllib.request.urlopen(url).status
    send("add_hit", url=url, method="GET", status=status, elapsed=time.monotonic() - began,
         started=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    send("addSuccess")
    send("stopTest")
EOF
}

# The sections of all PARTS; further lines of each come from stdin.
write_config() {
    local part name runner target lines
    lines=$(cat)
    for part in "${PARTS[@]}"; do
        read -r name runner target <<<"$part"
        printf '[test %s]\ntarget = %s\n%s\n' "$name" "$target" "$lines"
        [ "$runner" != external ] || printf 'test_runner = %s visit.py {test}\n' "$PYTHON3"
    done > mix.ini
}

run_mix() {
    run --separate-stderr "$top_builddir/loads" run --quiet --config mix.ini \
        --server-url "$SITE_URL" --output json --output-json-filename result.json "$@"
}

@test "the merged totals are what the web server has logged, by part and by runner too" {
    local log=$BATS_FILE_TMPDIR/site/access.log all=$((${#PARTS[@]} * 60)) name runner target
    write_tests
    export VISIT_URL=$SITE_URL
    write_config <<<'hits = 20'
    : > "$log"
    run_mix -u 3
    expect_status 0
    wait_for eval '[ "$(wc -l < "$log")" -ge $all ]'
    [ "$(wc -l < "$log")" -eq $all ]
    expect 'r["totals"]["hits"], r["totals"]["success"]' "($all, $all)"
    expect 'len(r["targets"]), sum(x["hits"] for x in r["runners"])' "(${#PARTS[@]}, $all)"
    for part in "${PARTS[@]}"; do
        read -r name runner target <<<"$part"
        expect "[(x['hits'], x['tests'], x['success'], x['runner']) for x in r['targets'] if x['name'] == '$name']" \
            "[($(grep -c "/?part=$name " "$log"), 60, 60, '$runner')]"
        expect "[x['success'] for x in r['tests'] if x['target'] == '$name']" "[60]"
        expect "sum(x['hits'] for x in r['runners'] if x['name'] == '$runner') >= 60" True
    done
    expect 'all(0 <= x["first_message_s"] <= x["last_message_s"] <= r["duration_s"] for x in r["targets"])' True
    expect_balance
    loads report result.json --output json --output-json-filename again.json
    cmp result.json again.json
    run loads report result.json
    [[ "$output" == *"Runners"*"c "*"js "*"external "*"bridge "* ]]
}

@test "weights share the users exactly, in every cycle" {
    : > shop.c; : > shop.mjs; : > bots.c
    run loads run shop.mjs shop.c bots.c --weight 60:30:10 -u 100:7:1 -d 10 --dry-run
    expect_status 0
    [ "$(grep -o 'cycle [123]: [0-9]* user' <<<"$output" | cut -d' ' -f3 | paste -sd' ')" = \
        "60 4 1 30 2 0 10 1 0" ]
    run loads run shop.mjs shop.c bots.c --weight 1:1:1 -u 100 --dry-run
    [ "$(grep -o 'cycle 1: [0-9]* user' <<<"$output" | cut -d' ' -f3 | paste -sd' ')" = "34 33 33" ]
}

@test "a section has a weight of its own, and -u is the number of all users" {
    cat > mix.ini <<EOF
[loads]
test_runner = $RUNNER ok {test}
hits = 2
[test one]
target = a
weight = 3
[test two]
target = b
weight = 1
EOF
    run_mix -u 8
    expect_status 0
    expect '[(t["name"], t["cycles"][0]["users"]) for t in r["plan"]]' "[('one', 6), ('two', 2)]"
    expect '[t["hits"] for t in r["targets"]]' "[12, 4]"
    # The command line's weights take the place of the sections'.
    run_mix -u 8 --weight 1:1
    expect '[t["hits"] for t in r["targets"]]' "[8, 8]"
    # A target without a user in a cycle is not started in it.
    run_mix -u 1:4
    expect '[[c["users"] for c in t["cycles"]] for t in r["plan"]], [t["hits"] for t in r["targets"]]' \
        "([[1, 3], [0, 1]], [8, 2])"
    loads report result.json --output json --output-json-filename again.json
    cmp result.json again.json
}

refused() { # ERROR ARGUMENT...
    run --separate-stderr loads run "${@:2}"
    expect_status 2
    expect_stderr "loads: error: $1"
}

@test "weights that make no sense are refused" {
    : > a.c; : > b.c
    refused "--weight has 3 numbers, one for each target is needed: 2" a.c b.c --weight 1:2:3 -u 10
    refused "target b.c gets none of the users: its weight of 1 is too small for so few" a.c b.c --weight 9:1 -u 2
    refused "--weight 0:1: expected a whole number from 1 to 1000000" a.c b.c --weight 0:1
    printf '[test a]\ntarget = a.c\nweight = 1\n[test b]\ntarget = b.c\n' > mix.ini
    refused "target b has no weight, others have one: give one to all targets or to none" --config mix.ini -u 4
    printf '[test a]\ntarget = a.c\nweight = 1\nusers = 5\n[test b]\ntarget = b.c\nweight = 1\n' > mix.ini
    refused "targets a and b have weights, which are shares of the same users, but users of their own" --config mix.ini
    printf '[test a]\ntarget = a.c\nweight = 1:2\n[test b]\ntarget = b.c\nweight = 1\n' > mix.ini
    refused "target a: a section has one weight, that of its target, not 2" --config mix.ini
}

@test "the same target twice has two names, and a row for each" {
    run --separate-stderr loads run same same -q --test-runner "$RUNNER ok {test}" --hits 2 \
        --output json --output-json-filename result.json
    expect_status 0
    expect '[t["name"] for t in r["plan"]], [(t["target"], t["success"]) for t in r["tests"]]' \
        "(['same', 'same (2)'], [('same', 2), ('same (2)', 2)])"
    loads report result.json --output json --output-json-filename again.json
    cmp result.json again.json
}

@test "each section has rows of its own" {
    write_tests
    printf 'who\nann\n' > ann.csv
    printf 'who\nbob\n' > bob.csv
    cat > mix.ini <<EOF
[loads]
target = visit.c:test_row
[test a]
data = ann.csv
hits = 2
[test b]
data = bob.csv
hits = 3
EOF
    run_mix
    expect_status 0
    expect 'r["counters"]' "{'ann': 2, 'bob': 3}"
}

@test "what becomes of one target does not stop the others" {
    cat > mix.ini <<EOF
[loads]
hits = 50
[test good]
target = a
test_runner = $RUNNER ok {test}
[test bad]
target = b
test_runner = $RUNNER fail {test}
[test dead]
target = c
test_runner = $RUNNER die {test}
EOF
    run_mix
    expect_status 5
    expect '[(t["success"], t["failures"]) for t in r["targets"]][:2]' "[(50, 0), (0, 50)]"
    expect '"dead, user 1 (local.3) was killed by signal 9 (Killed)" in r["verdict"]["reasons"]' True
    expect '"50 tests failed" in r["verdict"]["reasons"]' True
}

@test "--fail-fast ends all at the first failure" {
    cat > mix.ini <<EOF
[test good]
target = a
duration = 60
test_runner = $RUNNER polite $PWD/pid {test}
[test bad]
target = b
test_runner = $RUNNER fail {test}
EOF
    run_mix --fail-fast
    expect_status 1
    expect 'r["verdict"]["reasons"]' "['stopped by --fail-fast: bad had a failure or an error', '1 test failed']"
    expect 'r["duration_s"] < 30' True
    expect_stderr "stopping, since bad had a failure or an error"
}

@test "--fail-fast ends all when a runner has died, and no further cycle begins" {
    cat > mix.ini <<EOF
[loads]
duration = 60
fail_fast = yes
users = 1:2:3
[test good]
target = a
test_runner = $RUNNER polite $PWD/pid {test}
[test dead]
target = b
test_runner = /bin/sh -c 'kill -9 \$\$' {test}
EOF
    run_mix
    expect_status 5
    expect 'r["verdict"]["reasons"][0]' "stopped by --fail-fast: dead lost a runner"
    expect '"dead, user 1 (local.2) was killed by signal 9 (Killed)" in r["verdict"]["reasons"]' True
    expect 'r["duration_s"] < 30' True
}

@test "a target of many processes does not keep the others from beginning" {
    cat > mix.ini <<EOF
[test many]
target = many
users = 20
test_runner = $RUNNER environment $PWD/many {test}
[test one]
target = one
test_runner = $RUNNER environment $PWD/one {test}
EOF
    run_mix
    expect_status 0
    [ -e one.local.2 ] # the second process of all
}

@test "a C file, the shared object made of it, and a test of either by its dotted name are targets" {
    write_tests
    cc -shared -fPIC -I "$top_srcdir/runners/c/include" visit.c -o built.so
    run --separate-stderr loads run --quiet visit.c:test_visit built.so:test_visit built.test_visit \
        --server-url "$SITE_URL" -u 2 --hits 3 --output json --output-json-filename result.json
    expect_status 0
    expect '[(x["name"], x["runner"], x["hits"], x["success"]) for x in r["targets"]]' \
        "[('visit.c:test_visit', 'c', 6, 6), ('built.so:test_visit', 'c', 6, 6), ('built.test_visit', 'c', 6, 6)]"
}
