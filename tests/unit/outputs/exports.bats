#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a plugin's shared object shows to others, and what it asks of them.

@test "each plugin exports loads_plugin and nothing else" {
    for kind in outputs observers; do
        found=0
        for plugin in "${top_builddir:-.}/$kind"/*.so; do
            # AddressSanitizer adds a twin of each exported variable.
            exported=$(nm --dynamic --defined-only --format=just-symbols "$plugin" | grep -v '^__odr_asan')
            echo "$plugin: $exported"
            [ "$exported" = loads_plugin ]
            found=$((found + 1))
        done
        [ "$found" -ge 1 ]
    done
}

# Observers speak to the world outside, outputs do not. html reads compressed histograms.
@test "no plugin needs libraries but the usual ones" {
    declare -A known=([outputs]='libc|libm|libjansson|libz|libasan|libubsan')
    known[observers]="${known[outputs]}|libcurl|libcrypto"
    for kind in outputs observers; do
        for plugin in "${top_builddir:-.}/$kind"/*.so; do
            usual=${known[$kind]}
            [[ "$plugin" != */ffi.so ]] || usual+='|libffi'
            needed=$(readelf --dynamic "$plugin" | sed -n 's/.*NEEDED.*\[\(lib[a-z]*\).*/\1/p' |
                grep -vxE "$usual" || true)
            echo "$plugin: $needed"
            [ -z "$needed" ]
        done
    done
}
