#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs what README.md and the pages in docs/ show, in order, each page in a folder
# of its own and against a real web server:
#     ```sh                     commands, which must succeed
#     ```sh not-run: REASON     commands that cannot be run here
#     ```c shop.c               a file of that name, for the commands below it
# Everything else in fences is only shown. http://localhost:8080 stands for the
# web server. Links to other files of the project must lead to one.
set -u
: "${top_srcdir:?}" "${top_builddir:?}" # make sets them
# shellcheck source=tests/helpers/site.bash
source "$top_srcdir/tests/helpers/site.bash"

# What a page shows, as one script.
page_script()
{
    awk -v page="$2" '
        function quoted(text) { gsub(/\047/, "\047\\\047\047", text); return "\047" text "\047" }
        /^```/ && inside != "" { if (inside == "file") print "DOC_BLOCK_END"; inside = ""; next }
        /^```/ && $0 == "```sh" {
            inside = "commands"
            printf "echo %s >&2\n", quoted("--- " page ", line " NR)
            next
        }
        /^```[a-z]+ [A-Za-z0-9_.\/-]+$/ {
            inside = "file"
            printf "mkdir -p \"$(dirname %s)\" && cat >%s <<\"DOC_BLOCK_END\"\n", quoted($2), quoted($2)
            next
        }
        /^```/ { inside = "shown"; next }
        inside == "commands" || inside == "file"
    ' "$1" | sed "s#http://localhost:8080#$SITE_URL#g"
}

links_are_alive()
{
    local page=$1 link status=0

    while read -r link; do
        [[ $link == *://* || -e $(dirname "$page")/$link ]] || { echo "no such file: $link"; status=1; }
    done < <(grep -oE '\]\([^)# ]+' "$page" | cut -c3-)
    return "$status"
}

# Everything that the page shows must succeed, in a folder of its own.
run_page()
{
    local page=$1 name=$2 folder=$scratch/page

    rm -rf "$folder"
    mkdir "$folder"
    page_script "$page" "$name" >"$scratch/script"
    (cd "$folder" && bash -euo pipefail "$scratch/script") </dev/null
}

number=0
failures=0

# check TEXT COMMAND...: one test; it passes when the command succeeds.
check()
{
    local text=$1

    shift
    number=$((number + 1))
    if "$@" >"$scratch/log" 2>&1; then
        echo "ok $number - $text"
    else
        echo "not ok $number - $text"
        sed 's/^/# /' "$scratch/log"
        failures=1
    fi
}

scratch=$(mktemp -d)
trap 'site_stop; rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM
unset LOADS_CONFIG LOADS_PLUGIN_PATH MAKEFLAGS MFLAGS
mkdir "$scratch/site" "$scratch/bin"
# The python3 that has ZeroMQ, which need not be the first one in PATH.
ln -s "$(command -v "${PYTHON3:-python3}")" "$scratch/bin/python3"
export PATH=$top_builddir:$scratch/bin:$PATH
export PKG_CONFIG_PATH=$top_builddir/plugins:$top_builddir/runners/c
site_start "$scratch/site" || exit

mapfile -t pages < <(cd "$top_srcdir" && find README.md CONTRIBUTING.md docs -name '*.md' | sort)
echo "1..$((2 * ${#pages[@]}))"
for page in "${pages[@]}"; do
    check "the commands in $page work" run_page "$top_srcdir/$page" "$page"
    check "the links in $page lead somewhere" links_are_alive "$top_srcdir/$page"
done
exit "$failures"
