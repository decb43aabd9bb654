# SPDX-License-Identifier: Apache-2.0
# Outputs, each read back by a strict reader of its format.
OUTPUT_TESTS = %D%/formats.py %D%/funkload.py %D%/hostile.py %D%/rules.py
RUN_TESTS += $(OUTPUT_TESTS)
EXTRA_DIST += $(OUTPUT_TESTS) \
    %D%/funkload_reader.py \
    %D%/golden.xml \
    %D%/junit.xsd \
    %D%/readers.py \
    %D%/recording.py \
    %D%/statsd_server.py
