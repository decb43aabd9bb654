# SPDX-License-Identifier: Apache-2.0
libloads_a_SOURCES += \
    %D%/histogram.h \
    %D%/results.h
