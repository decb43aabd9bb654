# SPDX-License-Identifier: Apache-2.0
# The html output in Debian's Chromium. Skipped where that or npm's playwright-core
# cannot be had.
if WITH_HTML_OUTPUT
RUN_TESTS += %D%/report.mjs
endif
EXTRA_DIST += %D%/report.mjs %D%/browser.mjs %D%/hostile.mjs %D%/recording.mjs
