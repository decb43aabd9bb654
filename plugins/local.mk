# SPDX-License-Identifier: Apache-2.0
pkginclude_HEADERS = %D%/include/loads/plugin.h
pkgconfig_DATA = %D%/loads-plugin.pc
libloads_a_SOURCES += \
    %D%/crash.c %D%/crash.h \
    %D%/describe.c \
    %D%/dispatch.c %D%/dispatch.h \
    %D%/instance.c %D%/instance.h \
    %D%/loader.c %D%/loader.h \
    %D%/option.c %D%/option.h \
    %D%/queue.c %D%/queue.h \
    %D%/record.c %D%/record.h \
    %D%/search.c %D%/search.h
