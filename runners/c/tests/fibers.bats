#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The switch of fibers on each machine it knows, the portable one, and under each tool
# that follows stacks.

setup()
{
    cd "$BATS_TEST_TMPDIR"
}

# build COMPILER OPTION...: makes ./fibers; what gcc warns of is an error.
build()
{
    "$@" -std=gnu11 -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE -pthread \
        -I"$top_srcdir/core" -I"$top_srcdir/runners/c" \
        "$top_srcdir"/runners/c/{tests/fibers,fiber}.c "$top_srcdir"/core/base/err.c -o fibers
}

need()
{
    command -v "$1" > /dev/null || skip "$1 is not installed"
}

@test "this machine's own switch" {
    build gcc
    [ "$(./fibers)" = ok ]
}

@test "the portable switch" {
    build gcc -DFIBER_PORTABLE
    [ "$(./fibers)" = ok ]
}

@test "aarch64" {
    need aarch64-linux-gnu-gcc
    need qemu-aarch64
    build aarch64-linux-gnu-gcc -static
    [ "$(qemu-aarch64 ./fibers)" = ok ]
}

@test "AddressSanitizer and UndefinedBehaviorSanitizer, both switches" {
    local options="-fsanitize=address,undefined -fno-sanitize-recover=undefined"

    # shellcheck disable=SC2086
    build gcc $options
    [ "$(./fibers)" = ok ]
    # shellcheck disable=SC2086
    build gcc $options -DFIBER_PORTABLE
    [ "$(./fibers)" = ok ]
}

@test "ThreadSanitizer" {
    build gcc -fsanitize=thread
    [ "$(./fibers)" = ok ]
}

@test "valgrind" {
    need valgrind
    build gcc
    [ "$(valgrind --quiet --error-exitcode=9 ./fibers 2> errors)" = ok ]
    [ ! -s errors ]
}
