# SPDX-License-Identifier: Apache-2.0
libloads_a_SOURCES += \
    %D%/document.c %D%/document_metrics.c %D%/document_parts.h \
    %D%/document_read_metrics.c %D%/document_reader.c %D%/document_reader.h \
    %D%/document_tables.c %D%/document_tables.h \
    %D%/errors.c %D%/errors.h \
    %D%/exact_sum.c %D%/exact_sum.h \
    %D%/histogram.c %D%/histogram.h \
    %D%/histogram_codec.c %D%/histogram_layout.h \
    %D%/json_node.c %D%/json_node.h \
    %D%/key.c %D%/key.h \
    %D%/key_table.c %D%/key_table.h \
    %D%/metrics.c %D%/metrics.h \
    %D%/hits.c %D%/hits.h \
    %D%/rank.h \
    %D%/results.c %D%/results.h %D%/results_layout.h \
    %D%/stamp.c %D%/stamp.h \
    %D%/tally.c %D%/tally.h \
    %D%/targets.c %D%/targets.h \
    %D%/tests.c %D%/tests.h \
    %D%/timeline.c %D%/timeline.h \
    %D%/trend.c %D%/trend.h
