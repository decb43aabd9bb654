#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a plugin's shared object shows to others.

@test "each output exports loads_plugin and nothing else" {
    found=0
    for plugin in "${top_builddir:-.}"/outputs/*.so; do
        # AddressSanitizer adds a twin of each exported variable.
        exported=$(nm --dynamic --defined-only --format=just-symbols "$plugin" | grep -v '^__odr_asan')
        echo "$plugin: $exported"
        [ "$exported" = loads_plugin ]
        found=$((found + 1))
    done
    [ "$found" -ge 4 ]
}

@test "no output needs more than the C library, its mathematics and jansson" {
    for plugin in "${top_builddir:-.}"/outputs/*.so; do
        needed=$(readelf --dynamic "$plugin" | sed -n 's/.*NEEDED.*\[\(lib[a-z]*\).*/\1/p' |
            grep -vxE 'libc|libm|libjansson|libasan|libubsan' || true)
        echo "$plugin: $needed"
        [ -z "$needed" ]
    done
}
