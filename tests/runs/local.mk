# SPDX-License-Identifier: Apache-2.0
# Whole runs of the program, from the outside.
RUN_TESTS += %D%/cli.bats
RUN_TESTS += %D%/errors.bats
RUN_TESTS += %D%/conformance.bats
RUN_TESTS += %D%/external.bats
RUN_TESTS += %D%/faults.bats
RUN_TESTS += %D%/hostile.bats
RUN_TESTS += %D%/merge.bats
RUN_TESTS += %D%/mixed.bats
if WITH_JS_RUNNER
RUN_TESTS += %D%/javascript.bats
endif WITH_JS_RUNNER
RUN_TESTS += %D%/originals.bats
RUN_TESTS += %D%/pressure.bats
RUN_TESTS += %D%/replay.bats
RUN_TESTS += %D%/signals.bats
RUN_TESTS += %D%/docs.bash
RUN_TESTS += %D%/progress.bats
RUN_TESTS += %D%/quickstart.bats
RUN_TESTS += %D%/trust.py

if WITH_RUBY_RUNNER
RUN_TESTS += %D%/ruby.bats
endif

EXTRA_DIST += $(RUN_TESTS) \
    %D%/javascript.bats \
    %D%/ruby.bats \
    %D%/helper.bash \
    %D%/conformance/quick.c \
    %D%/conformance/quick.mjs \
    %D%/conformance/quick.py \
    %D%/conformance/quick.rb \
    %D%/conformance/quick.sh \
    %D%/errors/bad-line.ini \
    %D%/errors/both.ini \
    %D%/errors/cluster.ini \
    %D%/errors/typo.ini \
    %D%/errors/value.ini \
    %D%/trust/ways.c \
    %D%/trust/ways.cjs \
    %D%/trust/ways.py \
    %D%/trust/ways.rb \
    %D%/trust/ways.sh
