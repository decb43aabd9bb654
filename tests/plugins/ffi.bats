#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Outputs and observers that are plain libraries, compiled here.
load ../runs/helper

setup_file() {
    ${CC:-cc} -std=gnu11 -fPIC -shared -o "$BATS_FILE_TMPDIR/library.so" "$top_srcdir/tests/plugins/ffi_library.c"
    chmod go-w "$BATS_FILE_TMPDIR" "$BATS_FILE_TMPDIR/library.so"
}

LIBRARY() {
    echo "$BATS_FILE_TMPDIR/library.so"
}

# ffi EVENT DECLARATION [...]: one run of 2 users x 5 hits with the output and these functions.
ffi() {
    local options=()
    while [ $# -gt 0 ]; do
        options+=("--output-ffi-on-$1" "$2")
        shift 2
    done
    run_with "${BEHAVIOUR:-ok}" -u 2 --hits 5 --label 'v 2' --output ffi --output-ffi-library "$(LIBRARY)" "${options[@]}"
}

# refused TEXT EVENT DECLARATION: nothing ran, no code of the library did, and this is why.
refused() {
    ffi "$2" "$3"
    expect_status 2
    expect_stderr "loads: error: output ffi: $1"
    [ ! -e loaded ]
    [ ! -e result.json ]
}

@test "functions are called on the events that are declared, with the fields that are declared" {
    cat > events.sh <<'SH'
#!/bin/sh
cat <<'JSON'
{"data_type": "startTest", "test": "buy"}
{"data_type": "add_hit", "url": "http://shop/ü", "name": "page", "method": "GET", "status": 200, "elapsed": 0.0125, "started": "2026-01-02T03:04:05.5Z", "dns": 0.001, "bytes_in": 5000000000}
{"data_type": "add_hit", "url": "http://shop/2", "method": "POST", "status": 0, "elapsed": 1.5, "error": "refused"}
{"data_type": "incr_counter", "test": "buy", "name": "carts", "value": 3}
{"data_type": "metric", "name": "depth", "value": -2.5, "kind": "gauge"}
{"data_type": "socket_open"}
{"data_type": "socket_message", "size": 5000000000}
{"data_type": "socket_close"}
{"data_type": "addFailure", "test": "buy", "exc_info": ["sold out", "AssertionError", "line 7"]}
{"data_type": "addError", "test": "buy", "exc_info": ["no network", "OSError", ""]}
{"data_type": "stopTest", "test": "buy", "elapsed": 0.02}
JSON
SH
    chmod 755 events.sh
    run --separate-stderr loads run --quiet events.sh --label 'v 2' --output json --output-json-filename result.json \
        --output ffi --output-ffi-library "$(LIBRARY)" \
        --output-ffi-on-start 'begin(string run_id, string label, string project, string json)' \
        --output-ffi-on-hit 'void hit(string url, int status, double elapsed_s, bool ok, string name, string method, string error)' \
        --output-ffi-on-test-start 'test_event(string test)' --output-ffi-on-test-stop 'test_event(string test)' \
        --output-ffi-on-test-failure 'test_problem(string test, string message, string class_name, string traceback)' \
        --output-ffi-on-test-error 'test_problem(string test, string message, string class_name, string traceback)' \
        --output-ffi-on-socket-open 'socket_event(uint target, uint cycle_user)' \
        --output-ffi-on-socket-close 'socket_event(uint target, uint cycle_user)' \
        --output-ffi-on-socket-message 'socket_bytes(long bytes)' \
        --output-ffi-on-counter 'metric(string name, double value, string kind)' \
        --output-ffi-on-metric 'metric(string name, double value, string kind)' \
        --output-ffi-on-end 'end(string verdict, int exit_code, string reasons, long hits, long success, long failures, long p95_us, double p95_s, string json)'
    expect_status 1
    [ -e loaded ]
    p95=$(result 'r["totals"]["latency"]["p95_us"]')
    diff - calls <<EOF
begin id label=v 2 project= {
test buy
hit http://shop/ü 200 0.012500 ok=1 name=page GET error=
hit http://shop/2 0 1.500000 ok=0 name= POST error=refused
metric carts 3 counter
metric depth -2.5 gauge
socket 0 user 1
socket message 5000000000
socket 0 user 1
problem buy: sold out (AssertionError) line 7
problem buy: no network (OSError) 
test buy
end fail 1 [$(result '"; ".join(r["verdict"]["reasons"])')] 2 hits 0 1 p95 $p95 $($PYTHON3 -c "print('%.6f' % ($p95 / 1e6))") {
EOF
}

@test "a field is passed in every type that can hold it" {
    cat > hit.sh <<'SH'
#!/bin/sh
echo '{"data_type": "add_hit", "url": "http://shop/", "method": "GET", "status": 204, "elapsed": 0.25, "bytes_in": 5000000000, "dns": 0.0625}'
SH
    chmod 755 hit.sh
    # The same field cannot be asked for twice, so several of one form stand side by side.
    run --separate-stderr loads run --quiet hit.sh --output ffi --output-ffi-library "$(LIBRARY)" --output-ffi-on-hit \
        'hit_types(int status, long elapsed_us, float elapsed_s, double dns_s, long bytes_in, float dns_us, double bytes_out, int ok, long target, string url, double connect_s, double tls_us, double cycle_hits, float ttfb_s, uint cycle_users)'
    expect_status 0
    [ "$(cat calls)" = "types 204 250000 0.25 0.0625 5000000000 62500 -1 1 0 http://shop/ -1 -1 1 -1 1" ]
}

@test "every call is made, and the last one tells the result" {
    ffi hit 'hit(string url, int status, double elapsed_s, bool ok, string name, string method, string error)' \
        test_success 'test_event(string test)' tick 'tick(long hits)' \
        end 'end(string verdict, int exit_code, string reasons, long hits, long success, long failures, long p95_us, double p95_s, string json)'
    expect_status 0
    expect 'r["totals"]["hits"]' 10
    [ "$(grep -c '^hit http://127.0.0.1/ 200 0.010000 ok=1 name= GET error=$' calls)" -eq 10 ]
    [ "$(grep -c '^test shop.test$' calls)" -eq 10 ]
    [[ "$(tail -n 1 calls)" == "end pass 0 [] 10 hits 10 0 p95 $(result 'r["totals"]["latency"]["p95_us"]') "* ]]
}

@test "it is called once a second while the run lasts" {
    run --separate-stderr loads run --quiet --test-runner "$RUNNER ok {test}" shop.test -d 2 --output ffi \
        --output-ffi-library "$(LIBRARY)" --output-ffi-on-tick 'tick(long hits)'
    expect_status 0
    grep -qx 'tick counts' calls
}

@test "loads report calls it for what a run has kept" {
    run_with ok -u 2 --hits 5 --output file --output-file-filename run.jsonl
    expect_status 0
    run --separate-stderr loads report run.jsonl --output ffi --output-ffi-library "$(LIBRARY)" \
        --output-ffi-on-hit 'hit(string url, int status, double elapsed_s, bool ok, string name, string method, string error)'
    expect_status 0
    [ "$(grep -c '^hit ' calls)" -eq 10 ]
}

@test "an int other than 0 is a failure, and anything else is not asked" {
    ffi hit 'int third_fails()'
    expect_status 5
    expect_stderr 'output ffi: on_hit: third_fails returned -7'
    expect 'r["totals"]["hits"]' 10
    ffi hit 'third_fails(void)' end 'void returns_anything()'
    expect_status 0
    [ "$(cat calls)" = anything ]
    rm result.json
    ffi start 'int refuse()'
    expect_status 2
    expect_stderr 'output ffi: on_start: refuse returned 42'
    [ ! -e result.json ]
}

@test "a crash in the library is named as the plugin's" {
    ffi hit 'crash()'
    expect_stderr 'loads: output ffi crashed (signal '
}

@test "wrong declarations are refused before the run, and say why" {
    refused 'on_hit: position 1: expected the name of a function, found the end' hit ''
    refused 'on_hit: position 4: expected a parenthesis with the parameters, found the end' hit 'hit'
    refused 'on_hit: position 5: expected a type (bool, int, uint, long, float, double or string), found "const char *url)"' \
        hit 'hit(const char *url)'
    refused 'on_hit: position 5: unknown type "strng"; did you mean string?' hit 'hit(strng url)'
    refused 'on_hit: position 1: expected int, void or the name of a function, found "double hit()"' hit 'double hit()'
    refused 'on_hit: position 21: the name url is there twice' hit 'hit(string url, int url)'
    refused 'on_hit: there is no field "stat"; did you mean status?' hit 'hit(int stat)'
    refused 'on_hit: there is no field "weather"; there are run_id, agent_id, ' hit 'hit(int weather)'
    refused 'on_hit: there is no field "test"' hit 'hit(string test)'
    refused 'on_test_start: there is no field "traceback"' test-start 'test_event(string traceback)'
    refused 'on_hit: the field url cannot be passed as int, only as string' hit 'hit(int url)'
    refused 'on_hit: the field status cannot be passed as string, only as int, long, float, double' hit 'hit(string status)'
    refused 'on_hit: the field elapsed_us cannot be passed as int, only as long, float, double' hit 'hit(int elapsed_us)'
    refused 'on_hit: the field elapsed_s cannot be passed as bool, only as float, double' hit 'hit(bool elapsed_s)'
    refused 'on_hit: the library exports no function "hti"; did you mean hit?' hit 'hti(string url)'
    refused 'on_hit: the library exports no function "printf"' hit 'printf(string url)'
    refused 'on_hit: the library exports no function "say"' hit 'say(string url)'
    refused 'on_hit: "not_a_function" in the library is no function, but a variable' hit 'not_a_function()'
    refused 'on_hit: position 292: more than 32 parameters' hit "hit($(printf 'int i%d, ' {10..41})int last)"
    ffi hit "hit($(printf ' %.0s' {1..4096})int status)"
    expect_status 2
    expect_stderr 'more than 4096 bytes'
    refused 'on_hit: position 5: expected a type (bool, int, uint, long, float, double or string), found "\u{1b}[2J\xff)"' \
        hit $'hit(\033[2J\377)'
}

@test "an event that there is not is answered with the nearest" {
    run_with ok --output ffi --output-ffi-library "$(LIBRARY)" --output-ffi-on-hits 'hit()'
    expect_status 2
    expect_stderr 'output ffi has no option "on_hits"; did you mean --output-ffi-on-hit?'
}

@test "a library that cannot be had, or that others could have written, is refused" {
    local case
    for case in "|output ffi needs --output-ffi-library" \
        "--output-ffi-library nowhere.so|cannot open the library nowhere.so: No such file or directory" \
        "--output-ffi-library text|text is not a shared object" \
        "--output-ffi-library .|$PWD is not a file" \
        "--output-ffi-library others.so|others can write $PWD/others.so (mode 0666; chmod go-w would help)" \
        "--output-ffi-library open/library.so|others can write $PWD/open (mode 0777; chmod go-w would help)" \
        "--output-ffi-library broken.so|cannot load broken.so: "; do
        mkdir -p open
        chmod 777 open
        echo hello > text
        cp "$(LIBRARY)" others.so
        chmod 666 others.so
        cp "$(LIBRARY)" open/library.so
        echo 'void nobody(void); void hit(void) { nobody(); }' > broken.c
        ${CC:-cc} -fPIC -shared -o broken.so broken.c
        chmod go-w broken.so text
        # shellcheck disable=SC2086 # an option and its value
        run_with ok --output ffi ${case%%|*} --output-ffi-on-hit 'hit()'
        expect_status 2
        expect_stderr "${case#*|}"
        [ ! -e loaded ]
    done
    run_with ok --output ffi --output-ffi-library "$(LIBRARY)"
    expect_status 2
    expect_stderr "nothing of $(LIBRARY) would be called: declare a function for at least one event"
}

@test "one library a run: a second one is refused" {
    run_with ok --output ffi --output ffi
    expect_status 2
    expect_stderr 'the output is given twice'
}

@test "a section of the configuration file declares it" {
    cat > loads.ini <<INI
[loads]
output =
    json
    ffi
[output ffi]
library = $(LIBRARY)
on_hit = hit(string url, int status, double elapsed_s, bool ok, string name, string method, string error)
INI
    run --separate-stderr loads run --quiet --config loads.ini --test-runner "$RUNNER ok {test}" shop.test --hits 3
    expect_status 0
    [ "$(grep -c '^hit ' calls)" -eq 3 ]
}

@test "an observer calls the library at the moments that it hears of" {
    run_with fail -u 2 --hits 5 --label 'v 2' --observer ffi --observer-ffi-library "$(LIBRARY)" \
        --observer-ffi-when start,bad,end \
        --observer-ffi-on-start 'begin(string run_id, string label, string project, string json)' \
        --observer-ffi-on-bad 'returns_anything()' \
        --observer-ffi-on-end 'end(string verdict, int exit_code, string reasons, long hits, long success, long failures, long p95_us, double p95_s, string json)'
    expect_status 1
    sort calls > sorted
    [ "$(sed -n 1p sorted)" = anything ]
    [ "$(sed -n 2p sorted)" = "begin id label=v 2 project= {" ]
    [[ "$(sed -n 3p sorted)" == "end fail 1 [$(result '"; ".join(r["verdict"]["reasons"])')] 10 hits "* ]]
    [ "$(wc -l < sorted)" -eq 3 ]
}

@test "an observer's wrong declarations are refused, its failures and crashes named" {
    run_with ok --observer ffi --observer-ffi-library "$(LIBRARY)" --observer-ffi-on-end 'end(string verdit)'
    expect_status 2
    expect_stderr 'observer ffi: on_end: there is no field "verdit"; did you mean verdict?'
    run_with ok --observer ffi --observer-ffi-library "$(LIBRARY)" --observer-ffi-on-hit 'hit(string url)'
    expect_status 2
    expect_stderr 'observer ffi has no option "on_hit"'
    [ ! -e result.json ]
    run_with ok --observer ffi --observer-ffi-library "$(LIBRARY)" --observer-ffi-on-end 'int refuse()'
    expect_status 0
    expect_stderr 'observer ffi: on_end: refuse returned 42'
    run_with ok --observer ffi --observer-ffi-library "$(LIBRARY)" --observer-ffi-on-end 'int crash()'
    expect_status 0
    expect_stderr 'observer ffi'
    run_with ok --observer ffi --observer-ffi-library "$(LIBRARY)" --observer-ffi-on-bad 'int refuse()'
    expect_status 0
    expect_stderr 'observer ffi: nothing to call: on_end is not declared'
}
