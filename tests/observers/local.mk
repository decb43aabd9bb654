# SPDX-License-Identifier: Apache-2.0
# Observers, each against the real thing that it talks to.
RUN_TESTS += %D%/exec.bats
EXTRA_DIST += %D%/exec.bats
