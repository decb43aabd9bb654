#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command line from the outside: what is printed where, and the exit code.

bats_require_minimum_version 1.5.0

setup() {
    loads=$top_builddir/loads
    cd "$BATS_TEST_TMPDIR" || return 1
    unset LOADS_CONFIG LOADS_PLUGIN_PATH
}

# Stand-ins that let a plan be made where no runner is built.
fake_runners() {
    mkdir -p bin
    for name in loads-c-runner loads-js-runner; do
        printf '#!/bin/sh\nexit 1\n' > "bin/$name"
        chmod +x "bin/$name"
    done
    PATH=$PWD/bin:$PATH
    touch shop.c api.js
}

has_line() {
    printf '%s\n' "${lines[@]}" | grep -qxF -- "$1" || { echo "no line: $1"; return 1; }
}

@test "every row of errors.md is true" {
    cp "$top_srcdir"/tests/runs/errors/*.ini .
    touch shop.c shop.js notes.txt bot.sh
    PATH=$top_builddir:$PATH
    rows=0
    while IFS= read -r row; do
        command=${row#'| `'}
        message=${command#*'` | `'}
        command=${command%%'` | `'*}
        message=${message%'` |'}
        run -2 --separate-stderr bash -c "$command"
        if [ "$output" != "" ] || [ "$stderr" != "loads: error: ${message//DIR/$PWD}" ]; then
            printf '%s\nsaid:     %s\nexpected: %s\n' "$command" "$stderr" "$message"
            return 1
        fi
        rows=$((rows + 1))
    done < <(sed -n '/<!-- begin/,/<!-- end/s/^| `/&/p' "$top_srcdir/docs/reference/errors.md")
    [ "$rows" -ge 40 ]
}

@test "an unknown output is answered with those that are there" {
    run -2 --separate-stderr "$loads" run -o jsno --test-runner true x
    [[ $stderr == 'loads: error: unknown output "jsno"; did you mean "json"? there are '*json*stdout* ]]
    [ "$output" = "" ]
}

@test "plugins are listed with their options" {
    run -0 --separate-stderr "$loads" plugins
    [ "$stderr" = "" ]
    [[ $output == *"output json: "* ]]
    [[ $output == *"--output-json-filename TEXT"* ]]
}

@test "help, on the standard output" {
    for words in --help -h help; do
        run -0 --separate-stderr "$loads" $words
        [ "$stderr" = "" ]
        [[ $output == "Usage: loads COMMAND"* ]]
    done
    for words in "run --help" "help run" "--help run" "run -h" "run --users=3 x --help"; do
        run -0 --separate-stderr "$loads" $words
        [ "$stderr" = "" ]
        [[ $output == "Usage: loads run "* ]]
        [[ $output == *"--external-process-timeout TIME"* ]]
    done
}

@test "version" {
    for words in --version version "run --version"; do
        run -0 --separate-stderr "$loads" $words
        [ "$stderr" = "" ]
        [[ $output =~ ^loads\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    done
}

@test "help that cannot be written is an error" {
    [ -c /dev/full ] || skip "there is no /dev/full"
    run -70 bash -c '"$1" --help > /dev/full' - "$loads"
    [ "$output" = "loads: error: cannot write to the standard output: No space left on device" ]
}

@test "loads-runner is loads run" {
    ln -s "$loads" loads-runner
    run -0 ./loads-runner --help
    [[ $output == "Usage: loads run "* ]]
    run -2 --separate-stderr ./loads-runner
    [ "$stderr" = "loads: error: no test to run: name a TARGET, such as shop.c:test_home" ]
}

@test "the documents' product of users and hits is 450 tests" {
    fake_runners
    run -0 --separate-stderr "$loads" run --dry-run -u 10:20 --hits 5:10 shop.c:home
    [ "$stderr" = "" ]
    [ "${lines[0]}" = "Plan: 1 target, 4 cycles, 450 tests in all" ]
    [ "${lines[1]}" = "Tests run in $PWD" ]
    [ "${lines[2]}" = "shop.c:home (runner: c)" ]
    has_line "    cycle 1: 10 users x 5 hits = 50 tests, 1 process"
    has_line "    cycle 2: 10 users x 10 hits = 100 tests, 1 process"
    has_line "    cycle 3: 20 users x 5 hits = 100 tests, 1 process"
    [ "${lines[-1]}" = "    cycle 4: 20 users x 10 hits = 200 tests, 1 process" ]
}

@test "users with a duration are cycles of that length" {
    fake_runners
    run -0 "$loads" run --dry-run -u 10:20 -d 30 api.js
    [ "${lines[0]}" = "Plan: 1 target, 2 cycles, 1 min in all" ]
    [ "${lines[-1]}" = "    cycle 2: 20 users for 30 s, 1 process" ]
}

@test "a configuration file makes a mixed run" {
    fake_runners
    printf '%s\n' '[loads]' 'users = 10:20' 'test_dir = .' '[test buy]' 'target = shop.c:buy' 'hits = 5' \
        '[test look]' 'fqn = api.look' 'duration = 1m' 'processes = 3' > mixed.ini
    run -0 --separate-stderr "$loads" run --config mixed.ini --dry-run
    [ "${lines[0]}" = "Plan: 2 targets, 2 cycles" ]
    has_line "buy (runner: c)"
    has_line "    cycle 2: 20 users x 5 hits = 100 tests, 1 process"
    has_line "look (runner: js)"
    [[ $output == *" $PWD/api.js:look"* ]]
    [ "${lines[-1]}" = "    cycle 2: 20 users for 1 min, 3 processes" ]
    LOADS_CONFIG=mixed.ini run -0 "$loads" run --dry-run -u 7
    has_line "    cycle 1: 7 users x 5 hits = 35 tests, 1 process"
    run -0 "$loads" run --dry-run --config <(cat mixed.ini)
    [ "${lines[0]}" = "Plan: 2 targets, 2 cycles" ]
}

@test "a test runner's command is shown as it will be started" {
    printf '#!/bin/sh\n' > 'my bot'
    chmod +x 'my bot'
    run -0 "$loads" run --dry-run -u 3 --test-runner "'./my bot' --test={test} \$HOME" "it's; rm *"
    [ "${lines[2]}" = "it's; rm * (runner: external)" ]
    [[ $output == *"    '$PWD/my bot' "*"'--test=it'\\''s; rm *' '\$HOME'"* ]]
    [[ $output == *"cycle 1: 3 users x 1 hit = 3 tests, 3 processes"* ]]
}

@test "names cannot steer the terminal" {
    run -2 --separate-stderr "$loads" run "$(printf 'a\033[2J.c')"
    [[ $stderr == *'a\u{1b}[2J.c'* ]]
    [[ $stderr != *$'\033'* ]]
    printf '#!/bin/sh\n' > bot
    chmod +x bot
    run -0 "$loads" run --dry-run --test-runner ./bot "$(printf 'a\033[2J')"
    [[ $output != *$'\033'* ]]
}

@test "bash completes commands, options and files" {
    "$loads" completion bash > completion.bash
    touch nightly.ini
    mkdir tests
    cat > ask.bash <<'END'
source ./completion.bash
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_loads
printf '%s\n' "${COMPREPLY[@]}"
END
    run -0 bash ask.bash loads re
    [ "$output" = "report
recover" ]
    run -0 bash ask.bash loads run --dur
    [ "$output" = "--duration" ]
    run -0 bash ask.bash /usr/bin/loads-runner --dur
    [ "$output" = "--duration" ]
    run -0 bash ask.bash loads report --dur
    [ "$output" = "" ]
    run -0 bash ask.bash loads run --config nig
    [ "$output" = "nightly.ini" ]
    run -0 bash ask.bash loads run --test-dir te
    [ "$output" = "tests" ]
    run -0 bash ask.bash loads help plu
    [ "$output" = $'plugins\nplugin' ]
    run -0 bash ask.bash loads plugin ""
    [ "$output" = "new" ]
    run -0 bash ask.bash loads plugin new x --kind o
    [ "$output" = $'output\nobserver' ]
    run -0 bash ask.bash loads completion ""
    [ "$output" = "bash" ]
    run -0 bash ask.bash loads run nig
    [ "$output" = "nightly.ini" ]
}

@test "each command has a manual page without a warning" {
    pages="loads loads-run loads-report loads-recover loads-conformance loads-plugins loads-completion loads-help loads-version"
    for page in $pages; do
        run -0 "$loads" --man "$page"
        [[ $output == ".TH ${page^^} 1 "* ]]
        [ -s "$top_builddir/docs/man/$page.1" ]
        if command -v groff > groff.path; then
            run -0 --separate-stderr bash -c '"$1" --man "$2" | groff -man -Tutf8 -ww > "$2.txt"' - "$loads" "$page"
            [ "$stderr" = "" ]
            [ -s "$page.txt" ]
        fi
    done
    [ "$(cat "$top_builddir/docs/man/loads-runner.1")" = ".so man1/loads-run.1" ]
}
