#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# <loads/plugin.h> does not change under a plugin that is built: not without a new number.
load ../runs/helper

abi() {
    "$PYTHON3" "$top_srcdir/tests/abi/abi.py" "$@"
}

# changed EXPRESSION: a copy of the header in ./changed, edited by sed, which must change it.
changed() {
    mkdir -p changed/loads
    sed -E "$1" "$top_srcdir/plugins/include/loads/plugin.h" > changed/loads/plugin.h
    ! cmp -s "$top_srcdir/plugins/include/loads/plugin.h" changed/loads/plugin.h || { echo "no change: $1"; return 1; }
}

# breaks EXPRESSION PROBLEM
breaks() {
    changed "$1"
    run abi check changed
    [ "$status" -eq 1 ] || { echo "not seen: $1"; echo "$output"; return 1; }
    [[ "$output" == *"ABI 1 is broken: $2"* ]] || { echo "said: $output"; return 1; }
}

# passes EXPRESSION
passes() {
    changed "$1"
    run abi check changed
    [ "$status" -eq 0 ] || { echo "refused: $output"; return 1; }
}

@test "the header keeps what is recorded for its ABI number" {
    abi check "$top_srcdir/plugins/include"
}

@test "all that the header has is recorded" {
    number=$(sed -n 's/^#define LOADS_PLUGIN_ABI //p' "$top_srcdir/plugins/include/loads/plugin.h")
    abi describe "$top_srcdir/plugins/include" > found
    diff <(sort "$top_srcdir/tests/abi/abi-$number.txt") <(sort found) || {
        echo "if this is meant: tests/abi/abi.py describe plugins/include > tests/abi/abi-$number.txt"
        return 1
    }
}

@test "what breaks plugins is refused" {
    breaks '/uint64_t hits, planned_tests,/s/hits, planned_tests/planned_tests, hits/' \
        'struct loads_totals.hits was "at 24, uint64_t", and is "at 32, uint64_t"'
    breaks 's/ LOADS_HIT,/ LOADS_NEW, LOADS_HIT,/' 'enum loads_event_type.LOADS_HIT was "8", and is "9"'
    breaks 's/LOADS_SECRET = 1 << 1/LOADS_SECRET = 1 << 2/' 'enum (nameless).LOADS_SECRET was "2", and is "4"'
    breaks 's/LOADS_WARNING \}/LOADS_WARN }/' 'enum loads_level.LOADS_WARNING is gone'
    breaks 's/uint32_t target;/uint64_t target;/' 'struct loads_event.target was "at 12, uint32_t"'
    breaks 's/double value;/int64_t value;/' 'struct loads_event.as.metric.value was "at 88, double", and is "at 88, int64_t"'
    breaks 's/bytes_in, bytes_out;/bytes_in;/' 'struct loads_event had 176 bytes, and has only 168'
    breaks 's/int status;/int status; const char *phase;/' 'struct loads_event.as.hit.started_unix_us was "at 112'
    breaks 's/bool quiet;/bool is_quiet;/' 'struct loads_host.quiet is gone'
    breaks 's/bool quiet;/bool quiet, loud;/' 'struct loads_host.loud is new, but does not lie behind the old end'
    breaks 's/uint32_t cycle, cycles;/uint32_t cycle, cycles, left;/' 'struct loads_result.json was "at 192'
    breaks 's/(void \(\*close\)\()void \*state/\1void *state, int why/' 'struct loads_plugin.close was "at 88, void (void *) *"'
    breaks 's/unsigned flags;/int flags;/' 'struct loads_option.flags was "at 40, unsigned int", and is "at 40, int"'
    breaks 's/uint32_t hits, users, hit, user;/uint32_t hits, users, hit, user, left;/' 'struct loads_event.raw was "at 56'
}

@test "what grows at the end passes" {
    passes 's/(void \(\*close\)\(void \*state\);)/\1 int (*on_moon)(void *state);/'
    passes 's/bool quiet;/bool quiet; const char *moon;/'
    passes 's/bytes_in, bytes_out;/bytes_in, bytes_out, bytes_lost;/'
    passes 's/unsigned flags;/unsigned flags; const char *unit;/'
    passes 's/LOADS_RUNNER_END,/LOADS_RUNNER_END, LOADS_MOON,/'
    passes 's/LOADS_AT_BAD,/LOADS_AT_BAD, LOADS_AT_MOON,/'
    passes 's/^struct loads_result /struct loads_moon { int phase; };\n&/'
    passes 's/const char \*name, \*summary;/const char *name; const char *summary;/'
}

@test "a new number needs a record of its own" {
    changed 's/(LOADS_PLUGIN_ABI) 1/\1 999/'
    run abi check changed
    [ "$status" -eq 1 ]
    [[ "$output" == "there is no record of ABI 999"* ]]
}

@test "a plugin that was built against the oldest header of this ABI loads and works" {
    ${CC:-cc} -std=gnu11 -Wall -Wextra -Werror -O2 -fPIC -fvisibility=hidden -shared -I"$top_srcdir/tests/abi/1" \
        -o oldest.so "$top_srcdir/tests/abi/oldest.c"
    chmod 644 oldest.so
    run_with ok -u 2 --hits 5 --plugin-path . --output oldest --output-oldest-filename calls --output-oldest-loud yes
    expect_status 0
    expect_stderr "output oldest: is old"
    [ "$(head -n 1 calls)" = 'open 1 12 0.5 1 {' ]
    [ "$(grep -c '^hit GET http://127.0.0.1/ 200 10000us -1 user [12] {$' calls)" -eq 10 ]
    [ "$(grep -c '^success shop.test$' calls)" -eq 10 ]
    [[ "$(tail -n 2 calls | head -n 1)" == "flush 10 hits 10 passed max $(result 'r["totals"]["latency"]["max_us"]')us 1 of 1 0 {"*"}" ]]
    [ "$(tail -n 1 calls)" = close ]
}
