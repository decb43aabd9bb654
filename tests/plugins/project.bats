#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Plugins that start from `loads plugin new`, and those that the guide shows.
load ../runs/helper

GUIDE=$top_srcdir/docs/how-to/write-a-plugin.md

# The file that the guide shows under this name.
guide_file() {
    sed -n '/^```c '"${1//\//\\/}"'$/,/^```$/p' "$GUIDE" | sed '1d;$d'
}

make_in() {
    env -u MAKEFLAGS -u MFLAGS make -s -C "$1" LOADS="$top_builddir/loads" CFLAGS='-O2 -Wall -Wextra -Werror' "${@:2}"
}

@test "a new project builds and passes as it stands" {
    for kind in output observer; do
        run --separate-stderr loads plugin new "my_$kind" --kind "$kind"
        expect_status 0
        [ "$stderr" = "" ]
        [[ "$output" == "Made the $kind plugin my_$kind:"*"    cd my_$kind"* ]]
        [ "$(ls -A "my_$kind" | LC_ALL=C sort | tr '\n' ' ')" = ".gitignore Makefile README.md check.sh my_$kind.c " ]
        [ -z "$(grep -r '@[A-Z]*@' "my_$kind")" ]
        [[ "$(make_in "my_$kind" check)" == *"$kind my_$kind: ok" ]]
        [ "$(nm --dynamic --defined-only --format=just-symbols "my_$kind/my_$kind.so")" = loads_plugin ]
        run --separate-stderr loads plugins --plugin-path "my_$kind"
        [[ "$output" == *"$kind my_$kind: "*"  my_$kind/my_$kind.so"* ]]
    done
    run --separate-stderr loads plugin new third
    [[ "$output" == "Made the output plugin third:"* ]]
}

@test "its test can fail" {
    loads plugin new broken
    sed -i 's/report->slow++/report->slow += 2/' broken/broken.c
    run make_in broken check
    [ "$status" -ne 0 ]
    [[ "$output" == *"2 of 4 hits were slow"* ]]
}

@test "it passes where groups can write what one makes" {
    umask 002
    loads plugin new shared
    [ "$(stat -c %a shared)" = 755 ]
    make_in shared check
}

@test "any name of a plugin will do, also one that is a word of C" {
    for name in int 9lives _ a23456789012345678901234567890_2; do
        loads plugin new "$name"
        make_in "$name"
    done
}

@test "what is there is left alone, and bad names are refused" {
    mkdir folder
    touch file
    for name in folder file; do
        run --separate-stderr loads plugin new "$name"
        expect_status 2
        expect_stderr "cannot make the folder $name: File exists"
    done
    for name in '' My x-y ../x a/b 'a b' $'a\033[2J' "$(printf '%033d' 0)"; do
        run --separate-stderr loads plugin new -- "$name"
        expect_status 2
        expect_stderr 'cannot be the name of a plugin'
        [[ "$stderr" != *$'\033'* ]]
    done
    [ "$(find . -mindepth 1 -type d -not -name runtime)" = ./folder ]
    [ -z "$(ls -A folder)" ]
}

@test "a folder that cannot be filled is not left behind" {
    # A file of this size cannot be written.
    run --separate-stderr bash -c 'trap "" XFSZ; ulimit -f 1; exec "$1" plugin new too_big' - "$top_builddir/loads"
    expect_status 2
    expect_stderr 'cannot write too_big/'
    [ ! -e too_big ]
}

@test "the guide shows what loads plugin new makes" {
    loads plugin new slow_hits
    loads plugin new team_notes --kind observer
    for name in slow_hits team_notes; do
        guide_file "$name/$name.c" > shown.c
        [ -s shown.c ]
        diff shown.c <(tail -n +2 "$name/$name.c")
    done
}

@test "the output that the template is does what it says" {
    loads plugin new slow_hits
    make_in slow_hits
    # The runner's hits take 10 ms each.
    run_with ok -u 2 --hits 5 --plugin-path slow_hits --output slow_hits --output-slow_hits-filename slow \
        --output-slow_hits-limit-s 0.001
    expect_status 0
    [ "$(tail -n 1 slow)" = "10 of 10 hits were slow" ]
    [ "$(grep -c '^0.010 s http://127.0.0.1/$' slow)" -eq 10 ]
    run_with ok -u 2 --hits 5 --plugin-path slow_hits --output slow_hits --output-slow_hits-filename slow
    expect_status 0
    [ "$(cat slow)" = "0 of 10 hits were slow" ]
}

@test "the guide's own report has at most 50 lines, and is true" {
    guide_file team_report.c > team_report.c
    lines=$(wc -l < team_report.c)
    [ "$lines" -gt 10 ]
    [ "$lines" -le 50 ]
    ${CC:-cc} -std=gnu11 -Wall -Wextra -Werror -O2 -fPIC -fvisibility=hidden -shared \
        -I"$top_srcdir/plugins/include" -o team_report.so team_report.c
    chmod 644 team_report.so
    run_with ok -u 2 --hits 5 --plugin-path . --output team_report --output-team_report-filename report.txt
    expect_status 0
    diff report.txt - <<EOF
hits=10
p95_ms=$($PYTHON3 -c "print('%.1f' % ($(result 'r["totals"]["latency"]["p95_us"]') / 1000))")
status_0xx=0
status_1xx=0
status_2xx=10
status_3xx=0
status_4xx=0
status_5xx=0
EOF
    run_with ok --plugin-path . --output team_report --output-team_report-filename nowhere/report.txt
    expect_status 5
    expect_stderr 'output team_report: cannot open nowhere/report.txt: No such file or directory'
}
