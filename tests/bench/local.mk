# SPDX-License-Identifier: Apache-2.0
# Programs that measure; built when asked for.
EXTRA_PROGRAMS += %D%/bench_results
