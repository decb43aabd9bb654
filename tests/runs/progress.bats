#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a terminal shows while a run lasts.
load helper

@test "on a terminal the clock goes on from cycle to cycle" {
    # Cycle 2 lasts from about 2.7 s to 5.4 s after the start.
    script -qec "stty columns 80; '$top_builddir/loads' run -u 1:2 -d 2.5 --test-runner '$RUNNER ok {test}' shop.test" \
        typescript </dev/null
    tr '\r' '\n' <typescript >lines
    cat lines
    grep -E ' 0:0[34] .*cycle 2/2' lines
}
