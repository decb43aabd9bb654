# SPDX-License-Identifier: Apache-2.0
libloads_a_SOURCES += \
    %D%/checks.c %D%/checks.h \
    %D%/conformance.c %D%/conformance.h \
    %D%/leftovers.c %D%/leftovers.h \
    %D%/ledger.c %D%/ledger.h \
    %D%/rows.c %D%/rows.h \
    %D%/scenario.c %D%/scenario.h \
    %D%/table.c %D%/table.h
