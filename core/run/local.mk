# SPDX-License-Identifier: Apache-2.0
libloads_a_SOURCES += \
    %D%/plan.h \
    %D%/run.h \
    %D%/settings.h
